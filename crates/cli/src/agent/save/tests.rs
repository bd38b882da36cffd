//! What happens between the reading of a policy and its writing.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

fn policy(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bot.toml");
    fs::write(&file, text).unwrap();
    (folder, file)
}

/// What stands in a folder, drafts too.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_policy_that_somebody_changed_meanwhile_is_left_as_it_is() {
    let (folder, file) = policy("theirs");
    let refused = replace(&file, "as it was read", "ours").unwrap_err();
    assert!(matches!(refused, SaveFailure::ChangedMeanwhile { .. }), "{refused}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "theirs");
    assert_eq!(names(folder.path()), ["bot.toml"], "no draft is left behind");
    replace(&file, "theirs", "ours").unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "ours");
}

#[test]
fn a_new_policy_takes_no_files_place() {
    let (folder, file) = policy("theirs");
    let refused = write_new(&file, "ours").unwrap_err();
    assert!(matches!(refused, SaveFailure::Exists { .. }), "{refused}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "theirs");
    assert_eq!(names(folder.path()), ["bot.toml"]);
}

#[test]
fn whoever_could_read_a_policy_can_read_it_afterwards_and_nobody_else() {
    let (_folder, file) = policy("before");
    for mode in [0o640, 0o600] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let read = fs::read_to_string(&file).unwrap();
        replace(&file, &read, &format!("{read}, and {mode}")).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, mode);
    }
}
