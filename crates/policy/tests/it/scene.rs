//! What the tests are played with: policies written as text, and requests by operation.

use std::sync::Arc;

use catalogue::{Catalogue, Identified, Level};
use policy::{Decision, Denial, Facts, Permit, Policy, PolicySet, Source, decide};

/// The `[agent]` table of the policies in these tests; the entries start on line 5.
pub(crate) const AGENT: &str = "[agent]\nid = \"bot\"\nowner = \"ops@example.com\"\n\n";

pub(crate) fn source(name: &str, text: &str) -> Source {
    Source::policy(name, text)
}

/// The policy with these tables beside `[agent]`.
#[track_caller]
pub(crate) fn policy(tables: &str) -> Arc<Policy> {
    whole_policy(&format!("{AGENT}{tables}"))
}

/// The policy of agent `bot` with this text.
#[track_caller]
pub(crate) fn whole_policy(text: &str) -> Arc<Policy> {
    let sources = [source("policies/bot.toml", text)];
    let set = PolicySet::load(&sources, Catalogue::builtin()).unwrap_or_else(|found| {
        panic!("the policy is good, yet:\n{}", found.render(false));
    });
    Arc::clone(set.policy("bot").expect("the policy is about agent `bot`"))
}

/// A request for an operation, with made-up values in its path.
#[track_caller]
pub(crate) fn request(operation: &str) -> Identified {
    let operation = Catalogue::builtin().operation(operation).expect("the operation exists");
    Identified::Known(Catalogue::builtin().example(operation).expect("an example"))
}

#[track_caller]
pub(crate) fn identify(method: &str, path: &str) -> Identified {
    Catalogue::builtin().identify(method, path).expect("the path is well formed")
}

/// A moment within the term of every agent that has one in these tests.
pub(crate) fn now() -> Facts<'static> {
    Facts::at("2027-01-15T12:00:00Z".parse().unwrap())
}

#[track_caller]
pub(crate) fn permit(policy: &Arc<Policy>, operation: &str) -> Permit {
    match decide(policy, request(operation), &now()) {
        Decision::Permit(permit) => permit,
        Decision::Denial(denial) => panic!("{operation} was denied: {:?}", denial.reason()),
    }
}

#[track_caller]
pub(crate) fn denial(policy: &Arc<Policy>, operation: &str) -> Denial {
    match decide(policy, request(operation), &now()) {
        Decision::Denial(denial) => denial,
        Decision::Permit(permit) => {
            panic!("{operation} was permitted: {:?}", permit.grants().collect::<Vec<_>>())
        }
    }
}

/// Whether the policy permits each operation of the catalogue, in the order of their ids.
pub(crate) fn permitted(policy: &Arc<Policy>) -> Vec<(String, bool)> {
    let decision = |id: &str| matches!(decide(policy, request(id), &now()), Decision::Permit(_));
    let operations = Catalogue::builtin().operations();
    operations.map(|it| (it.id().to_string(), decision(it.id().as_str()))).collect()
}

/// The level that an operation needs.
#[track_caller]
pub(crate) fn needed(operation: &str) -> Level {
    Catalogue::builtin().operation(operation).expect("the operation exists").level()
}

/// The outline that is kept of a set: what is written of it, read back.
#[track_caller]
pub(crate) fn kept(set: &PolicySet) -> policy::Outline {
    serde_json::from_str(&serde_json::to_string(&policy::Outline::written(set)).unwrap()).unwrap()
}

/// What changed from one set to another: the same by the sets, as at a reload, and by the outline that was
/// kept, as at a start.
#[track_caller]
pub(crate) fn changes(now: &PolicySet, was: &PolicySet) -> Vec<String> {
    let changes: Vec<_> = policy::Difference::of(now, was).changes().collect();
    assert_eq!(kept(was).changes_in(now).collect::<Vec<_>>(), changes);
    changes
}
