//! What holds for every policy: default deny, and more rights never permit less.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use catalogue::{Catalogue, Level};
use policy::{Decision, Policy, decide};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::scene::{identify, needed, now, permitted, policy};

/// The entries of a policy: levels by table and name.
pub(crate) type Entries = BTreeMap<(&'static str, String), Level>;

/// A name of any table. Operations are many: they are drawn no more often than the others, so that
/// entries of different tables speak of the same operation.
fn name() -> impl Strategy<Value = (&'static str, String)> {
    let catalogue = Catalogue::builtin();
    let resources = catalogue.resources().map(|it| ("access", it.id().to_string()));
    let actions = catalogue.actions().map(|it| ("actions", it.id().to_string()));
    let operations = catalogue.operations().map(|it| ("operations", it.id().to_string()));
    prop_oneof![
        select(resources.collect::<Vec<_>>()),
        select(actions.collect::<Vec<_>>()),
        select(operations.collect::<Vec<_>>()),
    ]
}

pub(crate) fn entries() -> impl Strategy<Value = Entries> {
    prop::collection::btree_map(name(), select(&Level::ALL[..]), 0..40)
}

pub(crate) fn load(entries: &Entries) -> Arc<Policy> {
    let mut text = String::new();
    for table in ["access", "actions", "operations"] {
        writeln!(text, "[{table}]").unwrap();
        for ((_, name), level) in entries.iter().filter(|((of, _), _)| *of == table) {
            writeln!(text, "\"{name}\" = \"{level}\"").unwrap();
        }
    }
    policy(&text)
}

/// The operations that the one policy permits and the other does not.
fn lost(before: &Arc<Policy>, after: &Arc<Policy>) -> Vec<String> {
    let pairs = permitted(before).into_iter().zip(permitted(after));
    pairs.filter(|(before, after)| before.1 && !after.1).map(|(before, _)| before.0).collect()
}

#[test]
fn a_policy_that_grants_nothing_denies_all_270_operations() {
    let all = permitted(&policy(""));
    assert_eq!(all.len(), 270);
    assert!(all.iter().all(|(_, permitted)| !permitted));
}

#[test]
fn full_on_every_resource_permits_all_operations_but_those_that_must_be_named() {
    let resources = Catalogue::builtin().resources();
    let entries = resources.map(|it| (("access", it.id().to_string()), Level::Full)).collect();
    let by_name =
        |id: &str| Catalogue::builtin().operation(id).is_some_and(|it| it.only_by_name().is_some());
    for (id, permitted) in permitted(&load(&entries)) {
        assert_eq!(permitted, !by_name(&id), "{id}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn raising_a_level_never_turns_a_permit_to_a_denial_nor_lowering_one_the_reverse(
        mut entries in entries().prop_filter("an entry to change", |entries| !entries.is_empty()),
        which in any::<Index>(),
        levels in (select(&Level::ALL[..]), select(&Level::ALL[..])),
    ) {
        let name = entries.keys().nth(which.index(entries.len())).unwrap().clone();
        entries.insert(name.clone(), levels.0.min(levels.1));
        let lower = load(&entries);
        entries.insert(name, levels.0.max(levels.1));
        let higher = load(&entries);
        prop_assert_eq!(lost(&lower, &higher), Vec::<String>::new());
    }

    #[test]
    fn an_operation_is_permitted_by_no_entry_below_its_level(entries in entries()) {
        let highest = entries.values().copied().max().unwrap_or(Level::Off);
        for (operation, permitted) in permitted(&load(&entries)) {
            prop_assert!(!permitted || needed(&operation) <= highest, "{} is permitted", operation);
        }
    }

    #[test]
    fn an_unknown_operation_is_denied_for_every_policy(
        entries in entries(),
        method in select(&["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"][..]),
        word in "[a-z]{1,12}",
    ) {
        let asked = identify(method, &format!("/v1/customers/not-in-the-catalogue/{word}"));
        let decision = decide(&load(&entries), asked, &now());
        prop_assert!(matches!(decision, Decision::Denial(_)));
    }

    #[test]
    fn the_same_request_gets_the_same_answer(entries in entries()) {
        let policy = load(&entries);
        prop_assert_eq!(permitted(&policy), permitted(&policy));
    }
}
