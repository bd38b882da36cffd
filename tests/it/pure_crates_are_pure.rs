//! Promise 7: the crates that decide read no clock, no environment, no file and no random number.

use crate::support::project::{Source, manifest, sources};

/// Crates that are handed everything they need.
const PURE: [&str; 2] = ["catalogue", "policy"];

/// Libraries that do input, output, time or chance.
const IMPURE_LIBRARIES: [&str; 16] = [
    "tokio",
    "hyper",
    "hyper-util",
    "axum",
    "tower",
    "reqwest",
    "sqlx",
    "rand",
    "uuid",
    "chrono",
    "tracing",
    "http",
    "rustls",
    "figment",
    "futures-util",
    "async-trait",
];

/// What their sources may not name.
const IMPURE_NAMES: [&str; 18] = [
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::io",
    "std::time::Instant",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "ZonedDateTime::now",
    "std::thread",
    "thread_local!",
    "async fn",
    ".await",
    "println!",
    "eprintln!",
    "HashMap",
];

#[test]
fn the_pure_crates_depend_on_nothing_that_does_input_or_output() {
    for package in PURE {
        let manifest = manifest(package);
        for library in IMPURE_LIBRARIES {
            let named = manifest.lines().any(|line| {
                line.strip_prefix(library).is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
            });
            assert!(!named, "{package} depends on {library}");
        }
    }
}

#[test]
fn the_pure_crates_depend_on_no_crate_of_ours_but_the_catalogue() {
    let ours = ["audit", "cli", "gateway", "policy", "sandbox", "store"];
    for package in PURE {
        let manifest = manifest(package);
        for other in ours {
            assert!(!manifest.contains(&format!("\n{other}.workspace")), "{package} uses {other}");
        }
    }
}

#[test]
fn the_sources_of_the_pure_crates_name_nothing_that_could_differ_from_run_to_run() {
    let pure = sources().into_iter().filter(|source| {
        PURE.iter().any(|package| source.path.starts_with(&format!("crates/{package}/src/")))
    });
    let mut seen = 0;
    for source in pure {
        seen += 1;
        let code = code_of(&source);
        for name in IMPURE_NAMES {
            assert!(!code.contains(name), "{} names {name}", source.path);
        }
    }
    assert!(seen > 20, "only {seen} files were looked at");
}

/// A file without its comments and its tests.
fn code_of(source: &Source) -> String {
    let code = source.text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
}
