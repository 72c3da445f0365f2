//! Outward ids: random, so that they say nothing about order or number.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::random::random_bytes;

/// The outward name of a person, case, entry, session family or key: 128 random bits, written as 32 lower-case hex digits.
///
/// There is one spelling only, so ids may be compared as text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PublicId([u8; 16]);

/// A text that is not 32 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 32 lower-case hex digits")]
pub struct PublicIdError;

impl PublicId {
    /// A new random id.
    pub fn random() -> Self {
        Self(random_bytes())
    }

    /// The id of stored bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes of the id, to store.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 32];
        hex::encode_to_slice(self.0, &mut digits).map_err(|_| fmt::Error)?;
        f.pad(std::str::from_utf8(&digits).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicId {
    type Err = PublicIdError;

    fn from_str(text: &str) -> Result<Self, PublicIdError> {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(PublicIdError);
        }
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| PublicIdError)?;
        Ok(Self(bytes))
    }
}

impl Serialize for PublicId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_random_ids_differ() {
        assert_ne!(PublicId::random(), PublicId::random());
    }

    #[test]
    fn other_spellings_are_refused() {
        let good = "0123456789abcdef0123456789abcdef";
        assert!(good.parse::<PublicId>().is_ok());
        for bad in [
            "",
            "0123456789ABCDEF0123456789abcdef",
            good.trim_start_matches('0'),
            &format!("{good}0"),
            &good.replacen("01", "0x", 1),
        ] {
            assert_eq!(bad.parse::<PublicId>(), Err(PublicIdError), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn text_and_bytes_agree(bytes: [u8; 16]) {
            let id = PublicId::from_bytes(bytes);
            prop_assert_eq!(id.to_string().parse::<PublicId>(), Ok(id));
            prop_assert_eq!(id.to_string().len(), 32);
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(serde_json::from_str::<PublicId>(&json).unwrap(), id);
        }

        #[test]
        fn whatever_parses_is_its_own_spelling(text in "\\PC{0,40}|[0-9a-fA-F]{30,34}") {
            if let Ok(id) = text.parse::<PublicId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
