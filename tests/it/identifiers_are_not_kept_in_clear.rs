//! Addresses and numbers by which agents ask for customers are in no record and no line of the log,
//! in whatever way they were asked for and whatever came of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::support::answer::Answer;
use crate::support::clock::HandClock;
use crate::support::program::{Installation, Serving};
use crate::support::raw::exchange;
use crate::support::world::{ID, everything, start_sandbox};

/// What identifies the customer in these tests; each is found by its own letters or digits alone.
const CLEAR: [&str; 3] = ["lovelace", "5550121987", "loyalty-7788"];

/// Every way to name the customer in a path.
const PATHS: [&str; 14] = [
    "/v1/customers/email=ada.lovelace@example.com",
    "/v1/customers/email=Ada.LOVELACE%40example.com?email=ada.lovelace@example.com",
    "/v1/customers/phone=%2B15550121987",
    "/v1/customers/phone=+15550121987",
    "/v1/customers/externalId=loyalty-7788-ada",
    "/v1/unheard-of/email=ada.lovelace@example.com",
    "/v1/customers/EMAIL=ada.lovelace@example.com",
    "/v1/customers/ada.lovelace@example.com",
    "/v1/customers/../email=ada.lovelace@example.com",
    "/v1/customers/email%3Dada.lovelace%40example.com",
    "/v1/customers/email=ada.lovelace%2540example.com",
    "/v1/customers/email=ada.lovelace%zz@example.com",
    "/v1/customers//phone=15550121987",
    "/v1/customers;externalId=loyalty-7788/notes",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_masked_is_in_no_record_and_no_log() {
    let run = Run::with("identifiers = \"mask\"").await;
    run.check_that_nothing_is_clear();
    let sentences = run.sentences();
    assert!(sentences.contains("by email a***@example.com"), "{sentences}");
    assert!(sentences.contains("by phone ***87"), "{sentences}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_hashed_is_in_no_record_and_no_log() {
    let run = Run::with("identifiers = \"hash\"").await;
    run.check_that_nothing_is_clear();
    assert!(run.sentences().contains("by email hmac:"), "{}", run.sentences());
}

#[tokio::test(flavor = "multi_thread")]
async fn masking_is_what_happens_when_nothing_is_set() {
    Run::with("").await.check_that_nothing_is_clear();
}

/// What these tests look for is there to be found: else they could not fail.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_be_clear_is_in_the_records_and_in_the_log() {
    let run = Run::with("identifiers = \"clear\"").await;
    for value in CLEAR {
        assert!(run.log.contains(value), "{value} is not in the log");
        assert!(run.files.contains(value), "{value} is not in the store");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_found_by_the_address_whatever_stands_in_its_place() {
    for mode in ["mask", "hash", "clear"] {
        let run = Run::with(&format!("identifiers = \"{mode}\"")).await;
        let found = run.list(&["--target", "email=ada.lovelace@example.com"]);
        assert!(found.len() >= 3, "{mode}: {found:?}");
        let kept = found[0]["targets"][0].as_str().expect("a target").to_owned();
        assert_eq!(run.list(&["--target", &kept]).len(), found.len(), "{mode}: {kept}");
        assert!(run.list(&["--target", "email=grace@elsewhere.example"]).is_empty(), "{mode}");
        assert!(!run.list(&["--target", ID]).is_empty(), "{mode}: an id is found as it is");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_for_a_hashed_address_without_the_key_says_where_it_should_be() {
    let run = Run::with("identifiers = \"hash\"").await;
    let key = run.installation.folder().join("kustodian-audit.key");
    std::fs::remove_file(&key).expect("the gateway made a key");
    let ended = run.installation.run(&["audit", "list", "--target", "email=ada@example.com"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("kustodian-audit.key"), "{}", ended.err);
    assert!(!key.exists(), "looking makes no key");
    assert_eq!(run.installation.run(&["audit", "list", "--agent", "root"]).code, 0);
}

/// A gateway that was asked for a customer in every way by everybody, and what it left.
struct Run {
    installation: Installation,
    /// The store's files, while the gateway ran and after.
    files: String,
    log: String,
}

impl Run {
    async fn with(settings: &str) -> Self {
        let (sandbox, at) = start_sandbox(&Arc::new(HandClock::new())).await;
        let all = everything("full");
        let slow = format!("{all}\n[limits]\nrequests = \"1/day\"");
        let policies = [("root", all.as_str()), ("bot", ""), ("slow", &slow)];
        let settings = format!("[audit]\n{settings}\n[log]\nfilter = \"trace\"\n");
        let installation = Installation::new(at, &sandbox.admin_key(), &policies, &settings);
        let tokens = policies.map(|(agent, _)| installation.token(agent));
        let mut serving = installation.serve();
        let asked = ask_everything(&serving, &tokens).await;
        let mut files = store_files(&installation);
        assert_eq!(serving.stop(), Some(0), "{}", serving.log());
        files.push_str(&store_files(&installation));
        let run = Self { installation, files, log: serving.log().to_lowercase() };
        run.check_records(asked);
        run
    }

    /// Every request has its record, and each kind of decision is among them.
    #[track_caller]
    fn check_records(&self, asked: usize) {
        let mut records = self.list(&[]);
        // What the gateway notes of itself stands for no request.
        records.retain(|record| record["decision"] != "noted");
        assert_eq!(records.len(), asked);
        let decisions: BTreeSet<_> =
            records.iter().filter_map(|record| record["decision"].as_str()).collect();
        let all = ["denied", "limited", "malformed", "permitted", "unauthenticated"];
        assert_eq!(decisions.into_iter().collect::<Vec<_>>(), all);
    }

    #[track_caller]
    fn check_that_nothing_is_clear(&self) {
        for value in CLEAR {
            let line = self.log.lines().find(|line| line.contains(value));
            assert_eq!(line, None, "{value} is in the log");
            let around = self.files.split(value).next().filter(|before| *before != self.files);
            let around = around.map(|before| before.chars().rev().take(200).collect::<String>());
            assert_eq!(around.map(|text| text.chars().rev().collect::<String>()), None, "{value}");
        }
    }

    fn list(&self, options: &[&str]) -> Vec<Value> {
        let command = [&["audit", "list", "--limit", "1000", "--json"], options].concat();
        let ended = self.installation.run(&command);
        assert_eq!(ended.code, 0, "{}", ended.err);
        ended.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    fn sentences(&self) -> String {
        let records = self.list(&[]);
        let sentences = records.iter().filter_map(|record| record["sentence"].as_str());
        sentences.collect::<Vec<_>>().join("\n")
    }
}

/// Asks for every path as everybody, and as nobody; gives how many requests that were.
async fn ask_everything(serving: &Serving, tokens: &[String; 3]) -> usize {
    let mut asked = 0;
    let plain = format!("/v1/customers/{ID}");
    let callers = tokens.iter().map(|token| format!("authorization: Bearer {token}\r\n"));
    for caller in callers.chain([String::new()]) {
        for path in PATHS.into_iter().chain([plain.as_str()]) {
            let answer = ask(serving, &caller, path).await;
            assert!(answer.status >= 400 || answer.status == 200, "{path}: {}", answer.status);
            asked += 1;
        }
    }
    asked
}

async fn ask(serving: &Serving, caller: &str, path: &str) -> Answer {
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: gateway\r\n{caller}connection: close\r\n\r\n");
    exchange(serving.agents, request.as_bytes()).await
}

/// The database and its write-ahead log, in small letters.
fn store_files(installation: &Installation) -> String {
    let mut text = String::new();
    for name in ["kustodian.db", "kustodian.db-wal"] {
        // There is no such log once the store is closed.
        let bytes = std::fs::read(installation.folder().join(name)).unwrap_or_default();
        text.push_str(&String::from_utf8_lossy(&bytes).to_lowercase());
    }
    assert!(text.contains("customers.get"), "the store's files hold no record");
    text
}
