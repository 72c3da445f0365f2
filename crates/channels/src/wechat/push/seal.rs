//! WeChat's own seal: AES-256-CBC whose first block is the start of the key, over 16 random bytes, a length, the message
//! and the app id, padded to 32 bytes. Nothing but the signature before it tells whether it was changed.

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};

/// Random bytes in front.
const RANDOM: usize = 16;

/// What was sealed.
pub(super) struct Opened {
    /// The message.
    pub(super) message: Vec<u8>,
    /// The app it is for.
    pub(super) app_id: Vec<u8>,
}

/// Opens the base64 of a sealed message. `None` where it is none.
pub(super) fn open(key: &[u8; 32], sealed: &str) -> Option<Opened> {
    let mut bytes = STANDARD.decode(sealed).ok()?;
    let cipher = cbc::Decryptor::<Aes256>::new_from_slices(key, key.get(..16)?).ok()?;
    // The padding goes to 32, which PKCS#7 of this cipher would refuse.
    let padded = cipher.decrypt_padded::<NoPadding>(&mut bytes).ok()?;
    let pad = usize::from(*padded.last()?);
    let plain = padded.get(..padded.len().checked_sub(pad)?)?;
    if !(1..=32).contains(&pad) {
        return None;
    }
    let (length, rest) = plain.get(RANDOM..)?.split_first_chunk::<4>()?;
    let (message, app_id) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    Some(Opened { message: message.to_owned(), app_id: app_id.to_owned() })
}
