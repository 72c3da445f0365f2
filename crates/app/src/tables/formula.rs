//! Cells that a spreadsheet would run as formulas (OWASP, "CSV Injection").

use std::borrow::Cow;

/// Whether a spreadsheet would run a cell. A number such as `+86…` or `-5` is none.
fn is_risky(value: &str) -> bool {
    let mut characters = value.chars();
    match characters.next() {
        Some('=' | '@' | '\t' | '\r') => true,
        Some('+' | '-') => !characters.all(|character| character.is_ascii_digit() || " .()-".contains(character)),
        _ => false,
    }
}

/// A value that a spreadsheet will not run: an apostrophe stands before a risky one.
pub(crate) fn harmless(value: &str) -> Cow<'_, str> {
    if is_risky(value) { format!("'{value}").into() } else { value.into() }
}

/// [`harmless`] in a way that [`unguarded`] undoes exactly: what begins with an apostrophe gets one more.
pub(crate) fn guarded(value: &str) -> Cow<'_, str> {
    if value.starts_with('\'') || is_risky(value) { format!("'{value}").into() } else { value.into() }
}

/// What [`guarded`] was given.
pub(crate) fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_disarmed_and_numbers_stay() {
        assert_eq!(guarded("=1+1"), "'=1+1");
        assert_eq!(guarded("+8617012*"), "'+8617012*");
        assert_eq!(guarded("+8613800138000"), "+8613800138000");
        assert_eq!(guarded("'quoted"), "''quoted");
    }

    proptest! {
        #[test]
        fn what_is_guarded_comes_back(value in "['=+@\t-]{0,3}.{0,8}") {
            let cell = guarded(&value).into_owned();
            prop_assert_eq!(unguarded(&cell), &value);
            prop_assert!(!is_risky(&cell));
        }
    }
}
