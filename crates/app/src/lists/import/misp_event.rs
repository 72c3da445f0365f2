//! MISP events as they are written: the fields that count here, as tolerant as MISP's own versions differ.

use serde::Deserialize;
use serde_json::value::RawValue;

/// An event, or what is around one: `{"Event":{…}}`, `{"response":[…]}`.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Node {
    #[serde(rename = "Event")]
    event: Option<Box<Node>>,
    response: Option<Vec<Node>>,
    pub(super) date: Option<String>,
    #[serde(rename = "Orgc")]
    pub(super) orgc: Option<Named>,
    #[serde(rename = "Tag")]
    pub(super) tags: Option<Vec<Named>>,
    /// Each is read by itself: one that is wrong does not spoil the others.
    #[serde(rename = "Attribute")]
    pub(super) attributes: Option<Vec<Box<RawValue>>>,
    #[serde(rename = "Object")]
    pub(super) objects: Option<Vec<Object>>,
}

/// Attributes that belong together.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Object {
    #[serde(rename = "Attribute")]
    pub(super) attributes: Option<Vec<Box<RawValue>>>,
}

/// Something with a name: a tag, an organisation.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Named {
    pub(super) name: String,
}

/// An attribute.
#[derive(Deserialize)]
pub(super) struct Attribute {
    #[serde(rename = "type")]
    pub(super) name: String,
    pub(super) value: String,
    to_ids: Option<Scalar>,
    deleted: Option<Scalar>,
    pub(super) first_seen: Option<String>,
    pub(super) last_seen: Option<String>,
    pub(super) timestamp: Option<Scalar>,
    #[serde(rename = "Tag")]
    pub(super) tags: Option<Vec<Named>>,
    #[serde(rename = "Sighting")]
    pub(super) sightings: Option<Vec<Sighting>>,
}

/// A sighting.
#[derive(Deserialize)]
pub(super) struct Sighting {
    #[serde(rename = "type")]
    pub(super) kind: Option<Scalar>,
    source: Option<String>,
    pub(super) date_sighting: Option<Scalar>,
    #[serde(rename = "Organisation")]
    organisation: Option<Named>,
}

/// Numbers and truths are written as such or as texts.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Scalar {
    Flag(bool),
    Number(i64),
    Text(String),
}

impl Scalar {
    pub(super) fn number(&self) -> Option<i64> {
        match self {
            Self::Flag(flag) => Some(i64::from(*flag)),
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
        }
    }

    fn is_true(&self) -> bool {
        matches!(self, Self::Text(text) if text == "true") || self.number().is_some_and(|number| number != 0)
    }
}

impl Attribute {
    /// Whether it may be used to find fraud; so it is where nothing is said.
    pub(super) fn is_meant(&self) -> bool {
        self.to_ids.as_ref().is_none_or(Scalar::is_true)
    }

    pub(super) fn is_deleted(&self) -> bool {
        self.deleted.as_ref().is_some_and(Scalar::is_true)
    }
}

impl Sighting {
    /// Who saw it, where it is said.
    pub(super) fn source(&self) -> Option<&str> {
        let organisation = || self.organisation.as_ref().map(|organisation| organisation.name.as_str());
        self.source.as_deref().filter(|source| !source.is_empty()).or_else(organisation).filter(|name| !name.is_empty())
    }
}

/// The events of a document: one, a list of them, or the reply of a search.
pub(super) fn events(document: &[u8]) -> Result<Vec<Node>, serde_json::Error> {
    let document = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    let nodes: Vec<Node> = match document.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => serde_json::from_slice(document)?,
        _ => vec![serde_json::from_slice(document)?],
    };
    let mut events = Vec::new();
    let mut open = nodes;
    open.reverse();
    while let Some(mut node) = open.pop() {
        open.extend(node.response.take().into_iter().flatten().rev());
        open.extend(node.event.take().map(|event| *event));
        if node.attributes.is_some() || node.objects.is_some() {
            events.push(node);
        }
    }
    Ok(events)
}
