//! The file that keeps the audit key: 64 hexadecimal digits, for its owner's eyes alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use super::{AuditKey, LENGTH, hex};
use crate::secret::{KeyFailure, read_secret};
use crate::token::NoRandomness;

impl AuditKey {
    /// Reads the key that a file keeps; the file must be out of the reach of others.
    pub fn read(path: &Path) -> Result<Self, AuditKeyFailure> {
        let text = read_secret(path).map_err(|why| unread(path, why))?;
        parse(text.expose_secret()).ok_or_else(|| AuditKeyFailure::NoKey { path: path.to_owned() })
    }

    /// Makes a key and a new file that keeps it. A file that is there is never written over: its key
    /// may be the one that records depend on.
    pub fn create(path: &Path) -> Result<Self, AuditKeyFailure> {
        let key = Self::generate()?;
        let text = SecretString::from(format!("{}\n", hex(key.0.expose_secret())));
        write_new(path, &text).map_err(|why| unwritten(path, why))?;
        Ok(key)
    }

    /// Reads the key, or makes it where there is none yet.
    pub fn read_or_create(path: &Path) -> Result<Self, AuditKeyFailure> {
        match Self::read(path) {
            Err(AuditKeyFailure::Missing { .. }) => {}
            answer => return answer,
        }
        match Self::create(path) {
            Ok(key) => {
                tracing::info!(file = %path.display(), "made the audit key; back it up with the store");
                Ok(key)
            }
            // Another program was faster.
            Err(AuditKeyFailure::Taken { .. }) => Self::read(path),
            failure => failure,
        }
    }
}

fn unread(path: &Path, why: KeyFailure) -> AuditKeyFailure {
    if let KeyFailure::Unreadable { why, .. } = &why
        && why.kind() == io::ErrorKind::NotFound
    {
        return AuditKeyFailure::Missing { path: path.to_owned() };
    }
    AuditKeyFailure::File(why)
}

fn unwritten(path: &Path, why: io::Error) -> AuditKeyFailure {
    let path = path.to_owned();
    if why.kind() == io::ErrorKind::AlreadyExists {
        AuditKeyFailure::Taken { path }
    } else {
        AuditKeyFailure::Unwritable { path, why }
    }
}

/// Writes a file that was not there, down to the disk. What cannot be written whole is removed.
fn write_new(path: &Path, text: &SecretString) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let written = file
        .write_all(text.expose_secret().as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| sync_folder(path));
    if written.is_err() {
        // Were it left, it would be taken for the key's file; the first failure is the one to tell.
        let _ = fs::remove_file(path);
    }
    written
}

/// Makes the name of a new file as durable as the file.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn parse(text: &str) -> Option<AuditKey> {
    if text.len() != LENGTH * 2 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; LENGTH];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(AuditKey::from_bytes(bytes))
}

/// Why there is no audit key.
#[derive(Debug, thiserror::Error)]
pub enum AuditKeyFailure {
    /// The file is not there.
    #[error(
        "there is no audit key at `{}`; make one with `kustodian audit key new {}`, and give the same file to every gateway that shares the store", path.display(), path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read, or others can reach it.
    #[error("the audit key cannot be used")]
    File(#[source] KeyFailure),
    /// The file holds something else.
    #[error(
        "`{}` holds no audit key, which is 64 hexadecimal digits; put the right file back from your backup", path.display()
    )]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// There is a file already.
    #[error("`{}` is there already, and an audit key is never written over", path.display())]
    Taken {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("the audit key cannot be written to `{}`", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        why: io::Error,
    },
    /// No secret can be made.
    #[error("no audit key can be made")]
    Randomness(#[from] NoRandomness),
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn public(key: &AuditKey) -> String {
        key.signing_seed().public_key()
    }

    #[test]
    fn a_key_that_was_made_is_read_again_and_only_its_owner_can_reach_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.key");
        let made = AuditKey::create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.trim_end().len(), 64, "{} characters", text.len());
        assert_eq!(public(&AuditKey::read(&path).unwrap()), public(&made));
        assert_eq!(public(&AuditKey::read_or_create(&path).unwrap()), public(&made));
    }

    #[test]
    fn a_key_is_made_where_there_is_none_and_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.key");
        assert!(matches!(AuditKey::read(&path), Err(AuditKeyFailure::Missing { .. })));
        let made = AuditKey::read_or_create(&path).unwrap();
        assert!(matches!(AuditKey::create(&path), Err(AuditKeyFailure::Taken { .. })));
        assert_eq!(public(&AuditKey::read(&path).unwrap()), public(&made));
    }

    #[test]
    fn a_file_that_others_can_reach_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.key");
        AuditKey::create(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).unwrap();
        let failure = AuditKey::read_or_create(&path).unwrap_err();
        assert!(crate::refusal::chain(&failure).contains("chmod 600"), "{failure}");
    }

    #[test]
    fn a_file_that_holds_something_else_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.key");
        for text in ["", "secret", &"0".repeat(63), &"g".repeat(64), &"é".repeat(32)] {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let answer = AuditKey::read_or_create(&path);
            assert!(matches!(answer, Err(AuditKeyFailure::NoKey { .. })), "{text}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_key_that_cannot_be_written_is_said() {
        let path = Path::new("no/such/folder/audit.key");
        assert!(matches!(AuditKey::create(path), Err(AuditKeyFailure::Unwritable { .. })));
    }
}
