//! Verifying an access token: once a request.

use std::hint::black_box;

use chrono::{TimeDelta, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use keyring::{AccessClaims, Audience, Keyring, PublicId, Suite};

fn verification(bench: &mut Criterion) {
    let (keyring, now) = (Keyring::random(Suite::Aes256Gcm), Utc::now());
    let claims = AccessClaims {
        audience: Audience::MiniProgram,
        subject: PublicId::random(),
        role: "resident".to_owned(),
        family: PublicId::random(),
        issued_at: now,
        expires_at: now + TimeDelta::minutes(15),
    };
    let token = keyring.issue_token(&claims).expect("a token");
    bench.bench_function("access token verified", |b| {
        b.iter(|| keyring.verify_token(black_box(&token), Audience::MiniProgram, now));
    });
}

criterion_group!(all, verification);
criterion_main!(all);
