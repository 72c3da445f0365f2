mod canonicalize;
mod check;
mod create;
mod import;
mod officers;
mod serve;
mod sign;
