//! What must hold of what residents and officers say about a person. Each rule has one sentence, that says what to do.

use chrono::{DateTime, Datelike as _, Utc};
use domain::{
    division::{DivisionCode, Level},
    person::{self, Purpose},
    phone::{PhoneClass, PhoneNumber},
};

use crate::{App, AppError, beijing_day};

/// A phone at which somebody can be reached: a mobile number, of here or elsewhere.
pub(super) fn phone(pointer: &str, text: &str) -> Result<String, AppError> {
    let rule = || AppError::invalid(pointer, "手机号不对，请填11位手机号，例如13812345678。");
    let number = PhoneNumber::parse(text).map_err(|_| rule())?;
    match number.class() {
        PhoneClass::Mobile | PhoneClass::Foreign => Ok(number.to_string()),
        _ => Err(rule()),
    }
}

/// A name, if one is given.
pub(super) fn name(pointer: &str, text: Option<&str>) -> Result<Option<String>, AppError> {
    let rule = || AppError::invalid(pointer, "姓名请填1至30个字，不要带数字和符号。");
    text.map(|text| person::name_canonical(text).ok_or_else(rule)).transpose()
}

/// A year of birth, if one is given.
pub(super) fn birth_year(pointer: &str, year: Option<i16>, now: DateTime<Utc>) -> Result<Option<i16>, AppError> {
    let this_year = beijing_day(now).year();
    match year {
        Some(year) if !person::is_birth_year(year, this_year) => {
            Err(AppError::invalid(pointer, format!("出生年份不对，请填四位年份，例如{}。", this_year - 40)))
        }
        _ => Ok(year),
    }
}

/// True for who may not yet be of age.
pub(super) fn is_minor(birth_year: Option<i16>, now: DateTime<Utc>) -> bool {
    birth_year.is_some_and(|year| person::is_minor(year, beijing_day(now).year()))
}

/// A village or community in use.
pub(super) async fn village(app: &App, pointer: &str, code: DivisionCode) -> Result<DivisionCode, AppError> {
    let tree = app.divisions.get(&app.store.db).await?;
    match tree.get(code) {
        Some(node) if node.is_open() && node.stored.division.level == Level::Village => Ok(code),
        Some(node) if !node.is_open() => {
            Err(AppError::invalid(pointer, "这个村或社区已经撤销，请选择合并后的村或社区。"))
        }
        Some(_) => Err(AppError::invalid(pointer, "请选到最下面一级：村或社区。")),
        None => Err(AppError::invalid(pointer, "没有找到这个村或社区，请重新选择。")),
    }
}

/// Purposes with the version of the text that was agreed to; an older text is no consent to today's.
pub(super) fn consents(pointer: &str, given: &[(String, String)]) -> Result<Vec<Purpose>, AppError> {
    let mut purposes = Vec::new();
    for (place, (word, version)) in given.iter().enumerate() {
        let purpose = purpose(&format!("{pointer}/{place}/purpose"), word)?;
        if version != purpose.version() {
            return Err(AppError::invalid(
                format!("{pointer}/{place}/version"),
                "授权说明已经更新，请重新打开页面，看过新的说明再同意。",
            ));
        }
        if !purposes.contains(&purpose) {
            purposes.push(purpose);
        }
    }
    Ok(purposes)
}

/// A purpose by its word.
pub(super) fn purpose(pointer: &str, word: &str) -> Result<Purpose, AppError> {
    Purpose::from_word(word).ok_or_else(|| AppError::invalid(pointer, "没有这项授权，请重新打开页面后再选。"))
}
