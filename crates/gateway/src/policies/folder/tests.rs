//! What tells two states of the files apart.

use std::fs::File;

use super::*;

#[test]
fn a_file_that_is_rewritten_in_place_with_its_old_time_and_size_is_another() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bot.toml");
    fs::write(&path, "customers = \"read\" ").unwrap();
    let (before, modified) = (Stamp::of(dir.path()), path.metadata().unwrap().modified().unwrap());
    // Clocks of files go in steps: it is written again until the step is over.
    let is_seen = (0..1_000_000).any(|_| {
        fs::write(&path, "customers = \"read\"").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        Stamp::of(dir.path()) != before
    });
    assert!(is_seen);
}

#[test]
fn hidden_files_and_those_of_other_names_are_not_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("bot.toml"), "").unwrap();
    let before = Stamp::of(dir.path());
    for name in [".bot.toml", "bot.toml.old", "README.md"] {
        fs::write(dir.path().join(name), "nothing of a policy").unwrap();
    }
    assert_eq!(Stamp::of(dir.path()), before);
    assert_eq!(read(dir.path()).sources.unwrap().len(), 1);
}

#[test]
fn a_link_that_leads_nowhere_is_told_by_its_name() {
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(dir.path().join("nowhere"), dir.path().join("bot.toml")).unwrap();
    let LoadFailure::Unreadable { path, .. } = read(dir.path()).sources.unwrap_err() else {
        panic!("nothing is there to be wrong")
    };
    assert_eq!(path, dir.path().join("bot.toml"));
}
