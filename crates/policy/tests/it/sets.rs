//! A set of policies: which agent has which, and the fingerprint that names the set.

use catalogue::Catalogue;
use policy::{AgentId, PolicySet};

use crate::scene::source;

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
