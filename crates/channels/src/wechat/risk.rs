//! How risky WeChat holds a user who registers.
//!
//! `POST /wxa/getuserriskrank`. What the ranks mean is not documented beyond "higher is riskier", the capability has to be
//! turned on, and WeChat may be away: whoever asks goes on without an answer and relies on its own limits.

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

use super::WeChat;
use super::errcode::{Call, Outcome};
use super::exchange;
use super::failure::Failure;
use crate::http::TransportFailure;

const PATH: &str = "/wxa/getuserriskrank";
/// The scene of a registration.
const REGISTER: u8 = 0;
const HIGHEST: u8 = 4;

/// What WeChat says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Risk {
    /// 0 to 4; higher is riskier.
    pub rank: u8,
    /// WeChat's number of this answer, for questions about it.
    pub id: Option<u64>,
}

/// Why there is no rank. The caller goes on without.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RiskError {
    /// 48001, 48004: the capability is not turned on for this app. The operator was told, WeChat is asked again in an
    /// hour.
    #[error("the capability of risk ranks is not turned on")]
    NotEnabled,
    /// 61010: WeChat has not seen the user in the app lately. Typical of a script that calls the service without it.
    #[error("WeChat has not seen the user in the app lately")]
    NoRecentVisit,
    /// 40003, 43104: the openid is none, or not of this app.
    #[error("the openid is not of this app")]
    Mismatch,
    /// Anything else.
    #[error(transparent)]
    Unknown(Failure),
}

impl From<Failure> for RiskError {
    fn from(failure: Failure) -> Self {
        match failure.outcome() {
            Some(Outcome::NotAuthorised) => Self::NotEnabled,
            Some(Outcome::NoRecentVisit) => Self::NoRecentVisit,
            Some(Outcome::Mismatch) => Self::Mismatch,
            _ => Self::Unknown(failure),
        }
    }
}

#[derive(Deserialize)]
struct Reply {
    risk_rank: u8,
    /// The misspelling is WeChat's own.
    unoin_id: Option<u64>,
    /// As one of its clients spells it.
    union_id: Option<u64>,
}

impl WeChat {
    /// Asks for the rank of the person `openid` who registers from `client_ip`, which must be the person's own address and
    /// not a proxy's. `phone`, as `+86…`, goes along where it is known; a number of another country does not, for no page
    /// says in which form.
    ///
    /// # Errors
    /// Every documented error code has its [`RiskError`]. The wait is at most [`super::Config::risk_within`].
    pub async fn risk_rank(&self, openid: &str, client_ip: IpAddr, phone: Option<&str>) -> Result<Risk, RiskError> {
        let config = &self.inner.config;
        let mut body = json!({
            "appid": config.app_id,
            "openid": openid,
            "scene": REGISTER,
            "client_ip": client_ip.to_canonical(),
        });
        if let (Some(number), Some(fields)) = (phone.and_then(|text| text.strip_prefix("+86")), body.as_object_mut()) {
            fields.insert("mobile_no".to_owned(), number.into());
        }
        let late = Failure::Transport(TransportFailure::TimedOut);
        let wechat = self.clone();
        // In a task of its own: were it dropped at the deadline, so would be an access token that others wait for.
        let asked = tokio::spawn(async move {
            wechat.exchange_with_token::<Reply>(Call::RiskRank, PATH, &body, exchange::json).await
        });
        let Ok(Ok(answer)) = timeout(config.risk_within, asked).await else { return Err(RiskError::Unknown(late)) };
        let Reply { risk_rank, unoin_id, union_id } = answer?;
        if risk_rank > HIGHEST {
            return Err(RiskError::Unknown(TransportFailure::Malformed.into()));
        }
        Ok(Risk { rank: risk_rank, id: unoin_id.or(union_id) })
    }
}
