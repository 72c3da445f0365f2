//! `golden-bell-sandbox`: the stand-in providers as a program of their own, for the demo and for tests from outside.

use std::net::SocketAddr;

use clap::Parser;
use sandbox::Settings;

/// Stand-in WeChat and SMS for the demo and for tests. Never for production.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; port 0 takes a free one. The address is printed.
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// The app id the stand-in knows.
    #[arg(long, default_value_t = Settings::default().app_id)]
    app_id: String,
    /// The secret of that app id.
    #[arg(long, default_value_t = Settings::default().secret)]
    secret: String,
}

fn main() -> anyhow::Result<()> {
    let Arguments { listen, app_id, secret } = Arguments::parse();
    sandbox::run(listen, Settings { app_id, secret }, |address| println!("sandbox: http://{address}"))?;
    Ok(())
}
