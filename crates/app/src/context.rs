//! Who asks, and what they may.

use chrono::{DateTime, Utc};
use domain::authorization::{Action, Role, Scope, allows};
use store::audit_log::NewAudit;

use crate::error::AppError;

/// A signed-in resident.
#[derive(Debug, Clone)]
pub struct Resident {
    /// Outward id.
    pub public_id: String,
    /// The session the access token belongs to.
    pub session: String,
}

/// A signed-in officer, as the database has them now.
#[derive(Debug, Clone)]
pub struct Officer {
    /// Key in the database.
    pub id: i64,
    /// Outward id.
    pub public_id: String,
    /// The session the access token belongs to.
    pub session: String,
    /// What they are.
    pub role: Role,
    /// Name of their unit.
    pub unit: Option<String>,
    /// Codes of the divisions their unit serves; everything below these counts.
    pub served: Vec<String>,
}

/// An upstream system whose signature was verified.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Its key id.
    pub key_id: String,
}

/// Who asks.
#[derive(Debug, Clone)]
pub enum Actor {
    /// Nobody known: may check, nothing is stored.
    Anonymous,
    /// A resident.
    Resident(Resident),
    /// An officer.
    Officer(Officer),
    /// An upstream system.
    Upstream(Upstream),
    /// The person at the command line of the server.
    Operator,
}

/// Who asks, in which request.
#[derive(Debug, Clone)]
pub struct Context {
    /// Who.
    pub actor: Actor,
    /// Names the request in logs, audit rows and error replies.
    pub request_id: String,
}

impl Context {
    /// The context of a worker.
    pub(crate) fn system() -> Self {
        Self { actor: Actor::Operator, request_id: "worker".to_owned() }
    }

    /// The context of a command.
    pub fn operator() -> Self {
        Self { actor: Actor::Operator, request_id: "command".to_owned() }
    }

    /// Refuses unless the actor may do `action` within `scope`. What lies outside somebody's divisions does not exist for
    /// them: that refusal is "not found".
    pub fn authorize(&self, action: Action, scope: Scope) -> Result<(), AppError> {
        let role = match &self.actor {
            Actor::Operator => return Ok(()),
            Actor::Anonymous if matches!(action, Action::CheckSubject) => return Ok(()),
            Actor::Anonymous => return Err(AppError::unauthenticated()),
            Actor::Resident(_) => Role::Resident,
            Actor::Officer(officer) => officer.role,
            Actor::Upstream(_) => Role::Upstream,
        };
        match scope {
            _ if allows(role, action, scope) => Ok(()),
            Scope::Foreign => Err(AppError::not_found()),
            _ => Err(AppError::forbidden()),
        }
    }

    /// The resident who asks, or a refusal.
    pub fn resident(&self) -> Result<&Resident, AppError> {
        match &self.actor {
            Actor::Resident(resident) => Ok(resident),
            Actor::Anonymous => Err(AppError::unauthenticated()),
            _ => Err(AppError::forbidden()),
        }
    }

    /// The officer who asks, or a refusal.
    pub fn officer(&self) -> Result<&Officer, AppError> {
        match &self.actor {
            Actor::Officer(officer) => Ok(officer),
            Actor::Anonymous => Err(AppError::unauthenticated()),
            _ => Err(AppError::forbidden()),
        }
    }

    /// Words for audit rows: kind and outward id of the actor.
    pub fn actor_words(&self) -> (&'static str, &str) {
        match &self.actor {
            Actor::Anonymous => ("anonymous", ""),
            Actor::Resident(resident) => ("resident", &resident.public_id),
            Actor::Officer(officer) => ("officer", &officer.public_id),
            Actor::Upstream(upstream) => ("upstream", &upstream.key_id),
            Actor::Operator => ("operator", ""),
        }
    }

    /// A row for the audit log: the actor did `action` to the object `object_id`. `detail` holds no personal data.
    pub fn audit<'a>(
        &'a self,
        at: DateTime<Utc>,
        action: &'a str,
        object_kind: &'a str,
        object_id: &'a str,
        detail: serde_json::Value,
    ) -> NewAudit<'a> {
        let (actor_kind, actor_id) = self.actor_words();
        NewAudit { at, actor_kind, actor_id, action, object_kind, object_id, request_id: &self.request_id, detail }
    }

    /// What an audit row about a person says of the officer who looked or acted, for that person to read: role, unit and
    /// purpose at that time. The purpose is a word of ours: what officers write themselves is sealed.
    pub(crate) fn seen_by(&self, purpose: &'static str) -> serde_json::Value {
        let mut detail = self.seen_as();
        if let Some(words) = detail.as_object_mut() {
            words.insert("purpose".to_owned(), purpose.into());
        }
        detail
    }

    /// [`Context::seen_by`] without a purpose.
    pub(crate) fn seen_as(&self) -> serde_json::Value {
        match &self.actor {
            Actor::Officer(officer) => serde_json::json!({ "role": officer.role.as_str(), "unit": officer.unit }),
            _ => serde_json::json!({}),
        }
    }
}
