//! HMAC (RFC 2104) with SHA-256 and with SM3 (GB/T 32905), both of 64-byte blocks and 32-byte output.

use aes_gcm::aead::consts::{U32, U64};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use sm3::Sm3;
use zeroize::Zeroizing;

/// HMAC-SHA-256 of the joined parts; a key of any length.
pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    run::<Hmac<Sha256>>(&key_block::<Sha256>(key), parts)
}

/// HMAC-SM3 of the joined parts; a key of any length.
pub(crate) fn hmac_sm3(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    run::<Hmac<Sm3>>(&key_block::<Sm3>(key), parts)
}

/// The key brought to the length of a block as RFC 2104 says, so that making the MAC cannot fail.
fn key_block<D: Digest>(key: &[u8]) -> Zeroizing<[u8; 64]> {
    let mut block = Zeroizing::new([0; 64]);
    if key.len() <= block.len() {
        fill(&mut block, key);
    } else {
        fill(&mut block, &D::digest(key));
    }
    block
}

fn fill(block: &mut [u8; 64], bytes: &[u8]) {
    for (to, from) in block.iter_mut().zip(bytes) {
        *to = *from;
    }
}

fn run<M: Mac<OutputSize = U32> + KeyInit<KeySize = U64>>(key: &[u8; 64], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <M as KeyInit>::new(key.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test cases 1, 2 and 6 (a key longer than a block).
    #[test]
    fn sha256_gives_the_answers_of_rfc_4231() {
        let answer = |key: &[u8], parts: &[&[u8]]| hex::encode(hmac_sha256(key, parts));
        assert_eq!(
            answer(&[0x0b; 20], &[b"Hi ", b"There"]),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            answer(b"Jefe", &[b"what do ya want ", b"for nothing?"]),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            answer(&[0xaa; 131], &[b"Test Using Larger Than Block-Size Key - Hash Key First"]),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    /// Made with `openssl dgst -sm3 -hmac`, an independent implementation.
    #[test]
    fn sm3_gives_the_answers_of_openssl() {
        assert_eq!(
            hex::encode(hmac_sm3(b"golden-bell", &[b"+8613800138000"])),
            "bbd8af246fc9b1130b69496b04908ee64d8377bd1456cdda89596d592ea83d4a"
        );
        assert_eq!(
            hex::encode(hmac_sm3(&[b'k'; 80], &[b"+8613800138000"])),
            "d1d35e6f016f971a7fd7fb40dc903708fa1dbac745c075c9bf4e6f5de94256ec"
        );
    }
}
