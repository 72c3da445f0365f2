//! Token and key as they were set at WeChat.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

/// The last character of a key carries bits that belong to nothing, and WeChat does not mind which.
const ENGINE: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));
const KEY_CHARACTERS: usize = 43;

/// What proves that a push is WeChat's. Its debug form shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct PushSettings {
    token: String,
    key: Option<[u8; 32]>,
}

/// What was set is not what WeChat takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushSettingsError {
    /// Of the token.
    #[error("the token of pushes must have 3 to 32 letters and digits")]
    Token,
    /// Of the EncodingAESKey.
    #[error("the EncodingAESKey must have 43 letters and digits")]
    Key,
}

impl PushSettings {
    /// From the texts that were typed in at WeChat; without a key pushes come plain.
    ///
    /// # Errors
    /// One of them has another form.
    pub fn new(token: &str, key: Option<&str>) -> Result<Self, PushSettingsError> {
        let sound = (3..=32).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !sound {
            return Err(PushSettingsError::Token);
        }
        Ok(Self { token: token.to_owned(), key: key.map(bytes).transpose()? })
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    pub(super) fn key(&self) -> Option<&[u8; 32]> {
        self.key.as_ref()
    }
}

impl fmt::Debug for PushSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushSettings(..)")
    }
}

fn bytes(key: &str) -> Result<[u8; 32], PushSettingsError> {
    if key.len() != KEY_CHARACTERS {
        return Err(PushSettingsError::Key);
    }
    let decoded = ENGINE.decode(format!("{key}=")).map_err(|_| PushSettingsError::Key)?;
    decoded.try_into().map_err(|_| PushSettingsError::Key)
}
