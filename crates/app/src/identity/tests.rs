//! The rules of sign-in as a whole, on the embedded database and with a clock that the tests set.

mod officers;
mod sessions;
mod support;
mod upstream;
