//! Everything that is kept of a person, for that person: as data and as a page to read (PIPL articles 44 and 45).

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use domain::authorization::{Action, Scope};
use serde_json::{Value, json};
use store::{
    StoreError,
    audit_log::{audit_log_add, audit_log_of},
    families::{families_naming, family_of},
    persons::{person_find, persons_by_id},
    warnings::warnings_of_resident,
};

use super::{access_log, me, me::Seen};
use crate::{App, AppError, Context};

/// Warnings in an export at most; nobody has as many.
const MOST_WARNINGS: i64 = 10_000;

/// Everything that is kept of a person.
#[derive(Debug, Clone)]
pub struct Export {
    /// As data: sections with their contents.
    pub data: Value,
}

/// Everything that is kept of the caller.
pub async fn export(app: &App, context: &Context) -> Result<Export, AppError> {
    context.authorize(Action::ManageOwnData, Scope::Own)?;
    let resident = context.resident()?.public_id.clone();
    let (keyring, now, asker) = (app.store.keyring.clone(), app.now(), context.clone());
    let read = app.store.db.write(move |connection| {
        let person = person_find(connection, &keyring, &resident)?.ok_or(StoreError::NotFound)?;
        let named = family_of(connection, person.id)?;
        let members =
            persons_by_id(connection, &keyring, &named.iter().map(|link| link.member_id).collect::<Vec<_>>())?;
        let family: Vec<Value> = named
            .iter()
            .map(|link| {
                let member = members.iter().find(|member| member.id == link.member_id);
                // Of who agreed for themselves, only what the caller said stays the caller's to read.
                let own_word = member.filter(|member| member.origin == domain::person::Origin::Family);
                json!({
                    "relation": link.relation.as_str(), "state": link.state, "named_at": link.created_at,
                    "name": own_word.and_then(|member| member.name.clone()),
                    "phone": own_word.and_then(|member| member.phone.clone()),
                    "guarded_since": link.guard_consented_at,
                })
            })
            .collect();
        let naming = families_naming(connection, person.id)?.len();
        let warnings: Vec<Value> = warnings_of_resident(connection, &keyring, &resident, None, MOST_WARNINGS)?
            .into_iter()
            .map(|warning| {
                json!({
                    "at": warning.created_at, "kind": warning.kind.as_str(), "subject": warning.canonical,
                    "fraud_type": warning.fraud_type,
                })
            })
            .collect();
        let seen_by = audit_log_of(connection, "person", &resident)?;
        audit_log_add(connection, &asker.audit(now, "person.exported", "person", &resident, json!({})))?;
        Ok((Seen::read(connection, person)?, family, naming, warnings, seen_by))
    });
    let (seen, family, naming, warnings, audits) = read.await.map_err(me::gone)?;
    let phone = seen.person.phone.clone();
    let created_at = seen.person.created_at;
    let me = seen.view(app).await?;
    let consents: Vec<Value> = me
        .consents
        .iter()
        .map(|consent| {
            json!({
                "purpose": consent.purpose.as_str(), "text": consent.text, "given": consent.given,
                "version": consent.given_version, "given_at": consent.given_at, "withdrawn_at": consent.withdrawn_at,
            })
        })
        .collect();
    let tags: Vec<Value> = me
        .tags
        .iter()
        .map(|tag| json!({ "code": tag.code, "name": tag.name, "source": tag.source, "expires_on": tag.expires_on }))
        .collect();
    let looked: Vec<Value> = audits
        .iter()
        .map(|row| {
            let view = access_log::view(row);
            json!({ "at": view.at, "who": row.actor_kind, "role": view.role, "unit": view.unit, "purpose": view.purpose })
        })
        .collect();
    Ok(Export {
        data: json!({
            "exported_at": now,
            "person": {
                "id": me.id, "since": created_at, "state": me.state, "name": me.name, "birth_year": me.birth_year,
                "phone": phone, "phone_proof": me.phone_proof.map(domain::person::PhoneProof::as_str),
                "home": me.division_path, "home_code": me.division, "paused_at": me.paused_at,
            },
            "consents": consents, "tags": tags, "family": family, "named_by_families": naming,
            "warnings": warnings, "log": looked,
        }),
    })
}

/// The same as a page to read and print.
pub fn export_page(export: &Export) -> String {
    let mut page = String::from(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>我的数据</title><style>\
         body{font:16px/1.7 system-ui,sans-serif;max-width:46em;margin:2em auto;padding:0 1em}\
         table{border-collapse:collapse;width:100%}td,th{border:1px solid #ccc;padding:.3em .6em;text-align:left}\
         h2{margin-top:1.6em}</style></head><body><h1>我的数据</h1>",
    );
    let sections = [
        ("person", "基本信息"),
        ("consents", "授权"),
        ("tags", "人群标签"),
        ("family", "家人"),
        ("warnings", "预警"),
        ("log", "谁查看和修改过"),
    ];
    for (key, title) in sections {
        // Writing to a text never fails.
        let _ = write!(page, "<h2>{title}</h2>");
        match export.data.get(key) {
            Some(Value::Array(rows)) if rows.is_empty() => page.push_str("<p>没有</p>"),
            Some(Value::Array(rows)) => table(&mut page, rows),
            Some(one) => table(&mut page, std::slice::from_ref(one)),
            None => {}
        }
    }
    page.push_str("</body></html>");
    page
}

fn table(page: &mut String, rows: &[Value]) {
    page.push_str("<table>");
    for row in rows.iter().filter_map(Value::as_object) {
        for (key, value) in row {
            let _ = write!(page, "<tr><th>{}</th><td>{}</td></tr>", words(key), escaped(&shown(value)));
        }
    }
    page.push_str("</table>");
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "无".to_owned(),
        Value::Bool(true) => "是".to_owned(),
        Value::Bool(false) => "否".to_owned(),
        Value::String(text) => beijing(text).unwrap_or_else(|| text.clone()),
        Value::Array(parts) => parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// An instant in the words of the place.
fn beijing(text: &str) -> Option<String> {
    let instant: DateTime<Utc> = text.parse().ok()?;
    Some((instant + TimeDelta::hours(8)).format("%Y年%m月%d日 %H:%M").to_string())
}

fn words(key: &str) -> &str {
    match key {
        "id" => "编号",
        "since" => "开始时间",
        "state" => "状态",
        "name" => "姓名",
        "birth_year" => "出生年份",
        "phone" => "手机号",
        "phone_proof" => "手机号验证方式",
        "home" => "所在村或社区",
        "home_code" => "区划代码",
        "paused_at" => "暂停时间",
        "purpose" => "用途",
        "text" => "说明",
        "given" => "是否同意",
        "version" => "说明版本",
        "given_at" => "同意时间",
        "withdrawn_at" => "撤回时间",
        "code" => "代码",
        "source" => "来源",
        "expires_on" => "到期日期",
        "relation" => "关系",
        "named_at" => "添加时间",
        "guarded_since" => "守护开始时间",
        "at" => "时间",
        "kind" => "种类",
        "subject" => "对象",
        "fraud_type" => "诈骗类型",
        "who" => "身份",
        "role" => "角色",
        "unit" => "单位",
        other => other,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
