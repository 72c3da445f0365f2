mod canonicalize;
mod check;
mod create;
mod import;
mod keys;
mod officers;
mod serve;
mod sign;
