//! The ways out of the service, one module a provider.
//!
//! [`wechat`] signs residents in and keeps the access token that all calls to WeChat need. [`check_provider_address`]
//! keeps a production server from talking to a stand-in.
//!
//! Nothing in this crate logs an address with its query, a secret, a token, a login code or an openid.

mod address;
mod http;
mod moment;
pub mod wechat;

pub use address::{AddressError, Environment, check_provider_address};
pub use http::{ClientError, Limits, TransportFailure};
pub use moment::Clock;
pub use reqwest::Url;
