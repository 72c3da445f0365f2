//! Requests that carry an `Idempotency-Key` and are done once.

use chrono::{DateTime, Utc};
use keyring::Keyring;
use serde::Serialize;
use store::{
    DbConnection,
    idempotency_keys::{Idempotency, idempotency_begin, idempotency_finish},
};

use crate::{
    Context,
    error::{AppError, ErrorCode},
};

/// A request that may come twice.
pub(crate) struct Request<'a, R> {
    /// Which use case.
    pub(crate) operation: &'static str,
    /// What is asked.
    pub(crate) body: &'a R,
    /// The key it came with.
    pub(crate) key: Option<&'a str>,
}

/// The outward id of what a request made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Done {
    /// It was made now.
    Now(String),
    /// It was made before.
    Before(String),
}

impl Done {
    /// The id, in either case.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Now(id) | Self::Before(id) => id,
        }
    }
}

/// Does `create` unless the same request was done under the same key. The id it returns is kept for a day, and nothing else:
/// names have no place beside it, so the answer to a repeat is read anew. Call it in a transaction that a refusal undoes: then
/// the key may come again, mended.
pub(crate) fn once<R: Serialize>(
    connection: &mut DbConnection,
    keyring: &Keyring,
    context: &Context,
    request: &Request<'_, R>,
    now: DateTime<Utc>,
    create: impl FnOnce(&mut DbConnection) -> Result<String, AppError>,
) -> Result<Done, AppError> {
    let Some(key) = request.key else { return create(connection).map(Done::Now) };
    let text = serde_json::to_string(request.body).map_err(|error| AppError::internal(error.to_string()))?;
    // Keyed, both: a plain hash of names and phones could be guessed back, and clients make their keys of phones too. Under
    // the key that is never exchanged, so that a repeat is known while the others are.
    let hash = keyring.hash_request(&format!("request\0{}\0{text}", request.operation));
    let key = hex(&keyring.hash_request(&format!("key\0{key}")));
    let (kind, id) = context.actor_words();
    let actor = format!("{kind}:{id}");
    match idempotency_begin(connection, &actor, &key, &hash, now)? {
        Idempotency::OtherRequest => {
            Err(AppError::new(ErrorCode::IdempotencyKeyReused, "这个请求编号已用于另一个请求，请换一个编号。"))
        }
        Idempotency::Replay { response, .. } => Ok(Done::Before(response)),
        Idempotency::New => {
            let made = create(connection)?;
            idempotency_finish(connection, &actor, &key, 201, &made)?;
            Ok(Done::Now(made))
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
