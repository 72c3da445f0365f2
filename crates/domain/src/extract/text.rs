//! A text character by character: raw, and folded one to one.

use crate::fold::fold_char;

/// The text of a search.
pub(super) struct Text {
    raw: Vec<char>,
    plain: Vec<char>,
}

impl Text {
    pub(super) fn new(text: &str) -> Self {
        let raw: Vec<char> = text.chars().collect();
        let plain = raw.iter().map(|c| fold_char(*c)).collect();
        Self { raw, plain }
    }

    /// Length in code points.
    pub(super) const fn len(&self) -> usize {
        self.raw.len()
    }

    /// The character as it came.
    pub(super) fn raw(&self, at: usize) -> Option<char> {
        self.raw.get(at).copied()
    }

    /// The folded character.
    pub(super) fn at(&self, at: usize) -> Option<char> {
        self.plain.get(at).copied()
    }

    /// The folded character in front of `at`.
    pub(super) fn before(&self, at: usize) -> Option<char> {
        at.checked_sub(1).and_then(|before| self.at(before))
    }

    /// Whether the folded character there is as wanted.
    pub(super) fn is(&self, at: usize, wanted: impl Fn(char) -> bool) -> bool {
        self.at(at).is_some_and(wanted)
    }

    /// The folded characters of a stretch.
    pub(super) fn slice(&self, start: usize, end: usize) -> String {
        self.plain.get(start..end).unwrap_or_default().iter().collect()
    }

    /// Where the run of wanted folded characters that begins at `start` ends.
    pub(super) fn run_end(&self, start: usize, wanted: impl Fn(char) -> bool) -> usize {
        start + self.plain.iter().skip(start).take_while(|c| wanted(**c)).count()
    }

    /// Whether `word` (lower case) stands at `at`, letter case aside.
    pub(super) fn has_word(&self, at: usize, word: &str) -> bool {
        let mut here = self.plain.iter().skip(at);
        word.chars().all(|wanted| here.next().is_some_and(|c| c.to_ascii_lowercase() == wanted))
    }

    /// Up to `reach` folded, lower-case characters in front of `at`, back to the last full stop or line end.
    pub(super) fn context_before(&self, at: usize, reach: usize) -> String {
        let from = at.saturating_sub(reach);
        let context = self.plain.get(from..at).unwrap_or_default();
        let cut = context.iter().rposition(|c| matches!(c, '。' | '!' | '?' | ';' | '\n')).map_or(0, |stop| stop + 1);
        context.iter().skip(cut).map(char::to_ascii_lowercase).collect()
    }

    /// Up to `reach` folded, lower-case characters from `at` on.
    pub(super) fn context_after(&self, at: usize, reach: usize) -> String {
        self.plain.iter().skip(at).take(reach).map(char::to_ascii_lowercase).collect()
    }
}
