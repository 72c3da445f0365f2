//! The image of a mini-program code that carries a scene, as an officer shows it for registration.
//!
//! `POST /wxa/getwxacodeunlimit`: codes never expire and their number is not limited, 5,000 a minute are made. Success is
//! an image, failure is JSON under status 200.

use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::WeChat;
use super::errcode::{Call, Outcome};
use super::failure::{Failure, Refusal};
use crate::http::{Answer, TransportFailure};

const PATH: &str = "/wxa/getwxacodeunlimit";
const LONGEST_SCENE: usize = 32;
const LONGEST_PAGE: usize = 128;
const NARROWEST: u16 = 280;
const WIDEST: u16 = 1280;

/// What a code carries: a random short id, never a number of a person.
#[derive(Clone, PartialEq, Eq)]
pub struct Scene(String);

impl Scene {
    /// Takes 1 to 32 letters, digits, `-` and `_`. WeChat documents more characters, of which some were seen to fail.
    ///
    /// # Errors
    /// [`CodeImageError::SceneInvalid`].
    pub fn parse(text: &str) -> Result<Self, CodeImageError> {
        let sound = (1..=LONGEST_SCENE).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if sound { Ok(Self(text.to_owned())) } else { Err(CodeImageError::SceneInvalid) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A scene opens a registration to whoever knows it.
impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scene(..)")
    }
}

/// Which version of the mini-program a code opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EnvVersion {
    /// The released one.
    #[default]
    Release,
    /// The one shown to testers.
    Trial,
    /// The one a developer works on.
    Develop,
}

impl EnvVersion {
    fn as_str(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Trial => "trial",
            Self::Develop => "develop",
        }
    }
}

/// Which code is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeImageRequest {
    /// What it carries.
    pub scene: Scene,
    /// The page it opens, without a leading `/` and without a query; `None` for the home page. Must be released, unless
    /// `env_version` is another one.
    pub page: Option<String>,
    /// Which version it opens.
    pub env_version: EnvVersion,
    /// The width in pixels, 280 to 1280; `None` for WeChat's 430.
    pub width: Option<u16>,
}

impl CodeImageRequest {
    fn check(&self) -> Result<(), CodeImageError> {
        let is_page = |page: &str| {
            (1..=LONGEST_PAGE).contains(&page.len())
                && !page.starts_with('/')
                && page.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.'))
        };
        if !self.page.as_deref().is_none_or(is_page) {
            return Err(CodeImageError::PageInvalid);
        }
        if !self.width.is_none_or(|width| (NARROWEST..=WIDEST).contains(&width)) {
            return Err(CodeImageError::WidthInvalid);
        }
        Ok(())
    }

    fn body(&self) -> serde_json::Value {
        let mut body = json!({
            "scene": self.scene.as_str(),
            "env_version": self.env_version.as_str(),
            // A version before release has pages that no release has yet.
            "check_path": self.env_version == EnvVersion::Release,
        });
        if let Some(fields) = body.as_object_mut() {
            fields.extend(self.page.as_deref().map(|page| ("page".to_owned(), page.into())));
            fields.extend(self.width.map(|width| ("width".to_owned(), width.into())));
        }
        body
    }
}

/// What kind of image it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageType {
    /// What WeChat documents.
    Jpeg,
    /// What it sends for codes on a transparent ground.
    Png,
}

impl ImageType {
    /// For the header `Content-Type`.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// By the first bytes: a header can be wrong, and a page of a portal is no image.
    fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else {
            None
        }
    }
}

/// The image of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeImage {
    /// The file, at most [`super::Config::largest_image`] bytes.
    pub bytes: Vec<u8>,
    /// What kind it is.
    pub image_type: ImageType,
}

/// Why there is no image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeImageError {
    /// The scene is not 1 to 32 letters, digits, `-` and `_`; or 40129, 40169: WeChat does not take it.
    #[error("the scene is not 1 to 32 letters, digits, - and _")]
    SceneInvalid,
    /// The page has a leading `/`, a query or strange characters.
    #[error("the page has a leading /, a query or strange characters")]
    PageInvalid,
    /// The width is not 280 to 1280.
    #[error("the width is not 280 to 1280")]
    WidthInvalid,
    /// 41030: the page does not exist or is not released. The operator was told.
    #[error("the page does not exist or is not released")]
    PageNotReleased,
    /// -1, after the repeats.
    #[error("WeChat is busy")]
    Busy,
    /// 45009, which is the minute's limit here, and 45011; WeChat is not asked until then.
    #[error("too many codes, until {retry_at}")]
    TooFrequent {
        /// The beginning of the next minute.
        retry_at: DateTime<Utc>,
    },
    /// 45063 and wrong app ids or secrets: the account is not this mini-program's. The operator was told.
    #[error("the account is not this mini-program's: {errcode}")]
    Misconfigured {
        /// The code as it came.
        errcode: i64,
    },
    /// 47001, 40097, 85096 and their like: an error of this program. The operator was told.
    #[error("WeChat does not understand the request: {errcode}")]
    Defect {
        /// The code as it came.
        errcode: i64,
    },
    /// Any other code; [`Refusal::outcome`] says what it means. The operator was told where somebody must act.
    #[error(transparent)]
    Refused(Refusal),
    /// No documented answer came.
    #[error(transparent)]
    Unreachable(TransportFailure),
}

impl CodeImageError {
    /// When trying again makes sense, where WeChat says so.
    #[must_use]
    pub fn retry_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::TooFrequent { retry_at } => Some(*retry_at),
            Self::Refused(refusal) => refusal.retry_at,
            _ => None,
        }
    }
}

impl From<Failure> for CodeImageError {
    fn from(failure: Failure) -> Self {
        let refusal = match failure {
            Failure::Transport(failure) => return Self::Unreachable(failure),
            Failure::Refused(refusal) => refusal,
        };
        let errcode = refusal.errcode;
        match (refusal.outcome, refusal.retry_at) {
            (Outcome::SceneRefused, _) => Self::SceneInvalid,
            (Outcome::PageNotReleased, _) => Self::PageNotReleased,
            (Outcome::Busy, _) => Self::Busy,
            (Outcome::TooFrequent, Some(retry_at)) => Self::TooFrequent { retry_at },
            (Outcome::Misconfigured, _) => Self::Misconfigured { errcode },
            (Outcome::Defect, _) => Self::Defect { errcode },
            _ => Self::Refused(refusal),
        }
    }
}

impl WeChat {
    /// Has WeChat draw a code. The same request gives the same code for ever: keep the image.
    ///
    /// # Errors
    /// A request that WeChat would not take is not sent. Every documented error code has its [`CodeImageError`]; so have
    /// an image that is too long and an answer that is none.
    pub async fn code_image(&self, request: &CodeImageRequest) -> Result<CodeImage, CodeImageError> {
        request.check()?;
        Ok(self.exchange_with_token(Call::CodeImage, PATH, &request.body(), image).await?)
    }
}

fn image(answer: Answer) -> Option<CodeImage> {
    let image_type = ImageType::of(&answer.body)?;
    Some(CodeImage { bytes: answer.body, image_type })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request(page: Option<&str>, width: Option<u16>) -> CodeImageRequest {
        let scene = Scene::parse("aZ09-_").unwrap();
        CodeImageRequest { scene, page: page.map(str::to_owned), env_version: EnvVersion::Release, width }
    }

    #[test]
    fn a_page_has_no_leading_slash_and_no_query_and_a_width_its_bounds() {
        assert_eq!(request(Some("pages/register/index"), Some(280)).check(), Ok(()));
        assert_eq!(request(None, Some(1280)).check(), Ok(()));
        for page in ["", "/pages/index", "pages/index?a=1", "页", "a b"] {
            assert_eq!(request(Some(page), None).check(), Err(CodeImageError::PageInvalid), "{page}");
        }
        for width in [0, 279, 1281] {
            assert_eq!(request(None, Some(width)).check(), Err(CodeImageError::WidthInvalid), "{width}");
        }
    }

    #[test]
    fn only_a_version_before_release_may_open_a_page_that_is_not_released() {
        let mut wish = request(None, None);
        assert_eq!(wish.body(), json!({ "scene": "aZ09-_", "env_version": "release", "check_path": true }));
        (wish.env_version, wish.width) = (EnvVersion::Trial, Some(430));
        let body = json!({ "scene": "aZ09-_", "env_version": "trial", "check_path": false, "width": 430 });
        assert_eq!(wish.body(), body);
    }

    proptest! {
        #[test]
        fn a_scene_is_one_to_thirty_two_plain_characters(text in "[a-zA-Z0-9_-]{0,40}|.*") {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            let expected = (1..=32).contains(&text.chars().count()) && text.chars().all(plain);
            prop_assert_eq!(Scene::parse(&text).is_ok(), expected);
        }
    }
}
