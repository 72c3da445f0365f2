//! A server as a child process, and what the kernel says about it.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use crate::client;

/// Clock ticks a second in `/proc/PID/stat`; the same on every Linux people run.
const TICKS: f64 = 100.0;

/// A running server; ended when dropped.
pub struct Served {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Served {
    /// Starts `golden-bell serve` in production, with default limits and its access lines in a file of the data folder.
    pub async fn golden_bell(program: &Path, data: &Path) -> anyhow::Result<Self> {
        Self::golden_bell_with(program, data, &[]).await
    }

    /// The same with more variables.
    pub async fn golden_bell_with(program: &Path, data: &Path, more: &[(&str, String)]) -> anyhow::Result<Self> {
        let address = free_address()?;
        let log = data.join("access.log");
        let _ = std::fs::remove_file(&log);
        let mut command = bell(program, data);
        command
            .arg("serve")
            .env("GOLDEN_BELL_ENVIRONMENT", "production")
            .env("GOLDEN_BELL_HTTP__LISTEN", address.to_string())
            .env("GOLDEN_BELL_LOG__FILE", &log)
            .env("GOLDEN_BELL_WECHAT__APP_ID", "wx0000000000000000")
            .env("GOLDEN_BELL_WECHAT__APP_SECRET", "none")
            .envs(more.iter().map(|(name, value)| (name, value)));
        Self::start(command, address, "/health/ready").await
    }

    /// Starts the bare echo, which answers checks of numbers and of links with these bytes.
    pub async fn echo(phone_reply: &[u8], link_reply: &[u8]) -> anyhow::Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("echo")
            .env("ECHO_LISTEN", address.to_string())
            .env("ECHO_PHONE", str::from_utf8(phone_reply)?)
            .env("ECHO_LINK", str::from_utf8(link_reply)?);
        Self::start(command, address, "/health/ready").await
    }

    async fn start(mut command: Command, address: SocketAddr, ready: &str) -> anyhow::Result<Self> {
        let child = command.stdin(Stdio::null()).spawn().context("the server cannot be started")?;
        let mut served = Self { child, address };
        let since = Instant::now();
        while client::get(address, ready).await.is_err() {
            if let Some(status) = served.child.try_wait()? {
                bail!("the server ended: {status}");
            }
            if since.elapsed() > Duration::from_secs(900) {
                bail!("the server does not answer");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(served)
    }

    /// Processor time used so far, in seconds.
    pub fn cpu_seconds(&self) -> anyhow::Result<f64> {
        let stat = self.proc("stat")?;
        // The name, in brackets, may hold anything; utime and stime are the 12th and 13th fields after it.
        let (_, fields) = stat.rsplit_once(')').context("stat")?;
        let ticks: Vec<f64> =
            fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
        Ok(ticks.iter().sum::<f64>() / TICKS)
    }

    /// A size from `/proc/PID/status` in bytes: `VmRSS`, `VmHWM`, `RssFile`.
    pub fn size(&self, name: &str) -> anyhow::Result<f64> {
        let status = self.proc("status")?;
        let line =
            status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).context("no such line")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024.0)
    }

    fn proc(&self, file: &str) -> anyhow::Result<String> {
        Ok(std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id()))?)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let stopped = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        if !stopped.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// A command of the program over a data folder, without settings from outside.
pub fn bell(program: &Path, data: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GOLDEN_BELL_")) {
        command.env_remove(name);
    }
    command.env("GOLDEN_BELL_DATA_DIR", data);
    command
}

fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
