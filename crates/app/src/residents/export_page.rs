//! What is kept of a person as a page to read and print: all in Chinese, times as they are in Beijing.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::{
    SubjectKind,
    authorization::Role,
    fraud_type::{self, FraudCode},
    person::{ConsentBasis, PhoneProof, Purpose, Relation, TagSource},
};
use serde_json::Value;

use super::Export;

/// A field of the data: its word there, what it is called, and how its values read.
type Field = (&'static str, &'static str, fn(&Value) -> String);

const HEAD: &str = "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>我的数据</title><style>\
    body{font:16px/1.7 system-ui,sans-serif;max-width:52em;margin:2em auto;padding:0 1em}\
    h2{margin-top:1.6em}div{overflow-x:auto}table{border-collapse:collapse;width:100%;margin:.6em 0}\
    td,th{border:1px solid #ccc;padding:.3em .6em;text-align:left;vertical-align:top}\
    th{background:#f4f4f4;white-space:nowrap}body>table th{width:9em}body>table td{overflow-wrap:anywhere}\
    div>table{min-width:44em}</style></head><body><h1>我的数据</h1>";

const PERSON: &[Field] = &[
    ("name", "姓名", text),
    ("phone", "手机号", phone),
    ("phone_proof", "手机号验证方式", |value| {
        named(value, |word| Some(PhoneProof::from_word(word)?.words_zh()))
    }),
    ("birth_year", "出生年份", text),
    ("home", "所在村或社区", text),
    ("home_code", "区划代码", text),
    ("state", "保护状态", text),
    ("paused_at", "暂停保护的时间", moment),
    ("since", "建立档案的时间", moment),
    ("id", "编号", text),
];
const CONSENTS: &[Field] = &[
    ("purpose", "授权", |value| named(value, |word| Some(Purpose::from_word(word)?.name_zh()))),
    ("text", "说明", text),
    ("given", "是否同意", text),
    ("basis", "同意方式", |value| named(value, |word| Some(ConsentBasis::from_word(word)?.words_zh()))),
    ("version", "同意的说明版本", text),
    ("given_at", "同意时间", moment),
    ("withdrawn_at", "撤回时间", moment),
];
const TAGS: &[Field] = &[
    ("name", "标签", text),
    ("code", "代码", text),
    ("source", "来源", |value| named(value, |word| Some(TagSource::from_word(word)?.words_zh()))),
    ("expires_on", "到期日期", day),
];
const FAMILY: &[Field] = &[
    ("relation", "关系", |value| named(value, |word| Some(Relation::from_word(word)?.words_zh()))),
    ("name", "姓名", text),
    ("phone", "手机号", phone),
    ("state", "状态", |value| {
        named(value, |word| (word == "invited").then_some("已邀请，等待本人同意").or(Some("已加入")))
    }),
    ("named_at", "添加时间", moment),
    ("guarded_since", "守护开始时间", moment),
];
const WARNINGS: &[Field] = &[
    ("at", "时间", moment),
    ("kind", "种类", |value| named(value, |word| Some(SubjectKind::from_word(word)?.name_zh()))),
    ("subject", "对象", phone),
    ("fraud_type", "诈骗类型", fraud_type_name),
    ("reason", "原因", |value| {
        named(value, |word| match word {
            "checked" => Some("查询时发现"),
            "turned_bad" => Some("查询后变坏"),
            "withdrawn" => Some("更正：已从黑名单撤下"),
            _ => None,
        })
    }),
];
const REPORTS: &[Field] = &[
    ("at", "时间", moment),
    ("subjects", "举报的号码、网址或账号", |value| {
        let all = value.as_array().map_or(&[][..], Vec::as_slice);
        all.iter().map(phone).collect::<Vec<_>>().join("、")
    }),
    ("fraud_type", "诈骗类型", fraud_type_name),
    ("text", "举报的文字", text),
    ("note", "情况说明", text),
    ("id", "编号", text),
];
const APPEALS: &[Field] = &[
    ("at", "时间", moment),
    ("subject", "申诉的号码、网址或账号", phone),
    ("statement", "理由", text),
    ("proved_at", "证明归属的时间", moment),
    ("closed_at", "办结时间", moment),
    ("id", "编号", text),
];
const LOG: &[Field] = &[
    ("at", "时间", moment),
    ("who", "谁", |value| named(value, actor)),
    ("role", "身份", |value| named(value, |word| Some(Role::from_word(word)?.name_zh()))),
    ("unit", "单位", text),
    ("purpose", "做了什么、为什么", text),
];

/// What is kept of a person as a page.
pub fn export_page(export: &Export) -> String {
    let (mut page, data) = (HEAD.to_owned(), &export.data);
    let section = |key: &str| data.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let at = data.get("exported_at").map(moment).unwrap_or_default();
    // Writing to a text never fails.
    let _ = write!(page, "<p>导出时间：{at}。本页的时间都是北京时间。</p><h2>基本信息</h2>");
    cards(&mut page, PERSON, data.get("person").map_or(&[][..], std::slice::from_ref));
    page.push_str("<h2>授权</h2>");
    cards(&mut page, CONSENTS, section("consents"));
    for (key, title, fields) in [("tags", "人群标签", TAGS), ("family", "我添加的家人", FAMILY)] {
        let _ = write!(page, "<h2>{title}</h2>");
        rows(&mut page, fields, section(key));
    }
    let naming = data.get("named_by_families").map(text).unwrap_or_default();
    let _ = write!(page, "<p>把我列为家人的家庭：{naming}个。</p>");
    page.push_str("<h2>预警</h2>");
    rows(&mut page, WARNINGS, section("warnings"));
    let checks = data.get("own_checks").map(text).unwrap_or_default();
    let _ = write!(page, "<p>为提醒查询结果变化而保存的查询索引：{checks}条（只能比对，不能还原查了什么）。</p>");
    page.push_str("<h2>我的举报</h2>");
    cards(&mut page, REPORTS, section("reports"));
    page.push_str("<h2>我的申诉</h2>");
    cards(&mut page, APPEALS, section("appeals"));
    page.push_str("<h2>谁查看和修改过我的数据</h2>");
    rows(&mut page, LOG, section("log"));
    page.push_str("</body></html>");
    page
}

fn fraud_type_name(value: &Value) -> String {
    named(value, |word| Some(fraud_type::table().get(FraudCode::parse(word).ok()?)?.name_zh()))
}

/// A table for each, field below field: for long texts.
fn cards(page: &mut String, fields: &[Field], all: &[Value]) {
    for one in all {
        page.push_str("<table>");
        for (key, title, words) in fields {
            let _ = write!(page, "<tr><th>{title}</th><td>{}</td></tr>", shown(one, key, *words));
        }
        page.push_str("</table>");
    }
}

/// One table, a line for each.
fn rows(page: &mut String, fields: &[Field], all: &[Value]) {
    if all.is_empty() {
        page.push_str("<p>没有</p>");
        return;
    }
    page.push_str("<div><table><tr>");
    for (_, title, _) in fields {
        let _ = write!(page, "<th>{title}</th>");
    }
    for one in all {
        page.push_str("</tr><tr>");
        for (key, _, words) in fields {
            let _ = write!(page, "<td>{}</td>", shown(one, key, *words));
        }
    }
    page.push_str("</tr></table></div>");
}

fn shown(one: &Value, key: &str, words: fn(&Value) -> String) -> String {
    let words = one.get(key).filter(|value| !value.is_null()).map_or_else(|| "无".to_owned(), words);
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn text(value: &Value) -> String {
    match value {
        Value::Bool(true) => "是".to_owned(),
        Value::Bool(false) => "否".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// A word of ours as people call it.
fn named(value: &Value, name: impl Fn(&str) -> Option<&'static str>) -> String {
    value.as_str().and_then(name).unwrap_or("其他").to_owned()
}

fn actor(kind: &str) -> Option<&'static str> {
    match kind {
        "resident" => Some("本人"),
        "officer" => Some("工作人员"),
        "operator" => Some("系统"),
        _ => None,
    }
}

/// A phone as it is dialled here; anything else as it stands.
fn phone(value: &Value) -> String {
    let text = text(value);
    text.strip_prefix("+86").map_or_else(|| text.clone(), str::to_owned)
}

/// An instant as the clocks of Beijing show it.
fn moment(value: &Value) -> String {
    let instant = value.as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
    instant.map_or_else(|| text(value), |at| (at + TimeDelta::hours(8)).format("%Y年%-m月%-d日 %H:%M").to_string())
}

fn day(value: &Value) -> String {
    let day = value.as_str().and_then(|text| text.parse::<NaiveDate>().ok());
    day.map_or_else(|| text(value), |day| day.format("%Y年%-m月%-d日").to_string())
}
