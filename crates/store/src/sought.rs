//! Outward ids that somebody asks for.

use keyring::PublicId;

use crate::error::StoreError;

/// An outward id as it may stand in a statement. Any other text names nothing, and could be a phone that was pasted by mistake:
/// databases log the statements that fail, with their values.
pub(crate) fn sought(text: &str) -> Result<String, StoreError> {
    sought_if_any(text).ok_or(StoreError::NotFound)
}

/// [`sought`] where what names nothing is no failure.
pub(crate) fn sought_if_any(text: &str) -> Option<String> {
    text.parse::<PublicId>().ok().map(|id| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_id_is_looked_for() {
        let id = PublicId::random().to_string();
        assert_eq!(sought_if_any(&id), Some(id));
        for wrong in ["", "13812345678", "张三", "0123", &"A".repeat(32), "1381234567\0"] {
            assert!(matches!(sought(wrong), Err(StoreError::NotFound)), "{wrong:?}");
        }
    }
}
