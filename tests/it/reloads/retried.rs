//! What could not be put on record is tried again by itself, and nothing is taken for recorded that is not.

use gateway::StartFailure;

use super::{LINE, NOTHING, READ, noted, policies, reload, until_answered, unwatched, write};
use crate::support::patience::eventually;
use crate::support::postgres::postgres;
use crate::support::world::Scene;

const AWAY: &str = "ALTER TABLE records RENAME TO away";
const BACK: &str = "ALTER TABLE away RENAME TO records";

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_could_not_be_recorded_follows_by_itself_though_nobody_looks_at_the_files() {
    let database = postgres();
    let world = Scene::bot(READ).on(&database.url).with(unwatched).start().await;
    database.psql(AWAY).expect("the table is moved");
    write(&world, "bot", NOTHING);
    assert_eq!(reload(&world).await.status, 503);
    database.psql(BACK).expect("the table is moved back");
    until_answered(&world, "bot", 403).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_force_is_recorded_anew_where_the_trail_may_say_something_else() {
    let database = postgres();
    let world = Scene::bot(READ).on(&database.url).with(unwatched).start().await;
    let in_force = policies(&world).await["fingerprint"].clone();
    database.psql(AWAY).expect("the table is moved");
    write(&world, "bot", NOTHING);
    assert_eq!(reload(&world).await.status, 503);
    write(&world, "bot", READ);
    database.psql(BACK).expect("the table is moved back");
    eventually("the set in force to be on record again", async || {
        let noted = noted(&world).await;
        let last = noted.iter().rfind(|it| it.opening.reason == "policies_loaded")?;
        (last.opening.policy.fingerprint == in_force).then_some(())
    })
    .await;
    assert_eq!(world.ask("bot", LINE).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_whose_policies_cannot_be_recorded_does_not_start() {
    let database = postgres();
    Scene::bot(READ).on(&database.url).start().await.stop().await;
    database
        .psql(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
             CREATE TRIGGER refuse BEFORE INSERT ON records FOR EACH ROW
             WHEN (NEW.reason = 'policies_loaded') EXECUTE FUNCTION refuse()",
        )
        .expect("the trigger is made");
    let failure = Scene::bot(READ).on(&database.url).try_start().await.expect_err("it has to fail");
    assert!(!matches!(failure, StartFailure::SameListener(_)), "{failure:?}");
}

/// A gateway that follows the same files tells when there was time to follow them.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_told_to_leave_the_files_alone_does_so() {
    let world = Scene::bot(READ).with(unwatched).start().await;
    let folder = world.folder().join("policies");
    let follower = Scene::new().with(move |config| config.policies.dir = folder).start().await;
    for round in 0..3 {
        let tables = format!("{NOTHING}\n# {round}");
        let before = policies(&follower).await["fingerprint"].clone();
        write(&world, "bot", &tables);
        eventually("the follower to have the change", async || {
            (policies(&follower).await["fingerprint"] != before).then_some(())
        })
        .await;
    }
    assert_eq!(world.ask("bot", LINE).await.status, 200);
}
