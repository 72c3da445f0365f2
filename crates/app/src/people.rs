//! What must hold of the particulars of people who are called: officers and who answers for a village.

use domain::phone::{PhoneClass, PhoneNumber};

/// The canonical form of a phone on which a person can be called: a mobile number, or a line with its area code.
pub(crate) fn phone_reachable(text: &str) -> Option<String> {
    let phone = PhoneNumber::parse(text).ok()?;
    matches!(phone.class(), PhoneClass::Mobile | PhoneClass::Geographic).then(|| phone.canonical().to_owned())
}

/// True if a phone stands in a text. Such a text is not kept where texts stand in plain.
pub(crate) fn holds_phone(text: &str) -> bool {
    let digit_or_mark = |sign: char| sign.is_numeric() || " .-_()（）".contains(sign);
    text.split(|sign: char| !digit_or_mark(sign)).any(|part| {
        let digits: String = part.chars().filter(|sign| sign.is_numeric()).collect();
        phone_reachable(&digits).is_some()
    })
}

/// A short text as it is kept, in plain: trimmed, one line, at most `longest` characters, no phone in it; `None` for anything else.
pub(crate) fn line_of_text(text: &str, longest: usize) -> Option<String> {
    let text = text.trim();
    let fits = (1..=longest).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    let fits = fits && !holds_phone(text);
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_called_has_a_line_of_their_own() {
        assert_eq!(phone_reachable("138 0013 8000").as_deref(), Some("+8613800138000"));
        assert!(phone_reachable("0394-8270110").is_some());
        for wrong in ["", "110", "95588", "1380013800", "abc", "+85298765432"] {
            assert_eq!(phone_reachable(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_phone_in_a_text_is_seen_however_it_is_written() {
        for phone in [
            "13800138000",
            "找老王138-0013-8000谈",
            "电话：(0394)8270110",
            "１３８００１３８０００",
            "wang_13800138000",
        ] {
            assert!(holds_phone(phone), "{phone}");
        }
        for none in ["", "三组", "20261124", "3号楼2单元", "411602001001", "第13800号"] {
            assert!(!holds_phone(none), "{none}");
        }
    }

    #[test]
    fn a_line_of_text_is_one_line() {
        assert_eq!(line_of_text(" 村支书 ", 10).as_deref(), Some("村支书"));
        for wrong in ["", "  ", "a\nb", "12345678901", "13800138000", "李 138 0013 8000"] {
            assert_eq!(line_of_text(wrong, 10), None);
        }
    }
}
