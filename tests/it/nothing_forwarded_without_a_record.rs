//! Promise 4: nothing is forwarded before its record is durable; when records cannot be written,
//! nothing is forwarded.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use audit::{Filter, OutcomeKind};
use store::Store;

use crate::support::client::Client;
use crate::support::clock::HandClock;
use crate::support::lock::HeldLock;
use crate::support::patience::eventually;
use crate::support::postgres::postgres;
use crate::support::program::{Installation, Serving, set_mode};
use crate::support::upstream::Upstream;
use crate::support::world::{SECOND, Scene, World, sqlite_url, start_sandbox};

const READ: &str = "[access]\ncustomers = \"read\"";
const LINE: &str = "GET /v1/customers";

#[tokio::test]
async fn on_sqlite_the_record_can_be_read_when_kustomer_receives_the_request() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    record_comes_first(&sqlite_url(&folder.path().join("kustodian.db"))).await;
}

#[tokio::test]
async fn on_postgres_the_record_can_be_read_when_kustomer_receives_the_request() {
    let database = postgres();
    record_comes_first(&database.url).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_postgres_takes_no_records_nothing_is_forwarded() {
    let database = postgres();
    let world = Scene::bot(READ).on(&database.url).start().await;
    assert_eq!(world.ask("bot", LINE).await.status, 200);
    let seen = world.received();

    database.psql("ALTER TABLE records RENAME TO away").expect("the table is moved");
    let answer = world.ask("bot", LINE).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "record_unavailable"));
    assert_eq!(answer.header("retry-after"), "5");
    assert_eq!(answer.header("kustodian-decision"), "unrecorded");
    // A refusal that cannot be recorded is not given either.
    for line in ["GET /v1/users", "GET /v1/customers/../users"] {
        assert_eq!(world.ask("bot", line).await.code(), "record_unavailable", "{line}");
    }
    until_health(&world, 503).await;
    assert_eq!(world.received(), seen);

    database.psql("ALTER TABLE away RENAME TO records").expect("the table is moved back");
    assert_eq!(world.ask("bot", LINE).await.status, 200);
    until_health(&world, 200).await;
    assert_eq!(world.received(), seen + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_takes_too_long_ends_its_request_and_says_that_nothing_was_forwarded() {
    let database = Arc::new(postgres());
    let scene = Scene::bot(READ).on(&database.url);
    let world = scene.with(|config| config.trail.wait_seconds = SECOND).start().await;
    let lock = HeldLock::on(&database, "records").await;
    let answer = world.ask("bot", LINE).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "record_unavailable"));
    lock.release().await;
    let record = world.settled(answer.request_id()).await;
    let outcome = record.outcome.as_ref().expect("an outcome");
    assert_eq!(outcome.kind, OutcomeKind::NotForwarded);
    assert!(record.sentence().contains("nothing was sent to Kustomer"), "{}", record.sentence());
    assert_eq!(world.received(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_cannot_be_checked_any_more_open_nothing() {
    let database = postgres();
    let world = Scene::bot(READ).on(&database.url).start().await;
    database.psql("ALTER TABLE token_generation RENAME TO away").expect("the table is moved");
    eventually("the known tokens to be too old", async || {
        (world.ask("bot", LINE).await.status == 503).then_some(())
    })
    .await;
    let seen = world.received();
    assert_eq!(world.ask("bot", LINE).await.code(), "record_unavailable");
    assert_eq!(world.received(), seen);
    database.psql("ALTER TABLE away RENAME TO token_generation").expect("the table is moved back");
    eventually("the tokens to be known again", async || {
        (world.ask("bot", LINE).await.status == 200).then_some(())
    })
    .await;
}

/// The store of the program itself, on a disk that is full for a while.
#[tokio::test(flavor = "multi_thread")]
async fn while_the_disk_is_full_nothing_is_forwarded() {
    let (sandbox, at) = start_sandbox(&Arc::new(HandClock::new())).await;
    let installation = Installation::new(at, &sandbox.admin_key(), &[("bot", READ)], "");
    let token = installation.token("bot");
    let serving = installation.serve();
    let client = Client::new(serving.agents);
    let ask = async || client.send(LINE, Some(&token), &[], Vec::new()).await;
    assert_eq!(ask().await.status, 200);

    limit_files(&serving, "4096:unlimited");
    let answer = ask().await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "record_unavailable"));
    until_admin_health(serving.admin, 503).await;
    assert_eq!(sandbox.received_count(), 1);

    limit_files(&serving, "unlimited");
    eventually("the store to take records again", async || {
        (ask().await.status == 200).then_some(())
    })
    .await;
    until_admin_health(serving.admin, 200).await;
    assert_eq!(sandbox.received_count(), 2);
}

/// A file that is open stays open for writing whatever its mode becomes; the gateway opens it anew after
/// a failure, and then the mode counts.
#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_file_is_read_only_nothing_is_forwarded() {
    let (sandbox, at) = start_sandbox(&Arc::new(HandClock::new())).await;
    let installation = Installation::new(at, &sandbox.admin_key(), &[("bot", READ)], "");
    let token = installation.token("bot");
    let serving = installation.serve_by_file_modes();
    let client = Client::new(serving.agents);
    let ask = async || client.send(LINE, Some(&token), &[], Vec::new()).await;
    assert_eq!(ask().await.status, 200);

    set_database_mode(&installation, 0o444);
    assert_eq!(ask().await.status, 200, "the file is open");
    limit_files(&serving, "4096:unlimited");
    assert_eq!(ask().await.status, 503);
    limit_files(&serving, "unlimited");
    for _ in 0..3 {
        let answer = ask().await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "record_unavailable"));
    }
    until_admin_health(serving.admin, 503).await;
    assert_eq!(sandbox.received_count(), 2);
    assert!(serving.log().contains("readonly database"), "{}", serving.log());

    set_database_mode(&installation, 0o600);
    let writable = Instant::now();
    eventually("the store to take records again", async || {
        (ask().await.status == 200).then_some(())
    })
    .await;
    assert!(writable.elapsed() < Duration::from_secs(5), "{:?}", writable.elapsed());
    until_admin_health(serving.admin, 200).await;
    assert_eq!(sandbox.received_count(), 3);
    check_answered(&installation, 3);
}

/// Every request that went through has its one record with its outcome, and no other has any.
fn check_answered(installation: &Installation, requests: usize) {
    let listed = installation.run(&["audit", "list", "--decision", "permitted", "--json"]);
    let records: Vec<serde_json::Value> = listed
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("one record a line"))
        .collect();
    let answered = records.iter().filter(|record| record["outcome"]["kind"] == "answered");
    assert_eq!((answered.count(), records.len()), (requests, requests), "{}", listed.out);
    assert_eq!(installation.run(&["audit", "verify"]).code, 0);
}

/// Sets the mode of all files of the database.
fn set_database_mode(installation: &Installation, mode: u32) {
    for name in ["kustodian.db", "kustodian.db-wal", "kustodian.db-shm"] {
        set_mode(&installation.folder().join(name), mode);
    }
}

/// The upstream looks the request up in the store before it answers.
async fn record_comes_first(url: &str) {
    let store = Store::open(url).await.expect("a store");
    let reader = store.audit_reader();
    let upstream = Upstream::start(move |mut connection| {
        let reader = Arc::clone(&reader);
        async move {
            while connection.request().await.is_some() {
                let records = reader.list(&Filter::default(), 10).await.expect("the trail");
                let open = records.iter().filter(|record| record.outcome.is_none()).count();
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{open}");
                connection.send(answer.as_bytes()).await;
            }
        }
    })
    .await;
    let world = Scene::bot(READ).on(url).before(upstream.at).start().await;
    for _ in 0..5 {
        let answer = world.ask("bot", LINE).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "1"), "one record is open");
        world.record_of(&answer).await;
    }
}

/// How large a file the program may write.
fn limit_files(serving: &Serving, limit: &str) {
    let mut command = Command::new("prlimit");
    command.args(["--pid", &serving.id().to_string(), &format!("--fsize={limit}")]);
    let done = command.status().expect("prlimit runs; it is in Debian's package util-linux");
    assert!(done.success());
}

/// Both listeners say the same of the gateway's health, a second after a change at the latest.
async fn until_health(world: &World, status: u16) {
    until_admin_health(world.running.admin, status).await;
    assert_eq!(world.ask_as(None, "GET /_kustodian/health").await.status, status);
}

async fn until_admin_health(admin: SocketAddr, status: u16) {
    let client = Client::new(admin);
    eventually("health to be as expected", async || {
        let answer = client.send("GET /health", None, &[], Vec::new()).await;
        (answer.status == status).then_some(())
    })
    .await;
}
