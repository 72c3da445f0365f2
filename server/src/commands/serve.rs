//! `golden-bell serve`.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use chrono::Utc;
use tokio::signal::unix::{SignalKind, signal};

use crate::{Application, Config, logging};

/// A stop is over after this long, whatever still runs.
const STOP_WITHIN: Duration = Duration::from_millis(9_500);

pub(super) fn serve(config: Config) -> anyhow::Result<()> {
    let log = logging::start(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        let application = Application::build(config, Arc::new(Utc::now)).await?;
        application.start_rounds();
        let address = application.address();
        tracing::info!(%address, "listening");
        let stopper = application.stopper();
        let mut running = tokio::spawn(application.run());
        tokio::select! {
            served = &mut running => return served.context("the server ended abnormally")?,
            () = asked_to_stop() => {}
        }
        tracing::info!("stopping: running requests finish");
        let stopped = async {
            stopper.stop().await;
            running.await.context("the server ended abnormally")?
        };
        tokio::time::timeout(STOP_WITHIN, stopped).await.unwrap_or_else(|_| {
            tracing::warn!("some requests did not finish in time");
            Ok(())
        })
    });
    log.flush();
    // Blocking work that hangs, such as a database that does not answer, must not hold up the end.
    runtime.shutdown_timeout(Duration::from_millis(200));
    outcome
}

async fn asked_to_stop() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
