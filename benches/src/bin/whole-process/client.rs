//! A small HTTP/1.1 client: its own cost is not counted, but it shares the machine with the server.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use anyhow::{Context as _, bail};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// One keep-alive connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// A reply: its status and where its body stands in the buffer.
pub struct Reply<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(1 << 16) })
    }

    /// Sends a whole request and reads the whole reply.
    pub async fn ask(&mut self, request: &[u8]) -> anyhow::Result<Reply<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (status, start, length) = loop {
            self.read_more().await?;
            if let Some(head) = head(&self.buffer)? {
                break head;
            }
        };
        while self.buffer.len() < start + length {
            self.read_more().await?;
        }
        Ok(Reply { status, body: &self.buffer[start..start + length] })
    }

    async fn read_more(&mut self) -> anyhow::Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the connection was closed");
        }
        Ok(())
    }
}

/// Status, start of the body and its length, once the head is whole.
fn head(bytes: &[u8]) -> anyhow::Result<Option<(u16, usize, usize)>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = str::from_utf8(&bytes[..end])?;
    let status = head.get(9..12).and_then(|status| status.parse().ok()).context("no status")?;
    let length = head
        .lines()
        .find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        })
        .context("no content-length")?;
    Ok(Some((status, end + 4, length)))
}

/// Gets `path`; an error unless the status is 200.
pub async fn get(address: SocketAddr, path: &str) -> anyhow::Result<String> {
    let mut connection = Connection::open(address).await?;
    let reply = connection.ask(format!("GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n").as_bytes()).await?;
    if reply.status != 200 {
        bail!("{path}: {}", reply.status);
    }
    Ok(String::from_utf8(reply.body.to_vec())?)
}

/// Writes a POST with a JSON body into `request`.
pub fn post(request: &mut Vec<u8>, path: &str, token: &str, body: &str) {
    use std::io::Write as _;
    let length = body.len();
    let _ = write!(
        request,
        "POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    );
}

/// What a load gave.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// How long it took.
    pub seconds: f64,
    /// Replies that were not as expected.
    pub failed: u64,
}

/// Sends `requests` requests over `connections` connections, each as soon as the reply before it is there. `write` makes
/// request n; `accept` looks at its reply.
pub async fn drive(
    address: SocketAddr,
    connections: usize,
    requests: u64,
    write: impl Fn(u64, &mut Vec<u8>) + Send + Sync + 'static,
    accept: impl Fn(u64, &Reply<'_>) -> bool + Send + Sync + 'static,
) -> anyhow::Result<Load> {
    let (next, failed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let ways = Arc::new((write, accept));
    let mut opened = Vec::new();
    for _ in 0..connections {
        opened.push(Connection::open(address).await?);
    }
    let started = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for mut connection in opened {
        let (next, failed, ways) = (next.clone(), failed.clone(), ways.clone());
        running.spawn(async move {
            let mut request = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= requests {
                    return anyhow::Ok(());
                }
                request.clear();
                ways.0(number, &mut request);
                let accepted = match connection.ask(&request).await {
                    Ok(reply) => ways.1(number, &reply),
                    Err(_) => {
                        connection = Connection::open(address).await?;
                        false
                    }
                };
                failed.fetch_add(u64::from(!accepted), Ordering::Relaxed);
            }
        });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok(Load { seconds: started.elapsed().as_secs_f64(), failed: failed.load(Ordering::Relaxed) })
}
