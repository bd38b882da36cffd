//! `audit verify` and `audit checkpoint`, as an operator uses them, on a trail that the program wrote.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::support::client::Client;
use crate::support::clock::HandClock;
use crate::support::postgres::{Database, postgres};
use crate::support::program::{Ended, Installation};
use crate::support::world::start_sandbox;

const READ: &str = "[access]\ncustomers = \"read\"";

/// A trail in Postgres of two lives of the gateway.
struct Trail {
    installation: Installation,
    database: Database,
}

impl Trail {
    async fn write() -> Self {
        let (sandbox, at) = start_sandbox(&Arc::new(HandClock::new())).await;
        let installation = Installation::new(at, &sandbox.admin_key(), &[("bot", READ)], "");
        let database = postgres();
        installation.keep_in(&database.url);
        let token = installation.token("bot");
        for _ in 0..2 {
            let mut serving = installation.serve();
            ask(serving.agents, &token).await;
            assert_eq!(serving.stop(), Some(0), "{}", serving.log());
        }
        Self { installation, database }
    }

    /// Does something to the trail, as whoever owns the database can.
    fn tamper(&self, statement: &str) {
        let free =
            "ALTER TABLE records DISABLE TRIGGER USER; ALTER TABLE outcomes DISABLE TRIGGER USER;";
        self.database.psql(&format!("{free} {statement}")).expect("the owner may do it");
    }

    fn verify(&self, more: &[&str]) -> Ended {
        self.installation.run(&[&["audit", "verify"], more].concat())
    }
}

async fn ask(agents: SocketAddr, token: &str) {
    let client = Client::new(agents);
    for line in ["GET /v1/customers", "DELETE /v1/customers/5f1a2b3c4d5e6f708192a3b4"] {
        client.send(line, Some(token), &[], Vec::new()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_by_the_owner_of_the_database_is_found_and_named() {
    let trail = Trail::write().await;
    let whole = trail.verify(&[]);
    assert_eq!(whole.code, 0, "{}{}", whole.out, whole.err);
    trail.tamper("UPDATE records SET sentence = 'It did nothing.' WHERE decision = 'denied'");
    let found = trail.verify(&[]);
    assert_eq!(found.code, 1, "{}{}", found.out, found.err);
    assert!(found.out.contains("was tampered with"), "{}", found.out);
    assert_eq!(found.out.matches(" was changed, or is not the row").count(), 2, "{}", found.out);
    let json: serde_json::Value =
        serde_json::from_str(&trail.verify(&["--json"]).out).expect("one object");
    assert_eq!(json["whole"], false);
    assert_eq!(json["findings"][0]["finding"], "changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_planted_behind_the_end_of_a_chain_that_is_being_written_is_found() {
    let trail = Trail::write().await;
    let mut serving = trail.installation.serve();
    ask(serving.agents, &trail.installation.token("bot")).await;
    let whole = trail.verify(&[]);
    assert_eq!(whole.code, 0, "{}{}", whole.out, whole.err);
    trail.tamper(
        "CREATE TEMP TABLE planted AS SELECT * FROM records WHERE decision = 'denied' LIMIT 1;
        UPDATE planted SET id = set_byte(id, 15, get_byte(id, 15) # 1), place = (
            SELECT (ordinal << 40) + row_count + 1000 FROM chains WHERE closed = 0
        );
        INSERT INTO records SELECT * FROM planted",
    );
    let found = trail.verify(&[]);
    assert_eq!(found.code, 1, "{}{}", found.out, found.err);
    let said = " was inserted: it stands behind the end of its chain";
    assert_eq!(found.out.matches(said).count(), 1, "{}", found.out);
    assert_eq!(serving.stop(), Some(0), "{}", serving.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_was_cut_off_with_every_trace_is_found_by_a_checkpoint_alone() {
    let trail = Trail::write().await;
    let checkpoint = trail.installation.run(&["audit", "checkpoint"]);
    assert_eq!(checkpoint.code, 0, "{}", checkpoint.err);
    trail.installation.write("checkpoint.json", &checkpoint.out);
    let against = ["--checkpoint", "checkpoint.json"];
    let held = trail.verify(&against);
    assert_eq!(held.code, 0, "{}", held.err);
    let unproven = "is proven only by a checkpoint";
    assert!(!held.out.contains(unproven), "{}", held.out);
    assert!(trail.verify(&[]).out.contains(unproven));

    trail.tamper(
        "DELETE FROM outcomes WHERE place >> 40 = (SELECT max(ordinal) FROM chains);
        DELETE FROM records WHERE place >> 40 = (SELECT max(ordinal) FROM chains);
        DELETE FROM chains WHERE ordinal = (SELECT max(ordinal) FROM chains)",
    );
    assert_eq!(trail.verify(&[]).code, 0, "nothing in the trail itself can show it");
    let found = trail.verify(&against);
    assert_eq!(found.code, 1, "{}{}", found.out, found.err);
    assert!(found.out.contains("the checkpoint names the chain"), "{}", found.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_of_several_checkpoints_in_a_file_counts() {
    let trail = Trail::write().await;
    let checkpoint = || trail.installation.run(&["audit", "checkpoint"]).out;
    let older = checkpoint();
    trail.installation.token("bot");
    let newer = checkpoint();
    trail.tamper(
        "DELETE FROM records WHERE place >> 40 = (SELECT max(ordinal) FROM chains);
        DELETE FROM chains WHERE ordinal = (SELECT max(ordinal) FROM chains)",
    );
    let verify = |text: &str| {
        trail.installation.write("checkpoints.jsonl", text);
        trail.verify(&["--checkpoint", "checkpoints.jsonl"])
    };
    assert_eq!(verify(&older).code, 0, "it is of before");
    for both in [format!("{older}{newer}"), format!("{newer}\n{older}")] {
        let found = verify(&both);
        assert_eq!(found.code, 1, "{}{}", found.out, found.err);
    }
    for (text, why) in [
        (format!("{older}Nov 24: all is well\n{newer}"), "line 2"),
        (format!("{newer}{}", older.replace("\"rows\":", "\"rows\":1")), "is not signed with"),
        (String::new(), "it is empty"),
    ] {
        let refused = verify(&text);
        assert_eq!(refused.code, 2, "{}", refused.out);
        assert!(refused.err.contains(why), "{}", refused.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_the_gateways_key_did_not_sign_is_no_checkpoint() {
    let trail = Trail::write().await;
    let checkpoint = trail.installation.run(&["audit", "checkpoint"]).out;
    let other = trail.installation.run(&["audit", "key", "new", "other.key"]).out;
    let other = other.trim_end().rsplit(' ').next().expect("a public key").to_owned();
    let forged = checkpoint.replace("\"rows\":", "\"rows\":1");
    for (text, key) in [(forged.as_str(), None), ("{}", None), (checkpoint.as_str(), Some(&other))]
    {
        trail.installation.write("checkpoint.json", text);
        let mut arguments = vec!["--checkpoint", "checkpoint.json"];
        if let Some(key) = key {
            arguments.extend(["--public-key", key]);
        }
        let refused = trail.verify(&arguments);
        assert_eq!(refused.code, 2, "{}", refused.out);
        assert!(refused.err.contains("checkpoint.json"), "{}", refused.err);
    }
    let mistyped = trail.verify(&["--public-key", "8f14"]);
    assert_eq!(mistyped.code, 2, "{}", mistyped.out);
    assert!(mistyped.err.contains("64 hexadecimal digits"), "{}", mistyped.err);
    let missing = trail.verify(&["--checkpoint", "nowhere.json"]);
    assert_eq!(missing.code, 2, "{}", missing.err);
    fs::remove_file(trail.installation.folder().join("other.key")).expect("it was made");
}
