//! Planted residents, families and officers, made and changed over HTTP.

use harness::{Client, Installation};
use reqwest::Method;
use serde_json::{Value, json};

use super::planted::{login, name, national, phone};

pub(super) const VILLAGE: &str = "411602001001";
const OTHER_VILLAGE: &str = "411602001002";
const COUNTY: &str = "411602000000";
const UNIT: &str = "甲县中心";

/// The first part of routes about people, of residents and of officers.
const PEOPLE: [&str; 14] = [
    "me",
    "registrations",
    "registration-codes",
    "phone-codes",
    "family-members",
    "invitations",
    "residents",
    "sign-up-reviews",
    "family-invitations",
    "registration-code",
    "officers",
    "duty-shifts",
    "substitutes",
    "responsibilities",
];

/// Residents who register themselves: numbers 0 to 9. Others whom they and officers name: 10 to 99.
pub(super) const RESIDENTS: usize = 10;
/// Numbers that are used here.
pub(super) const NAMED: usize = 100;

pub(super) struct People {
    pub(super) installation: Installation,
    pub(super) url: String,
    pub(super) lead: Client,
    pub(super) residents: Vec<Client>,
}

fn id(value: &Value) -> String {
    value.as_str().expect("an id").to_owned()
}

fn agreed() -> Value {
    json!([{ "purpose": "warnings", "version": "2026-11" }])
}

impl People {
    pub(super) async fn meet(installation: Installation, url: &str) -> Self {
        let lead = installation.officer(url, "who-leads", "county_lead", UNIT).await;
        Self { installation, url: url.to_owned(), lead, residents: Vec::new() }
    }

    /// Divisions and a unit.
    pub(super) fn ground(installation: &Installation) {
        installation.territory(&format!("{UNIT},county_centre,,{COUNTY}\n"));
    }

    /// A stranger, a resident, and officers who together may call every route.
    pub(super) async fn callers(&self) -> Vec<Client> {
        let mut callers = vec![Client::anonymous(&self.url), self.residents[3].clone(), self.lead.clone()];
        for role in ["administrator", "list_editor", "list_approver"] {
            let name = format!("calls-as-{}", role.replace('_', "-"));
            callers.push(self.installation.officer(&self.url, &name, role, UNIT).await);
        }
        callers
    }

    /// Calls as the officer, and expects that it is done.
    async fn console(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let body = body.map(|body| ("application/json", body.to_string().into_bytes()));
        let reply = self.lead.send(method, &format!("/api/v1/console{path}"), body).await;
        assert!(reply.status.is_success(), "{path}: {}", reply.text);
        reply.body
    }

    async fn file(&self, path: &str, csv: String) {
        let body = Some(("text/csv", csv.into_bytes()));
        let report = self.lead.send(Method::POST, &format!("/api/v1/console{path}"), body).await.expect(200);
        assert!(report.body["refused"].as_array().is_none_or(Vec::is_empty), "{}", report.text);
    }

    async fn code_sent_to(&self, client: &Client, number: usize) -> String {
        client.post("/api/v1/phone-codes", json!({ "phone": national(number) })).await.expect(204);
        let sent = self.installation.wechat.sent_sms();
        let last = sent.iter().rev().find(|sms| sms.phone.ends_with(&national(number))).expect("a text");
        last.code().expect("a code").to_owned()
    }

    /// One resident: registered by an officer's code, with a phone by WeChat or SMS.
    pub(super) async fn resident(&self, number: usize, code: &str, device: &str) -> Client {
        let client = Installation::resident(&self.url, &login(number)).await;
        client.get(&format!("/api/v1/registration-codes/{code}")).await.expect(200);
        let body = json!({ "officer_code": code, "division": VILLAGE, "name": name(number), "birth_year": 1950,
            "tags": ["G01"], "consents": agreed(), "device": device });
        client.post("/api/v1/registrations", body).await.expect(200);
        let proof = if number.is_multiple_of(2) {
            json!({ "wechat_code": format!("phone-{}-{number}", national(number)) })
        } else {
            let sms_code = self.code_sent_to(&client, number).await;
            json!({ "phone": phone(number), "sms_code": sms_code })
        };
        client.put("/api/v1/me/phone", proof).await.expect(200);
        client
    }

    /// Everything a resident can do, by planted ones.
    pub(super) async fn residents(&mut self) {
        let code = id(&self.console(Method::GET, "/registration-code", None).await["code"]);
        for number in 0..RESIDENTS {
            let client = self.resident(number, &code, &format!("device-{}", phone(number))).await;
            client.put("/api/v1/me/consents/look_back", json!({ "version": "2026-11" })).await.expect(200);
            let said = format!("{}让我加微信，回电{}", name(number), phone(number));
            client.post("/api/v1/checks", json!({ "text": said })).await.expect(200);
            let report = json!({ "text": said, "note": name(number), "device": format!("device-{}", phone(number)) });
            client.post("/api/v1/reports", report).await.expect(201);
            client.post("/api/v1/checks", json!({ "kind": "phone", "value": phone(number) })).await.expect(200);
            self.residents.push(client);
        }
        self.families().await;
        let client = &self.residents[0];
        let change = json!({ "name": name(10), "tags": ["G05"] });
        client.patch("/api/v1/me", change).await.expect(200);
        client.put("/api/v1/me/home", json!({ "division": OTHER_VILLAGE })).await.expect(200);
        client.put("/api/v1/me/home", json!({ "division": VILLAGE })).await.expect(200);
        let new_phone = json!({ "wechat_code": format!("phone-{}-changed", national(11)) });
        client.put("/api/v1/me/phone", new_phone).await.expect(200);
        client.put("/api/v1/me/pause", json!({})).await.expect(200);
        client.delete("/api/v1/me/pause").await.expect(200);
        for path in ["", "/export", "/export.html", "/access-log"].map(|path| format!("/api/v1/me{path}")) {
            client.get(&path).await.expect(200);
        }
        self.residents[1].delete("/api/v1/me/consents/warnings").await.expect(200);
        self.residents[1].put("/api/v1/me/consents/warnings", json!({ "version": "2026-11" })).await.expect(200);
        self.residents[2].delete("/api/v1/registrations").await;
    }

    async fn families(&self) {
        let (one, other) = (&self.residents[0], &self.residents[1]);
        let member = |number: usize, phone: String, birth_year: i32, guardian: bool| {
            let relation = if guardian { "child" } else { "parent" };
            json!({ "relation": relation, "name": name(number), "phone": phone, "birth_year": birth_year,
                "as_guardian": guardian })
        };
        one.post("/api/v1/family-members", member(1, phone(1), 1950, false)).await.expect(201);
        one.post("/api/v1/family-members", member(12, phone(12), 1950, false)).await.expect(201);
        one.post("/api/v1/family-members", member(13, phone(0), 2015, true)).await.expect(201);
        let family = one.post("/api/v1/family-members", member(14, phone(14), 1950, false)).await.expect(201).body;
        let last = id(&family["items"].as_array().unwrap().last().unwrap()["id"]);
        one.delete(&format!("/api/v1/family-members/{last}")).await.expect(204);
        let invitations = other.get("/api/v1/invitations").await.expect(200).body;
        let invited = format!("/api/v1/invitations/{}", id(&invitations["items"][0]["id"]));
        let accept = json!({ "accept": true, "warnings_version": "2026-11", "guarded": true });
        other.put(&format!("{invited}/answer"), accept).await.expect(204);
        other.delete(&format!("{invited}/guard")).await.expect(204);
        other.put(&format!("{invited}/guard"), json!({})).await.expect(204);
        one.get("/api/v1/family-members").await.expect(200);
    }

    /// Everything an officer can do about residents.
    pub(super) async fn looks(&self) {
        let reason = |number: usize| format!("{}当面同意，电话{}", name(number), phone(number));
        let body = json!({ "division": VILLAGE, "name": name(20), "phone": phone(20), "birth_year": 1940,
            "tags": ["G01"], "attestation": reason(20) });
        let made = self.console(Method::POST, "/residents", Some(body)).await;
        let person = format!("/residents/{}", id(&made["id"]));
        let rows: String = (21..30)
            .map(|number| format!("{},{},{VILLAGE},{}\n", name(number), national(number), reason(number)))
            .collect();
        for query in ["?dry_run=true", ""] {
            let csv = format!("name,phone,division,attestation\n{rows}");
            self.file(&format!("/residents/imports{query}"), csv).await;
        }
        self.console(Method::GET, &format!("/residents?division={COUNTY}&limit=100"), None).await;
        self.console(Method::GET, &person, None).await;
        let purpose = json!({ "purpose": format!("{}来电，回拨{}", name(20), phone(20)) });
        let seen = self.console(Method::POST, &format!("{person}/contact"), Some(purpose)).await;
        assert_eq!((seen["name"].as_str(), seen["phone"].as_str()), (Some(&*name(20)), Some(&*phone(20))));
        self.console(Method::PUT, &format!("{person}/tags"), Some(json!({ "tags": ["G01"] }))).await;
        self.console(Method::GET, "/registration-code/image", None).await;
        self.console(Method::GET, &format!("/statistics/population?division={COUNTY}"), None).await;
        self.reviews(&reason(12)).await;
    }

    async fn reviews(&self, reason: &str) {
        let code = id(&self.console(Method::GET, "/registration-code", None).await["code"]);
        for number in 30..36 {
            self.resident(number, &code, "one-device").await;
        }
        let reviews = self.console(Method::GET, "/sign-up-reviews", None).await;
        for (review, accept) in reviews["items"].as_array().unwrap().iter().take(2).zip([true, false]) {
            let path = format!("/sign-up-reviews/{}/decision", id(&review["id"]));
            self.console(Method::PUT, &path, Some(json!({ "accept": accept }))).await;
        }
        let invitations = self.console(Method::GET, "/family-invitations", None).await;
        let path = format!("/family-invitations/{}/attestation", id(&invitations["items"][0]["id"]));
        self.console(Method::PUT, &path, Some(json!({ "attestation": reason, "guarded": true }))).await;
    }

    /// Fails for a route about people that was not answered well once.
    pub(super) fn every_route_was_answered(metrics: &str) {
        let document: Value = serde_json::from_str(&server::openapi().to_json().unwrap()).unwrap();
        let about_people = |path: &&String| {
            let parts: Vec<&str> = path.trim_start_matches("/api/v1/").split('/').collect();
            let (first, second) = (parts[0], parts.get(1).copied().unwrap_or_default());
            PEOPLE.contains(&if first == "console" { second } else { first })
        };
        for path in document["paths"].as_object().unwrap().keys().filter(about_people) {
            let answered = ["200", "201", "204"].iter().any(|status| {
                metrics.lines().any(|line| {
                    line.contains(&format!("route=\"{path}\"")) && line.contains(&format!("status=\"{status}\""))
                })
            });
            assert!(answered, "{path} was not called as it is meant: call it here, with planted people");
        }
    }

    /// Everything about officers and who answers for what.
    pub(super) async fn officers(&self) {
        let units = self.console(Method::GET, "/units", None).await;
        let unit = id(&units["items"][0]["id"]);
        let mut officers = Vec::new();
        for number in 40..43 {
            let body = json!({ "username": format!("officer-{number}"), "name": name(number), "phone": phone(number),
                "role": "station_officer", "unit": unit });
            let key = [("idempotency-key", national(number))];
            let key: Vec<(&str, &str)> = key.iter().map(|(header, value)| (*header, value.as_str())).collect();
            for _ in 0..2 {
                let sent = Some(("application/json", body.to_string().into_bytes()));
                let path = "/api/v1/console/officers";
                let made = self.lead.send_with(Method::POST, path, sent, &key).await.expect(201).body;
                officers.push(id(&made["officer"]["id"]));
            }
        }
        officers.dedup();
        let rows: String = (43..46)
            .map(|number| format!("officer-{number},{},{},station_officer,{UNIT}\n", name(number), national(number)))
            .collect();
        self.file("/officers/imports", format!("username,name,phone,role,unit\n{rows}")).await;
        let one = format!("/officers/{}", officers[0]);
        self.console(Method::GET, "/officers", None).await;
        self.console(Method::GET, &one, None).await;
        let change = json!({ "name": name(47), "phone": phone(47) });
        self.console(Method::PATCH, &one, Some(change)).await;
        self.console(Method::POST, &format!("{one}/credentials"), None).await;
        self.console(Method::DELETE, &one, None).await;
        self.console(Method::POST, &format!("{one}/activation"), None).await;
        self.duty(&unit, &officers).await;
        self.responsibilities().await;
    }

    async fn duty(&self, unit: &str, officers: &[String]) {
        let from = chrono::Utc::now() + chrono::TimeDelta::hours(1);
        let at = |hours: i64| (from + chrono::TimeDelta::hours(hours)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let shift = json!({ "officer": officers[0], "starts_at": at(0), "ends_at": at(8) });
        let roster = json!({ "unit": unit, "from": at(0), "to": at(24), "shifts": [shift] });
        self.console(Method::PUT, "/duty-shifts", Some(roster)).await;
        self.console(Method::GET, &format!("/duty-shifts?unit={unit}&from={}&to={}", at(0), at(24)), None).await;
        self.console(Method::GET, "/duty-shifts/current", None).await;
        let day = app::beijing_day(from);
        let body = json!({ "officer": officers[0], "substitute": officers[1], "from_day": day, "to_day": day });
        let made = self.console(Method::POST, "/substitutes", Some(body)).await;
        self.console(Method::GET, "/substitutes", None).await;
        self.console(Method::DELETE, &format!("/substitutes/{}", id(&made["id"])), None).await;
    }

    async fn responsibilities(&self) {
        let body = json!({ "name": name(50), "phone": phone(50), "post": "村支书", "division": VILLAGE });
        let made = self.console(Method::POST, "/responsibilities", Some(body)).await;
        let rows: String =
            (51..55).map(|number| format!("{},{},网格员,{VILLAGE}\n", name(number), national(number))).collect();
        self.file("/responsibilities/imports", format!("name,phone,post,division\n{rows}")).await;
        self.console(Method::GET, &format!("/responsibilities?division={VILLAGE}"), None).await;
        self.console(Method::GET, "/responsibilities/gaps", None).await;
        self.console(Method::DELETE, &format!("/responsibilities/{}", id(&made["id"])), None).await;
    }
}
