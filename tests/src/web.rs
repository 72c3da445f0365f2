//! A stand-in for the web, somebody who knows its names, and a canary for connections that must not be.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use channels::fetch::{Resolver, Resolving, ResolvingTexts};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// What is at an address.
#[derive(Clone)]
pub enum WebPage {
    /// A redirect with this status to this place, as it stands in the header.
    Redirect(u16, String),
    /// A page.
    Html(String),
    /// A page that never ends, a byte at a time.
    Slow,
    /// A page of so many bytes.
    Long(usize),
}

/// Every site of the web, on one port, without TLS.
pub struct StandInWeb {
    /// Where it listens.
    pub address: SocketAddr,
    pages: Arc<Mutex<HashMap<String, WebPage>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl StandInWeb {
    /// A web in which every page is an empty one.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let web = Self { address, pages: Arc::default(), asked: Arc::default() };
        let (pages, asked) = (web.pages.clone(), web.asked.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (pages, asked) = (pages.clone(), asked.clone());
                tokio::spawn(async move {
                    // Who asks may go away at any time.
                    let _ = answer(stream, &pages, &asked).await;
                });
            }
        });
        web
    }

    /// Puts a page at an address without scheme.
    pub fn put(&self, address: &str, page: WebPage) {
        self.pages.lock().unwrap().insert(address.to_owned(), page);
    }

    /// A permanent redirect.
    pub fn redirect(&self, from: &str, to: &str) {
        self.put(from, WebPage::Redirect(301, to.to_owned()));
    }

    /// What was asked for, in order, and forgets it.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

async fn answer(
    mut stream: TcpStream,
    pages: &Mutex<HashMap<String, WebPage>>,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let byte = stream.read_u8().await?;
        head.push(byte);
        // Who begins with TLS is not understood.
        if head[0] == 0x16 {
            return Ok(());
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default();
    let host = head.lines().find_map(|line| line.to_lowercase().strip_prefix("host: ").map(str::to_owned));
    let address = format!("{}{path}", host.unwrap_or_default());
    let lower = head.to_lowercase();
    for forbidden in ["cookie:", "referer:", "authorization:", "accept-encoding:"] {
        assert!(!lower.contains(forbidden), "{head}");
    }
    asked.lock().unwrap().push(address.clone());
    let page = pages.lock().unwrap().get(&address).cloned().unwrap_or_else(|| WebPage::Html(String::new()));
    let html = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n";
    match page {
        WebPage::Redirect(status, to) => {
            let reply = format!("HTTP/1.1 {status} Moved\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(reply.as_bytes()).await
        }
        WebPage::Html(text) => {
            stream.write_all(format!("{html}content-length: {}\r\n\r\n{text}", text.len()).as_bytes()).await
        }
        WebPage::Slow => {
            stream.write_all(format!("{html}\r\n").as_bytes()).await?;
            loop {
                stream.write_all(b" ").await?;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        WebPage::Long(bytes) => {
            stream.write_all(format!("{html}content-length: {bytes}\r\n\r\n").as_bytes()).await?;
            for _ in 0..bytes.div_ceil(1024) {
                stream.write_all(&[b' '; 1024]).await?;
            }
            Ok(())
        }
    }
}

/// Knows the addresses of names: what it was told, and of all others one public address.
#[derive(Default)]
pub struct WebNames {
    known: Mutex<HashMap<String, (usize, Answers)>>,
    texts: Mutex<HashMap<String, Vec<String>>>,
    answered: AtomicUsize,
}

/// Answers that come in turn, each of some addresses.
type Answers = Vec<Vec<IpAddr>>;

impl WebNames {
    /// From now on `host` has these addresses: those of one answer after the other, in circles.
    pub fn set(&self, host: &str, answers: &[&[&str]]) {
        let parse = |answer: &&[&str]| answer.iter().map(|address| address.parse().expect("an address")).collect();
        self.known.lock().unwrap().insert(host.to_owned(), (0, answers.iter().map(parse).collect()));
    }

    /// From now on `name` has these TXT records.
    pub fn set_texts(&self, name: &str, texts: &[&str]) {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        self.texts.lock().unwrap().insert(name.to_owned(), texts);
    }

    /// How often it was asked.
    pub fn answered(&self) -> usize {
        self.answered.load(Ordering::SeqCst)
    }

    /// The next answer.
    pub fn answer(&self, host: &str) -> Vec<IpAddr> {
        self.answered.fetch_add(1, Ordering::SeqCst);
        let mut known = self.known.lock().unwrap();
        match known.get_mut(host.trim_end_matches('.')) {
            Some((turn, answers)) => {
                *turn += 1;
                answers[(*turn - 1) % answers.len()].clone()
            }
            None => vec![IpAddr::V4(Ipv4Addr::new(93, 184, 215, 14))],
        }
    }
}

impl Resolver for WebNames {
    fn resolve(&self, host: &str) -> Resolving {
        Box::pin(std::future::ready(Ok(self.answer(host))))
    }

    fn texts(&self, name: &str) -> ResolvingTexts {
        let known = self.texts.lock().unwrap().get(name).cloned();
        Box::pin(std::future::ready(Ok(known.unwrap_or_default())))
    }
}

/// Listens on a port of every address of this machine and counts who comes, to the end of the process.
pub struct Canary {
    /// The port.
    pub port: u16,
    seen: Arc<AtomicUsize>,
}

impl Canary {
    /// On a free port.
    pub fn open() -> Self {
        Self::at(0).expect("a port")
    }

    /// On this port; none where it is taken or not allowed.
    pub fn at(port: u16) -> Option<Self> {
        // Listens to IPv4 too; where there is no IPv6, to that alone.
        let listener = std::net::TcpListener::bind(("::", port));
        let listener = listener.or_else(|_| std::net::TcpListener::bind(("0.0.0.0", port))).ok()?;
        let port = listener.local_addr().ok()?.port();
        let canary = Self { port, seen: Arc::default() };
        let seen = canary.seen.clone();
        std::thread::spawn(move || {
            while listener.accept().is_ok() {
                seen.fetch_add(1, Ordering::SeqCst);
            }
        });
        Some(canary)
    }

    /// On the ports of the web, where this machine lets us; they are the same for all tests, and proven.
    pub fn usual() -> &'static [Self] {
        static USUAL: LazyLock<Vec<Canary>> = LazyLock::new(|| {
            let opened: Vec<Canary> = [80, 443].into_iter().filter_map(Canary::at).collect();
            opened.iter().for_each(|canary| canary.prove());
            for canary in &opened {
                canary.seen.store(0, Ordering::SeqCst);
            }
            opened
        });
        &USUAL
    }

    /// How many came.
    pub fn seen(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }

    /// Shows that it notices who comes, on every address that this machine has for certain.
    pub fn prove(&self) {
        let before = self.seen();
        for host in ["127.0.0.1", "127.8.8.8", "0.0.0.0"] {
            std::net::TcpStream::connect((host, self.port)).expect("somebody listens");
        }
        let sixth = usize::from(std::net::TcpStream::connect(("::1", self.port)).is_ok());
        while self.seen() < before + 3 + sixth {
            std::thread::yield_now();
        }
    }
}
