//! Which passwords an officer may choose. GB/T 22239 level 3 asks for mixed kinds of characters; length does the rest.

use std::collections::HashSet;

use rand::seq::IndexedRandom;

const MIN_CHARACTERS: usize = 12;
const MAX_CHARACTERS: usize = 128;
/// What no accepted password exceeds: four bytes a character.
pub(super) const MAX_BYTES: usize = 4 * MAX_CHARACTERS;
const MIN_DIFFERENT: usize = 6;
const MIN_KINDS: usize = 3;

/// Beginnings of the passwords that are guessed first, for this product among them; compared in lower case.
const COMMON: [&str; 14] = [
    "password",
    "passw0rd",
    "p@ssw0rd",
    "admin",
    "root",
    "qwerty",
    "asdfgh",
    "1qaz",
    "123456",
    "654321",
    "abc123",
    "iloveyou",
    "jinzhong",
    "goldenbell",
];

/// Letters and digits that are not mistaken for one another when read from paper.
const READABLE: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Why a password is not accepted; `Display` is what the officer reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRule {
    /// Fewer than 12 characters.
    #[error("密码至少要有 12 个字符")]
    TooShort,
    /// More than 128 characters.
    #[error("密码不能超过 128 个字符")]
    TooLong,
    /// A control character, such as a line break from pasting.
    #[error("密码里有看不见的控制字符，请重新输入")]
    ControlCharacter,
    /// Fewer than three of: capital letters, small letters, digits, anything else (Chinese characters included).
    #[error("密码要包含大写字母、小写字母、数字、其他符号（含汉字）中的至少三种")]
    TooFewKinds,
    /// Fewer than six different characters.
    #[error("密码里不同的字符太少，至少要有 6 个不同的字符")]
    TooFewDifferent,
    /// Contains the user name.
    #[error("密码不能包含用户名")]
    ContainsUserName,
    /// Contains one of the commonest passwords.
    #[error("密码里有太常见的片段（如 123456、password、qwerty），请换一个")]
    Common,
}

/// Whether an officer may use this password.
///
/// # Errors
/// The first rule it breaks.
pub fn check_rules(password: &str, user_name: &str) -> Result<(), PasswordRule> {
    // Asked first, so that the rest walks over a bounded text.
    if password.len() > MAX_BYTES || password.chars().count() > MAX_CHARACTERS {
        return Err(PasswordRule::TooLong);
    }
    if password.chars().count() < MIN_CHARACTERS {
        return Err(PasswordRule::TooShort);
    }
    if password.chars().any(char::is_control) {
        return Err(PasswordRule::ControlCharacter);
    }
    if password.chars().map(kind).collect::<HashSet<_>>().len() < MIN_KINDS {
        return Err(PasswordRule::TooFewKinds);
    }
    if password.chars().collect::<HashSet<_>>().len() < MIN_DIFFERENT {
        return Err(PasswordRule::TooFewDifferent);
    }
    let (lower, user_name) = (password.to_lowercase(), user_name.to_lowercase());
    if !user_name.is_empty() && lower.contains(&user_name) {
        return Err(PasswordRule::ContainsUserName);
    }
    if COMMON.iter().any(|common| lower.contains(common)) {
        return Err(PasswordRule::Common);
    }
    Ok(())
}

fn kind(character: char) -> u8 {
    match character {
        'A'..='Z' => 0,
        'a'..='z' => 1,
        '0'..='9' => 2,
        _ => 3,
    }
}

/// A random password that the rules accept: four groups of five readable characters, some 116 bits.
pub fn new_password() -> String {
    loop {
        let mut password = String::with_capacity(23);
        for at in 0..20 {
            if at > 0 && at % 5 == 0 {
                password.push('-');
            }
            if let Some(character) = READABLE.choose(&mut rand::rng()) {
                password.push(char::from(*character));
            }
        }
        if check_rules(&password, "").is_ok() {
            return password;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_rule_refuses_what_it_names() {
        let cases = [
            ("Short-1aaaa", PasswordRule::TooShort),
            ("", PasswordRule::TooShort),
            ("汉字汉字汉字汉字汉Aa", PasswordRule::TooShort),
            (&"Aa1-".repeat(33), PasswordRule::TooLong),
            ("Long-enough-1\n", PasswordRule::ControlCharacter),
            ("onlysmallletters", PasswordRule::TooFewKinds),
            ("SmallAndCapitals", PasswordRule::TooFewKinds),
            ("Aa1Aa1Aa1Aa1", PasswordRule::TooFewDifferent),
            ("my-ZhangSan-4711", PasswordRule::ContainsUserName),
            ("My-Password-4711", PasswordRule::Common),
            ("Zhoukou-123456-a", PasswordRule::Common),
        ];
        for (password, rule) in cases {
            assert_eq!(check_rules(password, "zhangsan"), Err(rule), "{password}");
        }
    }

    #[test]
    fn good_passwords_pass() {
        for password in ["Three kinds of 4", "沙颍河畔有棵老槐树 A7", "tR7-kkdw-09xz", "correct horse 4 BATTERY"]
        {
            assert_eq!(check_rules(password, "zhangsan"), Ok(()), "{password}");
        }
        assert_eq!(check_rules("Three kinds of 4", ""), Ok(()));
        assert_eq!(check_rules(&format!("Aa1-xy{}", "z".repeat(122)), ""), Ok(()));
    }

    #[test]
    fn made_passwords_pass_and_differ() {
        let made: HashSet<_> = (0..100).map(|_| new_password()).collect();
        assert_eq!(made.len(), 100);
        assert!(made.iter().all(|password| password.len() == 23 && check_rules(password, "").is_ok()));
    }

    #[test]
    fn the_words_are_chinese_and_hold_no_password() {
        let said = check_rules("short-SECRET", "short").unwrap_err().to_string();
        assert!(said.starts_with("密码") && !said.contains("SECRET"), "{said}");
    }

    proptest! {
        #[test]
        fn any_text_is_judged(password in "\\PC{0,200}", user_name in "\\PC{0,20}") {
            if check_rules(&password, &user_name).is_ok() {
                prop_assert!(password.chars().count() >= 12 && password.len() <= MAX_BYTES);
            }
        }
    }
}
