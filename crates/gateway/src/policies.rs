//! Reads files that people write into what the pure crates take: policies, and an operator's own
//! catalogue files.

pub(crate) mod folder;

use std::fs;
use std::path::{Path, PathBuf};

use catalogue::Catalogue;
use catalogue::diagnostic::Diagnostics;
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

fn read(path: &Path) -> Result<String, LoadFailure> {
    fs::read_to_string(path).map_err(|why| LoadFailure::Unreadable { path: path.to_owned(), why })
}

/// Why files that people wrote cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadFailure {
    /// A file or folder is not there, not ours to read, or not UTF-8.
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
