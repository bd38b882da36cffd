//! Promise 6: the decision is a pure function of policy, request and facts; it is made once, and its
//! reason is carried to the answer and the record.

use std::sync::Arc;

use audit::sentence;
use catalogue::{Catalogue, Identified, Level};
use policy::{Decision, Facts, Policy, PolicySet, Source, decide};

use crate::support::clock::MORNING;
use crate::support::world::{ID, Scene, everything, policy_of};

#[test]
fn the_same_policy_request_and_facts_always_give_the_same_decision() {
    for level in Level::ALL {
        let policy = load(&[("bot", &everything(level.as_str()))]);
        for operation in Catalogue::builtin().operations() {
            let path = operation.example_target();
            let asked = || identify(operation.method().as_str(), &path);
            let first = account(&decide(&policy, asked(), &facts()));
            let second = account(&decide(&policy, asked(), &facts()));
            assert_eq!(first, second, "{level} on {}", operation.id());
        }
    }
}

#[test]
fn the_policies_of_others_make_no_difference() {
    let tables = "[access]\ncustomers = \"read\"";
    let root = everything("full");
    let alone = load(&[("bot", tables)]);
    let among = load(&[("bot", tables), ("root", &root), ("other", "")]);
    for operation in Catalogue::builtin().operations() {
        let path = operation.example_target();
        let asked = || identify(operation.method().as_str(), &path);
        let (one, other) = (decide(&alone, asked(), &facts()), decide(&among, asked(), &facts()));
        assert_eq!(account(&one), account(&other), "{}", operation.id());
    }
}

#[tokio::test]
async fn the_reason_in_the_answer_and_in_the_record_is_the_decisions_own() {
    let world = Scene::bot("[access]\ncustomers = \"read\"").start().await;
    for line in [
        format!("DELETE /v1/customers/{ID}"),
        "GET /v1/users".to_owned(),
        "GET /v1/nonsense".to_owned(),
    ] {
        let (method, path) = line.split_once(' ').expect("two words");
        let answer = world.ask("bot", &line).await;
        let policies = world.running.gateway.policies();
        let policy = policies.policy("bot").expect("a policy");
        let decision = decide(policy, identify(method, path), &facts());
        let Decision::Denial(denial) = decision else { panic!("{line} is denied") };
        let record = world.record_of(&answer).await;
        assert_eq!(record.sentence(), sentence::denied(&denial));
        assert_eq!(answer.json()["detail"], record.sentence());
        assert_eq!(answer.code(), record.opening.reason);
        let line_of_policy = denial.settled_by().map(|place| place.line);
        assert_eq!(record.opening.policy.line, line_of_policy);
        assert_eq!(record.opening.policy.fingerprint, policies.fingerprint().to_string());
    }
}

/// A decision with all that it carries, as text.
fn account(decision: &Decision) -> String {
    match decision {
        Decision::Permit(permit) => {
            format!("{} {:?}", sentence::opened(permit), permit.grants().collect::<Vec<_>>())
        }
        Decision::Denial(denial) => format!("{} {:?}", sentence::denied(denial), denial.reason()),
    }
}

/// Loads policies and gives that of `bot`.
fn load(agents: &[(&str, &str)]) -> Arc<Policy> {
    let sources = agents
        .iter()
        .map(|(id, tables)| Source::policy(format!("policies/{id}.toml"), policy_of(id, tables)));
    let sources: Vec<_> = sources.collect();
    let set = PolicySet::load(&sources, Catalogue::builtin()).expect("good policies");
    Arc::clone(set.policy("bot").expect("the bot's policy"))
}

fn identify(method: &str, path: &str) -> Identified {
    Catalogue::builtin().identify(method, path).expect("a clear path")
}

fn facts() -> Facts<'static> {
    Facts::at(MORNING.parse().expect("an instant"))
}
