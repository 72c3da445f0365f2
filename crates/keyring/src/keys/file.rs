//! The key file on disk: never half written, never overwritten by mistake, closed to other users.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::{Keyring, KeyringError};
use crate::{Suite, public_id::PublicId};

/// No key file comes near it; a wrong path (a device, a database) is then refused instead of read into memory.
const MAX_BYTES: u64 = 256 * 1024;

impl Keyring {
    /// Reads a key file.
    ///
    /// # Errors
    /// [`KeyringError::File`] (also when there is none), [`KeyringError::OpenToAll`] and what [`Keyring::from_toml`] says.
    pub fn load(path: &Path) -> Result<Self, KeyringError> {
        let file = File::open(path)?;
        refuse_open_to_all(&file)?;
        let mut text = Zeroizing::new(String::new());
        file.take(MAX_BYTES).read_to_string(&mut text)?;
        Self::from_toml(&text)
    }

    /// Makes new keys (AES-256-GCM) and writes them to a new file of mode 0600, safely on disk when this returns.
    ///
    /// Of several processes that do this at once, one wins and the others get [`KeyringError::Exists`].
    ///
    /// # Errors
    /// [`KeyringError::Exists`] when there is anything at `path`, else [`KeyringError::File`].
    pub fn create(path: &Path) -> Result<Self, KeyringError> {
        let keyring = Self::random(Suite::Aes256Gcm);
        let draft = Draft::write(path, &keyring)?;
        // A link fails where a rename would silently replace.
        fs::hard_link(&draft.0, path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => KeyringError::Exists,
            _ => KeyringError::File(error),
        })?;
        drop(draft);
        sync_folder(path)?;
        Ok(keyring)
    }

    /// Replaces a key file by this keyring, after a rotation: at every moment the file is whole, either old or new.
    ///
    /// # Errors
    /// [`KeyringError::File`]; the old file then still stands.
    pub fn replace(&self, path: &Path) -> Result<(), KeyringError> {
        let draft = Draft::write(path, self)?;
        fs::set_permissions(&draft.0, fs::metadata(path)?.permissions())?;
        fs::rename(&draft.0, path)?;
        sync_folder(path)
    }
}

/// A complete key file under a passing name beside the real one; removed when dropped.
struct Draft(PathBuf);

impl Draft {
    fn write(beside: &Path, keyring: &Keyring) -> Result<Self, KeyringError> {
        let draft = Self(folder_of(beside).join(format!(".keys-{}", PublicId::random())));
        let mut file = new_private_file(&draft.0)?;
        file.write_all(keyring.to_toml().as_bytes())?;
        file.sync_all()?;
        Ok(draft)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After a rename there is nothing to remove, and a leftover is not worth an error.
        let _ = fs::remove_file(&self.0);
    }
}

fn new_private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A new name in a folder survives a power cut only after the folder itself was synced.
fn sync_folder(path: &Path) -> Result<(), KeyringError> {
    #[cfg(unix)]
    File::open(folder_of(path))?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// A group may read (secrets mounted into a container often belong to one); everybody may not.
fn refuse_open_to_all(file: &File) -> Result<(), KeyringError> {
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions());
        if mode & 0o027 != 0 {
            return Err(KeyringError::OpenToAll);
        }
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}
