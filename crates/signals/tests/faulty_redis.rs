//! A Redis that is silent, slow, broken or gone makes no call fail and holds none up longer than the budget.

#![cfg(test)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use signals::{BUDGET, Settings, Signals, State, Topic};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(30);

const ANSWER: u8 = 0;
const SILENT: u8 = 1;
const GARBAGE: u8 = 2;
const HANG_UP: u8 = 3;
const REFUSE: u8 = 4;

/// Answers every command with `OK`, or misbehaves.
struct Stub {
    mode: Arc<AtomicU8>,
    url: String,
}

impl Stub {
    async fn start(mode: u8) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("redis://{}", listener.local_addr().expect("an address"));
        let mode = Arc::new(AtomicU8::new(mode));
        let seen = Arc::clone(&mode);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&seen)));
            }
        });
        Self { mode, url }
    }

    fn turn(&self, mode: u8) {
        self.mode.store(mode, Ordering::SeqCst);
    }
}

async fn serve(mut stream: TcpStream, mode: Arc<AtomicU8>) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        // No argument of ours holds an asterisk, so each one starts a command.
        let commands = buffer[..read].iter().filter(|byte| **byte == b'*').count();
        let reply = match mode.load(Ordering::SeqCst) {
            ANSWER => "+OK\r\n".repeat(commands),
            GARBAGE => "HTTP/1.1 400 Bad Request\r\n\r\n".to_owned(),
            REFUSE => "-READONLY You can't write against a read only replica.\r\n".repeat(commands),
            HANG_UP => return,
            _ => continue,
        };
        if stream.write_all(reply.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn until(signals: &Signals, state: State) {
    let wait = async {
        while signals.state() != state {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("the state is reached");
}

/// Every call answers as without Redis.
async fn works_alone(signals: &Signals, key: &str) {
    signals.shared_set(key, "kept here", MINUTE).await;
    assert_eq!(signals.shared_get(key).await.as_deref(), Some("kept here"));
    let lock = signals.try_lock(key, MINUTE).await.expect("free");
    assert!(signals.try_lock(key, MINUTE).await.is_none());
    drop(lock);
    signals.publish(Topic::Revoked, "1").await;
    assert!(signals.limiter().allow("login", key, 1, MINUTE).await.allowed);
    assert!(!signals.limiter().allow("login", key, 1, MINUTE).await.allowed);
    signals.shared_delete_if(key, "kept here").await;
    assert_eq!(signals.shared_get(key).await, None);
}

#[tokio::test]
async fn nothing_listening_at_the_start_is_waited_for_in_the_background() {
    let stub = Stub::start(SILENT).await;
    let signals = Signals::connect(Some(&stub.url)).await;
    assert_eq!(signals.state(), State::Disconnected);
    works_alone(&signals, "a").await;
    stub.turn(ANSWER);
    until(&signals, State::Connected).await;
    assert_eq!(signals.shared_get("a").await.as_deref(), Some("OK"));
}

#[tokio::test]
async fn a_silent_redis_costs_one_call_the_budget_and_the_next_ones_nothing() {
    let stub = Stub::start(ANSWER).await;
    let signals = Signals::connect(Some(&stub.url)).await;
    until(&signals, State::Connected).await;
    stub.turn(SILENT);
    // With the clock stopped it only moves by the timers waited for, so these spans are exact.
    tokio::time::pause();
    let begun = Instant::now();
    assert_eq!(signals.shared_get("a").await, None);
    let spent = begun.elapsed();
    assert!(spent >= BUDGET && spent <= BUDGET + Duration::from_millis(2), "{spent:?}");
    assert_eq!(signals.state(), State::Disconnected);
    let begun = Instant::now();
    works_alone(&signals, "a").await;
    assert_eq!(begun.elapsed(), Duration::ZERO);
    tokio::time::resume();
    stub.turn(ANSWER);
    until(&signals, State::Connected).await;
}

#[tokio::test]
async fn garbage_and_a_closed_connection_are_survived_and_left_behind() {
    for fault in [GARBAGE, HANG_UP] {
        let stub = Stub::start(ANSWER).await;
        let signals = Signals::connect(Some(&stub.url)).await;
        until(&signals, State::Connected).await;
        stub.turn(fault);
        works_alone(&signals, "a").await;
        assert_eq!(signals.state(), State::Disconnected);
        works_alone(&signals, "b").await;
        stub.turn(ANSWER);
        until(&signals, State::Connected).await;
    }
}

#[tokio::test]
async fn a_quick_refusal_falls_back_without_giving_the_connection_up() {
    let stub = Stub::start(ANSWER).await;
    // A patient budget: a busy machine must not look like a lost Redis here.
    let settings = Settings { budget: PATIENCE, ..Settings::default() };
    let signals = Signals::connect_with(Some(&stub.url), settings).await;
    until(&signals, State::Connected).await;
    stub.turn(REFUSE);
    works_alone(&signals, "a").await;
    assert_eq!(signals.state(), State::Connected);
}

/// A build without TLS can't use the address at all; one with TLS must try it and not fall over.
#[tokio::test]
async fn an_address_with_tls_never_fails_the_start() {
    let stub = Stub::start(GARBAGE).await;
    let signals = Signals::connect(Some(&stub.url.replace("redis://", "rediss://"))).await;
    let expected = if cfg!(feature = "tls") { State::Disconnected } else { State::InProcess };
    assert_eq!(signals.state(), expected);
    works_alone(&signals, "a").await;
}
