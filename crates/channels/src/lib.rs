//! The ways out of the service, one module a provider.
//!
//! [`wechat`] signs residents in, proves their phone numbers and keeps the access token that all calls to WeChat need.
//! [`sms`] sends texts by Tencent Cloud or Aliyun. [`check_provider_address`] keeps a production server from talking to a
//! stand-in. [`fetch`] is the one way to addresses that strangers name.
//!
//! Nothing in this crate logs an address with its query, a secret, a token, a code, an openid or a phone number.

mod address;
pub mod fetch;
mod http;
mod moment;
pub mod sms;
pub mod wechat;

pub use address::{AddressError, Environment, check_provider_address};
pub use http::{ClientError, Limits, TransportFailure};
pub use moment::Clock;
pub use reqwest::Url;
