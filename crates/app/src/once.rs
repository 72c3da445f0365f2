//! Requests that carry an `Idempotency-Key` and are done once.

use chrono::{DateTime, Utc};
use keyring::Keyring;
use serde::{Serialize, de::DeserializeOwned};
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

/// What became of it.
pub(crate) enum Done<T> {
    /// It was done now.
    Now(T),
    /// It was done before, and this was said of it.
    Before(T),
}

impl<T> Done<T> {
    /// What is said of it, in either case.
    pub(crate) fn into_inner(self) -> T {
        match self {
            Self::Now(done) | Self::Before(done) => done,
        }
    }
}

/// Does `create` unless the same request was done under the same key. What it returns is kept for a day: nothing secret and
/// no personal data belongs there. Call it in a transaction that a refusal undoes: then the key may come again, mended.
pub(crate) fn once<R: Serialize, T: Serialize + DeserializeOwned>(
    connection: &mut DbConnection,
    keyring: &Keyring,
    context: &Context,
    request: &Request<'_, R>,
    now: DateTime<Utc>,
    create: impl FnOnce(&mut DbConnection) -> Result<T, AppError>,
) -> Result<Done<T>, AppError> {
    let Some(key) = request.key else { return create(connection).map(Done::Now) };
    let broken = |error: serde_json::Error| AppError::internal(error.to_string());
    let text = serde_json::to_string(request.body).map_err(broken)?;
    // Keyed: a plain hash of names and phones could be guessed back.
    // While keys are exchanged the first request may stand under another one.
    let text = format!("{}\0{text}", request.operation);
    let mut hashes = keyring.blind_index_candidates("idempotency_keys.request", &text).into_iter();
    let (kind, id) = context.actor_words();
    let actor = format!("{kind}:{id}");
    let mut begun = Idempotency::OtherRequest;
    while begun == Idempotency::OtherRequest {
        let Some(hash) = hashes.next() else { break };
        begun = idempotency_begin(connection, &actor, key, &hash, now)?;
    }
    match begun {
        Idempotency::OtherRequest => {
            Err(AppError::new(ErrorCode::IdempotencyKeyReused, "这个请求编号已用于另一个请求，请换一个编号。"))
        }
        Idempotency::Replay { response, .. } => serde_json::from_str(&response).map(Done::Before).map_err(broken),
        Idempotency::New => {
            let done = create(connection)?;
            let response = serde_json::to_string(&done).map_err(broken)?;
            idempotency_finish(connection, &actor, key, 201, &response)?;
            Ok(Done::Now(done))
        }
    }
}
