//! The 12-digit code of a division.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Code of a division: 12 digits (National Bureau of Statistics, 统计用区划代码), the first of them not 0.
///
/// The digits say nothing further here: which level a node has and where it belongs are columns of their own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DivisionCode([u8; 12]);

/// A text that is not a division code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("区划代码须为12位数字，首位不为0")]
pub struct DivisionCodeError;

impl DivisionCode {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        // Only ASCII digits get in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for DivisionCode {
    type Err = DivisionCodeError;

    fn from_str(text: &str) -> Result<Self, DivisionCodeError> {
        let digits: [u8; 12] = text.as_bytes().try_into().map_err(|_| DivisionCodeError)?;
        let sound = digits.iter().all(u8::is_ascii_digit) && digits.first() != Some(&b'0');
        sound.then_some(Self(digits)).ok_or(DivisionCodeError)
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for DivisionCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for DivisionCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn twelve_digits_are_a_code_and_nothing_else_is() {
        assert_eq!("411602002001".parse::<DivisionCode>().map(|code| code.to_string()), Ok("411602002001".to_owned()));
        let wrong = [
            "",
            "411602",
            "4116020020011",
            "41160200200a",
            "011602002001",
            " 41160200200",
            "４１１６０２００２００１",
            "-11602002001",
        ];
        for text in wrong {
            assert_eq!(text.parse::<DivisionCode>(), Err(DivisionCodeError), "{text}");
        }
    }

    #[test]
    fn a_code_survives_json() {
        let code: DivisionCode = serde_json::from_str("\"411602002001\"").unwrap();
        assert_eq!(serde_json::to_string(&code).unwrap(), "\"411602002001\"");
        assert!(serde_json::from_str::<DivisionCode>("\"4116\"").is_err());
        assert!(serde_json::from_str::<DivisionCode>("411602002001").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_a_code_reads_as_itself(text in ".{0,14}|[0-9]{12}") {
            if let Ok(code) = text.parse::<DivisionCode>() {
                prop_assert_eq!(code.to_string(), text);
            }
        }
    }
}
