//! Reads files that people write into what the pure crates take: policies, and an operator's own
//! catalogue files.

use std::fs;
use std::path::{Path, PathBuf};

use catalogue::Catalogue;
use catalogue::diagnostic::Diagnostics;
use policy::{Observing, PolicySet};

/// The folder beneath that of the policies in which the roles stand.
const ROLES: &str = "roles";

/// Reads a folder as a policy set: every `*.toml` file in it is a policy, and every one in its folder
/// `roles` is a role. Files in other folders beneath it are neither.
pub fn load_policies(
    dir: &Path,
    catalogue: &Catalogue,
    observing: Observing,
) -> Result<PolicySet, LoadFailure> {
    let mut sources = Vec::new();
    for path in toml_files(dir)? {
        sources.push(policy::Source::policy(path.display().to_string(), read(&path)?));
    }
    let roles = dir.join(ROLES);
    // A link that leads nowhere is no missing folder: reading it says what is wrong.
    if roles.symlink_metadata().is_ok() {
        for path in toml_files(&roles)? {
            sources.push(policy::Source::role(path.display().to_string(), read(&path)?));
        }
    }
    PolicySet::load_with(&sources, catalogue, observing).map_err(LoadFailure::Wrong)
}

/// The built-in catalogue with the operator's own files added.
pub fn load_catalogue(extensions: &[PathBuf]) -> Result<Catalogue, LoadFailure> {
    let mut sources = Vec::new();
    for path in extensions {
        sources.push(catalogue::Source { name: path.display().to_string(), text: read(path)? });
    }
    Catalogue::builtin().extended(&sources).map_err(LoadFailure::Wrong)
}

/// The `*.toml` files of a folder, by name.
fn toml_files(dir: &Path) -> Result<Vec<PathBuf>, LoadFailure> {
    let unreadable = |why| LoadFailure::Unreadable { path: dir.to_owned(), why };
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.extension().is_some_and(|extension| extension == "toml")
            && !hidden
            && path.is_file()
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
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
