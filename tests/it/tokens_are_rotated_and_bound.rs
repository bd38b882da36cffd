//! A token can be rotated without a break, be bound to addresses, and says when it was last used.

use std::net::SocketAddr;

use gateway::clock::Clock as _;
use gateway::token::{Token, new_token_id};
use jiff::{SignedDuration, Timestamp};
use store::{Addresses, TokenRow};

use crate::support::client::Client;
use crate::support::patience::eventually;
use crate::support::program::{Ended, Installation};
use crate::support::world::{Scene, World, start_sandbox};

const READ: &str = "[access]\ncustomers = \"read\"";
const LINE: &str = "GET /v1/customers";

/// A folder with one agent, `bot`; nothing in it speaks to Kustomer.
fn installation() -> Installation {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
    Installation::new(nowhere, "the-key-0123456789", &[("bot", READ)], "")
}

fn rows(installation: &Installation) -> Vec<serde_json::Value> {
    let listed = installation.run(&["token", "list", "--json"]);
    listed.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn instant(value: &serde_json::Value) -> Timestamp {
    value.as_str().and_then(|text| text.parse().ok()).expect("an instant")
}

#[track_caller]
fn refused(ended: &Ended, why: &str) {
    assert_eq!((ended.code, ended.out.as_str()), (1, ""), "{}", ended.err);
    assert!(ended.err.contains(why), "expected `{why}` in: {}", ended.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_tokens_work_until_the_overlap_is_over_and_then_the_new_one_does() {
    let (sandbox, at) =
        start_sandbox(&std::sync::Arc::new(crate::support::clock::HandClock::new())).await;
    let installation = Installation::new(at, &sandbox.admin_key(), &[("bot", READ)], "");
    let old = installation.token("bot");
    let serving = installation.serve();
    let client = Client::new(serving.agents);
    let status = async |token: &str| client.send(LINE, Some(token), &[], Vec::new()).await.status;

    let rotated = installation.run(&["token", "rotate", "--agent", "bot", "--overlap", "3s"]);
    assert_eq!(rotated.code, 0, "{}", rotated.err);
    let new = rotated.out.trim();
    assert!(Token::parse(new).is_some(), "a token and nothing else");
    assert!(rotated.err.contains("until then both work"), "{}", rotated.err);
    assert!(!rotated.err.contains(new), "the token is among the words");
    assert_eq!(status(&old).await, 200);
    eventually("the new token", async || (status(new).await == 200).then_some(())).await;
    eventually("the end of the old token", async || (status(&old).await == 401).then_some(()))
        .await;
    assert_eq!(status(new).await, 200);
}

#[test]
fn the_successor_has_what_the_old_token_had_and_the_trail_says_so() {
    let installation = installation();
    let issue =
        ["token", "issue", "bot", "--note", "inbox", "--from", "10.0.0.0/8", "--expires", "9d"];
    assert_eq!(installation.run(&issue).code, 0);
    let id = rows(&installation)[0]["id"].as_str().expect("an id").to_owned();
    let rotated = installation.run(&["token", "rotate", &id]);
    assert_eq!(rotated.code, 0, "{}", rotated.err);
    let [old, new] = &rows(&installation)[..] else { panic!("two tokens") };
    assert_eq!(old["replaced_by"], new["id"]);
    for field in ["agent", "note", "only_from"] {
        assert_eq!(old[field], new[field], "{field}");
    }
    let overlap = instant(&old["expires_at"]).duration_since(instant(&new["issued_at"]));
    assert_eq!(overlap, SignedDuration::from_hours(24));
    let term = instant(&new["expires_at"]).duration_since(instant(&old["issued_at"]));
    assert_eq!(term.as_hours(), 9 * 24, "the end of the old one");

    let noted = installation.run(&["audit", "list", "--decision", "noted", "--json"]);
    let said = format!("The token {id} of bot was rotated: {}", new["id"].as_str().expect("an id"));
    assert!(noted.out.contains(&said), "{}", noted.out);
    assert!(noted.out.contains("\"reason\":\"token_rotated\""), "{}", noted.out);
}

#[test]
fn a_token_that_ends_before_the_overlap_is_over_is_not_made_to_live_longer() {
    let installation = installation();
    installation.run(&["token", "issue", "bot", "--expires", "1h"]);
    let end = rows(&installation)[0]["expires_at"].clone();
    let rotated = installation.run(&[
        "token",
        "rotate",
        "--agent",
        "bot",
        "--overlap",
        "3d",
        "--expires",
        "90d",
    ]);
    assert_eq!(rotated.code, 0, "{}", rotated.err);
    let rows = rows(&installation);
    assert_eq!(rows[0]["expires_at"], end);
    assert!(instant(&rows[1]["expires_at"]) > instant(&end));
}

#[test]
fn what_cannot_be_rotated_says_why_and_nothing_is_issued() {
    let installation = installation();
    let rotate = |more: &[&str]| installation.run(&[&["token", "rotate"], more].concat());
    installation.token("bot");
    let first = rows(&installation)[0]["id"].as_str().expect("an id").to_owned();
    let token = rotate(&[&first]).out;
    let second = rows(&installation)[1]["id"].as_str().expect("an id").to_owned();
    refused(&rotate(&[&first]), &format!("was rotated before: {second} takes its place"));
    refused(&rotate(&["tok_nothing"]), "there is no token `tok_nothing`");
    refused(&rotate(&[token.trim()]), "that is a token");
    assert!(!rotate(&[token.trim()]).err.contains(token.trim()), "the token is repeated");
    installation.token("bot");
    refused(&rotate(&["--agent", "bot"]), "has several tokens; name one of them: tok_");
    installation.run(&["token", "revoke", &second]);
    refused(&rotate(&[&second]), "was revoked");
    refused(&rotate(&["--agent", "bto"]), "bto has no token that could be rotated");
    assert_eq!(rows(&installation).len(), 3);
    for wrong in [&["--overlap", "soon", &first][..], &["--expires", "2020-01-01", &first], &[]] {
        assert_eq!(rotate(wrong).code, 2, "{wrong:?}");
    }
    assert_eq!(rows(&installation).len(), 3);
}

#[test]
fn a_successor_that_nobody_could_read_leaves_the_old_token_as_it_was() {
    let installation = installation();
    installation.token("bot");
    let before = rows(&installation)[0].clone();
    let rotated = installation.run_into_nothing(&["token", "rotate", "--agent", "bot"]);
    assert_eq!(rotated.code, 2, "{}", rotated.err);
    let after = rows(&installation);
    assert_eq!(after[0], before);
    assert_eq!(after[1]["state"], "revoked");
}

#[test]
fn a_note_can_be_changed() {
    let installation = installation();
    installation.token("bot");
    let id = rows(&installation)[0]["id"].as_str().expect("an id").to_owned();
    let note = |id: &str, text: &str| installation.run(&["token", "note", id, text]);
    assert_eq!(note(&id, "inbox, moved").code, 0);
    assert_eq!(rows(&installation)[0]["note"], "inbox, moved");
    assert_eq!(note(&id, "").code, 0);
    assert_eq!(rows(&installation)[0]["note"], serde_json::Value::Null);
    assert_eq!(note("tok_nothing", "x").code, 1);
}

#[test]
fn what_is_no_network_is_refused_with_how_to_write_one() {
    let installation = installation();
    for wrong in ["10.0.0.0/33", "10.1.2.3/8", "example.com"] {
        let ended = installation.run(&["token", "issue", "bot", "--from", wrong]);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{wrong}");
        assert!(ended.err.contains("write 10.0.0.0/8"), "{}", ended.err);
    }
}

#[tokio::test]
async fn a_token_is_worth_nothing_from_an_address_that_it_is_not_for() {
    let world = Scene::bot(READ).start().await;
    let here = bound(&world, &["127.0.0.0/8", "2001:db8::/32"], None).await.1;
    let mapped = bound(&world, &["::ffff:127.0.0.1"], None).await.1;
    let (id, elsewhere) = bound(&world, &["10.0.0.0/8", "::1"], None).await;
    let end = world.clock.now() + SignedDuration::from_hours(1);
    let ended = bound(&world, &["10.0.0.0/8"], Some(end)).await.1;
    for token in [&here, &mapped] {
        eventually("the token", async || {
            (world.ask_as(Some(token), LINE).await.status == 200).then_some(())
        })
        .await;
    }
    let answer = world.ask_as(Some(&elsewhere), LINE).await;
    let unknown = world.ask_as(Some(Token::generate().expect("bytes").reveal()), LINE).await;
    assert_eq!((answer.status, unknown.status), (401, 401));
    let told = |answer: &crate::support::answer::Answer| {
        answer.text().replace(answer.header("kustodian-request-id"), "(id)")
    };
    assert_eq!(told(&answer), told(&unknown), "the caller is not told that the token is good");
    let record = world.record_of(&answer).await;
    assert_eq!(record.opening.reason, "address_outside");
    assert_eq!(record.opening.token.as_deref(), Some(id.as_str()));
    assert_eq!(
        record.sentence(),
        "Agent bot at 127.0.0.1 was refused: its token is not valid from that address."
    );
    // Of two things that are wrong, the end comes first.
    world.clock.advance(SignedDuration::from_hours(2));
    let answer = world.ask_as(Some(&ended), LINE).await;
    assert_eq!(world.record_of(&answer).await.opening.reason, "token_expired");
}

#[tokio::test]
async fn the_last_use_is_noted_once_a_minute_with_its_address() {
    let world = Scene::bot(READ).start().await;
    let rows = world.store.agents().tokens().await.expect("tokens");
    let generation = world.store.agents().generation().await.expect("a number");
    world.ask_as(None, LINE).await;
    let first = world.clock.now();
    world.ask("bot", LINE).await;
    let used = async |after: Timestamp| {
        eventually("the use to be noted", async || {
            let uses = world.store.agents().uses().await.expect("uses");
            uses.into_iter().find(|used| used.at >= after)
        })
        .await
    };
    let noted = used(first).await;
    assert_eq!(
        (noted.token, noted.at, noted.address.as_str()),
        (rows[0].id.clone(), first, "127.0.0.1")
    );
    world.clock.advance(SignedDuration::from_secs(30));
    world.ask("bot", LINE).await;
    world.clock.advance(SignedDuration::from_secs(30));
    let next_minute = world.clock.now();
    world.ask("bot", LINE).await;
    assert_eq!(used(first + SignedDuration::from_secs(1)).await.at, next_minute);
    assert_eq!(world.store.agents().generation().await.expect("a number"), generation);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_says_when_and_from_where_a_token_was_last_used() {
    let (sandbox, at) =
        start_sandbox(&std::sync::Arc::new(crate::support::clock::HandClock::new())).await;
    let more = "[tokens]\nwarn_days = 3\n";
    let installation = Installation::new(at, &sandbox.admin_key(), &[("bot", READ)], more);
    let token = installation.token("bot");
    installation.run(&["token", "issue", "bot", "--expires", "2d"]);
    installation.run(&["token", "issue", "bot", "--expires", "4d"]);
    let mut serving = installation.serve();
    Client::new(serving.agents).send(LINE, Some(&token), &[], Vec::new()).await;
    assert_eq!(serving.stop(), Some(0), "{}", serving.log());
    let rows = rows(&installation);
    assert_eq!(rows[0]["last_used_by"], "127.0.0.1");
    assert!(instant(&rows[0]["last_used_at"]) >= instant(&rows[0]["issued_at"]));
    assert_eq!(rows[1]["last_used_at"], serde_json::Value::Null);
    let table = installation.run(&["token", "list"]).out;
    assert!(table.contains(" by 127.0.0.1"), "{table}");

    let log = serving.log();
    let warned: Vec<_> = log.lines().filter(|line| line.contains("is about to end")).collect();
    assert_eq!(warned.len(), 1, "{log}");
    assert!(warned[0].contains(rows[1]["id"].as_str().expect("an id")), "{log}");
}

/// Issues a token of `bot` that may come from these networks only; gives its id and the token.
async fn bound(world: &World, networks: &[&str], end: Option<Timestamp>) -> (String, String) {
    let token = Token::generate().expect("random bytes");
    let id = new_token_id().expect("random bytes");
    let networks = networks.iter().map(|network| network.parse().expect("a network")).collect();
    let row = TokenRow {
        id: id.clone(),
        agent: "bot".to_owned(),
        fingerprint: token.fingerprint(),
        note: None,
        issued_at: world.clock.now(),
        expires_at: end,
        revoked_at: None,
        addresses: Addresses::of(networks),
        replaced_by: None,
    };
    world.store.agents().issue(&row).await.expect("the token is issued");
    (id.to_string(), token.reveal().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn check_warns_of_a_token_as_early_as_the_settings_say_until_another_takes_its_place() {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
    for (days, warned) in [(30, true), (10, false), (0, false)] {
        let more = format!("[tokens]\nwarn_days = {days}\n");
        let installation =
            Installation::new(nowhere, "the-key-0123456789", &[("bot", READ)], &more);
        let issued = installation.run(&["token", "issue", "bot", "--expires", "20d"]);
        assert_eq!(issued.code, 0, "{}", issued.err);
        let id = rows(&installation)[0]["id"].as_str().expect("an id").to_owned();
        let warns = || installation.run(&["check"]).out.contains("token-expires-soon");
        assert_eq!(warns(), warned, "{days}");

        let successor = installation.run(&["token", "rotate", &id, "--expires", "90d"]);
        assert_eq!(successor.code, 0, "{}", successor.err);
        assert!(!warns(), "another took its place");
        let all = rows(&installation);
        let next = all.iter().map(|row| row["id"].as_str().expect("an id")).find(|it| *it != id);
        let revoked = installation.run(&["token", "revoke", next.expect("a successor")]);
        assert_eq!(revoked.code, 0, "{}", revoked.err);
        assert_eq!(warns(), days > 0, "and is gone again, so the old one is the last");
    }
}
