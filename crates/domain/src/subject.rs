//! What can be checked or listed, and the one way in from raw text.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{account, key::LookupKey, link::Link, phone::PhoneNumber};

/// The kinds of subject; the words of the HTTP contract, the commands and the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A telephone number or caller id.
    Phone,
    /// A web address, domain or IP address.
    Link,
    /// A bank card or account number.
    BankAccount,
    /// An account of a payment service, named by phone, e-mail or id.
    PaymentAccount,
    /// A WeChat id (微信号).
    WechatId,
    /// A QQ number.
    QqId,
    /// A mobile app: package name, optionally with the fingerprint of its signature.
    App,
}

impl SubjectKind {
    /// Every kind, in the order of the contract.
    pub const ALL: [Self; 7] =
        [Self::Phone, Self::Link, Self::BankAccount, Self::PaymentAccount, Self::WechatId, Self::QqId, Self::App];

    /// The stable word used in JSON, commands and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Link => "link",
            Self::BankAccount => "bank_account",
            Self::PaymentAccount => "payment_account",
            Self::WechatId => "wechat_id",
            Self::QqId => "qq_id",
            Self::App => "app",
        }
    }

    /// What a resident calls it.
    pub const fn name_zh(self) -> &'static str {
        match self {
            Self::Phone => "电话号码",
            Self::Link => "网址",
            Self::BankAccount => "银行账号",
            Self::PaymentAccount => "支付账号",
            Self::WechatId => "微信号",
            Self::QqId => "QQ号",
            Self::App => "手机应用",
        }
    }

    /// The kind named by its stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for SubjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a raw value has no canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct ParseError {
    /// Stable snake_case word for programs, e.g. `phone_too_long`.
    pub code: &'static str,
    /// One plain Chinese sentence for people: which rule was broken.
    pub detail: &'static str,
}

/// A subject in canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// See [`PhoneNumber`].
    Phone(PhoneNumber),
    /// See [`Link`].
    Link(Link),
    /// Any of the kinds whose canonical form is plain text; see [`account`].
    Account(SubjectKind, String),
}

impl Subject {
    /// The canonical form of `value`, or the rule it breaks.
    pub fn parse(kind: SubjectKind, value: &str) -> Result<Self, ParseError> {
        match kind {
            SubjectKind::Phone => PhoneNumber::parse(value).map(Self::Phone),
            SubjectKind::Link => Link::parse(value).map(Self::Link),
            other => account::parse(other, value).map(|canonical| Self::Account(other, canonical)),
        }
    }

    /// Its kind.
    pub const fn kind(&self) -> SubjectKind {
        match self {
            Self::Phone(_) => SubjectKind::Phone,
            Self::Link(_) => SubjectKind::Link,
            Self::Account(kind, _) => *kind,
        }
    }

    /// The canonical form: of a link, its first lookup expression.
    pub fn canonical(&self) -> &str {
        match self {
            Self::Phone(phone) => phone.canonical(),
            Self::Link(link) => link.canonical(),
            Self::Account(_, canonical) => canonical,
        }
    }

    /// The key of the subject itself (an exact rule on it).
    pub fn key(&self) -> LookupKey {
        LookupKey::of(self.kind(), self.canonical())
    }
}
