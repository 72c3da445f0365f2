//! The program `golden-bell`.

use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    match server::commands::run(server::commands::Arguments::parse()) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("golden-bell: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
