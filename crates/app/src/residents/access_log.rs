//! "Who looked at my data": officers' reads and changes, by role and unit, purpose and time. Never by name.

use chrono::{DateTime, Utc};
use domain::{
    authorization::{Action, Scope},
    person::Purpose,
};
use store::{
    StoreError,
    audit_log::{Audit, audit_log_of_person},
    persons::person_find,
};

use super::me;
use crate::{App, AppError, Context};

/// One look or change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessView {
    /// When.
    pub at: DateTime<Utc>,
    /// The officer's role at that time.
    pub role: Option<String>,
    /// The officer's unit at that time.
    pub unit: Option<String>,
    /// What was done, or what for, in Chinese.
    pub purpose: String,
}

/// Who looked at or changed the caller's data, the newest first.
pub async fn access_log(app: &App, context: &Context) -> Result<Vec<AccessView>, AppError> {
    context.authorize(Action::ManageOwnData, Scope::Own)?;
    let (resident, keyring) = (context.resident()?.public_id.clone(), app.store.keyring.clone());
    let read = app.store.db.run(move |connection| {
        let person = person_find(connection, &keyring, &resident)?.ok_or(StoreError::NotFound)?;
        audit_log_of_person(connection, &keyring, &person)
    });
    let rows = read.await.map_err(me::gone)?;
    let mut views: Vec<AccessView> = rows.iter().filter(|row| row.actor_kind != "resident").map(view).collect();
    views.reverse();
    Ok(views)
}

/// A row as the person reads it.
pub(super) fn view(row: &Audit) -> AccessView {
    let word = |key: &str| row.detail.get(key).and_then(|value| value.as_str()).map(str::to_owned);
    let noted = row.purpose.clone().or_else(|| word("purpose"));
    AccessView { at: row.at, role: word("role"), unit: word("unit"), purpose: purpose(&row.action, noted) }
}

/// What was done, and for what purpose, in plain words; a purpose that an officer wrote stands as it was written.
fn purpose(action: &str, noted: Option<String>) -> String {
    let consent = |word: &str| Purpose::from_word(word).map_or("", Purpose::name_zh);
    let words = match (action, noted.as_deref()) {
        ("consent.given", Some(word)) => return format!("同意授权：{}", consent(word)),
        ("consent.withdrawn", Some(word)) => return format!("撤回授权：{}", consent(word)),
        ("person.listed", Some("family_invitation")) => "办理家人邀请",
        ("person.listed", Some("sign_up_review")) => "核对登记",
        ("person.listed", _) => "查看辖区居民名单",
        ("person.read", _) => "查看居民信息",
        ("person.revealed", None) => "查看完整姓名和手机号",
        (_, Some(written)) => written,
        ("person.registered", None) => "登记",
        ("person.phone_proved", None) => "验证手机号",
        ("person.phone_unbound", None) => "手机号没有按时再次验证，已解除绑定",
        ("person.corrected", None) => "修改个人信息",
        ("person.moved", None) => "修改所在的村或社区",
        ("person.paused", None) => "暂停保护",
        ("person.resumed", None) => "恢复保护",
        ("person.withdrew", None) => "退出登记",
        ("person.exported", None) => "导出个人数据",
        (_, None) => "其他操作",
    };
    words.to_owned()
}
