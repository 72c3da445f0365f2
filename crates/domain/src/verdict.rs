//! What a check finds, in words a resident understands.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{
    fraud_type::{self, FraudCode},
    list::MatchRule,
    subject::SubjectKind,
};

/// The result of a check (研判结果), strongest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// On the allowlist: belongs to the named owner.
    Official,
    /// Nothing known. Never says safe.
    Unknown,
    /// Signs of fraud, none of them proof.
    Suspicious,
    /// On the blacklist.
    Fraud,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 4] = [Self::Official, Self::Unknown, Self::Suspicious, Self::Fraud];

    /// The stable word used in JSON and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Unknown => "unknown",
            Self::Suspicious => "suspicious",
            Self::Fraud => "fraud",
        }
    }
}

/// What is known about one subject.
#[derive(Debug, Clone, Copy)]
pub enum Evidence<'a> {
    /// A blacklist entry covers it.
    Blacklisted {
        /// How the entry reaches it.
        rule: MatchRule,
        /// The fraud type of the entry.
        fraud_type: Option<FraudCode>,
    },
    /// An allowlist entry covers it.
    Allowlisted {
        /// Whose it is, where known.
        owner: Option<&'a str>,
    },
    /// It looks like something official that it is not.
    Imitates {
        /// The site or number it looks like.
        official: &'a str,
        /// Whose that is, where known.
        owner: Option<&'a str>,
        /// How it imitates, in Chinese, e.g. `只差一个字符`.
        how: &'static str,
    },
    /// Nothing.
    Nothing,
}

/// The verdict on one subject, with its reasons and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, one sentence each.
    pub reasons: Vec<Cow<'static, str>>,
    /// What to do now.
    pub advice: &'static str,
}

/// Judges one subject by the evidence.
pub fn decide(kind: SubjectKind, evidence: Evidence<'_>) -> Judgement {
    match evidence {
        Evidence::Blacklisted { rule, fraud_type } => blacklisted(kind, rule, fraud_type),
        Evidence::Allowlisted { owner } => allowlisted(kind, owner),
        Evidence::Imitates { official, owner, how } => imitates(kind, official, owner, how),
        Evidence::Nothing => Judgement {
            verdict: Verdict::Unknown,
            reasons: vec![Cow::Borrowed("目前没有收到相关线索，但这不代表安全。")],
            advice: "凡是要求转账、交费、提供验证码、下载软件或共享屏幕的，请先停下，拨打96110核实。",
        },
    }
}

fn blacklisted(kind: SubjectKind, rule: MatchRule, fraud_type: Option<FraudCode>) -> Judgement {
    let known = fraud_type.and_then(|code| fraud_type::table().get(code));
    let mut reasons = Vec::with_capacity(3);
    reasons.push(Cow::Borrowed(listed_by(kind, rule)));
    if let Some(known) = known {
        reasons.push(Cow::Borrowed(known.what()));
    }
    // Where an owner objects: the law demands the way and the reasons (《反电信网络诈骗法》第三十二条).
    reasons.push(Cow::Borrowed(fraud_type::table().appeal()));
    Judgement {
        verdict: Verdict::Fraud,
        reasons,
        advice: known.unwrap_or_else(|| fraud_type::table().unknown()).advice(),
    }
}

const fn listed_by(kind: SubjectKind, rule: MatchRule) -> &'static str {
    match (kind, rule) {
        (SubjectKind::Phone, MatchRule::NumberPrefix) => "该号码所在的号段已列入涉诈黑名单。",
        (SubjectKind::Phone, _) => "该号码已列入涉诈黑名单。",
        (_, MatchRule::HostSuffix) => "该网站已列入涉诈黑名单。",
        (_, MatchRule::PathPrefix) => "该网站的这一组网页已列入涉诈黑名单。",
        (SubjectKind::Link, _) => "该网址已列入涉诈黑名单。",
        (SubjectKind::BankAccount, _) => "该银行账号已列入涉诈黑名单。",
        (SubjectKind::PaymentAccount, _) => "该支付账号已列入涉诈黑名单。",
        (SubjectKind::WechatId, _) => "该微信号已列入涉诈黑名单。",
        (SubjectKind::QqId, _) => "该QQ号已列入涉诈黑名单。",
        (SubjectKind::App, _) => "该手机应用已列入涉诈黑名单。",
    }
}

fn allowlisted(kind: SubjectKind, owner: Option<&str>) -> Judgement {
    let what = if kind == SubjectKind::Phone { "官方公布的号码" } else { "官方认定的地址" };
    let reason = match owner {
        Some(owner) => Cow::Owned(format!("这是{what}，属于：{owner}。")),
        None => Cow::Owned(format!("这是{what}。")),
    };
    let advice = if kind == SubjectKind::Phone {
        "来电显示可能被冒用：对方如要求转账或提供验证码，请挂断后自己重新拨打该号码核实。"
    } else {
        "请自己输入网址打开，不要点击他人发来的相似链接。"
    };
    Judgement { verdict: Verdict::Official, reasons: vec![reason], advice }
}

fn imitates(kind: SubjectKind, official: &str, owner: Option<&str>, how: &str) -> Judgement {
    let whose = owner.map(|owner| format!("（{owner}）")).unwrap_or_default();
    // People know a service number without the word for its class.
    let official = official.strip_prefix("cn:").unwrap_or(official);
    let reason = format!("与官方的{official}{whose}相似，但并不是它：{how}。");
    let advice = if kind == SubjectKind::Phone {
        "不要按对方说的操作，请自己拨打官方号码核实，或拨打96110。"
    } else {
        "不要在这个网站填写账号、密码或银行卡信息，请从官方渠道重新进入，或拨打96110核实。"
    };
    Judgement { verdict: Verdict::Suspicious, reasons: vec![Cow::Owned(reason)], advice }
}
