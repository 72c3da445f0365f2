mod canonicalize;
mod check;
mod create;
mod import;
mod keys;
mod serve;
mod sign;
