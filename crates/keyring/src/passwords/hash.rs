//! argon2id, kept as PHC text.

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};

use super::rules::MAX_BYTES;

/// A hash that no password is known to give, with the work factors of a real one.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$qZgOdyIw/+56s7l37FyfyQ$UUxJWilHvTek/rZj0dzo/EINcqBDX/2WqOyzY1yfyfY";

/// The password could not be hashed: it is longer than any the rules accept, or the memory for it is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the password cannot be hashed")]
pub struct PasswordHashError;

/// OWASP's floor for argon2id: 19 MiB, two passes, one lane.
fn hasher() -> Option<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The PHC text to store for a password, salted at random. Does not check the rules ([`super::check_rules`]). Blocking.
///
/// # Errors
/// [`PasswordHashError`].
pub fn hash_password(password: &str) -> Result<String, PasswordHashError> {
    if password.len() > MAX_BYTES {
        return Err(PasswordHashError);
    }
    let hasher = hasher().ok_or(PasswordHashError)?;
    let hash: PasswordHash = hasher.hash_password(password.as_bytes()).map_err(|_| PasswordHashError)?;
    Ok(hash.to_string())
}

/// Whether `password` is the one of the stored PHC text, with the work factors of that text. Blocking.
///
/// A password longer than the rules accept is refused at once, whoever asks, so that nobody buys work with it.
pub fn verify_password(stored: &str, password: &str) -> bool {
    if password.len() > MAX_BYTES {
        return false;
    }
    let Ok(hash) = PasswordHash::new(stored) else {
        verify_dummy(password);
        return false;
    };
    hasher().is_some_and(|hasher| hasher.verify_password(password.as_bytes(), &hash).is_ok())
}

/// The work of [`verify_password`] for a user name that does not exist, so that time does not tell which names do (ASVS
/// 6.3.8). Blocking.
pub fn verify_dummy(password: &str) {
    std::hint::black_box(password.len() <= MAX_BYTES && verify_password(DUMMY, password));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_password_is_known_again_and_another_is_not() {
        let stored = hash_password("正确的 horse 电池 staple 7").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify_password(&stored, "正确的 horse 电池 staple 7"));
        assert!(!verify_password(&stored, "正确的 horse 电池 staple 8"));
        assert_ne!(stored, hash_password("正确的 horse 电池 staple 7").unwrap());
    }

    /// From the tests of the reference implementation (phc-winner-argon2): password `password`, salt `somesalt`.
    #[test]
    fn hashes_of_other_programs_and_factors_are_understood() {
        let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(verify_password(stored, "password"));
        assert!(!verify_password(stored, "passworD"));
    }

    #[test]
    fn what_is_no_hash_knows_no_password() {
        for stored in
            ["", "x", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ", "$2b$10$abcdefghijklmnopqrstuv"]
        {
            assert!(!verify_password(stored, ""), "{stored}");
        }
    }

    #[test]
    fn the_dummy_costs_what_a_real_hash_costs() {
        let (dummy, real) =
            (PasswordHash::new(DUMMY).unwrap(), PasswordHash::new(&hash_password("x").unwrap()).unwrap());
        assert_eq!(dummy.params, real.params);
        assert_eq!((dummy.algorithm, dummy.version), (real.algorithm, real.version));
        assert_eq!(dummy.hash.map(|hash| hash.len()), real.hash.map(|hash| hash.len()));
        verify_dummy("x");
    }

    #[test]
    fn endless_passwords_are_refused_without_work() {
        let long = "x".repeat(MAX_BYTES + 1);
        assert_eq!(hash_password(&long), Err(PasswordHashError));
        assert!(!verify_password(DUMMY, &long));
    }
}
