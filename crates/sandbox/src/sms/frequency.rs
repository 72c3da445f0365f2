//! How often a number got a text.

use std::collections::HashMap;

const DAY_MS: u64 = 86_400_000;

/// The texts of the last day, by number.
#[derive(Default)]
pub(super) struct Frequency {
    sent: HashMap<String, Vec<Text>>,
}

struct Text {
    at_ms: u64,
    content: String,
}

impl Frequency {
    /// How many texts the number got in the last `within_ms`.
    pub(super) fn count(&self, phone: &str, within_ms: u64, now_ms: u64) -> usize {
        self.texts(phone).filter(|text| now_ms.saturating_sub(text.at_ms) < within_ms).count()
    }

    /// How many it got since the moment.
    pub(super) fn count_since(&self, phone: &str, since_ms: u64) -> usize {
        self.texts(phone).filter(|text| text.at_ms >= since_ms).count()
    }

    /// Whether it got this very text in the last `within_ms`.
    pub(super) fn has_repeat(&self, phone: &str, content: &str, within_ms: u64, now_ms: u64) -> bool {
        self.texts(phone).any(|text| text.content == content && now_ms.saturating_sub(text.at_ms) < within_ms)
    }

    pub(super) fn note(&mut self, phone: &str, content: &str, now_ms: u64) {
        let texts = self.sent.entry(phone.to_owned()).or_default();
        texts.retain(|text| now_ms.saturating_sub(text.at_ms) < DAY_MS);
        texts.push(Text { at_ms: now_ms, content: content.to_owned() });
    }

    fn texts(&self, phone: &str) -> impl Iterator<Item = &Text> {
        self.sent.get(phone).into_iter().flatten()
    }
}
