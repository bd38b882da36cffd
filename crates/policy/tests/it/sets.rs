//! A set of policies: which agent has which, and the fingerprint that names the set.

use catalogue::Catalogue;
use policy::{AgentId, PolicySet};

use crate::scene::{changes, kept, source};

fn agent(id: &str) -> String {
    format!("[agent]\nid = \"{id}\"\nowner = \"ops@example.com\"\n")
}

fn load(files: &[(&str, &str)]) -> PolicySet {
    let sources: Vec<_> = files.iter().map(|(name, text)| source(name, text)).collect();
    PolicySet::load(&sources, Catalogue::builtin()).unwrap()
}

fn fingerprint(files: &[(&str, &str)]) -> String {
    load(files).fingerprint().to_string()
}

#[test]
fn the_empty_set_has_no_policy_for_anybody() {
    let set = PolicySet::empty();
    assert_eq!(set.policies().count(), 0);
    assert!(set.policy("bot").is_none());
    assert_eq!(set.fingerprint(), load(&[]).fingerprint());
}

#[test]
fn each_agent_has_its_own_policy_whatever_its_file_is_called() {
    let set = load(&[("policies/z.toml", &agent("anna")), ("policies/a.toml", &agent("zoe"))]);
    let ids: Vec<&str> = set.policies().map(|it| it.agent().id().as_str()).collect();
    assert_eq!(ids, ["anna", "zoe"], "by the id of the agent");
    let anna: AgentId = "anna".parse().unwrap();
    assert_eq!(set.policy(&anna).unwrap().file(), "policies/z.toml");
    assert_eq!(set.policy(&anna).unwrap().place().to_string(), "policies/z.toml:1");
    assert!(set.policy("nobody").is_none());
}

#[test]
fn an_agent_is_called_by_its_id_where_it_has_no_name() {
    let set = load(&[("policies/a.toml", &agent("anna"))]);
    let policy = set.policies().next().unwrap();
    assert_eq!(policy.agent().name(), "anna");
    assert_eq!(policy.agent().owner(), "ops@example.com");
    assert_eq!(policy.agent().purpose(), None);
    assert_eq!(policy.agent().expires(), None);
    assert_eq!(policy.limits().requests, None);
}

#[test]
fn a_fingerprint_is_64_hexadecimal_digits_and_12_in_short() {
    let set = load(&[("policies/a.toml", &agent("anna"))]);
    let long = set.fingerprint().to_string();
    assert_eq!(long.len(), 64);
    assert!(long.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(set.fingerprint().short(), long[..12]);
}

#[test]
fn a_fingerprint_does_not_depend_on_the_order_of_the_files() {
    let (anna, zoe) = (agent("anna"), agent("zoe"));
    assert_eq!(
        fingerprint(&[("policies/a.toml", &anna), ("policies/z.toml", &zoe)]),
        fingerprint(&[("policies/z.toml", &zoe), ("policies/a.toml", &anna)]),
    );
}

#[test]
fn a_fingerprint_changes_with_a_byte_a_name_or_the_border_between_files() {
    let (anna, zoe) = (agent("anna"), agent("zoe"));
    let before = fingerprint(&[("a.toml", &anna), ("b.toml", &zoe)]);
    let comment = format!("{anna}#\n");
    let moved = format!("#\n{zoe}");
    let others = [
        fingerprint(&[("a.toml", &comment), ("b.toml", &zoe)]),
        fingerprint(&[("a.toml", &anna), ("b.toml", &moved)]),
        fingerprint(&[("a.toml", &anna), ("c.toml", &zoe)]),
        fingerprint(&[("a.toml", &anna)]),
        fingerprint(&[]),
    ];
    for (index, other) in others.iter().enumerate() {
        assert_ne!(&before, other);
        assert!(!others[..index].contains(other), "each differs from the others too");
    }
}

const ROLE: &str = "[role]\nid = \"reader\"\n[access]\ncustomers = \"read\"\n";

fn role(text: &str) -> policy::Source {
    policy::Source::role("roles/reader.toml", text)
}

fn taker(id: &str) -> String {
    format!("[agent]\nid = \"{id}\"\nowner = \"ops\"\nroles = [\"reader\"]\n")
}

/// The set of one agent with a role and two without.
fn three() -> Vec<policy::Source> {
    vec![
        role(ROLE),
        source("a.toml", &taker("anna")),
        source("b.toml", &agent("bob")),
        source("z.toml", &agent("zoe")),
    ]
}

/// Makes a set after [`three`]; it must say what it says without that, and share just these agents.
#[track_caller]
fn shares(sources: &[policy::Source], agents: &[&str]) {
    let (catalogue, observing) = (Catalogue::builtin(), policy::Observing::Refused);
    let before = PolicySet::load(&three(), catalogue).unwrap();
    let after = PolicySet::load_after(&before, sources, catalogue, observing).unwrap();
    let alone = PolicySet::load(sources, catalogue).unwrap();
    assert_eq!(after.fingerprint(), alone.fingerprint());
    assert_eq!(kept(&after), kept(&alone));
    assert_eq!(changes(&after, &before), changes(&alone, &before));
    let is_shared = |it: &&std::sync::Arc<policy::Policy>| {
        before.policy(it.agent().id()).is_some_and(|was| std::sync::Arc::ptr_eq(was, it))
    };
    let shared = after.policies().filter(is_shared).map(|it| it.agent().id().as_str());
    assert_eq!(shared.collect::<Vec<_>>(), agents);
}

#[test]
fn a_set_shares_with_the_one_before_what_its_files_say_as_they_did() {
    shares(&three(), &["anna", "bob", "zoe"]);
    let mut changed = three();
    changed[3] = source("z.toml", &format!("{}[access]\nnotes = \"read\"\n", agent("zoe")));
    shares(&changed, &["anna", "bob"]);
    shares(&three()[..3], &["anna", "bob"]);
    let mut more = three();
    more.push(source("c.toml", &agent("carl")));
    shares(&more, &["anna", "bob", "zoe"]);
}

#[test]
fn a_file_that_is_called_otherwise_is_another() {
    let mut renamed = three();
    renamed[2] = source("bob.toml", &agent("bob"));
    shares(&renamed, &["anna", "zoe"]);
}

#[test]
fn a_role_that_says_something_else_is_not_shared_nor_is_any_policy_that_takes_it() {
    let mut changed = three();
    changed[0] = role(&ROLE.replace("read\"\n", "write\"\n"));
    shares(&changed, &["bob", "zoe"]);
}

#[test]
fn what_is_wrong_beside_shared_files_is_told_as_it_is_without_them() {
    let (catalogue, observing) = (Catalogue::builtin(), policy::Observing::Refused);
    let before = PolicySet::load(&three(), catalogue).unwrap();
    let with = |file: policy::Source| three().into_iter().chain([file]).collect::<Vec<_>>();
    let wrong = [
        with(source("c.toml", &agent("zoe"))),
        with(source("y.toml", "[agent]\nid = \"yan\"\n")),
        with(policy::Source::role("roles/other.toml", ROLE)),
        with(policy::Source::role("roles/again.toml", ROLE)),
        three().split_off(1),
    ];
    for sources in wrong {
        let alone = PolicySet::load(&sources, catalogue).unwrap_err();
        let after = PolicySet::load_after(&before, &sources, catalogue, observing).unwrap_err();
        assert_eq!(after.to_string(), alone.to_string());
    }
}
