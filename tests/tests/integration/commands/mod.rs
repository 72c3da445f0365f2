mod canonicalize;
mod check;
mod create;
mod import;
mod serve;
mod sign;
