//! Risk groups of a person, as they are said and as they are shown.

use chrono::{DateTime, Months, NaiveDate, Utc};
use domain::risk_group::{self, MOST_TAGS};
use store::persons::{NewTag, StoredTag};

use crate::{AppError, beijing_day, beijing_midnight};

/// For how long a tag is said at most; who is old by then may be asked again.
const LONGEST: Months = Months::new(60);

/// A risk group that somebody says a person belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedTag {
    /// Its code or name.
    pub word: String,
    /// The day, in Beijing, at whose beginning it ends: after today and within five years. None lasts.
    pub expires_on: Option<NaiveDate>,
}

/// A risk group a person belongs to.
#[derive(Debug, Clone)]
pub struct TagView {
    /// Its code.
    pub code: String,
    /// What it is called.
    pub name: &'static str,
    /// Who said so.
    pub source: String,
    /// The day, in Beijing, at whose beginning it ends by itself.
    pub expires_on: Option<NaiveDate>,
}

/// Tags to set, sorted by code, each once.
pub(super) fn tags(pointer: &str, named: &[NamedTag], now: DateTime<Utc>) -> Result<Vec<NewTag>, AppError> {
    let mut tags = Vec::<NewTag>::new();
    for (place, NamedTag { word, expires_on }) in named.iter().enumerate() {
        let unknown = || AppError::invalid(format!("{pointer}/{place}"), "没有这个人群标签，请从列表中选择。");
        let group = risk_group::named(word).ok_or_else(unknown)?;
        if !expires_on.is_none_or(|day| is_ahead(day, now)) {
            let rule = "标签的到期日期须晚于今天、在五年以内；长期有效的不用填。";
            return Err(AppError::invalid(format!("{pointer}/{place}/expires_on"), rule));
        }
        if !tags.iter().any(|tag| tag.tag == group.code) {
            tags.push(NewTag { tag: group.code.clone(), expires_at: expires_on.map(beijing_midnight) });
        }
    }
    if tags.len() > MOST_TAGS {
        return Err(AppError::invalid(pointer, format!("人群标签最多选{MOST_TAGS}个。")));
    }
    tags.sort_unstable_by(|one, other| one.tag.cmp(&other.tag));
    Ok(tags)
}

fn is_ahead(day: NaiveDate, now: DateTime<Utc>) -> bool {
    let today = beijing_day(now);
    day > today && today.checked_add_months(LONGEST).is_some_and(|last| day <= last)
}

/// The tags that hold now.
pub(super) fn views(stored: &[StoredTag], now: DateTime<Utc>) -> Vec<TagView> {
    let held = stored.iter().filter(|tag| tag.expires_at.is_none_or(|end| end > now));
    let view = |tag: &StoredTag| {
        let group = risk_group::named(&tag.tag)?;
        Some(TagView {
            code: group.code.clone(),
            name: &group.name_zh,
            source: tag.source.clone(),
            expires_on: tag.expires_at.map(beijing_day),
        })
    };
    held.filter_map(view).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(word: &str, day: Option<&str>) -> NamedTag {
        NamedTag { word: word.to_owned(), expires_on: day.map(|day| day.parse().unwrap()) }
    }

    #[test]
    fn a_tag_ends_on_a_day_ahead_of_the_one_in_beijing_and_within_five_years() {
        // It is the 1st of March in Beijing, and still the 29th of February elsewhere.
        let now: DateTime<Utc> = "2028-02-29T17:00:00Z".parse().unwrap();
        for (day, fits) in [("2028-03-01", false), ("2028-03-02", true), ("2033-03-01", true), ("2033-03-02", false)] {
            let judged = tags("/tags", &[named("G01", None), named("独居老人", Some(day))], now);
            assert_eq!(judged.is_ok(), fits, "{day}");
            let pointer = judged.err().map(|error| error.fields[0].pointer.clone());
            assert_eq!(pointer.as_deref(), (!fits).then_some("/tags/1/expires_on"));
        }
        let set = tags("/tags", &[named("G02", Some("2028-03-02")), named("独居老人", None)], now).unwrap();
        let midnight = "2028-03-01T16:00:00Z".parse().unwrap();
        assert_eq!(set, [NewTag { tag: "G02".to_owned(), expires_at: Some(midnight) }]);
    }

    #[test]
    fn an_ended_tag_is_not_shown() {
        let stored = |tag: &str, expires_at: Option<&str>| StoredTag {
            tag: tag.to_owned(),
            source: "self".to_owned(),
            set_at: DateTime::UNIX_EPOCH,
            expires_at: expires_at.map(|at| at.parse().unwrap()),
        };
        let now = "2028-03-01T16:00:00Z".parse().unwrap();
        let all = [stored("G01", Some("2028-03-01T16:00:00Z")), stored("G02", Some("2028-03-02T16:00:00Z"))];
        let shown = views(&all, now);
        assert_eq!((shown.len(), shown[0].code.as_str()), (1, "G02"));
        assert_eq!(shown[0].expires_on, "2028-03-03".parse().ok());
    }
}
