//! Wrong policies and roles, each a file of `tests/wrong/` named after its mistake, and beside it what
//! its author is shown.
//!
//! To add one: a file `policy-*.toml` or `role-*.toml`, and its picture by `INSTA_UPDATE=always`; then read the picture as
//! somebody who does not know the program.

use std::fs;
use std::path::{Path, PathBuf};

use catalogue::Catalogue;
use catalogue::diagnostic::{Diagnostics, Severity};
use policy::{PolicySet, Source};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wrong")
}

/// Every case: its name, and what is found in it.
fn cases() -> Vec<(String, Diagnostics)> {
    let mut cases: Vec<(String, Diagnostics)> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let found = found(&name, &text);
            (name, found)
        })
        .collect();
    cases.sort_by(|one, other| one.0.cmp(&other.0));
    cases
}

fn found(name: &str, text: &str) -> Diagnostics {
    let reader = Source::role("policies/roles/reader.toml", "[role]\nid = \"reader\"\n");
    let other = "[agent]\nid = \"other-bot\"\nowner = \"ops@example.com\"\n";
    let other = Source::policy("policies/a-other-bot.toml", other);
    let file = match name.strip_prefix("role-") {
        Some(name) => Source::role(format!("policies/roles/{name}.toml"), text),
        None => {
            Source::policy(format!("policies/{}.toml", name.trim_start_matches("policy-")), text)
        }
    };
    match PolicySet::load(&[reader, other, file], Catalogue::builtin()) {
        Ok(_) => panic!("the mistake of {name} was not seen"),
        Err(found) => found,
    }
}

#[test]
fn every_mistake_is_shown_as_its_picture_says() {
    let cases = cases();
    assert!(cases.len() >= 40, "there are {} cases", cases.len());
    insta::with_settings!({
        snapshot_path => folder(),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        for (name, found) in cases {
            insta::assert_snapshot!(name, found.render(false));
        }
    });
}

#[test]
fn every_mistake_has_a_place_and_a_way_to_mend_it() {
    for (name, found) in cases() {
        for fault in &found {
            assert_eq!(fault.severity, Severity::Error, "{name}: {fault}");
            assert!(fault.line > 0 && fault.column > 0, "{name}: {fault}");
            assert!(fault.help.is_some() || fault.label.is_some(), "{name}: {fault}");
        }
    }
}
