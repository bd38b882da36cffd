//! What can be checked of `deploy/` without a container engine: that its files agree with the rest
//! of the project. They are read as plain text, so each check looks for one plain thing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_variable_in_the_deploy_files_names_a_setting() {
    let settings = settings();
    assert!(settings.contains("listen.agents"), "config/kustodian.toml was not understood");
    for (file, text) in deploy_files() {
        for variable in variables(&text) {
            if !variable.contains("__") {
                assert_eq!(variable, "CONFIG", "{file}: KUSTODIAN_{variable} is no setting");
                continue;
            }
            let setting = variable.replace("__", ".").to_lowercase();
            assert!(
                settings.contains(&setting),
                "{file}: {setting} is not in config/kustodian.toml"
            );
        }
    }
}

#[test]
fn every_folder_and_file_that_is_mounted_exists() {
    let compose = read("deploy/docker-compose.yml");
    let mounted: Vec<&str> = compose
        .split_whitespace()
        .filter(|word| word.starts_with('.'))
        .filter_map(|word| word.split_once(":/").map(|(from, _)| from))
        .collect();
    assert!(mounted.len() >= 2, "the compose file mounts the policies and the configuration");
    for path in mounted {
        assert!(root().join("deploy").join(path).exists(), "{path} is mounted and does not exist");
    }
}

#[test]
fn every_secret_is_explained_in_the_runbook_and_kept_out_of_the_repository() {
    let (compose, runbook) = (read("deploy/docker-compose.yml"), read("deploy/runbook.md"));
    let secrets: Vec<&str> =
        compose.lines().filter_map(|line| line.trim().strip_prefix("file: ./")).collect();
    assert!(!secrets.is_empty(), "the compose file takes the key from a secret file");
    for secret in secrets {
        assert!(runbook.contains(secret), "deploy/runbook.md does not say how to make {secret}");
    }
    assert!(read(".gitignore").lines().any(|line| line == "/deploy/secrets"));
}

#[test]
fn the_image_runs_as_a_numbered_user_other_than_root() {
    let dockerfile = read("deploy/Dockerfile");
    let user = dockerfile.lines().rev().find_map(|line| line.strip_prefix("USER "));
    let number = user.and_then(|user| user.split(':').next()?.parse::<u32>().ok());
    assert!(number.is_some_and(|number| number > 0), "USER is {user:?}");
}

#[test]
fn the_build_context_has_every_folder_that_the_program_is_built_from() {
    let ignored = read(".dockerignore");
    let sent: BTreeSet<&str> = ignored.lines().filter_map(|line| line.strip_prefix('!')).collect();
    let mut included = BTreeSet::new();
    for source in program_sources() {
        let text = fs::read_to_string(&source).expect("a source file is readable");
        included.extend(included_folders(&source, &text));
    }
    assert!(included.contains("crates"), "the catalogue's data is compiled in");
    for folder in included {
        assert!(
            sent.contains(folder.as_str()),
            "{folder}/ is compiled in and kept out of the image"
        );
    }
}

#[test]
fn the_engine_waits_longer_than_the_gateway_takes_to_stop() {
    let compose = read("deploy/docker-compose.yml");
    let grace = number_after(&compose, "stop_grace_period: ");
    let drain = number_after(&read("config/kustodian.toml"), "drain_seconds = ");
    assert!(grace > drain, "killed after {grace} s, while draining may take {drain} s");
}

/// Every `section.key` of config/kustodian.toml, those that are commented out too.
fn settings() -> BTreeSet<String> {
    let mut section = String::new();
    let mut settings = BTreeSet::new();
    for line in read("config/kustodian.toml").lines() {
        let line = line.trim_start_matches(['#', ' ']);
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.split(']').next()) {
            name.clone_into(&mut section);
        } else if let Some((key, _)) = line.split_once('=') {
            settings.insert(format!("{section}.{}", key.trim()));
        }
    }
    settings
}

/// The names of the `KUSTODIAN_` variables in a text, without that prefix.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.split("KUSTODIAN_").skip(1).filter_map(|rest| {
        let name = rest.split(|c: char| !c.is_ascii_uppercase() && c != '_').next()?;
        (!name.is_empty()).then_some(name)
    })
}

/// The top-level folders out of which a source file compiles something in.
fn included_folders(source: &Path, text: &str) -> BTreeSet<String> {
    let from = source.parent().expect("a file is in a folder");
    let quoted = |name| text.split(name).skip(1).filter_map(|rest: &str| rest.split('"').nth(1));
    quoted("include_str!(")
        .chain(quoted("include_bytes!("))
        .filter_map(|path| fs::canonicalize(from.join(path)).ok())
        .filter_map(|path| {
            let inside = path.strip_prefix(root()).ok()?;
            Some(inside.components().next()?.as_os_str().display().to_string())
        })
        .collect()
}

fn number_after(text: &str, name: &str) -> u64 {
    let value = text.split(name).nth(1).unwrap_or_default();
    let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a number of seconds")
}

fn deploy_files() -> Vec<(String, String)> {
    let entries = fs::read_dir(root().join("deploy")).expect("deploy/ is there");
    let paths = entries.map(|entry| entry.expect("deploy/ is readable").path());
    paths
        .filter(|path| path.is_file())
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a file in deploy/ is text");
            (path.display().to_string(), text)
        })
        .collect()
}

/// The source files of every crate but its tests.
fn program_sources() -> Vec<PathBuf> {
    let mut sources = Vec::new();
    for package in fs::read_dir(root().join("crates")).expect("crates/ is there") {
        let package = package.expect("crates/ is readable");
        rust_files(&package.path().join("src"), &mut sources);
    }
    sources
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of source files is readable") {
        let path = entry.expect("a folder of source files is readable").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect(path)
}

fn root() -> PathBuf {
    fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .expect("the project is there")
}
