//! The labelled messages: their layout, and that the phrase file does on them what `docs/wording.md` says.

use std::collections::HashSet;

use domain::{
    fraud_type,
    wording::{self, Quality, Split},
};

fn print(split: Split, quality: &Quality) {
    let Quality { tp, fp, tn, fn_, precision, recall, .. } = quality;
    println!("{}: tp {tp} fp {fp} tn {tn} fn {fn_} precision {precision:.3} recall {recall:.3}", split.as_str());
    for (code, of_type) in &quality.per_type {
        println!("  {code}: {} messages, {} found, {} typed right", of_type.messages, of_type.found, of_type.typed);
    }
}

#[test]
fn every_line_of_the_file_is_read() {
    let lines = include_str!("../data/messages.tsv").lines().skip(1).count();
    let ids: HashSet<_> = wording::messages().map(|message| message.id).collect();
    let texts: HashSet<_> = wording::messages().map(|message| message.text).collect();
    assert_eq!((ids.len(), texts.len()), (lines, lines));
    for message in wording::messages() {
        let known = message.fraud_type.is_none_or(|code| fraud_type::table().get(code).is_some());
        assert!(known, "{}", message.id);
    }
}

#[test]
fn half_are_ordinary_and_a_third_is_held_back() {
    let all = wording::messages().count();
    let ordinary = wording::messages().filter(|message| message.fraud_type.is_none()).count();
    let held = wording::messages().filter(|message| message.split == Split::Held).count();
    assert!(all >= 330, "{all}");
    assert!((all * 45 / 100..=all * 55 / 100).contains(&ordinary), "{ordinary} of {all} ordinary");
    assert!(held * 3 >= all, "{held} of {all} held");
}

#[test]
fn messages_seen_while_writing_are_told_apart() {
    for message in wording::messages().filter(|message| message.split == Split::Train) {
        let hits = wording::judge(message.text);
        let right = match message.fraud_type {
            Some(truth) => hits.first().is_some_and(|hit| hit.fraud_type == truth),
            None => hits.is_empty(),
        };
        if !right {
            println!("{} {:?} {} -> {:?}", message.id, message.fraud_type.map(String::from), message.text, hits);
        }
    }
    let quality = wording::evaluate(Split::Train);
    print(Split::Train, &quality);
    assert!(quality.precision >= 0.995 && quality.recall >= 0.98);
}

#[test]
fn messages_held_back_are_told_apart() {
    let quality = wording::evaluate(Split::Held);
    print(Split::Held, &quality);
    assert!(quality.precision >= 0.98 && quality.recall >= 0.94);
}
