//! Who may import whom. A new edge fails here and is then either removed or written down, with its reason, in
//! ARCHITECTURE.md and in this table.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Libraries that shape the house; everything else is a small utility and free.
const HEAVY: [&str; 16] = [
    "actix-web",
    "argon2",
    "calamine",
    "config",
    "csv",
    "diesel",
    "diesel_migrations",
    "jsonwebtoken",
    "memmap2",
    "redis",
    "reqwest",
    "rust_xlsxwriter",
    "tokio",
    "totp-rs",
    "utoipa-actix-web",
    "utoipa-swagger-ui",
];

/// Crate, our crates it may import, heavy libraries it may import.
const ALLOWED: [(&str, &[&str], &[&str]); 15] = [
    ("domain", &[], &[]),
    ("lookup", &["domain"], &["memmap2"]),
    ("keyring", &["domain"], &["argon2", "jsonwebtoken", "totp-rs"]),
    ("signals", &[], &["redis", "tokio"]),
    ("store", &["domain", "keyring", "signals"], &["diesel", "diesel_migrations", "tokio"]),
    ("channels", &["domain", "signals"], &["reqwest", "tokio"]),
    ("outreach", &["domain", "signals", "store", "channels"], &["tokio"]),
    (
        "app",
        &["domain", "lookup", "keyring", "signals", "store", "channels", "outreach"],
        &["csv", "calamine", "rust_xlsxwriter", "tokio"],
    ),
    ("web", &["app", "domain", "keyring", "signals"], &["actix-web", "tokio"]),
    ("mini-program-api", &["web", "app", "domain"], &["actix-web", "utoipa-actix-web"]),
    ("console-api", &["web", "app", "domain"], &["actix-web", "utoipa-actix-web"]),
    ("sandbox", &[], &["actix-web", "reqwest", "tokio"]),
    (
        "server",
        &[
            "app",
            "channels",
            "console-api",
            "domain",
            "keyring",
            "lookup",
            "mini-program-api",
            "outreach",
            "signals",
            "store",
            "web",
        ],
        &["actix-web", "config", "reqwest", "tokio", "utoipa-actix-web", "utoipa-swagger-ui"],
    ),
    (
        "tests",
        &["app", "channels", "domain", "keyring", "sandbox", "server", "store", "web"],
        &["actix-web", "redis", "reqwest", "tokio"],
    ),
    ("benches", &["app", "domain", "keyring", "lookup", "server", "store"], &["actix-web", "reqwest", "tokio"]),
];

fn edges() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata");
    let name = |full: &str| full.strip_prefix("golden-bell-").map(str::to_owned);
    let edges = metadata.packages.iter().map(|package| {
        let imported = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
        let wanted = imported.filter_map(|dependency| {
            name(&dependency.name)
                .or_else(|| HEAVY.contains(&dependency.name.as_str()).then(|| dependency.name.clone()))
        });
        (name(&package.name).expect("a crate of ours"), wanted.collect())
    });
    edges.collect()
}

#[test]
fn no_crate_imports_what_it_must_not() {
    let edges = edges();
    let known: BTreeSet<&str> = ALLOWED.iter().map(|(name, ..)| *name).collect();
    let found: BTreeSet<&str> = edges.keys().map(String::as_str).collect();
    assert_eq!(found, known, "a crate was added or removed: add its row");
    for (name, ours, heavy) in ALLOWED {
        let allowed: BTreeSet<String> = ours.iter().chain(heavy).map(|word| (*word).to_owned()).collect();
        let extra: Vec<_> = edges[name].difference(&allowed).collect();
        assert!(extra.is_empty(), "{name} must not import {extra:?}");
    }
}

#[test]
fn the_check_sees_edges() {
    assert!(edges()["server"].contains("app"));
    assert!(edges()["store"].contains("diesel"));
}
