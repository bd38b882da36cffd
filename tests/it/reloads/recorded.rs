//! A set is on record before it is in force, and a store that takes no records keeps no right in force.

use super::{BROKEN, LINE, NOTHING, READ, noted, policies, reload, unwatched, write};
use crate::support::patience::eventually;
use crate::support::postgres::postgres;
use crate::support::world::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn while_nothing_can_be_recorded_nothing_changes_and_nothing_is_forwarded() {
    let database = postgres();
    let world = Scene::bot(READ).on(&database.url).start().await;
    assert_eq!(world.ask("bot", LINE).await.status, 200);
    let (seen, before) = (world.received(), policies(&world).await["fingerprint"].clone());

    database.psql("ALTER TABLE records RENAME TO away").expect("the table is moved");
    write(&world, "bot", NOTHING);
    super::until_said(&world, "could not be recorded").await;
    let unrecorded = reload(&world).await;
    assert_eq!((unrecorded.status, &unrecorded.json()["status"]), (503, &"unrecorded".into()));
    assert_eq!(policies(&world).await["fingerprint"], before);
    assert_eq!(world.ask("bot", LINE).await.status, 503, "what was granted is of no use");
    assert_eq!(world.received(), seen);

    database.psql("ALTER TABLE away RENAME TO records").expect("the table is moved back");
    super::until_answered(&world, "bot", 403).await;
    assert!(policies(&world).await["failure"].is_null());
    assert!(noted(&world).await.iter().any(|it| it.sentence().contains("customers read to off")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_that_could_not_be_recorded_is_recorded_later() {
    let database = postgres();
    let world = Scene::bot(READ).on(&database.url).start().await;
    database.psql("ALTER TABLE records RENAME TO away").expect("the table is moved");
    write(&world, "bot", BROKEN);
    super::until_said(&world, "custmers").await;
    database.psql("ALTER TABLE away RENAME TO records").expect("the table is moved back");
    eventually("the mistake to be on record", async || {
        let told = super::told(&world).await;
        told.iter().any(|line| line.starts_with("policies_refused: ")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_record_of_a_change_has_what_changed_and_the_fingerprint_in_force() {
    let world = Scene::bot(NOTHING).with(unwatched).start().await;
    write(&world, "bot", READ);
    let answer = reload(&world).await.json();
    let noted = noted(&world).await;
    let [record] = &noted[..] else { panic!("{noted:?}") };
    assert_eq!(record.opening.policy.fingerprint, answer["fingerprint"]);
    let detail = record.opening.detail.as_ref().expect("a detail");
    assert_eq!(detail["changes"], answer["changes"]);
    let asked = world.ask("bot", LINE).await;
    let of_request = world.record_of(&asked).await.opening.policy.fingerprint;
    assert_eq!(of_request, answer["fingerprint"]);
}

#[tokio::test]
async fn a_secret_that_was_put_into_a_policy_by_mistake_is_told_nobody() {
    let world = Scene::bot(READ).with(unwatched).start().await;
    let (key, token) = (world.key.clone(), world.token("bot").to_owned());
    for (secret, tables) in [
        (&key, format!("[access]\n\"{key}\" = \"read\"")),
        (&key, format!("[access]\ncustomers = \"{key}\"")),
        (&token, format!("[access]\n{token} = \"read\"")),
        (&token, format!("[access]\ncustomers = \"{token}\"")),
    ] {
        write(&world, "bot", &tables);
        let answer = reload(&world).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        let health = policies(&world).await.to_string();
        let records = noted(&world).await;
        let record = serde_json::to_string(records.last().expect("a record")).expect("JSON");
        for text in [answer.text(), health, record] {
            assert!(text.contains("bot.toml"), "{text}");
            assert!(!text.contains(secret.as_str()), "{text}");
        }
    }
}
