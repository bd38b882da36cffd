//! The policy folder: which of its files count, and what tells one state of them from another.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use policy::Source;

use super::LoadFailure;
use crate::refusal::chain;

/// The folder beneath it whose files are roles.
const ROLES: &str = "roles";

/// How often files are read again that change while they are read.
const TRIES: u32 = 20;

/// What the system says of the files, without reading any: as long as it is the same, so are they.
///
/// Links are followed, because what they lead to is what is read. So it differs after whatever puts other
/// bytes in place: writing in place, a rename over the file, a link that is turned to another folder, on
/// this machine or on another one that shares the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp(Result<Files, String>);

/// The files that count, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Files {
    policies: Vec<(PathBuf, Marks)>,
    roles: Vec<(PathBuf, Marks)>,
}

/// What is known of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Marks {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Marks {
    fn of(file: &Metadata) -> Self {
        Self {
            device: file.dev(),
            inode: file.ino(),
            size: file.size(),
            modified: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
        }
    }
}

/// What the files held at one look.
#[derive(Debug)]
pub(crate) struct Reading {
    /// What the system said of them, before and after.
    pub(crate) stamp: Stamp,
    /// Their texts.
    pub(crate) sources: Result<Vec<Source>, LoadFailure>,
}

impl Stamp {
    /// Looks at the files without reading them.
    pub(crate) fn of(dir: &Path) -> Self {
        Self(Files::of(dir).map_err(|failure| chain(&failure)))
    }
}

/// Reads all files as they stood at one moment: those that change meanwhile are read again.
pub(crate) fn read(dir: &Path) -> Reading {
    let mut stamp = Stamp::of(dir);
    let mut sources = texts(dir);
    for _ in 1..TRIES {
        let after = Stamp::of(dir);
        if after == stamp {
            break;
        }
        stamp = after;
        sources = texts(dir);
    }
    Reading { stamp, sources }
}

fn texts(dir: &Path) -> Result<Vec<Source>, LoadFailure> {
    let Files { policies, roles } = Files::of(dir)?;
    let policies =
        policies.into_iter().map(|(path, _)| text(&path, Source::policy::<String, String>));
    let roles = roles.into_iter().map(|(path, _)| text(&path, Source::role::<String, String>));
    policies.chain(roles).collect()
}

fn text(path: &Path, source: fn(String, String) -> Source) -> Result<Source, LoadFailure> {
    let text = super::read(path)?;
    Ok(source(path.display().to_string(), text))
}

impl Files {
    fn of(dir: &Path) -> Result<Self, LoadFailure> {
        let roles = dir.join(ROLES);
        // A link that leads nowhere is no missing folder: reading it says what is wrong.
        let there = roles.symlink_metadata().is_ok();
        let roles = if there { listed(&roles)? } else { Vec::new() };
        Ok(Self { policies: listed(dir)?, roles })
    }
}

/// What is wrong with something that is named like a policy and is none. To go without it could be to go
/// without what somebody meant to put there.
fn no_file(metadata: &Metadata) -> &'static str {
    if metadata.is_dir() {
        "it is a folder, and what ends in .toml here is a policy or a role; rename it or move it away"
    } else {
        "it is no plain file, and what ends in .toml here is a policy or a role; move it away"
    }
}

/// The TOML files of one folder, by name.
fn listed(dir: &Path) -> Result<Vec<(PathBuf, Marks)>, LoadFailure> {
    let unreadable = |why| LoadFailure::Unreadable { path: dir.to_owned(), why };
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if hidden || path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        // A link that leads nowhere is a policy that is missing: better to say so than to go without.
        match fs::metadata(&path) {
            Ok(file) if file.is_file() => files.push((path, Marks::of(&file))),
            Ok(other) => {
                let why = io::Error::new(ErrorKind::InvalidInput, no_file(&other));
                return Err(LoadFailure::Unreadable { path, why });
            }
            Err(why) => return Err(LoadFailure::Unreadable { path, why }),
        }
    }
    files.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(files)
}

#[cfg(test)]
mod tests;
