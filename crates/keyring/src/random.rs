//! Random bytes.

/// `N` bytes from the thread's cryptographic generator, which the operating system seeds and reseeds.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes);
    bytes
}

/// A new secret for an upstream system: 256 bits as 64 lower-case hex digits.
///
/// The text itself, as ASCII, is the HMAC key, so that a partner can use it as it was handed over.
pub fn new_upstream_secret() -> String {
    hex::encode(random_bytes::<32>())
}
