//! Judges the wording of a message: do its words sound like a known kind of fraud?
//!
//! All knowledge is data: `data/wording.toml` and `data/wording_cues.toml` hold phrases and patterns per fraud type,
//! `data/wording_weights.tsv` what the labelled messages taught; `docs/wording.md` says how to read and extend them. The
//! answer is never more than `suspicious`; a message that warns of a fraud, or tells of one, and the ordinary messages of
//! banks, couriers and schools give no hit.
//!
//! Flow: [`folded`] brings the text into one plain spelling and remembers where each character came from; [`rules`]
//! compiles the files into one automaton; [`scan`] runs it and decides which rules fire; [`learned`] says how the text
//! sounds all in all; [`quality`] measures all of it on the labelled messages of `data/messages.tsv`.

mod folded;
mod learned;
mod quality;
mod rules;
mod scan;

pub use quality::{LabelledMessage, Quality, Split, TypeQuality, evaluate, messages};

use crate::fraud_type::FraudCode;

/// Words of a text that led to a suspicion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordingHit {
    /// The fraud type whose rule they belong to.
    pub fraud_type: FraudCode,
    /// The words as they stand in the text.
    pub phrase: String,
    /// Where they stand, in Unicode code points, half open.
    pub span: (usize, usize),
}

/// The words of `text` that sound like fraud: those of the likeliest type first, within a type the strongest first. The
/// type of the first hit is the type of the message; no hit means that nothing is known.
///
/// Runs in time linear in the length of the text.
pub fn judge(text: &str) -> Vec<WordingHit> {
    scan::judge(rules::rules(), text)
}

/// The version of the phrase file.
pub fn version() -> &'static str {
    rules::rules().version()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn first_type(text: &str) -> Option<String> {
        judge(text).first().map(|hit| hit.fraud_type.to_string())
    }

    #[test]
    fn a_strong_phrase_decides_alone_and_is_shown_where_it_stands() {
        let hits = judge("😀 招人，刷单返利，速来");
        assert_eq!(hits[0].phrase, "刷单返");
        assert_eq!(hits[0].span, (5, 8));
        assert_eq!(hits[0].fraud_type.as_str(), "T01");
    }

    #[test]
    fn spelling_tricks_do_not_help() {
        for text in [
            "刷 单 返 利 日 结",
            "刷*单/返.利",
            "刷\u{200b}单\u{200b}返\u{200b}利",
            "刷🔥单🔥返🔥利",
            "刷單返利",
            "刷。单。返。利",
        ] {
            assert_eq!(first_type(text).as_deref(), Some("T01"), "{text}");
        }
    }

    #[test]
    fn weak_words_need_company() {
        assert_eq!(first_type("请缴纳保证金"), None);
        assert_eq!(first_type("贷款已批，请先缴纳保证金再放款").as_deref(), Some("T05"));
    }

    #[test]
    fn words_far_apart_do_not_combine() {
        let far = format!("贷款已批。{}请缴纳保证金", "今天天气很好大家都去公园里散步了".repeat(8));
        assert_eq!(first_type(&far), None);
    }

    #[test]
    fn a_warning_that_quotes_fraud_gives_no_hit() {
        for text in [
            "凡是要求转账到安全账户的都是诈骗，请拨打96110",
            "民警提醒：贷款前先交保证金的都是诈骗",
            "切勿参与刷单返利，谨防上当",
        ] {
            assert_eq!(first_type(text), None, "{text}");
        }
    }

    #[test]
    fn a_fraudster_in_the_coat_of_the_anti_fraud_centre_is_not_spared() {
        let text = "我是反诈中心的警官，你的账户有被骗风险，请把资金转到安全账户核查";
        assert_eq!(first_type(text).as_deref(), Some("T08"));
    }

    #[test]
    fn the_type_with_more_signs_comes_first() {
        let text = "王者荣耀账号低价出，加QQ 12345678 先付款。稳赚不赔";
        let types: Vec<_> = judge(text).iter().map(|hit| hit.fraud_type.to_string()).collect();
        assert!(types.contains(&"T10".to_owned()) && types.contains(&"T02".to_owned()), "{types:?}");
    }

    proptest! {
        #[test]
        fn never_panics_and_spans_hold_the_phrase(text in "(刷|单|返|利|安全账户|转账|[0-9]|\\PC|\\s|[.,，。]){0,80}") {
            let chars: Vec<char> = text.chars().collect();
            for hit in judge(&text) {
                let (start, end) = hit.span;
                prop_assert!(start < end && end <= chars.len());
                prop_assert_eq!(chars[start..end].iter().collect::<String>(), hit.phrase);
            }
        }

        #[test]
        fn separators_between_characters_change_nothing(separator in "[ *·\u{200b}🔥_|]") {
            let spread: String = "兼职刷单日赚三百".chars().map(|c| format!("{c}{separator}")).collect();
            prop_assert_eq!(first_type(&spread), Some("T01".to_owned()));
        }
    }
}
