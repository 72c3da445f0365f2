//! What must hold of the particulars of people who are called: officers and who answers for a village.

use domain::phone::{PhoneClass, PhoneNumber};

/// The canonical form of a phone on which a person can be called: a mobile number, or a line with its area code.
pub(crate) fn phone_reachable(text: &str) -> Option<String> {
    let phone = PhoneNumber::parse(text).ok()?;
    matches!(phone.class(), PhoneClass::Mobile | PhoneClass::Geographic).then(|| phone.canonical().to_owned())
}

/// A short text as it is kept: trimmed, one line, at most `longest` characters; `None` for anything else.
pub(crate) fn line_of_text(text: &str, longest: usize) -> Option<String> {
    let text = text.trim();
    let fits = (1..=longest).contains(&text.chars().count()) && !text.chars().any(char::is_control);
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
    fn a_line_of_text_is_one_line() {
        assert_eq!(line_of_text(" 村支书 ", 10).as_deref(), Some("村支书"));
        for wrong in ["", "  ", "a\nb", "12345678901"] {
            assert_eq!(line_of_text(wrong, 10), None);
        }
    }
}
