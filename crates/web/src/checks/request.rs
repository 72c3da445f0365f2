//! What is asked.

use app::{AppError, check::Question};
use domain::SubjectKind;
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// Items in one batch.
const MOST_ITEMS: usize = 1_000;

/// Either `kind` and `value`, or `text`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    /// `phone`, `link`, `bank_account`, `payment_account`, `wechat_id`, `qq_id` or `app`.
    #[schema(value_type = Option<String>, example = "phone")]
    kind: Option<String>,
    /// The number, link or account, as typed or pasted.
    #[schema(example = "+86 138-0013-8000", max_length = 4096)]
    value: Option<String>,
    /// A pasted message.
    text: Option<String>,
}

impl CheckRequest {
    /// What is asked, or which field is missing or too much.
    pub fn question(self) -> Result<Question, AppError> {
        match (self.kind, self.value, self.text) {
            (Some(kind), Some(value), None) => {
                let kind = SubjectKind::from_word(&kind).ok_or_else(|| {
                    let words = SubjectKind::ALL.map(SubjectKind::as_str).join("、");
                    AppError::invalid("/kind", format!("类别须为：{words}。"))
                })?;
                Ok(Question::Subject { kind, value })
            }
            (None, None, Some(text)) => Ok(Question::Text(text)),
            (Some(_), None, None) => Err(AppError::invalid("/value", "请填写要查询的内容。")),
            (None, Some(_), None) => Err(AppError::invalid("/kind", "请填写类别。")),
            (None, None, None) => Err(AppError::invalid("", "请填写类别和内容，或一段文字。")),
            _ => Err(AppError::invalid("/text", "类别和内容、文字，两者只能填一种。")),
        }
    }
}

/// Up to 1,000 questions.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRequest {
    /// Each is read by itself, so that a bad one does not fail the others.
    #[schema(value_type = Vec<CheckRequest>, min_items = 1, max_items = 1000)]
    items: Vec<Box<RawValue>>,
}

impl BatchRequest {
    /// The questions, in order; a bad item is its error.
    pub fn questions(self) -> Result<Vec<Result<Question, AppError>>, AppError> {
        if self.items.is_empty() || self.items.len() > MOST_ITEMS {
            return Err(AppError::invalid("/items", format!("每次查询1到{MOST_ITEMS}条。")));
        }
        Ok(self
            .items
            .into_iter()
            .map(|item| crate::from_json::<CheckRequest>(item.get().as_bytes())?.question())
            .collect())
    }
}
