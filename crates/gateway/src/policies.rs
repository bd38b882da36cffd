//! Reads files that people write into what the pure crates take: policies, and an operator's own
//! catalogue files.

pub(crate) mod folder;

use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use catalogue::Catalogue;
use catalogue::diagnostic::{Diagnostic, Diagnostics};
use catalogue::document::decode;
use policy::{Observing, PolicySet};

/// Reads a folder as a policy set: every `*.toml` file in it is a policy, and every one in its folder
/// `roles` is a role. Files in other folders beneath it are neither.
pub fn load_policies(
    dir: &Path,
    catalogue: &Catalogue,
    observing: Observing,
) -> Result<PolicySet, LoadFailure> {
    parse_policies(&read_policies(dir)?, catalogue, observing)
}

/// The same files as they are, right or wrong.
pub fn read_policies(dir: &Path) -> Result<Vec<policy::Source>, LoadFailure> {
    folder::read(dir).sources
}

/// Makes a policy set of what was read.
pub(crate) fn parse_policies(
    sources: &[policy::Source],
    catalogue: &Catalogue,
    observing: Observing,
) -> Result<PolicySet, LoadFailure> {
    PolicySet::load_with(sources, catalogue, observing).map_err(LoadFailure::Wrong)
}

/// The built-in catalogue with the operator's own files added.
pub fn load_catalogue(extensions: &[PathBuf]) -> Result<Catalogue, LoadFailure> {
    let mut sources = Vec::new();
    for path in extensions {
        sources.push(catalogue::Source { name: path.display().to_string(), text: read(path)? });
    }
    Catalogue::builtin().extended(&sources).map_err(LoadFailure::Wrong)
}

/// The most bytes of one file: many times more than anybody writes, and little enough for a gateway to
/// read whatever is put there.
const MOST_BYTES: u64 = 1_048_576;

fn read(path: &Path) -> Result<String, LoadFailure> {
    let bytes =
        bytes(path).map_err(|why| LoadFailure::Unreadable { path: path.to_owned(), why })?;
    let mistake = |mistake: Box<Diagnostic>| LoadFailure::Wrong(Diagnostics(vec![*mistake]));
    decode(&path.display().to_string(), bytes).map_err(mistake)
}

/// What a file holds, if it is a plain one and not too long: one that waits for a writer is not opened.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() && !metadata.is_dir() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is no file"));
    }
    // As long as it is and no longer: there may be very many.
    let length = metadata.len().min(MOST_BYTES);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    fs::File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        let why = "it is longer than 1 MiB, so it is no file of policies; split it or move it away";
        return Err(io::Error::new(ErrorKind::FileTooLarge, why));
    }
    Ok(bytes)
}

/// Why files that people wrote cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadFailure {
    /// A file or folder is not there, or not ours to read.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        why: std::io::Error,
    },
    /// There are mistakes in them.
    #[error("{0}")]
    Wrong(Diagnostics),
}
