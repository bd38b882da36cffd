//! Wrong settings, each a file of `tests/wrong/` named after its mistake, and beside it what its author is
//! shown. No value is ever shown: any line of such a file may hold a secret.
//!
//! To add one: a file, and its picture by `INSTA_UPDATE=always`; then read the picture as somebody who
//! does not know the program.

use std::fs;
use std::path::Path;

use gateway::config::{ConfigFailure, read};

#[test]
fn every_mistake_is_shown_as_its_picture_says_and_without_a_value() {
    // Paths in pictures are then the same everywhere: tests run in their crate's folder.
    let folder = Path::new("tests/wrong");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    assert!(files.len() >= 12, "there are {} cases", files.len());
    insta::with_settings!({
        snapshot_path => Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        for path in files {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            match read(Some(&path)) {
                Err(ConfigFailure::Wrong(found)) => {
                    let shown = found.render(false);
                    assert!(!shown.contains("/run/secrets"), "{name} shows a value: {shown}");
                    insta::assert_snapshot!(name, shown);
                }
                other => panic!("the mistake of {name} was not seen: {other:?}"),
            }
        }
    });
}
