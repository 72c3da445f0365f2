//! What PostgreSQL itself writes of a database: its files, the write-ahead log, the server's log. Needs a server on this machine
//! whose files can be read.

use std::{
    fs,
    io::{Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use store::{Db, parity::value_of};

use crate::privacy::{Finding, Scanner};

/// The files of one database, from a moment on.
pub struct PostgresFiles {
    folder: PathBuf,
    tables: PathBuf,
    /// The segment of the write-ahead log that was written to at that moment.
    first_segment: String,
    /// The server's log and its length at that moment.
    log: (PathBuf, u64),
}

impl PostgresFiles {
    /// Finds them; what is written from now on is looked at. From the next connection on the server logs every statement with its
    /// values, as some administrator may set it: so what reaches a statement in the open is seen.
    ///
    /// # Errors
    /// Says what cannot be found or read.
    pub fn from_now(db: &Db) -> Result<Self, String> {
        let folder = PathBuf::from(ask(db, "current_setting('data_directory')")?);
        let oid = ask(db, "(select oid::text from pg_database where datname = current_database())")?;
        let tables = folder.join("base").join(oid);
        fs::read_dir(&tables).map_err(|error| format!("{}: {error}", tables.display()))?;
        let log = log_file(db, &folder)?;
        let logging = "do $$ begin \
            execute format('alter database %I set log_statement = %L', current_database(), 'all'); end $$";
        db.execute_blocking(logging).map_err(|error| error.to_string())?;
        let length = fs::metadata(&log).map_err(|error| format!("{}: {error}", log.display()))?.len();
        Ok(Self { folder, tables, first_segment: segment(db)?, log: (log, length) })
    }

    /// Writes everything to its place, and looks at it.
    ///
    /// # Panics
    /// When a file cannot be read.
    pub fn scan(&self, db: &Db, scanner: &Scanner) -> Vec<Finding> {
        let mut found = self.scan_tables(db, scanner);
        let last = segment(db).expect("a segment");
        let segments = ask(db, "(select string_agg(name, ' ') from pg_ls_waldir())").expect("segments");
        let written = segments.split(' ').filter(|name| (self.first_segment.as_str()..=last.as_str()).contains(name));
        for segment in written {
            let path = self.folder.join("pg_wal").join(segment);
            // One that was not written to for long may be gone by now.
            if let Ok(bytes) = fs::read(&path) {
                found.extend(scanner.scan(&path.display().to_string(), &bytes));
            }
        }
        found.extend(scanner.scan(&self.log.0.display().to_string(), &self.log_bytes()));
        found
    }

    /// What lies in the files of the tables, after everything was written to its place.
    ///
    /// # Panics
    /// When a file cannot be read.
    pub fn scan_tables(&self, db: &Db, scanner: &Scanner) -> Vec<Finding> {
        db.execute_blocking("checkpoint").expect("a checkpoint");
        self.table_files().iter().flat_map(|path| scanner.scan(&path.display().to_string(), &read(path))).collect()
    }

    /// The files of the tables, after everything was written to its place.
    ///
    /// # Panics
    /// When a file cannot be read.
    pub fn bytes_of_tables(&self, db: &Db) -> Vec<Vec<u8>> {
        db.execute_blocking("checkpoint").expect("a checkpoint");
        self.table_files().iter().map(|path| read(path)).collect()
    }

    /// What the server has written to its log since.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn log_bytes(&self) -> Vec<u8> {
        let (path, length) = &self.log;
        let mut file = fs::File::open(path).expect("the server's log");
        file.seek(SeekFrom::Start(*length)).expect("its end");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("its lines");
        bytes
    }

    fn table_files(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(&self.tables).expect("the tables").map(|entry| entry.expect("an entry").path());
        files.filter(|path| path.is_file()).collect()
    }
}

/// A file of a table; one that was dropped meanwhile is empty.
fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_default()
}

fn segment(db: &Db) -> Result<String, String> {
    ask(db, "pg_walfile_name(pg_current_wal_lsn())")
}

/// The server's log: the collector's, or where its standard error goes.
fn log_file(db: &Db, folder: &Path) -> Result<PathBuf, String> {
    let collected = ask(db, "coalesce(pg_current_logfile(), '')")?;
    if !collected.is_empty() {
        return Ok(folder.join(collected));
    }
    let pid_file = folder.join("postmaster.pid");
    let text = fs::read_to_string(&pid_file).map_err(|error| format!("{}: {error}", pid_file.display()))?;
    let pid = text.lines().next().unwrap_or_default();
    let stderr =
        fs::read_link(format!("/proc/{pid}/fd/2")).map_err(|error| format!("standard error of {pid}: {error}"))?;
    if stderr.is_file() { Ok(stderr) } else { Err(format!("the server's log goes to {}", stderr.display())) }
}

fn ask(db: &Db, expression: &str) -> Result<String, String> {
    db.run_blocking(|connection| value_of(connection, expression)).map_err(|error| error.to_string())
}
