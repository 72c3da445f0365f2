//! WeChat tells what happened. What nobody here waits for is counted and acknowledged: otherwise it would come again and again.

use std::time::Duration;

use channels::wechat::{MediaSuggestion, PushEvent};
use sha2::{Digest as _, Sha256};
use store::reports::{MediaOutcome, media_result_add, media_results_settle};

use super::{PushQuery, refusal};
use crate::{App, AppError, ErrorCode};

/// Longer than a signature holds, on both sides of now.
const OCCASION_KEPT: Duration = Duration::from_secs(15 * 60);

/// Takes a push. Nobody signs in for this: the signature is the proof. Once it returns, what it told is committed.
///
/// # Errors
/// `not_found` where pushes are not configured; `forbidden` where the signature does not hold, is not of now, or was seen over
/// another body; `malformed_request` where it is no message.
pub async fn wechat_push_take(app: &App, query: &PushQuery, body: &[u8]) -> Result<(), AppError> {
    let pushed = app.wechat.push_open(query, body).map_err(refusal)?;
    if let Some(occasion) = &pushed.occasion {
        first_or_same(app, occasion, body).await?;
    }
    let PushEvent::MediaCheck(event) = pushed.event else {
        metrics::counter!("wechat_pushes_total", "event" => "other").increment(1);
        return Ok(());
    };
    metrics::counter!("wechat_pushes_total", "event" => "wxa_media_check").increment(1);
    let outcome = match event.suggestion {
        MediaSuggestion::Pass => MediaOutcome::Pass,
        MediaSuggestion::Review => MediaOutcome::Review,
        MediaSuggestion::Risky => MediaOutcome::Risky,
        MediaSuggestion::Failed => MediaOutcome::Failed,
    };
    let now = app.now();
    app.write(move |connection| {
        media_result_add(connection, &event.trace_id, outcome, now)?;
        media_results_settle(connection, now)?;
        Ok(())
    })
    .await
}

/// A plain push may come again with the same body, which WeChat does until it is acknowledged; with another one, somebody who
/// saw its address makes use of the signature.
async fn first_or_same(app: &App, occasion: &str, body: &[u8]) -> Result<(), AppError> {
    let (key, hash) = (format!("wechat:push:{occasion}"), hex::encode(Sha256::digest(body)));
    match app.signals.shared_get(&key).await {
        Some(seen) if seen != hash => Err(AppError::new(ErrorCode::Forbidden, "推送的签名已用于其他内容，未处理。")),
        Some(_) => Ok(()),
        None => {
            app.signals.shared_set(&key, &hash, OCCASION_KEPT).await;
            Ok(())
        }
    }
}
