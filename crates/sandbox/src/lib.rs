//! Stand-ins for the providers, for the demo and for tests: servers that behave as the providers' documents say, their
//! faults included. Nothing here is ever part of the service itself.
//!
//! WeChat, under the paths of `https://api.weixin.qq.com`:
//!
//! - `GET /sns/jscode2session`: a code works once and for 5 minutes. Besides, any code `demo-<name>` (letters, digits,
//!   `-` and `_`, at most 40) always signs in the same made-up person of that name, so a demo needs no preparation;
//! - `POST /cgi-bin/stable_token` and `GET /cgi-bin/token`, with their limits and their rules for older tokens;
//! - `POST /wxa/business/getuserphonenumber`: a code works once and for 5 minutes, and a code made for an openid with that
//!   openid only. Besides, `phone-<number>` and `phone-<number>-<anything>`, of a mobile number of eleven digits, give that
//!   number, each text once;
//! - `POST /wxa/getwxacodeunlimit`: a grey square of the asked width, whose JPEG comment says what it is a code of;
//! - `POST /wxa/getuserriskrank`: rank 0 for whoever signed in within two hours, unless another rank was set;
//! - `POST /wxa/media_check_async`: takes pictures of whoever signed in within two hours, fetches them, and pushes the event
//!   `wxa_media_check` to the address that was set, three times at most until it is acknowledged.
//!
//! Vendors of SMS, each under a path of its own; the vendors' own path is `/`, and that is what is signed:
//!
//! - `POST /tencent-sms` for `https://sms.tencentcloudapi.com/`: `SendSms`, of the account [`TencentSms`];
//! - `POST /aliyun-sms` for `https://dysmsapi.aliyuncs.com/`: `SendSms`, of the account [`AliyunSms`].
//!
//! Both check signatures, clocks, nonces and parameters, and refuse who sends a number too much. Nothing is sent.
//!
//! What steers it, under `/sandbox`:
//!
//! | route | body | answer |
//! |---|---|---|
//! | `POST /sandbox/wechat/codes` | `{"openid"?}` | `{"code", "openid"}`, as `wx.login` would give |
//! | `POST /sandbox/wechat/phone-codes` | `{"number", "country_code"?, "openid"?}` | `{"code"}`, as the button would give |
//! | `POST /sandbox/wechat/risk-ranks` | `{"openid", "rank"}` | WeChat holds the person for this risky, 0 to 4 |
//! | `POST /sandbox/wechat/push` | [`PushTo`] | where WeChat pushes, as its console would be told |
//! | `GET /sandbox/wechat/pushed` | | `{"pushed": [..]}`, every [`Pushed`] |
//! | `POST /sandbox/wechat/media-rules` | [`MediaRule`] | what WeChat thinks of pictures that hold a marker |
//! | `GET /sandbox/wechat/tokens` | | `{"tokens": [{"token", "expires_in"}]}`, all that work now |
//! | `GET /sandbox/sms` | | `{"sms": [..]}`, every [`SentSms`] with its parameters, so that a test can read the code |
//! | `POST /sandbox/faults` | `{"path", "fault", "times"?}` | the next calls of `path` meet the [`Fault`] |
//! | `GET /sandbox/received` | | `{"received": [..]}`, the calls of providers' paths, nothing hidden |
//! | `GET /sandbox/counters` | | `{"<path>": calls}` |
//! | `POST /sandbox/clock` | `{"advance_s"}` | moves the stand-ins' clock on |
//! | `POST /sandbox/reset` | | forgets all of the above |
//!
//! Tests start it in their own process with [`start`] and steer it by the methods of [`Handle`].

mod call;
mod control;
mod fault;
mod log;
mod server;
mod sms;
mod state;
mod wechat;

pub use fault::Fault;
pub use log::Received;
pub use server::{Handle, run, start};
pub use sms::{ALIYUN_SMS, AliyunSms, SentSms, TENCENT_SMS, TencentSms};
pub use state::{Clock, Settings};
pub use wechat::{MediaRule, MediaVerdict, PushTo, Pushed, WorkingToken, demo_openid};
