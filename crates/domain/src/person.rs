//! Persons: residents (居民) and the members of their families (家人), and what is known and agreed of them.

use crate::words::words;

words! {
    /// How a person came to be known.
    Origin {
        /// Registered by themselves.
        Own = "self",
        /// Registered by an officer, mostly for want of a smartphone.
        Officer = "officer",
        /// Named by a family.
        Family = "family",
    }
}

words! {
    /// How it is known that a phone is somebody's.
    PhoneProof {
        /// WeChat gave the number bound to the account (`getuserphonenumber`).
        Wechat = "wechat",
        /// A code sent to the number came back.
        Sms = "sms",
        /// An officer, or the guardian of a minor, answers for it.
        Attested = "attested",
    }
}

impl PhoneProof {
    /// What residents call it.
    pub const fn words_zh(self) -> &'static str {
        match self {
            Self::Wechat => "微信验证",
            Self::Sms => "短信验证码",
            Self::Attested => "由工作人员或监护人确认",
        }
    }
}

words! {
    /// What a consent is for. Each is given and withdrawn by itself (PIPL articles 14 to 16).
    Purpose {
        /// To be matched with contact events and warned. Without it nobody is protected.
        Warnings = "warnings",
        /// To get what campaigns send.
        Campaigns = "campaigns",
        /// To be told later that something checked earlier turned bad, or was withdrawn.
        LookBack = "look_back",
    }
}

impl Purpose {
    /// The version of the text a resident agrees to today; a new text asks anew.
    pub const fn version(self) -> &'static str {
        "2026-11"
    }

    /// What residents call it.
    pub const fn name_zh(self) -> &'static str {
        match self {
            Self::Warnings => "接收预警",
            Self::Campaigns => "接收宣传",
            Self::LookBack => "查询结果变化提醒",
        }
    }

    /// What is agreed to, in a sentence.
    pub const fn words_zh(self) -> &'static str {
        match self {
            Self::Warnings => "同意用我的手机号与涉诈号码、网址的接触线索比对，一旦发现危险就通知我和社区民警",
            Self::Campaigns => "同意接收反诈宣传消息",
            Self::LookBack => "同意保存我查询记录的加密索引30天，查过的号码、网址变坏或撤销时通知我",
        }
    }
}

words! {
    /// On whose word a consent rests.
    ConsentBasis {
        /// The person's own.
        Own = "self",
        /// The guardian's of a minor (PIPL article 31).
        Guardian = "guardian",
        /// An officer attests that the person agreed, and why they could not do it themselves.
        Attested = "attested",
    }
}

impl ConsentBasis {
    /// What residents call it.
    pub const fn words_zh(self) -> &'static str {
        match self {
            Self::Own => "本人同意",
            Self::Guardian => "监护人代为同意",
            Self::Attested => "本人口头同意，由工作人员登记",
        }
    }
}

words! {
    /// What a family member is to the resident who names them.
    Relation {
        /// Husband or wife.
        Spouse = "spouse",
        /// Father or mother.
        Parent = "parent",
        /// Son or daughter.
        Child = "child",
        /// Father's or mother's father or mother.
        Grandparent = "grandparent",
        /// Son's or daughter's child.
        Grandchild = "grandchild",
        /// Brother or sister.
        Sibling = "sibling",
        /// Anybody else of the household or kin.
        Other = "other",
    }
}

impl Relation {
    /// What residents call it.
    pub const fn words_zh(self) -> &'static str {
        match self {
            Self::Spouse => "配偶",
            Self::Parent => "父母",
            Self::Child => "子女",
            Self::Grandparent => "祖父母、外祖父母",
            Self::Grandchild => "孙辈、外孙辈",
            Self::Sibling => "兄弟姐妹",
            Self::Other => "其他家人",
        }
    }
}

words! {
    /// Who said that a person belongs to a risk group.
    TagSource {
        /// The person.
        Own = "self",
        /// The guardian of a minor.
        Guardian = "guardian",
        /// An officer.
        Officer = "officer",
        /// A file.
        Import = "import",
    }
}

impl TagSource {
    /// What residents call it.
    pub const fn words_zh(self) -> &'static str {
        match self {
            Self::Own => "本人填写",
            Self::Guardian => "监护人填写",
            Self::Officer => "工作人员填写",
            Self::Import => "工作人员批量登记",
        }
    }
}

/// Members a resident's family has at most.
pub const MOST_FAMILY_MEMBERS: usize = 8;
/// Longest name of a person, in characters.
const LONGEST_NAME: usize = 30;

/// A name as it is kept: trimmed, one to thirty letters of any script, with `·`, `.`, `-`, `'` and single spaces inside.
pub fn name_canonical(text: &str) -> Option<String> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let letter = |character: char| character.is_alphabetic() || matches!(character, '·' | '.' | '-' | '\'' | ' ' | '•');
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count()) && name.chars().all(letter);
    (fits && name.chars().any(char::is_alphabetic)).then_some(name)
}

/// A name as it is shown: the first character and as many stars as there are others, four at most (`王**`).
pub fn name_masked(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().map(String::from).unwrap_or_default();
    first + &"*".repeat(characters.count().clamp(1, 4))
}

/// A phone in canonical form as it is shown: the middle of a mainland mobile number hidden (`138****8000`), of any other all
/// but the last four characters.
pub fn phone_masked(canonical: &str) -> String {
    let digits = canonical.strip_prefix("+86").unwrap_or(canonical);
    let count = digits.chars().count();
    let shown_first = if canonical.starts_with("+861") && count == 11 { 3 } else { 0 };
    let masked = digits.chars().enumerate().map(|(place, character)| {
        let hidden = place >= shown_first && place + 4 < count;
        if hidden { '*' } else { character }
    });
    masked.collect()
}

/// True for who is not yet eighteen for certain in `year`: only the year of birth is known, so the birthday is taken as the
/// last of the year (Civil Code article 17).
pub const fn is_minor(birth_year: i16, year: i32) -> bool {
    year - (birth_year as i32) <= 18
}

/// True for a year in which somebody now alive may have been born.
pub const fn is_birth_year(birth_year: i16, year: i32) -> bool {
    let age = year - birth_year as i32;
    0 <= age && age <= 120
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_have_one_spelling_and_odd_ones_are_refused() {
        assert_eq!(name_canonical(" 王 小明 "), Some("王 小明".to_owned()));
        assert_eq!(name_canonical("阿卜杜·热合曼"), Some("阿卜杜·热合曼".to_owned()));
        for wrong in ["", " ", "···", "王1", "a\u{202e}b", "<b>", &"王".repeat(31), "王\u{0}明"] {
            assert_eq!(name_canonical(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn what_is_shown_hides_the_person() {
        assert_eq!(name_masked("王小明"), "王**");
        assert_eq!(name_masked("王"), "王*");
        assert_eq!(phone_masked("+8613800138000"), "138****8000");
        assert_eq!(phone_masked("+8601065911468"), "*******1468");
        assert_eq!(phone_masked("+85298765432"), "********5432");
    }

    #[test]
    fn only_who_is_certainly_of_age_is_no_minor() {
        assert!(is_minor(2008, 2026));
        assert!(!is_minor(2007, 2026));
        assert!(is_birth_year(1906, 2026) && !is_birth_year(1905, 2026) && !is_birth_year(2027, 2026));
    }

    #[test]
    fn each_word_reads_back() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::from_word(purpose.as_str()), Some(*purpose));
            assert_eq!(serde_json::to_string(purpose).unwrap(), format!("\"{}\"", purpose.as_str()));
        }
        assert_eq!(Relation::from_word("uncle"), None);
    }

    proptest! {
        #[test]
        fn a_canonical_name_is_its_own_and_a_mask_shows_one_character(text in "\\PC{0,40}") {
            if let Some(name) = name_canonical(&text) {
                prop_assert_eq!(name_canonical(&name), Some(name.clone()));
                prop_assert!(name_masked(&name).chars().skip(1).all(|character| character == '*'));
            }
        }

        #[test]
        fn a_mask_never_shows_more_than_seven_digits(text in "\\+?[0-9]{5,20}") {
            let shown = phone_masked(&text).chars().filter(char::is_ascii_digit).count();
            prop_assert!(shown <= 7);
        }
    }
}
