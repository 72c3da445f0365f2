//! Logs: events by `tracing`, access lines by the web layer, both into one buffered writer of whole lines.

use std::{
    fs::OpenOptions,
    io::{self, BufWriter, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter, layer::SubscriberExt as _, util::SubscriberInitExt as _};
use web::access_log::LineSink;

use crate::config::{Config, LogFormat};

/// A shared writer of lines. Lines reach the file within [`FLUSH_EVERY`]; events at once.
#[derive(Clone)]
pub(crate) struct LineWriter {
    out: Arc<Mutex<BufWriter<Box<dyn Write + Send>>>>,
}

/// How long an access line may stay in the buffer.
const FLUSH_EVERY: Duration = Duration::from_millis(200);

impl LineWriter {
    /// Appends to `file`, or writes to standard output where that is empty. A thread flushes the buffer.
    pub(crate) fn open(file: &std::path::Path) -> anyhow::Result<Self> {
        let out: Box<dyn Write + Send> = if file.as_os_str().is_empty() {
            Box::new(io::stdout())
        } else {
            let opened = OpenOptions::new().create(true).append(true).open(file);
            Box::new(opened.with_context(|| format!("the log file {} cannot be opened", file.display()))?)
        };
        let writer = Self { out: Arc::new(Mutex::new(BufWriter::with_capacity(64 * 1024, out))) };
        let flushed = Arc::downgrade(&writer.out);
        std::thread::Builder::new().name("log-flush".to_owned()).spawn(move || {
            while let Some(out) = flushed.upgrade() {
                // A full disk must not stop the service; the next flush tries again.
                let _ = out.lock().unwrap_or_else(PoisonError::into_inner).flush();
                drop(out);
                std::thread::sleep(FLUSH_EVERY);
            }
        })?;
        Ok(writer)
    }

    /// Writes out what is buffered.
    pub(crate) fn flush(&self) {
        let _ = self.out.lock().unwrap_or_else(PoisonError::into_inner).flush();
    }
}

impl LineSink for LineWriter {
    fn write_line(&self, line: &[u8]) {
        let _ = self.out.lock().unwrap_or_else(PoisonError::into_inner).write_all(line);
    }
}

impl Write for LineWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.write_all(bytes)?;
        out.flush()?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

impl<'a> MakeWriter<'a> for LineWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Starts logging for the whole process, and returns the writer that access lines share with it.
pub(crate) fn start(config: &Config) -> anyhow::Result<LineWriter> {
    let writer = LineWriter::open(&config.log.file)?;
    let filter = EnvFilter::try_new(&config.log.filter).context("log.filter is not valid")?;
    let json = match config.log.format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => config.is_production(),
    };
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer().with_writer(writer.clone()).with_ansi(false);
    if json {
        registry.with(layer.json().flatten_event(true)).try_init()?;
    } else {
        registry.with(layer.with_target(false)).try_init()?;
    }
    Ok(writer)
}
