//! Who is protected (受保护人), and what is missing where somebody is not.
//!
//! A person is protected by three things together: a home village, a phone that is proved or attested, and a consent to
//! warnings. Of several holders of one phone one is principal and counted. Whether a message would arrive now is another
//! question ([`is_reachable`]).

use chrono::{Days, NaiveDate};

use crate::words::words;

/// Days for which somebody counts as reachable after anything reached them.
pub const REACHABLE_DAYS: u64 = 30;

/// What decides whether a person is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent facts, each with a name")]
pub struct Facts {
    /// Registered, or an accepted member of a family; not withdrawn, not erased.
    pub registered: bool,
    /// A home village.
    pub home: bool,
    /// A phone that is proved or attested.
    pub phone: bool,
    /// The consent to warnings, not withdrawn.
    pub warnings: bool,
    /// They paused it themselves.
    pub paused: bool,
    /// Their sign-up looked odd, and nobody has decided yet.
    pub held: bool,
    /// First among the holders of their phone.
    pub principal: bool,
}

words! {
    /// What keeps a person from being protected.
    Missing {
        /// Not registered yet, or left.
        Registration = "registration",
        /// No home village.
        Home = "home",
        /// No proved phone.
        Phone = "phone",
        /// No consent to warnings.
        Warnings = "warnings",
        /// Paused.
        Paused = "paused",
        /// The sign-up is being looked at.
        Review = "review",
        /// Somebody else is protected under this phone.
        SharedPhone = "shared_phone",
    }
}

impl Missing {
    /// What is missing and what to do, in words a villager understands.
    pub const fn words_zh(self) -> &'static str {
        match self {
            Self::Registration => "您还没有登记：请点“我要登记”，选好所在的村或社区。",
            Self::Home => "还没有选择所在的村或社区：请在“我的信息”里选择。",
            Self::Phone => "还没有验证手机号：请点“验证手机号”，只需几秒钟。",
            Self::Warnings => "您没有同意接收预警：请在“授权管理”里同意，否则有危险时我们无法通知您。",
            Self::Paused => "您已暂停保护：需要时点“恢复保护”即可。",
            Self::Review => "您的登记正在核对，一般两个工作日内完成，请留意社区民警的联系。",
            Self::SharedPhone => {
                "这个手机号先前已有人登记，危险通知会发到这个号码。如果号码只有您在用，对方七天内没有再次验证就会转到您名下；与家人共用的，您也可以登记自己的手机号。"
            }
        }
    }
}

impl Facts {
    /// Could be protected if they are principal for their phone.
    pub const fn eligible(&self) -> bool {
        self.registered && self.home && self.phone && self.warnings && !self.paused && !self.held
    }

    /// Protected and counted.
    pub const fn protected(&self) -> bool {
        self.eligible() && self.principal
    }

    /// All that is missing, in the order in which it is best mended.
    pub fn missing(&self) -> Vec<Missing> {
        let lacks = [
            (!self.registered, Missing::Registration),
            (!self.home, Missing::Home),
            (!self.phone, Missing::Phone),
            (!self.warnings, Missing::Warnings),
            (self.paused, Missing::Paused),
            (self.held, Missing::Review),
            (self.eligible() && !self.principal, Missing::SharedPhone),
        ];
        lacks.into_iter().filter_map(|(lacking, missing)| lacking.then_some(missing)).collect()
    }
}

/// The first day on which somebody must have been reached to be reachable on `today`.
pub fn reachable_since(today: NaiveDate) -> NaiveDate {
    today.checked_sub_days(Days::new(REACHABLE_DAYS - 1)).unwrap_or(NaiveDate::MIN)
}

/// Would a message arrive? Yes if anything reached them in the last thirty days: they opened the service, proved their
/// phone, or a message was delivered.
pub fn is_reachable(last_reached: Option<NaiveDate>, today: NaiveDate) -> bool {
    last_reached.is_some_and(|day| day >= reachable_since(today))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Facts = Facts {
        registered: true,
        home: true,
        phone: true,
        warnings: true,
        paused: false,
        held: false,
        principal: true,
    };

    #[test]
    fn each_thing_is_needed_and_named() {
        assert!(WHOLE.protected() && WHOLE.missing().is_empty());
        let lacking = [
            (Facts { registered: false, ..WHOLE }, Missing::Registration),
            (Facts { home: false, ..WHOLE }, Missing::Home),
            (Facts { phone: false, ..WHOLE }, Missing::Phone),
            (Facts { warnings: false, ..WHOLE }, Missing::Warnings),
            (Facts { paused: true, ..WHOLE }, Missing::Paused),
            (Facts { held: true, ..WHOLE }, Missing::Review),
            (Facts { principal: false, ..WHOLE }, Missing::SharedPhone),
        ];
        for (facts, missing) in lacking {
            assert!(!facts.protected(), "{missing:?}");
            assert_eq!(facts.missing(), [missing]);
        }
        assert_eq!(lacking.len(), Missing::ALL.len());
    }

    #[test]
    fn reachable_is_who_was_reached_on_one_of_thirty_days() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let today = day("2026-11-30");
        assert!(is_reachable(Some(day("2026-11-01")), today));
        assert!(!is_reachable(Some(day("2026-10-31")), today));
        assert!(!is_reachable(None, today));
    }
}
