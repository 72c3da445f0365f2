//! What holds for all decisions about entries.

use std::borrow::Cow;

pub(super) use store::list_sources::MANUAL;
use store::{DbConnection, officers::officers_linked};

use crate::{AppError, error::ErrorCode, people::line_of_text};

/// Longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// Why something is done: everybody who reads the history later should understand it.
pub(super) fn reason(text: &str) -> Result<String, AppError> {
    line_of_text(text, LONGEST_REASON)
        .ok_or_else(|| AppError::invalid("/reason", format!("请用一行文字写明理由，最多{LONGEST_REASON}个字。")))
}

/// At least one, not too many, none twice.
pub(super) fn bounded(pointer: &str, ids: &[String], most: usize) -> Result<(), AppError> {
    let mut seen = std::collections::HashSet::new();
    if ids.is_empty() || ids.len() > most || !ids.iter().all(|id| seen.insert(id)) {
        return Err(AppError::invalid(pointer, format!("请选择1到{most}条，且不要重复。")));
    }
    Ok(())
}

pub(super) fn conflict(detail: impl Into<Cow<'static, str>>) -> AppError {
    AppError::new(ErrorCode::Conflict, detail)
}

/// Nobody lists or lifts an entry alone, nor with an account whose credentials they once held.
pub(super) fn second_person(connection: &mut DbConnection, first: i64, second: i64) -> Result<(), AppError> {
    if first == second {
        return Err(conflict("这是您本人提出的，须由另一名审核人员决定。"));
    }
    if officers_linked(connection, first, second)? {
        return Err(conflict("您与提出人之间有一方为另一方开立或重置过账号，须由第三名审核人员决定。"));
    }
    Ok(())
}
