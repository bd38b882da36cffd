//! Policies are also read when somebody asks: by a signal, or by a call of the admin listener.

use std::fs;
use std::process::Command;

use gateway::reload::Reloaded;

use super::{BROKEN, LINE, NOTHING, READ, policies, reload, unwatched, write};
use crate::support::client::Client;
use crate::support::patience::eventually;
use crate::support::program::Installation;
use crate::support::raw::exchange;
use crate::support::world::{Scene, policy_of, start_sandbox};

#[tokio::test]
async fn a_call_reads_the_files_at_once_and_answers_with_what_has_changed() {
    let world = Scene::bot(NOTHING).with(unwatched).start().await;
    let same = reload(&world).await;
    assert_eq!((same.status, &same.json()["status"]), (200, &"unchanged".into()));
    write(&world, "bot", READ);
    let changed = reload(&world).await;
    assert_eq!(changed.status, 200);
    let said = changed.json();
    assert_eq!((&said["status"], &said["agents"]), (&"changed".into(), &1.into()));
    assert_eq!(said["changes"], serde_json::json!(["bot: customers off to read"]));
    assert_eq!(said["fingerprint"], policies(&world).await["fingerprint"]);
    assert_eq!(world.ask("bot", LINE).await.status, 200, "it is in force when it is answered");
}

#[tokio::test]
async fn a_call_is_answered_with_what_is_wrong_each_time() {
    let world = Scene::bot(READ).with(unwatched).start().await;
    let before = policies(&world).await["fingerprint"].clone();
    write(&world, "bot", BROKEN);
    for _ in 0..2 {
        let refused = reload(&world).await;
        assert_eq!(refused.status, 422);
        let said = refused.json();
        assert_eq!((&said["status"], &said["fingerprint"]), (&"refused".into(), &before));
        let problem = &said["problems"][0];
        assert_eq!(problem["message"], "unknown resource `custmers`");
        assert_eq!(problem["help"], "did you mean `customers`?");
        assert_eq!((&problem["line"], &problem["column"]), (&6.into(), &1.into()));
    }
    assert_eq!(super::told(&world).await.len(), 1, "it is on record once");
    write(&world, "bot", READ);
    assert_eq!(reload(&world).await.json()["status"], "unchanged");
    assert!(policies(&world).await["failure"].is_null());
}

#[tokio::test]
async fn all_who_ask_before_a_reading_begins_share_it() {
    let world = Scene::bot(READ).with(unwatched).start().await;
    write(&world, "bot", BROKEN);
    // This thread runs the gateway too, so nothing begins before something is waited for.
    let answers: Vec<_> = (0..100).map(|_| world.running.reload()).collect();
    assert!(answers.iter().all(|answer| answer.ptr_eq(&answers[0])), "one reading is enough");
    for answer in answers {
        assert!(matches!(answer.await, Reloaded::Refused { .. }));
    }
}

#[tokio::test]
async fn all_who_ask_while_a_reading_is_under_way_share_the_one_that_follows() {
    let world = Scene::bot(READ).with(unwatched).start().await;
    let first = world.running.reload();
    // It begins now, and is not at its end before this thread waits for something.
    tokio::task::yield_now().await;
    write(&world, "bot", BROKEN);
    let later: Vec<_> = (0..100).map(|_| world.running.reload()).collect();
    assert!(later.iter().all(|answer| answer.ptr_eq(&later[0])), "one more is enough");
    assert!(!later[0].ptr_eq(&first), "the first may have read the files too early");
    first.await;
    for answer in later {
        assert!(matches!(answer.await, Reloaded::Refused { .. }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_storm_of_calls_each_is_answered_by_what_it_wrote() {
    let world = Scene::bot(READ).with(unwatched).start().await;
    let calls = (0..50).map(|number| {
        let agent = format!("bot-{number}");
        let world = &world;
        async move {
            // Whole at once: a reading may be under way.
            let hidden = super::file(world, &format!(".{agent}"));
            fs::write(&hidden, policy_of(&agent, READ)).expect("a file");
            fs::rename(hidden, super::file(world, &agent)).expect("it is there");
            let answer = reload(world).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            let policies = world.running.gateway.policies();
            assert!(
                policies.policy(agent.as_str()).is_some(),
                "{agent} is in force when it is answered"
            );
        }
    });
    futures_util::future::join_all(calls).await;
}

#[tokio::test]
async fn a_web_page_cannot_make_its_reader_ask() {
    let world = Scene::bot(NOTHING).with(unwatched).start().await;
    write(&world, "bot", READ);
    let at = world.running.admin;
    let admin = Client::new(at);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let no_header = admin.send("POST /policies/reload", None, &form, Vec::new()).await;
    assert_eq!(no_header.status, 403);
    assert!(no_header.text().contains("Kustodian-Admin"), "{}", no_header.text());
    let elsewhere = [("kustodian-admin", "1"), ("origin", "https://evil.example.com")];
    let elsewhere = admin.send("POST /policies/reload", None, &elsewhere, Vec::new()).await;
    assert_eq!(elsewhere.status, 403);
    // A name that leads here, which the page shares with the listener.
    let rebound = "POST /policies/reload HTTP/1.1\r\nHost: evil.example.com\r\n\
                   Origin: http://evil.example.com\r\nKustodian-Admin: 1\r\n\
                   Content-Length: 0\r\nConnection: close\r\n\r\n";
    assert_eq!(exchange(at, rebound.as_bytes()).await.status, 403);
    // What a browser asks beforehand.
    let preflight = [
        ("origin", "https://evil.example.com"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "kustodian-admin"),
    ];
    let preflight = admin.send("OPTIONS /policies/reload", None, &preflight, Vec::new()).await;
    assert_eq!(preflight.status, 403);
    assert_eq!(preflight.header("access-control-allow-origin"), "");
    assert_eq!(admin.send("GET /policies/reload", None, &[], Vec::new()).await.status, 405);
    assert_eq!(world.ask("bot", LINE).await.status, 403, "nothing was read");
    let own = [("kustodian-admin", "1"), ("origin", &*format!("http://{at}"))];
    let own = admin.send("POST /policies/reload", None, &own, Vec::new()).await;
    assert_eq!(own.status, 200);
}

#[tokio::test]
async fn agents_cannot_ask() {
    let world = Scene::new().with_root().with(unwatched).start().await;
    let asked = [("kustodian-admin", "1")];
    let root = Some(world.token("root"));
    for line in ["POST /policies/reload", "POST /_kustodian/policies/reload"] {
        let answer = world.client.send(line, root, &asked, Vec::new()).await;
        assert!(matches!(answer.status, 403 | 404), "{line}: {}", answer.status);
    }
    assert_eq!(super::told(&world).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hangup_makes_the_program_read_its_policies_and_not_end() {
    let clock = std::sync::Arc::new(crate::support::clock::HandClock::new());
    let (sandbox, at) = start_sandbox(&clock).await;
    let more = "[policies]\nwatch = false\n";
    let bot = [("bot", NOTHING)];
    let installation = Installation::new(at, &sandbox.admin_key(), &bot, more);
    let token = installation.token("bot");
    let mut serving = installation.serve();
    let client = Client::new(serving.agents);
    let status = async || client.send(LINE, Some(&token), &[], Vec::new()).await.status;
    assert_eq!(status().await, 403);
    installation.write("policies/bot.toml", &policy_of("bot", BROKEN));
    hang_up(serving.id());
    eventually("the mistake to be in the log", async || {
        serving.log().contains("unknown resource `custmers`").then_some(())
    })
    .await;
    let health =
        installation.run(&["health", "--url", &format!("http://{}/health", serving.admin)]);
    assert_eq!(health.code, 0, "{}{}", health.out, health.err);
    assert!(health.out.contains("policies/bot.toml:6:1: unknown resource"), "{}", health.out);
    installation.write("policies/bot.toml", &policy_of("bot", READ));
    hang_up(serving.id());
    eventually("the policy to be in force", async || (status().await == 200).then_some(())).await;
    assert_eq!(serving.stop(), Some(0));
}

fn hang_up(process: u32) {
    let told = Command::new("kill").args(["-HUP", &process.to_string()]).status();
    assert!(told.is_ok_and(|status| status.success()), "the process is there");
}
