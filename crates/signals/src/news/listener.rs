//! The task that hears the other processes through Redis.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use redis::aio::PubSub;
use redis::{Client, Msg};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::{Hub, Topic};
use crate::redis_link::{Backoff, CONNECT_WITHIN};

/// A connection that only listens notices a vanished peer by asking; this often, when nothing else was heard.
const ASK_AFTER: Duration = Duration::from_secs(5);

/// Starts the listening task; it ends when aborted.
pub(crate) fn listen(client: Client, prefix: &str, hub: Arc<Hub>) -> AbortHandle {
    let channels: Vec<(String, Topic)> = Topic::ALL.map(|topic| (topic.channel(prefix), topic)).into();
    tokio::spawn(run(client, channels, hub)).abort_handle()
}

async fn run(client: Client, channels: Vec<(String, Topic)>, hub: Arc<Hub>) {
    let mut backoff = Backoff::new();
    loop {
        if let Ok(Some(pubsub)) = timeout(CONNECT_WITHIN, subscribe(&client, &channels)).await {
            backoff.reset();
            // Whatever was said before this moment was not heard.
            hub.missed();
            hear(pubsub, &channels, &hub).await;
        }
        backoff.wait().await;
    }
}

async fn subscribe(client: &Client, channels: &[(String, Topic)]) -> Option<PubSub> {
    let mut pubsub = client.get_async_pubsub().await.ok()?;
    for (channel, _) in channels {
        pubsub.subscribe(channel).await.ok()?;
    }
    Some(pubsub)
}

/// Returns when the connection is lost.
async fn hear(pubsub: PubSub, channels: &[(String, Topic)], hub: &Hub) {
    let (mut sink, mut stream) = pubsub.split();
    loop {
        match timeout(ASK_AFTER, stream.next()).await {
            Ok(Some(message)) => deliver(&message, channels, hub),
            Ok(None) => return,
            Err(_) => match timeout(CONNECT_WITHIN, sink.ping::<redis::Value>()).await {
                Ok(Ok(_)) => {}
                _ => return,
            },
        }
    }
}

fn deliver(message: &Msg, channels: &[(String, Topic)], hub: &Hub) {
    let name = message.get_channel_name();
    let Some((_, topic)) = channels.iter().find(|(channel, _)| channel == name) else { return };
    match message.get_payload::<String>() {
        Ok(text) => hub.deliver_foreign(*topic, &text),
        Err(_) => hub.missed(),
    }
}
