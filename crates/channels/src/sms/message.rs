//! A text to one person.

use std::fmt;

use super::config::Template;
use super::outcome::Refusal;

/// Aliyun takes less than 256 characters, Tencent Cloud less than 512 bytes.
const LONGEST_REFERENCE: usize = 255;

/// What is to be said to whom. Its debug form shows nothing of it.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// `+`, the country code and the number: `+8613800138000`.
    pub phone: &'a str,
    /// The approved text.
    pub template: &'a Template,
    /// What goes into its variables, by name. Names it does not have are left out.
    pub values: &'a [(&'a str, &'a str)],
    /// What the sender calls the text, 1 to 255 visible ASCII characters; the receipt carries it.
    pub reference: Option<&'a str>,
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").finish_non_exhaustive()
    }
}

/// A message that can be sent: the number is one, and every variable has its value.
pub(super) struct Text<'a> {
    /// As in [`Message::phone`].
    pub(super) phone: &'a str,
    pub(super) template: &'a str,
    /// Names and values, in the order of the template.
    pub(super) parameters: Vec<(&'a str, &'a str)>,
    pub(super) reference: Option<&'a str>,
}

impl<'a> Message<'a> {
    pub(super) fn text(&self) -> Result<Text<'a>, Refusal> {
        if !is_number(self.phone) {
            return Err(Refusal::NumberInvalid);
        }
        let is_reference = |text: &str| {
            (1..=LONGEST_REFERENCE).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let value = |name: &'a String| {
            let (_, value) = self.values.iter().find(|(known, _)| known == name)?;
            Some((name.as_str(), *value))
        };
        let parameters: Option<Vec<_>> = self.template.variables.iter().map(value).collect();
        match parameters {
            Some(parameters) if self.reference.is_none_or(is_reference) => {
                Ok(Text { phone: self.phone, template: &self.template.id, parameters, reference: self.reference })
            }
            _ => Err(Refusal::Defect),
        }
    }
}

/// Whether there can be such a number: of E.164, and of China a mobile one.
fn is_number(phone: &str) -> bool {
    let Some(digits) = phone.strip_prefix('+') else { return false };
    let mobile = digits.strip_prefix("86").is_none_or(|number| {
        number.len() == 11 && number.starts_with('1') && !number.starts_with("10") && !number.starts_with("11")
    });
    (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && mobile
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text<'a>(message: &Message<'a>) -> Result<Vec<(&'a str, &'a str)>, Refusal> {
        message.text().map(|text| text.parameters)
    }

    #[test]
    fn values_go_in_by_name_in_the_order_of_the_template() {
        let template = Template::new("1", &["minutes", "code"]);
        let values = [("code", "1234"), ("name", "x"), ("minutes", "5")];
        let message = Message { phone: "+8613800138000", template: &template, values: &values, reference: None };
        assert_eq!(text(&message), Ok(vec![("minutes", "5"), ("code", "1234")]));
        assert_eq!(text(&Message { values: &[("code", "1234")], ..message }), Err(Refusal::Defect));
        assert_eq!(format!("{message:?}"), "Message { .. }");
        let long = "r".repeat(256);
        for (reference, sound) in [("", false), ("a b", false), (&*long, false), ("delivery-1", true)] {
            assert_eq!(text(&Message { reference: Some(reference), ..message }).is_ok(), sound, "{reference}");
        }
    }

    #[test]
    fn a_number_has_its_country_code_and_is_mobile_where_that_can_be_told() {
        for phone in ["+8613800138000", "+8617012345678", "+85261234567", "+12025550123"] {
            assert!(is_number(phone), "{phone}");
        }
        for phone in
            ["", "+", "13800138000", "+861380013800", "+86138001380000", "+8601012345678", "+0852612345", "+86 1"]
        {
            assert!(!is_number(phone), "{phone}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_for_a_number_is_a_plus_and_digits(phone in "\\+?[0-9]{0,17}|.*") {
            if is_number(&phone) {
                let digits = phone.strip_prefix('+').unwrap();
                prop_assert!((7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()));
            }
        }
    }
}
