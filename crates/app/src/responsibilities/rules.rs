//! What must hold of an assignment.

use chrono::{NaiveDate, TimeDelta};
use domain::{
    authorization::Action,
    division::{DivisionCode, Level},
    person::name_canonical,
};
use store::responsibilities::NewAssignment;

use super::AssignResponsibility;
use crate::{
    Context,
    divisions::{Tree, scope_of},
    error::{AppError, ErrorCode},
    people::{line_of_text, phone_reachable},
};

/// Longest post and longest name of a patch, in characters.
const LONGEST_TEXT: usize = 30;
/// How far from today an assignment begins or ends at most.
const FARTHEST: TimeDelta = TimeDelta::days(3_660);

/// Why an assignment cannot be so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    BadName,
    BadPhone,
    BadPost,
    UnknownDivision,
    ClosedDivision(DivisionCode),
    BadPatch,
    PatchAbove,
    BadDay(&'static str),
    Overlap,
}

impl Fault {
    /// The stable word, the JSON pointer to the field, the reason in Chinese.
    fn facts(&self) -> (&'static str, &'static str, String) {
        match self {
            Self::BadName => ("bad_name", "/name", "姓名须为1至30个文字".to_owned()),
            Self::BadPhone => ("bad_phone", "/phone", "须为手机号，或带区号的固定电话".to_owned()),
            Self::BadPost => ("bad_post", "/post", "职务须为1至30个字，不含电话号码".to_owned()),
            Self::UnknownDivision => ("unknown_division", "/division", "您的辖区里没有这个区划代码".to_owned()),
            Self::ClosedDivision(code) => ("closed_division", "/division", format!("区划{code}已撤销")),
            Self::BadPatch => ("bad_patch", "/patch", "组、片、楼的名称须为1至30个字，不含电话号码".to_owned()),
            Self::PatchAbove => ("patch_above", "/patch", "组、片、楼只能设在村（社区）之下".to_owned()),
            Self::BadDay(pointer) => ("bad_day", pointer, "日期不对：结束不能早于开始，前后不超过十年".to_owned()),
            Self::Overlap => {
                ("overlap", "", "此人对同一范围已有未结束的包保安排，日期重叠；请先结束原来的安排".to_owned())
            }
        }
    }

    /// The stable word.
    pub(super) fn code(&self) -> &'static str {
        self.facts().0
    }

    /// The reason in Chinese.
    pub(super) fn reason(&self) -> String {
        self.facts().2
    }
}

impl From<Fault> for AppError {
    fn from(fault: Fault) -> Self {
        let (_, pointer, reason) = fault.facts();
        match fault {
            Fault::Overlap => Self::new(ErrorCode::Conflict, format!("{reason}。")),
            _ => Self::invalid(pointer, format!("{reason}。")),
        }
    }
}

/// An assignment as it is stored; a division the caller does not see and an absent one are the same.
pub(super) fn checked(
    context: &Context,
    tree: &Tree,
    request: &AssignResponsibility,
    today: NaiveDate,
) -> Result<NewAssignment, Fault> {
    let node =
        request.division.parse().ok().and_then(|code: DivisionCode| tree.get(code)).filter(|node| {
            context.authorize(Action::EditResponsibilities, scope_of(context, tree, node.code())).is_ok()
        });
    let node = node.ok_or(Fault::UnknownDivision)?;
    if !node.is_open() {
        return Err(Fault::ClosedDivision(node.code()));
    }
    let patch = request.patch.as_deref().map(|patch| line_of_text(patch, LONGEST_TEXT).ok_or(Fault::BadPatch));
    let patch = patch.transpose()?;
    if patch.is_some() && node.stored.division.level != Level::Village {
        return Err(Fault::PatchAbove);
    }
    let from_day = request.from_day.unwrap_or(today);
    if (from_day - today).abs() > FARTHEST {
        return Err(Fault::BadDay("/from_day"));
    }
    if request.to_day.is_some_and(|last| last < from_day || (last - today).abs() > FARTHEST) {
        return Err(Fault::BadDay("/to_day"));
    }
    Ok(NewAssignment {
        name: name_canonical(&request.name).ok_or(Fault::BadName)?,
        phone: phone_reachable(&request.phone).ok_or(Fault::BadPhone)?,
        post: line_of_text(&request.post, LONGEST_TEXT).ok_or(Fault::BadPost)?,
        division: node.code(),
        patch,
        from_day,
        to_day: request.to_day,
    })
}

#[cfg(test)]
mod tests {
    use domain::authorization::Role;

    use super::*;
    use crate::divisions::test_support::*;

    fn judged(context: &Context, change: impl FnOnce(&mut AssignResponsibility)) -> Result<NewAssignment, Fault> {
        let (_folder, db) = small_db();
        let mut request = AssignResponsibility {
            name: "王小明".to_owned(),
            phone: "13800138000".to_owned(),
            post: "村支书".to_owned(),
            division: "411602001001".to_owned(),
            patch: None,
            from_day: None,
            to_day: None,
        };
        change(&mut request);
        checked(context, &tree(&db), &request, NaiveDate::from_ymd_opt(2026, 11, 24).unwrap())
    }

    #[test]
    fn an_assignment_names_a_person_a_place_and_days() {
        let context = Context::operator();
        assert_eq!(judged(&context, |_| ()).unwrap().phone, "+8613800138000");
        assert_eq!(judged(&context, |r| r.patch = Some(" 三组 ".into())).unwrap().patch.as_deref(), Some("三组"));
        assert_eq!(judged(&context, |r| r.name = "1".into()).unwrap_err(), Fault::BadName);
        assert_eq!(judged(&context, |r| r.phone = "110".into()).unwrap_err(), Fault::BadPhone);
        assert_eq!(judged(&context, |r| r.post.clear()).unwrap_err(), Fault::BadPost);
        assert_eq!(judged(&context, |r| r.post = "村支书 138-0013-8000".into()).unwrap_err(), Fault::BadPost);
        assert_eq!(judged(&context, |r| r.patch = Some(String::new())).unwrap_err(), Fault::BadPatch);
        let above = judged(&context, |r| {
            r.division = "411602001000".into();
            r.patch = Some("三组".into());
        });
        assert_eq!(above.unwrap_err(), Fault::PatchAbove);
        let day = |text: &str| Some(text.parse().unwrap());
        assert_eq!(judged(&context, |r| r.to_day = day("2026-11-23")).unwrap_err(), Fault::BadDay("/to_day"));
        assert_eq!(judged(&context, |r| r.from_day = day("1926-11-23")).unwrap_err(), Fault::BadDay("/from_day"));
    }

    #[test]
    fn a_foreign_division_is_like_an_absent_one() {
        let context = officer(Role::CountyLead, &["411602000000"]);
        assert!(judged(&context, |_| ()).is_ok());
        for code in ["411603001001", "419999999999", "x"] {
            let fault = judged(&context, |r| r.division = code.into()).unwrap_err();
            assert_eq!(fault, Fault::UnknownDivision);
        }
    }
}
