//! People with names and phones, and an officer who reads and changes them over HTTP.

use std::collections::{BTreeSet, HashMap};

use chrono::TimeDelta;
use domain::{ListKind, SubjectKind};
use harness::{Client, Reply, TestService};
use reqwest::Method;
use serde_json::{Value, json};
use store::audit_log::audit_log_of;

use super::declared::{DECLARED, Leaves};
use crate::api::people::{self, COUNTY, VILLAGE};

/// No text of ours begins with it, and every name here does: it is what a mask leaves of them.
const MARK: char = '犇';
const UNIT: &str = "甲县中心";

pub(super) struct Scene {
    service: TestService,
    officer: Client,
    officer_id: String,
    unit: String,
    officers: Vec<String>,
    /// Rows of the officer that are there, by what was done to which thing.
    rows: HashMap<(String, String, String), usize>,
    left: BTreeSet<(String, String)>,
    quiet: BTreeSet<String>,
}

/// Id at a place of a reply.
fn id(value: &Value) -> String {
    value.as_str().expect("an id").to_owned()
}

fn ids(list: &Value) -> Vec<String> {
    list["items"].as_array().expect("items").iter().map(|item| id(&item["id"])).collect()
}

impl Scene {
    pub(super) async fn open() -> Self {
        let service = people::service_with(|config| config.registration.sign_ups_per_device_day = 1).await;
        let created = service.create_officer("who-looks", "county_lead", Some(UNIT));
        let officer = service.anonymous();
        let session = officer.post("/api/v1/console/sessions", created.credentials(&service)).await.expect(200);
        let officer = officer.with_tokens(&session.body);
        let own = officer.get("/api/v1/console/officers").await.expect(200).body;
        let units = officer.get("/api/v1/console/units").await.expect(200).body;
        let unit = units["items"].as_array().unwrap().iter().find(|unit| unit["name"] == UNIT).unwrap();
        let officer_id = id(&own["items"][0]["id"]);
        let looked = ("officer.listed".to_owned(), "officer".to_owned(), officer_id.clone());
        Self {
            officer_id,
            unit: id(&unit["id"]),
            service,
            officer,
            officers: Vec::new(),
            rows: HashMap::from([(looked, 1)]),
            left: BTreeSet::new(),
            quiet: BTreeSet::new(),
        }
    }

    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        let body = body.map(|body| ("application/json", body.to_string().into_bytes()));
        let path = format!("/api/v1/console{path}");
        let reply = self.officer.send(Method::from_bytes(method.as_bytes()).unwrap(), &path, body).await;
        assert!(reply.status.is_success(), "{method} {path}: {}", reply.text);
        reply
    }

    async fn file(&self, path: &str, csv: String) -> Reply {
        let body = Some(("text/csv", csv.into_bytes()));
        self.officer.send(Method::POST, &format!("/api/v1/console{path}"), body).await.expect(200)
    }

    /// One row more than before says that the officer did `action` to each of these.
    fn left(&mut self, operation: &str, action: &str, kind: &str, objects: &[String]) {
        let declared = DECLARED.iter().find(|(name, _)| *name == operation).map(|(_, leaves)| leaves);
        let declares = matches!(declared, Some(Leaves::Rows(actions)) if actions.contains(&action));
        assert!(declares, "{operation} does not declare {action}");
        assert!(!objects.is_empty(), "{operation} showed nobody");
        let store = self.service.store();
        for object in objects {
            let found = store.db.run_blocking(|connection| audit_log_of(connection, kind, object)).unwrap();
            let count = found.iter().filter(|row| row.action == action && row.actor_id == self.officer_id).count();
            let before = self.rows.insert((action.to_owned(), kind.to_owned(), object.clone()), count).unwrap_or(0);
            assert_eq!(count, before + 1, "rows of {operation} with {action} about {kind} {object}");
        }
        self.left.insert((operation.to_owned(), action.to_owned()));
    }

    pub(super) fn has_left(&self, operation: &str, action: &str) -> bool {
        self.left.contains(&(operation.to_owned(), action.to_owned()))
    }

    pub(super) fn was_quiet(&self, operation: &str) -> bool {
        self.quiet.contains(operation)
    }

    pub(super) async fn residents(&mut self) {
        let body = json!({ "division": VILLAGE, "name": "犇一", "phone": "13800138001", "attestation": "当面同意" });
        let made = self.send("POST", "/residents", Some(body.clone())).await.body;
        let person = vec![id(&made["id"])];
        self.left("resident_create", "person.registered_by_officer", "person", &person);
        self.send("POST", "/residents", Some(body)).await;
        self.left("resident_create", "person.read", "person", &person);
        let listed = self.send("GET", &format!("/residents?division={COUNTY}"), None).await.body;
        assert_eq!(ids(&listed), person);
        self.left("residents_list", "person.listed", "person", &person);
        self.send("GET", &format!("/residents/{}", person[0]), None).await;
        self.left("resident_get", "person.read", "person", &person);
        let purpose = json!({ "purpose": "犇一来电13800138001" });
        let seen = self.send("POST", &format!("/residents/{}/contact", person[0]), Some(purpose)).await.body;
        assert_eq!(seen["phone"], "+8613800138001");
        self.left("resident_reveal", "person.revealed", "person", &person);
        self.send("PUT", &format!("/residents/{}/tags", person[0]), Some(json!({ "tags": ["G01"] }))).await;
        self.left("resident_tags_set", "person.tagged", "person", &person);
    }

    pub(super) async fn reviews_and_invitations(&mut self) {
        for (name, phone) in [("one", "13800138002"), ("two", "13800138003"), ("three", "13800138004")] {
            let client = self.service.resident(name).await;
            let mut body = people::registration_from(VILLAGE, "a-shared-device");
            body["name"] = json!(format!("{MARK}居民"));
            client.post("/api/v1/registrations", body).await.expect(200);
            people::prove(&client, phone).await.expect(200);
            let member = json!({ "relation": "parent", "name": "犇父", "phone": phone.replace("0013", "0014") });
            client.post("/api/v1/family-members", member).await.expect(201);
        }
        let reviews = self.send("GET", "/sign-up-reviews", None).await.body;
        let persons: Vec<String> =
            reviews["items"].as_array().unwrap().iter().map(|review| id(&review["person"]["id"])).collect();
        self.left("sign_up_reviews_list", "person.listed", "person", &persons);
        let decision = format!("/sign-up-reviews/{}/decision", id(&reviews["items"][0]["id"]));
        self.send("PUT", &decision, Some(json!({ "accept": true }))).await;
        self.left("sign_up_review_decide", "sign_up.decided", "person", &persons[..1]);

        let invitations = self.send("GET", "/family-invitations", None).await.body;
        let persons: Vec<String> =
            invitations["items"].as_array().unwrap().iter().map(|one| id(&one["person"]["id"])).collect();
        self.left("family_invitations_list", "person.listed", "person", &persons);
        let attest = format!("/family-invitations/{}/attestation", id(&invitations["items"][0]["id"]));
        let body = json!({ "attestation": "犇父当面同意", "guarded": true });
        let attested = self.send("PUT", &attest, Some(body)).await.body;
        self.left("family_invitation_attest", "invitation.attested", "person", &[id(&attested["id"])]);
    }

    pub(super) async fn imports_of_residents(&mut self) {
        let rows = format!("犇二,13800138011,{VILLAGE},当面同意\n犇三,13800138012,{VILLAGE},当面同意\n");
        self.file("/residents/imports", format!("name,phone,division,attestation\n{rows}")).await;
        let keyring = self.service.store().keyring;
        let found = self.service.store().db.run_blocking(|connection| {
            store::persons::persons_of_phones(connection, &keyring, &["+8613800138011", "+8613800138012"])
        });
        let persons: Vec<String> = found.unwrap().iter().map(|person| person.public_id.to_string()).collect();
        assert_eq!(persons.len(), 2);
        self.left("residents_import", "person.registered_by_officer", "person", &persons);
    }

    async fn officer_made(&mut self, username: &str, phone: &str) -> String {
        let body = json!({ "username": username, "name": format!("{MARK}警官"), "phone": phone,
            "role": "station_officer", "unit": self.unit });
        let made = self.send("POST", "/officers", Some(body)).await.body;
        let officer = id(&made["officer"]["id"]);
        self.left("officer_create", "officer.created", "officer", std::slice::from_ref(&officer));
        officer
    }

    pub(super) async fn officers(&mut self) {
        for (username, phone) in [("stands", "13800138021"), ("stands-in", "13800138022"), ("goes", "13800138023")] {
            let officer = self.officer_made(username, phone).await;
            self.officers.push(officer);
        }
        let csv = format!("username,name,phone,role,unit\nimported,犇警官,13800138024,station_officer,{UNIT}\n");
        self.file("/officers/imports", csv).await;
        let listed = self.send("GET", "/officers", None).await.body;
        self.left("officers_list", "officer.listed", "officer", &ids(&listed));
        let imported = listed["items"].as_array().unwrap().iter().find(|one| one["username"] == "imported").unwrap();
        self.left("officers_import", "officer.created", "officer", &[id(&imported["id"])]);
        let goes = vec![self.officers[2].clone()];
        let path = format!("/officers/{}", goes[0]);
        self.send("GET", &path, None).await;
        self.left("officer_get", "officer.read", "officer", &goes);
        self.send("PATCH", &path, Some(json!({ "name": "犇队长" }))).await;
        self.left("officer_change", "officer.changed", "officer", &goes);
        self.send("POST", &format!("{path}/credentials"), None).await;
        self.left("officer_credentials_reset", "officer.credentials_reset", "officer", &goes);
        self.send("DELETE", &path, None).await;
        self.left("officer_disable", "officer.disabled", "officer", &goes);
        self.send("POST", &format!("{path}/activation"), None).await;
        self.left("officer_enable", "officer.enabled", "officer", &goes);
    }

    pub(super) async fn duty(&mut self) {
        let [stands, stands_in, _] = &self.officers[..] else { panic!("three officers") };
        let (stands, stands_in, unit) = (stands.clone(), stands_in.clone(), self.unit.clone());
        let at =
            |hours: i64| (self.service.clock.now() + TimeDelta::hours(hours)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let (from, to) = (at(0), at(24));
        let shift = json!({ "officer": stands, "starts_at": from, "ends_at": at(12) });
        let roster = json!({ "unit": unit, "from": from, "to": to, "shifts": [shift] });
        self.send("PUT", "/duty-shifts", Some(roster)).await;
        self.left("duty_shifts_put", "duty_shifts.put", "unit", std::slice::from_ref(&unit));
        self.send("GET", &format!("/duty-shifts?unit={unit}&from={from}&to={to}"), None).await;
        self.left("duty_shifts_list", "officer.listed", "officer", std::slice::from_ref(&stands));
        let day = app::beijing_day(self.service.clock.now());
        let body = json!({ "officer": stands, "substitute": stands_in, "from_day": day, "to_day": day });
        let (both, key) = ([stands.clone(), stands_in.clone()], [("idempotency-key", "13800138021-1")]);
        let path = "/api/v1/console/substitutes";
        let mut made = Value::Null;
        for _ in 0..2 {
            let sent = Some(("application/json", body.to_string().into_bytes()));
            made = self.officer.send_with(Method::POST, path, sent, &key).await.expect(201).body;
        }
        let substitute = vec![id(&made["id"])];
        self.left("substitute_create", "substitute.named", "substitute", &substitute);
        // The repeat shows them again.
        self.left("substitute_create", "officer.listed", "officer", &both);
        self.send("GET", "/duty-shifts/current", None).await;
        self.left("duty_current", "officer.listed", "officer", &both);
        self.send("GET", "/substitutes", None).await;
        self.left("substitutes_list", "officer.listed", "officer", &both);
        self.send("DELETE", &format!("/substitutes/{}", substitute[0]), None).await;
        self.left("substitute_end", "substitute.ended", "substitute", &substitute);
    }

    pub(super) async fn responsibilities(&mut self) {
        let body = json!({ "name": "犇支书", "phone": "13800138031", "post": "村支书", "division": VILLAGE });
        let (path, key) = ("/api/v1/console/responsibilities", [("idempotency-key", "13800138031-1")]);
        let mut made = Value::Null;
        for _ in 0..2 {
            let sent = Some(("application/json", body.to_string().into_bytes()));
            made = self.officer.send_with(Method::POST, path, sent, &key).await.expect(201).body;
        }
        let first = vec![id(&made["id"])];
        self.left("responsibility_assign", "responsibility.assigned", "responsibility", &first);
        self.left("responsibility_assign", "responsibility.listed", "responsibility", &first);
        let csv = format!("name,phone,post,division\n犇网格,13800138032,网格员,{VILLAGE}\n");
        self.file("/responsibilities/imports", csv).await;
        let listed = self.send("GET", &format!("/responsibilities?division={VILLAGE}"), None).await.body;
        self.left("responsibilities_list", "responsibility.listed", "responsibility", &ids(&listed));
        let imported: Vec<String> = ids(&listed).into_iter().filter(|one| *one != first[0]).collect();
        self.left("responsibilities_import", "responsibility.assigned", "responsibility", &imported);
        self.send("DELETE", &format!("/responsibilities/{}", first[0]), None).await;
        self.left("responsibility_end", "responsibility.ended", "responsibility", &first);
    }

    /// What leaves nothing shows no masked name and no masked phone either.
    pub(super) async fn what_shows_nobody(&mut self) {
        let unit = format!("/units/{}", self.unit);
        let (facts, county) = (format!("/divisions/{COUNTY}"), format!("division={COUNTY}"));
        let asked = [
            ("division_facts_get", facts.clone()),
            ("division_history_list", format!("{facts}/history")),
            ("population_get", format!("/statistics/population?{county}")),
            ("responsibility_gaps", format!("/responsibilities/gaps?{county}")),
            ("units_list", "/units".to_owned()),
            ("unit_get", unit),
            ("registration_code_own", "/registration-code".to_owned()),
            ("registration_code_image", "/registration-code/image".to_owned()),
        ];
        for (operation, path) in asked {
            let reply = self.send("GET", &path, None).await;
            self.shows_nobody(operation, &reply);
        }
        let approver = self.service.officer("list_approver", None).await;
        let propose = json!({ "list": "blacklist", "kind": "phone", "value": "13912345678", "fraud_type": "T02", "reason": "举报核实" });
        let editor = self.service.officer("list_editor", None).await;
        editor.post("/api/v1/console/lists/entries", propose).await;
        let mut entry = String::new();
        for (operation, path) in [
            ("list_conflict_list", "conflicts"),
            ("list_entry_list", "entries"),
            ("list_proposal_list", "proposals"),
            ("list_source_list", "sources"),
            ("list_status", "status"),
            ("list_export", "export?list=blacklist"),
        ] {
            let reply = approver.get(&format!("/api/v1/console/lists/{path}")).await.expect(200);
            self.shows_nobody(operation, &reply);
            if path == "entries" {
                entry = id(&reply.body["items"][0]["id"]);
            }
        }
        let reply = approver.get(&format!("/api/v1/console/lists/entries/{entry}")).await.expect(200);
        self.shows_nobody("list_entry_get", &reply);
    }

    /// What residents say about suspects, and owners about what is theirs, is read by officers of the lists.
    pub(super) async fn reports_and_appeals(&mut self) {
        let created = self.service.create_officer("reads-reports", "city_lead", None);
        let lead = self.service.anonymous();
        let session = lead.post("/api/v1/console/sessions", created.credentials(&self.service)).await.expect(200);
        let lead = lead.with_tokens(&session.body);
        let all = lead.get("/api/v1/console/officers?limit=100").await.expect(200).body;
        let own = all["items"].as_array().unwrap().iter().find(|one| one["username"] == "reads-reports").unwrap();
        let before = (self.officer.clone(), self.officer_id.clone());
        (self.officer, self.officer_id) = (lead, id(&own["id"]));

        let reporter = self.service.resident("reporter").await;
        let body = json!({ "kind": "phone", "value": "17012345678", "note": "犇某来电" });
        let report = vec![id(&reporter.post("/api/v1/reports", body).await.expect(201).body["id"])];
        let picture = Some(("image/png", people::png()));
        let path = format!("/api/v1/reports/{}/screenshots", report[0]);
        let screenshot = id(&reporter.send(Method::POST, &path, picture).await.expect(201).body["id"]);
        self.send("GET", "/lists/reports", None).await;
        self.left("list_report_queue", "report.listed", "report", &report);
        self.send("GET", &format!("/lists/reports/{}", report[0]), None).await;
        self.left("list_report_get", "report.read", "report", &report);
        self.send("GET", &format!("/lists/reports/{}/screenshots/{screenshot}", report[0]), None).await;
        self.left("list_report_screenshot_get", "report.screenshot_read", "report", &report);

        self.service.import(ListKind::Blacklist, SubjectKind::QqId, "123456789\n").await;
        self.service.run_workers().await;
        let body = json!({ "kind": "qq_id", "value": "123456789", "statement": "犇某的号" });
        let appeal = vec![id(&reporter.post("/api/v1/appeals", body).await.expect(201).body["id"])];
        let papers = Some(json!({ "reason": "出示身份证" }));
        self.send("POST", &format!("/lists/appeals/{}/papers", appeal[0]), papers).await;
        self.left("list_appeal_papers", "appeal.papers_shown", "appeal", &appeal);
        self.send("GET", "/lists/appeals", None).await;
        self.left("list_appeal_queue", "appeal.read", "appeal", &appeal);
        self.send("GET", &format!("/lists/appeals/{}", appeal[0]), None).await;
        self.left("list_appeal_get", "appeal.read", "appeal", &appeal);
        (self.officer, self.officer_id) = before;
    }

    fn shows_nobody(&mut self, operation: &str, reply: &Reply) {
        let shows = reply.text.contains(MARK) || reply.text.contains("138****");
        assert!(!shows, "{operation} shows somebody and leaves no row: {}", reply.text);
        self.quiet.insert(operation.to_owned());
    }

    /// Row and reading are one transaction: where no row can be written, nobody is shown.
    pub(super) async fn without_the_audit_log(self) {
        let db = self.service.store().db;
        db.execute_blocking("alter table audit_log rename to audit_log_away").unwrap();
        let (unit, from) = (&self.unit, self.service.clock.now().format("%Y-%m-%dT%H:%M:%SZ").to_string());
        let to = (self.service.clock.now() + TimeDelta::hours(24)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
        for path in [
            format!("/residents?division={COUNTY}"),
            "/sign-up-reviews".to_owned(),
            "/family-invitations".to_owned(),
            "/officers".to_owned(),
            format!("/officers/{}", self.officers[0]),
            "/duty-shifts/current".to_owned(),
            format!("/duty-shifts?unit={unit}&from={from}&to={to}"),
            format!("/responsibilities?division={VILLAGE}"),
        ] {
            let reply = self.officer.get(&format!("/api/v1/console{path}")).await;
            assert_eq!(reply.status, 500, "{path}: {}", reply.text);
            assert!(!reply.text.contains(MARK), "{path}: {}", reply.text);
        }
        db.execute_blocking("alter table audit_log_away rename to audit_log").unwrap();
        self.service.stop().await;
    }
}
