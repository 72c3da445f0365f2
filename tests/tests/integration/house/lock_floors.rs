//! Versions below which a dependency has a known hole. The advisory database lacks some of them.

use cargo_metadata::MetadataCommand;
use cargo_metadata::semver::Version;

/// Crate, the least safe version, why.
const FLOORS: [(&str, &str, &str); 9] = [
    ("jsonwebtoken", "10.3.0", "wrong-typed exp and nbf were skipped (CVE-2026-25537)"),
    ("actix-http", "3.20.0", "ambiguous framing was accepted"),
    ("actix-web", "4.18.1", "with the actix-http above"),
    ("diesel", "2.3.10", "use after free in deserialize (RUSTSEC 0172)"),
    ("h2", "0.4.16", "2026 advisories"),
    ("rustls-webpki", "0.103.13", "2026 advisories"),
    ("time", "0.3.47", "2026 advisories"),
    ("quinn-proto", "0.11.15", "2026 advisories"),
    ("bytes", "1.11.1", "2026 advisories"),
];

#[test]
fn no_dependency_is_below_its_floor() {
    let metadata = MetadataCommand::new().exec().expect("cargo metadata");
    let mut seen = 0;
    for (name, floor, why) in FLOORS {
        let floor: Version = floor.parse().unwrap();
        for package in metadata.packages.iter().filter(|package| package.name.as_str() == name) {
            seen += 1;
            assert!(package.version >= floor, "{name} {} is below {floor}: {why}", package.version);
        }
    }
    assert!(seen >= 5, "the floors no longer name what is used");
}

#[test]
fn nothing_under_a_copyleft_licence_is_linked() {
    let metadata = MetadataCommand::new().exec().expect("cargo metadata");
    for package in &metadata.packages {
        let licence = package.license.as_deref().unwrap_or_default();
        let only_gpl = licence.contains("GPL") && !licence.contains(" OR ") && !licence.contains("LLVM-exception");
        assert!(!only_gpl, "{} is {licence}", package.name);
    }
}
