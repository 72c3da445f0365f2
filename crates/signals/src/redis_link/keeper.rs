//! The one task that connects: single flight, whatever the number of callers.

use std::sync::Weak;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client};
use tokio::time::timeout;

use super::{Backoff, CONNECT_WITHIN, Link, Open};

/// Connects and proves that a plain command is answered within `budget`; a Redis that answers later is of no use to
/// requests. The error is a reason fit for a log.
pub(crate) async fn open(client: &Client, budget: Duration) -> Result<MultiplexedConnection, &'static str> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_WITHIN))
        // `Link::call` bounds every command; a second timer per command would only cost.
        .set_response_timeout(None);
    let connecting = client.get_multiplexed_async_connection_with_config(&config);
    let mut connection = match timeout(CONNECT_WITHIN, connecting).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(_)) => return Err("can't connect"),
        Err(_) => return Err("connecting takes too long"),
    };
    match timeout(budget, redis::cmd("PING").query_async::<String>(&mut connection)).await {
        Ok(Ok(_)) => Ok(connection),
        Ok(Err(_)) => Err("PING is refused"),
        Err(_) => Err("PING is answered too late"),
    }
}

/// Replaces the connection whenever it is lost, until the link is gone.
pub(crate) async fn keep(link: Weak<Link>) {
    let mut backoff = Backoff::new();
    let mut generation = 1;
    loop {
        let Some(held) = link.upgrade() else { return };
        if held.is_up() {
            backoff.reset();
            held.lost.notified().await;
            continue;
        }
        match open(held.client(), held.budget).await {
            Ok(connection) => {
                generation += 1;
                held.install(Open { generation, connection });
                tracing::info!("Redis answers");
            }
            Err(_) => {
                drop(held);
                backoff.wait().await;
            }
        }
    }
}
