//! Days and instants as they come in requests, with errors that say the rule in Chinese.

use app::AppError;
use chrono::{DateTime, NaiveDate, Utc};

/// A day in Beijing, `YYYY-MM-DD`.
pub(crate) fn day(pointer: &str, text: &str) -> Result<NaiveDate, AppError> {
    text.parse().map_err(|_| AppError::invalid(pointer, "日期须写成YYYY-MM-DD，例如2026-12-01。"))
}

/// [`day`] where there may be none.
pub(crate) fn day_if_any(pointer: &str, text: Option<&str>) -> Result<Option<NaiveDate>, AppError> {
    text.map(|text| day(pointer, text)).transpose()
}

/// An instant (RFC 3339, with its offset).
pub(crate) fn instant(pointer: &str, text: &str) -> Result<DateTime<Utc>, AppError> {
    let read = DateTime::parse_from_rfc3339(text).map(|instant| instant.with_timezone(&Utc));
    read.map_err(|_| AppError::invalid(pointer, "时间须写成RFC 3339格式，例如2026-12-01T08:00:00+08:00。"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_instants_are_read_or_refused_with_their_field() {
        assert_eq!(day("/a", "2026-12-01").unwrap().to_string(), "2026-12-01");
        assert_eq!(instant("/a", "2026-12-01T08:00:00+08:00").unwrap().to_rfc3339(), "2026-12-01T00:00:00+00:00");
        assert_eq!(day("/a", "2026-13-01").unwrap_err().fields[0].pointer, "/a");
        assert!(instant("/a", "2026-12-01T08:00:00").is_err());
    }
}
