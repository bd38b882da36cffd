//! The house rules that a machine can check.

use std::collections::BTreeSet;

use crate::support::program::run_in;
use crate::support::project::{Source, read, root, sources, texts};

/// The longest a source file may be, in lines.
const LONGEST_FILE: usize = 450;

/// Words that say nothing about what is in a file.
const EMPTY_WORDS: [&str; 8] =
    ["manager", "helper", "util", "utils", "common", "core", "handler", "misc"];

#[test]
fn every_source_file_opens_with_what_it_is_for() {
    for source in sources() {
        assert!(source.text.starts_with("//! "), "{} does not begin with `//!`", source.path);
    }
}

#[test]
fn no_source_file_is_too_long_to_read_at_once() {
    for source in sources() {
        let lines = source.text.lines().count();
        assert!(lines <= LONGEST_FILE, "{} has {lines} lines; split it by noun", source.path);
    }
}

#[test]
fn no_file_is_named_after_nothing() {
    for source in texts() {
        let name = source.path.rsplit('/').next().unwrap_or_default();
        let stem = name.split('.').next().unwrap_or_default();
        let empty = stem.split(['_', '-']).find(|word| EMPTY_WORDS.contains(word));
        assert_eq!(empty, None, "{} is named after nothing in particular", source.path);
    }
}

#[test]
fn both_databases_have_migrations_of_the_same_numbers_and_names() {
    let names = |engine: &str| -> Vec<String> {
        let prefix = format!("migrations/{engine}/");
        let all = texts()
            .into_iter()
            .filter_map(|text| text.path.strip_prefix(&prefix).map(ToOwned::to_owned));
        all.collect()
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    assert!(sqlite.len() >= 2, "{sqlite:?}");
    assert_eq!(sqlite, postgres);
    for (at, name) in sqlite.iter().enumerate() {
        assert!(name.starts_with(&format!("{:04}_", at + 1)), "{name} leaves a gap");
    }
}

#[test]
fn no_file_names_a_place_of_one_persons_machine() {
    let home =
        |text: &str| text.contains(concat!("/ro", "ot/")) || text.contains(concat!("/ho", "me/"));
    for source in texts() {
        let found = source.text.lines().find(|line| home(line));
        assert_eq!(found, None, "{} names a folder of one machine", source.path);
    }
}

#[test]
fn no_source_file_is_left_unfinished() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("unimplem", "ented!")];
    for source in sources() {
        for mark in marks {
            let found = source.text.lines().find(|line| line.contains(mark));
            assert_eq!(found, None, "{} has a {mark}", source.path);
        }
    }
}

#[test]
fn every_test_can_run_and_fail() {
    let ignored = concat!("#[ig", "nore");
    let panics = concat!("should_", "panic");
    for source in sources() {
        assert!(!source.text.contains(ignored), "{} has a test that does not run", source.path);
        assert!(!source.text.contains(panics), "{} has a test that any panic passes", source.path);
    }
}

#[test]
fn every_crate_takes_the_workspaces_lints_and_is_not_published() {
    let manifests = texts().into_iter().filter(|text| text.path.ends_with("/Cargo.toml"));
    for manifest in manifests {
        assert!(manifest.text.contains("[lints]\nworkspace = true"), "{}", manifest.path);
        assert!(manifest.text.contains("publish.workspace = true"), "{}", manifest.path);
    }
}

#[test]
fn every_file_that_the_architecture_names_is_there() {
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "SECURITY.md"] {
        for path in named_paths(&read(page)) {
            assert!(root().join(&path).exists(), "{page} names {path}, which is not there");
        }
    }
}

#[test]
fn every_setting_is_documented_with_the_default_it_has() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let documented = settings(&read("config/kustodian.toml"));
    let known = settings_of_the_program();
    let missing: Vec<_> = known.difference(&documented).collect();
    assert!(missing.is_empty(), "config/kustodian.toml does not speak of {missing:?}");
    let unknown: Vec<_> = documented.difference(&known).collect();
    assert!(unknown.is_empty(), "config/kustodian.toml speaks of {unknown:?}, which is no setting");
    // What is written there is read without a complaint about any key or value.
    std::fs::write(folder.path().join("kustodian.toml"), read("config/kustodian.toml"))
        .expect("a file is written");
    let checked = run_in(folder.path(), &["check"]);
    assert!(!checked.out.contains("kustodian.toml:"), "{}", checked.out);
}

/// Every `section.key` of a settings file, those that are commented out or named as a variable too.
fn settings(text: &str) -> BTreeSet<String> {
    let mut section = String::new();
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let line = line.strip_prefix("# ").unwrap_or(line);
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.split(']').next()) {
            // A section that can be there several times has two brackets.
            let name = name.trim_start_matches('[');
            name.clone_into(&mut section);
        } else if let Some((key, _)) = line.split_once(" = ")
            && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        {
            found.insert(format!("{section}.{key}"));
        }
    }
    let variables = text.split("KUSTODIAN_").skip(1).filter_map(|rest| {
        let name = rest.split(|c: char| !c.is_ascii_uppercase() && c != '_').next()?;
        name.split_once("__").filter(|(_, key)| !key.is_empty())
    });
    let variables = variables.filter(|(section, _)| *section != "SECTION");
    found.extend(variables.map(|(section, key)| format!("{section}.{key}").to_lowercase()));
    found
}

/// The same from the sources: each section's struct of the configuration, each public field.
fn settings_of_the_program() -> BTreeSet<String> {
    let structs: Vec<Source> = sources()
        .into_iter()
        .filter(|source| source.path.starts_with("crates/gateway/src/config"))
        .collect();
    let root =
        structs.iter().find(|source| source.path.ends_with("/config.rs")).expect("config.rs");
    let mut found = BTreeSet::new();
    for (section, kind) in fields(&root.text, "Config") {
        let one = kind.strip_prefix("Vec<").and_then(|kind| kind.strip_suffix('>'));
        let keys = settings_of(&section, one.unwrap_or(&kind), &structs);
        found.extend(keys.unwrap_or_else(|| panic!("no struct {kind}")));
    }
    found
}

/// The settings of one section; none where its type is no struct of the configuration. A field that is
/// such a struct is a section in the section.
fn settings_of(section: &str, kind: &str, structs: &[Source]) -> Option<Vec<String>> {
    let source = structs.iter().find(|source| source.text.contains(&opening(kind)))?;
    let settings = fields(&source.text, kind).into_iter().flat_map(|(key, kind)| {
        let name = format!("{section}.{key}");
        let inner = kind.strip_prefix("Option<").and_then(|kind| kind.strip_suffix('>'));
        settings_of(&name, inner.unwrap_or(&kind), structs).unwrap_or_else(|| vec![name])
    });
    Some(settings.collect())
}

/// The public fields of a struct and their types.
fn fields(text: &str, name: &str) -> Vec<(String, String)> {
    let body = text.split(&opening(name)).nth(1).and_then(|rest| rest.split("\n}").next());
    let lines = body.unwrap_or_default().lines();
    let fields = lines.filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(": "));
    fields.map(|(key, kind)| (key.to_owned(), kind.trim_end_matches(',').to_owned())).collect()
}

fn opening(name: &str) -> String {
    format!("pub struct {name} {{")
}

/// What a page names in backticks or links to, where it looks like a file of this project.
fn named_paths(page: &str) -> BTreeSet<String> {
    let quoted = page.split('`').skip(1).step_by(2);
    let linked = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let paths = quoted.chain(linked).map(|path| path.split('#').next().unwrap_or_default());
    let ours = ["crates/", "tests/it/", "docs/", "config/", "deploy/", "migrations/", "policies/"];
    paths
        .filter(|path| ours.iter().any(|folder| path.starts_with(folder)))
        .filter(|path| !path.contains(['*', '{', '<', ' ', '$']) && !path.contains("NNNN"))
        .map(ToOwned::to_owned)
        .collect()
}
