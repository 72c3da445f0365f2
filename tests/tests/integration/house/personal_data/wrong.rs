//! Every operation called wrongly by somebody with personal data at hand: typed into paths, queries, headers, bodies and files.

use harness::{Client, Reply};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::planted::{name, national, phone};

/// They end what the others need.
const LEFT_OUT: [&str; 4] = ["me_delete", "registration_delete", "session_delete", "officer_session_delete"];

const COLUMNS: &str = "username,name,phone,role,unit,post,patch,division,attestation,kind,parent,divisions,code,successor,\
    level,population,from_day,to_day";

/// An operation of the document.
struct Operation {
    method: Method,
    path: String,
    queries: Vec<String>,
    /// Fields of its body; none where a file or nothing is sent.
    fields: Vec<String>,
}

fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&server::openapi().to_json().unwrap()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap().iter().filter(|(path, _)| path.starts_with("/api/")) {
        for (method, operation) in item.as_object().unwrap() {
            if LEFT_OUT.contains(&operation["operationId"].as_str().unwrap()) {
                continue;
            }
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let queries = parameters.iter().filter(|one| one["in"] == "query");
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let schema = schema.as_str().map(|schema| schema.rsplit('/').next().unwrap().to_owned());
            let fields = schema.map(|schema| document["components"]["schemas"][schema]["properties"].clone());
            operations.push(Operation {
                method: Method::from_bytes(method.to_uppercase().as_bytes()).unwrap(),
                path: path.clone(),
                queries: queries.map(|one| one["name"].as_str().unwrap().to_owned()).collect(),
                fields: fields.and_then(|all| Some(all.as_object()?.keys().cloned().collect())).unwrap_or_default(),
            });
        }
    }
    operations
}

impl Operation {
    /// Its path with a value in every place of one.
    fn path_with(&self, value: &str, with_queries: bool) -> String {
        let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let parts = self.path.split('/').map(|part| if part.starts_with('{') { value.as_str() } else { part });
        let queries: Vec<String> = self.queries.iter().map(|query| format!("{query}={value}")).collect();
        let path = parts.collect::<Vec<_>>().join("/");
        if with_queries { format!("{path}?{}", queries.join("&")) } else { path }
    }

    fn bodies(&self, number: usize) -> Vec<(&'static str, String)> {
        let (phone, name, national) = (phone(number), name(number), national(number));
        let filled = |value: Value| {
            Value::Object(self.fields.iter().map(|field| (field.clone(), value.clone())).collect::<Map<_, _>>())
        };
        let deep = json!([{ "word": name, "purpose": phone, "officer": national, &national: name }]);
        vec![
            ("application/json", filled(json!(national)).to_string()),
            ("application/json", filled(json!(name)).to_string()),
            ("application/json", filled(deep).to_string()),
            ("application/json", json!({ phone.as_str(): name.as_str(), name.as_str(): phone.as_str() }).to_string()),
            ("application/json", format!("{{\"name\":\"{name}\",\"phone\":\"{phone}")),
            ("text/plain", format!("{name} {phone}")),
            ("text/csv", file(&national, &name)),
            ("text/csv", format!("{name},{phone}\n{national},{name}\n")),
        ]
    }
}

/// A file in which every column of ours stands, and in every row somebody in the wrong one.
fn file(phone: &str, name: &str) -> String {
    let columns = COLUMNS.split(',').count();
    let row = |value: &str| vec![value; columns].join(",");
    format!("{COLUMNS}\n{}\n{}\n{}\n", row(phone), row(name), row(&format!("{name}{phone}")))
}

/// What came back of everything, called by each of these.
pub(super) async fn replies(callers: &[Client]) -> Vec<(String, Reply)> {
    let mut replies = Vec::new();
    for (number, operation) in operations().iter().enumerate() {
        let national = national(number);
        let headers = [("idempotency-key", national.as_str()), ("x-request-id", national.as_str())];
        for caller in callers {
            for value in [phone(number), name(number)] {
                let path = operation.path_with(&value, true);
                let reply = caller.send_with(operation.method.clone(), &path, None, &headers).await;
                replies.push((format!("{} {}", operation.method, operation.path), reply));
            }
            if operation.method == Method::GET || operation.method == Method::DELETE {
                continue;
            }
            for (kind, body) in operation.bodies(number) {
                let path = operation.path_with(&national, false);
                let sent = Some((kind, body.into_bytes()));
                let reply = caller.send_with(operation.method.clone(), &path, sent, &headers).await;
                replies.push((format!("{} {}", operation.method, operation.path), reply));
            }
        }
    }
    let mut forged = callers[0].clone();
    forged.access_token = Some(phone(0));
    replies.push(("a forged token".to_owned(), forged.get("/api/v1/me").await));
    replies.push(("no route".to_owned(), callers[0].get(&format!("/{}?name={}", phone(0), name(0))).await));
    replies
}
