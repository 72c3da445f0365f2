//! Risk groups of persons, in requests and replies of both APIs.

use app::residents::{NamedTag, TagView};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A risk group that a person belongs to: its code or name, or that with the day on which it ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged, expecting = r#"标签须为代码或名称，或写成{"code":"G02","expires_on":"2027-03-01"}"#)]
pub enum TagRequest {
    /// Its code or name; it lasts.
    #[schema(example = "G01")]
    Lasting(String),
    /// With an end.
    Ending(EndingTagRequest),
}

/// A risk group that ends by itself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndingTagRequest {
    /// Its code or name.
    #[schema(example = "G02")]
    code: String,
    /// The day, in Beijing, at whose beginning it ends: after today and within five years. It lasts if absent.
    #[schema(value_type = Option<String>, format = Date)]
    expires_on: Option<NaiveDate>,
}

impl From<TagRequest> for NamedTag {
    fn from(said: TagRequest) -> Self {
        match said {
            TagRequest::Lasting(word) => Self { word, expires_on: None },
            TagRequest::Ending(EndingTagRequest { code: word, expires_on }) => Self { word, expires_on },
        }
    }
}

/// A risk group.
#[derive(Debug, Serialize, ToSchema)]
pub struct TagReply {
    /// Its code.
    code: String,
    /// What it is called.
    #[schema(value_type = String)]
    name: &'static str,
    /// `self`, `guardian`, `officer` or `import`.
    source: String,
    /// The day, in Beijing, at whose beginning it ends by itself.
    #[schema(value_type = Option<String>, format = Date)]
    expires_on: Option<NaiveDate>,
}

impl From<TagView> for TagReply {
    fn from(TagView { code, name, source, expires_on }: TagView) -> Self {
        Self { code, name, source, expires_on }
    }
}
