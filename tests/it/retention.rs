//! Records are kept for as long as the settings say: by the gateway itself, and by a command.

use audit::{Against, Record, Verification, verify};
use gateway::retention::{Retained, RetentionFailure, retain};
use jiff::SignedDuration;
use store::Store;

use crate::support::postgres::postgres;
use crate::support::program::Installation;
use crate::support::world::{ID, Scene, World, everything};

const READ: &str = "[access]\ncustomers = \"read\"";

const DAY: SignedDuration = SignedDuration::from_hours(24);

async fn noted(world: &World, reason: &str) -> Option<Record> {
    world.store.audit_reader().last_noted(reason).await.expect("the trail can be read")
}

async fn verified(world: &World) -> Verification {
    let public_key = world.running.gateway.audit_key.signing_seed().public_key();
    let against = Against { public_key: Some(&public_key), ..Against::default() };
    let verified = verify(&*world.store.audit_reader(), against, &mut |_, _| ()).await;
    verified.expect("the trail can be read")
}

#[tokio::test]
async fn a_gateway_drops_what_is_older_than_records_are_kept_and_says_so() {
    let world = Scene::bot(READ).start().await;
    let keep = "10d".parse().expect("a span");
    let old = world.record_of(&world.ask("bot", &format!("GET /v1/customers/{ID}")).await).await;
    world.clock.advance(DAY * 5);
    let young = world.record_of(&world.ask("bot", &format!("GET /v1/customers/{ID}")).await).await;
    world.clock.advance(DAY * 6);

    let retained = retain(&world.running.gateway, keep).await;
    assert_eq!(retained, Ok(Retained::Younger(3)), "the start and its policies are older, too");
    let ids: Vec<_> = world.records().await.iter().map(|record| record.opening.id).collect();
    assert_eq!(ids, [young.opening.id], "and {} is gone", old.opening.id);
    let record = noted(&world, "trail_pruned").await.expect("it is on record");
    assert_eq!(
        record.sentence(),
        "The gateway dropped 3 records from before 2026-11-25 (kept are 10 days)."
    );
    assert_eq!(verified(&world).await.findings, []);

    assert_eq!(retain(&world.running.gateway, keep).await, Ok(Retained::All));
    let again = noted(&world, "trail_pruned").await.map(|record| record.opening.id);
    assert_eq!(again, Some(record.opening.id), "nothing is put on record where nothing is dropped");
    // The chain goes on.
    world.ask("bot", &format!("DELETE /v1/customers/{ID}")).await;
    assert_eq!(verified(&world).await.findings, []);
}

#[tokio::test]
async fn a_gateway_that_may_not_drop_anything_puts_nothing_on_record() {
    let database = postgres();
    let owner = Store::open(&database.url).await.expect("a store");
    owner.close().await;
    database
        .psql(
            "CREATE ROLE who_only_writes LOGIN IN ROLE kustodian_gateway;
            GRANT CREATE ON SCHEMA public TO who_only_writes;
            GRANT INSERT ON tokens TO who_only_writes;
            GRANT UPDATE ON token_generation TO who_only_writes",
        )
        .expect("a role");
    let url = database.url.replace("postgres@", "who_only_writes@");
    let world = Scene::bot(READ).on(&url).start().await;
    let keep = "1h".parse().expect("a span");
    world.ask("bot", &format!("DELETE /v1/customers/{ID}")).await;
    world.clock.advance(DAY * 400);
    assert_eq!(retain(&world.running.gateway, keep).await, Ok(Retained::MayNotDrop));
    assert_eq!(noted(&world, "trail_pruned").await, None);
    assert_eq!(world.records().await.len(), 1);
}

#[tokio::test]
async fn nothing_is_dropped_that_could_not_be_put_on_record() {
    let database = postgres();
    let world = Scene::bot(READ).on(&database.url).start().await;
    world.ask("bot", &format!("DELETE /v1/customers/{ID}")).await;
    world.clock.advance(DAY * 400);
    let refuse = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE 'not today'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON records FOR EACH ROW
        WHEN (NEW.reason = 'trail_pruned') EXECUTE FUNCTION refuse()";
    database.psql(refuse).expect("a trigger");
    let keep = "1h".parse().expect("a span");
    let failed = retain(&world.running.gateway, keep).await;
    assert!(matches!(failed, Err(RetentionFailure::Trail(_))), "{failed:?}");
    assert_eq!(world.records().await.len(), 1);
    database.psql("DROP TRIGGER refuse ON records").expect("it goes");
    let retained = retain(&world.running.gateway, keep).await;
    assert_eq!(
        retained,
        Ok(Retained::Younger(2)),
        "its start and its policies; the request is in an open chain"
    );
}

fn installation(more: &str) -> Installation {
    let nowhere = ([127, 0, 0, 1], 1).into();
    Installation::new(nowhere, "not-a-real-key", &[("bot", &everything("read"))], more)
}

#[test]
fn the_command_wants_to_know_for_how_long_records_are_kept() {
    let installation = installation("");
    assert_eq!(installation.serve().stop(), Some(0));
    let ended = installation.run(&["audit", "prune"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("set `audit.keep`, or add --keep"), "{}", ended.err);
    let ended = installation.run(&["audit", "prune", "--keep", "a while"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("days or whole hours, such as \"400d\""), "{}", ended.err);
    let ended = installation.run(&["audit", "prune", "--keep", "1h"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.out.starts_with("there is nothing to drop from before "), "{}", ended.out);
}

#[test]
fn the_command_goes_by_the_settings_and_needs_the_audit_key_that_is_there() {
    let installation = installation("[audit]\nkeep = \"400d\"\n");
    assert_eq!(installation.serve().stop(), Some(0));
    let ended = installation.run(&["audit", "prune", "--json"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let json: serde_json::Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!((&json["records"], &json["dropped"]), (&0.into(), &false.into()));
    std::fs::remove_file(installation.folder().join("kustodian-audit.key")).expect("the key");
    let ended = installation.run(&["audit", "prune"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("kustodian-audit.key"), "{}", ended.err);
    assert!(!installation.folder().join("kustodian-audit.key").exists(), "another would sign");
}
