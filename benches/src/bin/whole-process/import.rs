//! A million rows into SQLite by the import command.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    time::Instant,
};

use benches::made_up;

use crate::{Options, city::City, figures::goal};

const ROWS: u64 = 1_000_000;

/// Measures and prints.
pub fn measure(options: &Options) -> anyhow::Result<()> {
    let folder = options.data.join("import");
    let _ = std::fs::remove_dir_all(&folder);
    let city = City::open(&folder)?;
    let file = folder.join("numbers.csv");
    let mut out = BufWriter::new(File::create(&file)?);
    writeln!(out, "number,fraud_type,severity,first_seen,last_seen")?;
    for index in 0..ROWS {
        writeln!(out, "{},T04,2,2026-01-02,2026-10-20", made_up::spelled_phone(index))?;
    }
    out.flush()?;
    println!("\nimport of {ROWS} rows on SQLite");
    let started = Instant::now();
    city.import(options, "blacklist", &file, &["--kind", "phone"])?;
    goal("import of a million rows", started.elapsed().as_secs_f64(), "s", 60.0);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
