//! The project's own files, for tests that look at them as text.

use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its path from the project's root, with `/`, and its text.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// The project's root.
pub(crate) fn root() -> PathBuf {
    fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .expect("the project is there")
}

/// A file's text, by its path from the root.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// The manifest of a crate.
pub(crate) fn manifest(package: &str) -> String {
    read(&format!("crates/{package}/Cargo.toml"))
}

/// Every Rust file of the project, by path.
pub(crate) fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    for folder in ["crates", "tests"] {
        collect(&root().join(folder), &mut found);
    }
    found.retain(|source| Path::new(&source.path).extension().is_some_and(|ext| ext == "rs"));
    found
}

/// Every text file of the project, by path: sources, data, pages, configuration, scripts.
pub(crate) fn texts() -> Vec<Source> {
    let mut found = Vec::new();
    collect(&root(), &mut found);
    found
}

/// Adds the text files of a folder; what is built, hidden or no text is left out.
fn collect(folder: &Path, found: &mut Vec<Source>) {
    let mut entries: Vec<_> =
        fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name == "target" || name == ".git" {
            continue;
        }
        if path.is_dir() {
            collect(&path, found);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let path = path.strip_prefix(root()).expect("below the root").display().to_string();
            found.push(Source { path, text });
        }
    }
}
