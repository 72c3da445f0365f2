//! The program itself, as its users start it.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

/// Path of the program, built if need be.
fn program() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let built = Command::new(cargo)
            .args(["build", "--locked", "--quiet", "-p", "golden-bell-server", "--bin", "golden-bell"])
            .status()
            .expect("cargo runs");
        assert!(built.success(), "the program builds");
        let test = std::env::current_exe().expect("a path");
        test.ancestors().nth(2).expect("a target folder").join("golden-bell")
    })
}

/// A command over `data_dir`, with nothing of the surrounding environment that would configure it.
fn command(data_dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GOLDEN_BELL_")) {
        command.env_remove(name);
    }
    command.args(arguments).env("GOLDEN_BELL_DATA_DIR", data_dir).env("GOLDEN_BELL_HTTP__LISTEN", "127.0.0.1:0");
    command
}

/// Runs a command to its end.
pub fn run(data_dir: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = start(data_dir, arguments);
    child.stdin.take().expect("a pipe").write_all(input).expect("it reads");
    child.wait_with_output().expect("it ends")
}

/// Starts a command.
pub fn start(data_dir: &Path, arguments: &[&str]) -> Child {
    start_with(data_dir, arguments, &[])
}

/// Starts a command with variables.
pub fn start_with(data_dir: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Child {
    let mut command = command(data_dir, arguments);
    command.envs(variables.iter().copied());
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    piped.expect("the program starts")
}

/// Lines a command printed, if it ended well; its words otherwise.
#[track_caller]
pub fn lines(output: Output) -> Vec<String> {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    out.lines().map(str::to_owned).collect()
}

/// A server process.
pub struct Server {
    /// The process.
    pub child: Child,
    /// Where it listens.
    pub url: String,
}

impl Server {
    /// Starts a server and waits until it answers.
    pub fn start(data_dir: &Path, variables: &[(&str, &str)]) -> Self {
        let log = data_dir.join(format!("log-{:08x}", rand::random::<u32>()));
        let mut command = command(data_dir, &["serve"]);
        command.env("GOLDEN_BELL_LOG__FILE", &log).envs(variables.iter().copied());
        let child = command.stdin(Stdio::null()).spawn().expect("the program starts");
        let url = until(Duration::from_secs(30), || {
            let text = std::fs::read_to_string(&log).ok()?;
            let address = text.rsplit_once("address=")?.1.split_whitespace().next()?.to_owned();
            Some(format!("http://{address}"))
        });
        Self { child, url: url.expect("the server listens") }
    }

    /// Sends SIGTERM and returns how long the end took and whether it ended well.
    pub fn terminate(mut self) -> (Duration, bool) {
        let started = Instant::now();
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        let status = self.child.wait().expect("it ends");
        (started.elapsed(), status.success())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks again and again, until there is an answer or the time is over: for what happens in another process.
pub fn until<T>(patience: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if Instant::now() > deadline {
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
