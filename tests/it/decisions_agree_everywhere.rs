//! Promise 6, as a user sees it: the matrix, the decision function and the running gateway say the
//! same of every operation at every level.

use std::sync::Arc;

use catalogue::{Catalogue, Identified, Level, Operation};
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use policy::{Decision, Facts, Policy, decide, matrix};

use crate::support::clock::MORNING;
use crate::support::upstream::Upstream;
use crate::support::world::{Scene, World, everything};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

#[tokio::test]
async fn the_gateway_forwards_exactly_what_the_matrix_permits_at_every_level() {
    let upstream = Upstream::answering(OK).await;
    let scene = Level::ALL.iter().fold(Scene::new(), |scene, level| {
        scene.agent(&format!("{level}-bot"), &everything(level.as_str()))
    });
    let world = scene.before(upstream.at).start().await;
    let mut expected = Vec::new();
    for level in Level::ALL {
        let permitted = permitted_at(level);
        ask_everything(&world, level, &permitted).await;
        expected.extend(permitted.iter().map(|operation| request_line(operation)));
    }
    let mut sent = upstream.request_lines();
    expected.sort();
    sent.sort();
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn every_permitted_operation_is_one_that_the_sandbox_knows() {
    let world = Scene::new().with_root().start().await;
    let calls = stream::iter(Catalogue::builtin().operations()).map(|operation| {
        let world = &world;
        async move {
            let answer = world.ask_example("root", operation).await;
            assert_eq!(answer.header("kustodian-decision"), "permitted", "{}", operation.id());
            let known = matches!(answer.status, 200..=299 | 400 | 404 | 409 | 422);
            assert!(known, "{}: {} {}", operation.id(), answer.status, answer.text());
        }
    });
    calls.buffer_unordered(16).collect::<Vec<()>>().await;
    assert_eq!(world.received(), 270);
}

#[test]
fn the_matrix_and_the_decision_agree_on_every_operation_at_every_level() {
    for level in Level::ALL {
        let policy = Arc::new(matrix::level_on_everything(Catalogue::builtin(), level));
        let rows = matrix::rows(Catalogue::builtin(), &policy, &facts());
        assert_eq!(rows.len(), 270);
        for row in rows {
            let decided = decides(&policy, &row.operation);
            assert_eq!(decided, row.permitted, "{level} on {}", row.operation.id());
            let enough = level != Level::Off
                && level >= row.operation.level()
                && row.operation.only_by_name().is_none();
            assert_eq!(row.permitted, enough, "{level} on {}", row.operation.id());
        }
    }
}

#[tokio::test]
async fn each_kind_of_entry_means_the_same_to_the_matrix_and_to_the_gateway() {
    let tables = "[access]\nconversations = \"read\"\ncustomers = \"full\"\n\
                  [actions]\nreply_to_customers = \"full\"\ndelete_customers = \"off\"\n\
                  [operations]\n\"conversations.update\" = \"write\"\n\"customers.get\" = \"off\"";
    let world = Scene::bot(tables).start().await;
    let policies = world.running.gateway.policies();
    let policy = policies.policy("bot").expect("the bot's policy");
    let rows = matrix::rows(Catalogue::builtin(), policy, &facts());
    assert!(rows.iter().any(|row| row.permitted) && rows.iter().any(|row| !row.permitted));
    let calls = stream::iter(rows).map(|row| {
        let world = &world;
        async move {
            let answer = world.ask_example("bot", &row.operation).await;
            let permitted = answer.header("kustodian-decision") == "permitted";
            assert_eq!(permitted, row.permitted, "{}", row.operation.id());
        }
    });
    calls.buffer_unordered(16).collect::<Vec<()>>().await;
}

async fn ask_everything(world: &World, level: Level, permitted: &[Arc<Operation>]) {
    let agent = format!("{level}-bot");
    let calls = stream::iter(Catalogue::builtin().operations()).map(|operation| {
        let agent = &agent;
        async move {
            let answer = world.ask_example(agent, operation).await;
            let expected = permitted.iter().any(|one| one.id() == operation.id());
            let (status, decision) = if expected { (200, "permitted") } else { (403, "denied") };
            assert_eq!(answer.status, status, "{agent}: {}", operation.id());
            assert_eq!(
                answer.header("kustodian-decision"),
                decision,
                "{agent}: {}",
                operation.id()
            );
        }
    });
    calls.buffer_unordered(32).collect::<Vec<()>>().await;
}

fn permitted_at(level: Level) -> Vec<Arc<Operation>> {
    let policy = Arc::new(matrix::level_on_everything(Catalogue::builtin(), level));
    let rows = matrix::rows(Catalogue::builtin(), &policy, &facts());
    rows.into_iter().filter(|row| row.permitted).map(|row| row.operation).collect()
}

fn decides(policy: &Arc<Policy>, operation: &Operation) -> bool {
    let asked = Catalogue::builtin().example(operation).expect("an example");
    let identified = Identified::Known(asked);
    let decision = decide(policy, identified, &facts());
    matches!(decision, Decision::Permit(_))
}

fn request_line(operation: &Operation) -> String {
    format!("{} {} HTTP/1.1", operation.method(), operation.example_target())
}

fn facts() -> Facts<'static> {
    let now: Timestamp = MORNING.parse().expect("an instant");
    Facts::at(now)
}
