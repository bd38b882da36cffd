//! What two policy sets differ in is said in plain words, all of it, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use catalogue::{Catalogue, Level};
use policy::{Difference, Outline, PolicySet, Source};
use proptest::prelude::*;
use proptest::sample::select;

use crate::scene::{changes, kept, source};

const SUPPORT: &str = r#"[agent]
id      = "support-agent"
name    = "Support Agent"
owner   = "ops@example.com"
expires = 2027-06-30

[access]
customers = "read"
notes     = "read"

[actions]
delete_customers = "off"

[operations]
"teams.delete" = "off"

[limits]
requests = "120/min"
"#;

const ADMIN: &str = "[agent]\nid = \"admin-bot\"\nowner = \"ops@example.com\"\n";

/// The set of policies, each in a file of its own.
#[track_caller]
fn set(policies: &[&str]) -> PolicySet {
    let name = |at| format!("policies/{at}.toml");
    let sources: Vec<_> =
        policies.iter().enumerate().map(|(at, text)| source(&name(at), text)).collect();
    loaded(&sources)
}

#[track_caller]
fn loaded(sources: &[Source]) -> PolicySet {
    PolicySet::load(sources, Catalogue::builtin()).unwrap()
}

/// What is said after this was written in the place of that.
#[track_caller]
fn check(that: &str, this: &str, expected: &[&str]) {
    assert!(SUPPORT.contains(that), "{that}");
    let changed = SUPPORT.replace(that, this);
    assert_eq!(changes(&set(&[&changed]), &set(&[SUPPORT])), expected);
}

#[test]
fn a_level_that_rises_or_falls_is_said_with_both_levels() {
    check("notes     = \"read\"", "notes = \"full\"", &["support-agent: notes read to full"]);
    check(
        "delete_customers = \"off\"",
        "delete_customers = \"full\"",
        &["support-agent: delete_customers off to full"],
    );
    check(
        "\"teams.delete\" = \"off\"",
        "\"teams.delete\" = \"full\"",
        &["support-agent: teams.delete off to full"],
    );
}

#[test]
fn an_entry_that_comes_or_goes_is_said_with_its_level() {
    check("customers = \"read\"\n", "", &["support-agent: customers read removed"]);
    check(
        "[actions]\n",
        "users = \"write\"\n[actions]\nadd_internal_notes = \"off\"\n",
        &["support-agent: users write added", "support-agent: add_internal_notes off added"],
    );
}

#[test]
fn limit_term_and_name_are_said_as_the_file_writes_them() {
    check("120/min", "60/min", &["support-agent: limit 120/min to 60/min"]);
    check("[limits]\nrequests = \"120/min\"", "", &["support-agent: limit 120/min removed"]);
    check("120/min\"", "120/min\"\nin_flight = 20", &["support-agent: in flight 20 added"]);
    check(
        "expires = 2027-06-30",
        "expires = 2027-06-30\nclient_certificate = \"dns:Bot.example.com\"",
        &["support-agent: certificate dns:bot.example.com added"],
    );
    check("expires = 2027-06-30", "", &["support-agent: expires 2027-06-30 removed"]);
    check("2027-06-30", "2028-01-31", &["support-agent: expires 2027-06-30 to 2028-01-31"]);
    check(
        "\"Support Agent\"",
        "\"Inbox Agent\"",
        &["support-agent: name \"Support Agent\" to \"Inbox Agent\""],
    );
}

#[test]
fn an_agent_that_comes_is_said_with_all_that_it_may_and_one_that_goes_by_its_id() {
    let triage = "[agent]\nid = \"triage-bot\"\nowner = \"ops@example.com\"\n\
                  [access]\nconversations = \"read\"\nnotes = \"write\"\n";
    let (before, after) = (set(&[ADMIN, SUPPORT]), set(&[triage, SUPPORT]));
    assert_eq!(
        changes(&after, &before),
        ["admin-bot: removed", "triage-bot: added (conversations read, notes write)"]
    );
    assert_eq!(
        changes(&before, &set(&[])),
        [
            "admin-bot: added (nothing granted)",
            "support-agent: added (customers read, notes read, delete_customers off, \
             teams.delete off, limit 120/min, expires 2027-06-30)",
        ]
    );
}

#[test]
fn a_policy_that_moves_to_another_file_is_said_and_one_that_is_only_rewritten_is_not() {
    assert_eq!(
        changes(&set(&[ADMIN, SUPPORT]), &set(&[SUPPORT, ADMIN])),
        [
            "admin-bot: file policies/1.toml to policies/0.toml",
            "support-agent: file policies/0.toml to policies/1.toml",
        ]
    );
    check("[access]\n", "# a comment\n\n[access]\n", &[]);
    check("\"ops@example.com\"", "\"it@example.com\"", &[]);
}

#[test]
fn windows_modes_and_roles_are_said_of_whom_they_are() {
    check(
        "notes     = \"read\"",
        "notes = { level = \"read\", not_before = 2026-12-01, expires = 2027-01-31 }",
        &["support-agent: notes read to read (not before 2026-12-01, expires 2027-01-31)"],
    );
    check(
        "expires = 2027-06-30",
        "mode = \"suspended\"\nnot_before = 2026-12-01\nexpires = 2027-06-30T18:00:00+02:00",
        &[
            "support-agent: mode enforce to suspended",
            "support-agent: not before 2026-12-01 added",
            "support-agent: expires 2027-06-30 to 2027-06-30T18:00:00+02:00",
        ],
    );
    let role = |tables: &str| Source::role("r.toml", format!("[role]\nid = \"reader\"\n{tables}"));
    let agent = |id: &str, roles: &str| {
        let text = format!("[agent]\nid = \"{id}\"\nowner = \"ops\"\nroles = [{roles}]\n");
        Source::policy(format!("{id}.toml"), text)
    };
    let before =
        loaded(&[role("[access]\nnotes = \"read\""), agent("one", ""), agent("two", "\"reader\"")]);
    let after = loaded(&[
        role("[access]\nnotes = \"full\"\n[limits]\nrequests = \"9/min\""),
        agent("one", "\"reader\""),
        agent("two", "\"reader\""),
    ]);
    assert_eq!(
        changes(&after, &before),
        [
            "role reader (of 2 agents): notes read to full",
            "role reader (of 2 agents): limit 9/min added",
            "one: role reader added",
        ]
    );
}

#[test]
fn an_outline_is_kept_as_json_and_read_back_the_same() {
    let set = set(&[SUPPORT, ADMIN]);
    assert_eq!(
        serde_json::to_string(&Outline::written(&set)).unwrap(),
        r#"{"agents":{"admin-bot":{"name":"admin-bot","file":"policies/1.toml","access":{},"actions":{},"operations":{}},"support-agent":{"name":"Support Agent","file":"policies/0.toml","access":{"customers":"read","notes":"read"},"actions":{"delete_customers":"off"},"operations":{"teams.delete":"off"},"limit":"120/min","expires":"2027-06-30"}}}"#
    );
    assert_eq!(kept(&set).changes_in(&set).next(), None);
}

#[test]
fn an_outline_of_another_release_is_read_as_far_as_it_is_known() {
    let newer = r#"{"release":9,"agents":{"admin-bot":{"name":"admin-bot","file":"policies/0.toml","mood":"calm"}}}"#;
    let read: Outline = serde_json::from_str(newer).unwrap();
    assert_eq!(read.changes_in(&set(&[ADMIN])).next(), None);
}

/// Levels by agent, table and name.
type Entries = BTreeMap<(&'static str, &'static str, &'static str), Level>;

fn entries() -> impl Strategy<Value = Entries> {
    let name = select(vec![
        ("access", "customers"),
        ("access", "notes"),
        ("access", "teams"),
        ("actions", "delete_customers"),
        ("actions", "add_internal_notes"),
        ("operations", "teams.delete"),
    ]);
    let entry =
        (select(vec!["anna", "bot"]), name).prop_map(|(agent, (of, name))| (agent, of, name));
    prop::collection::btree_map(entry, select(&Level::ALL[..]), 0..12)
}

/// The set of `anna` and `bot` with these entries.
fn set_of(entries: &Entries) -> PolicySet {
    let policies = ["anna", "bot"].map(|agent| {
        let mut text = format!("[agent]\nid = \"{agent}\"\nowner = \"ops@example.com\"\n");
        for table in ["access", "actions", "operations"] {
            writeln!(text, "[{table}]").unwrap();
            let of_table = |key: &&(&str, &str, &str)| key.0 == agent && key.1 == table;
            for key in entries.keys().filter(of_table) {
                writeln!(text, "\"{}\" = \"{}\"", key.2, entries[key]).unwrap();
            }
        }
        text
    });
    set(&policies.each_ref().map(String::as_str))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_set_differs_in_nothing_from_itself(entries in entries()) {
        prop_assert_eq!(changes(&set_of(&entries), &set_of(&entries)), Vec::<String>::new());
    }

    #[test]
    fn every_entry_that_differs_is_named_once_and_no_other(was in entries(), now in entries()) {
        let changes = changes(&set_of(&now), &set_of(&was));
        let keys: BTreeSet<_> = was.keys().chain(now.keys()).collect();
        let differing: Vec<String> = keys
            .into_iter()
            .filter(|key| was.get(*key) != now.get(*key))
            .map(|(agent, _, name)| format!("{agent}: {name} "))
            .collect();
        prop_assert_eq!(changes.len(), differing.len());
        for (change, entry) in changes.iter().zip(&differing) {
            prop_assert!(change.starts_with(entry), "{} is not about {}", change, entry);
        }
    }
}

/// The patch of the outline of one set to that of another.
#[track_caller]
fn is_put_right(earlier: &PolicySet, now: &PolicySet) -> String {
    let patch = serde_json::to_string(&Difference::of(now, earlier).patch()).unwrap();
    let right = kept(earlier).patched(serde_json::from_str(&patch).unwrap());
    assert_eq!(right, kept(now), "{patch}");
    patch
}

#[test]
fn an_outline_that_is_put_right_is_the_one_it_was_put_right_by() {
    let full = SUPPORT.replace("notes     = \"read\"", "notes = \"full\"");
    let sets = [vec![], vec![SUPPORT], vec![full.as_str()], vec![SUPPORT, ADMIN], vec![ADMIN]];
    for (earlier, now) in sets.iter().flat_map(|one| sets.iter().map(move |other| (one, other))) {
        is_put_right(&set(earlier), &set(now));
    }
    let (earlier, now) = (set(&[SUPPORT]), set(&[SUPPORT, ADMIN]));
    let patch = is_put_right(&earlier, &now);
    assert!(!patch.contains("support-agent"), "only what is other is kept: {patch}");
}

#[test]
fn what_a_role_says_is_told_and_kept_once() {
    let role = |level: &str| {
        let text = format!("[role]\nid = \"reader\"\n[access]\nteams = \"{level}\"\n");
        policy::Source::role("policies/roles/reader.toml", text)
    };
    let taker = ADMIN.replace("owner", "roles = [\"reader\"]\nowner");
    let set = |policies: &[&str], level: &str| {
        let policies = policies.iter().enumerate();
        let policies = policies.map(|(at, text)| source(&format!("policies/{at}.toml"), text));
        let sources: Vec<_> = policies.chain([role(level)]).collect();
        PolicySet::load(&sources, Catalogue::builtin()).unwrap()
    };
    let full = SUPPORT.replace("notes     = \"read\"", "notes = \"full\"");
    let sets = [
        set(&[], "read"),
        set(&[SUPPORT, &taker], "read"),
        set(&[SUPPORT, &taker], "full"),
        set(&[&full], "read"),
    ];
    for (earlier, now) in sets.iter().flat_map(|one| sets.iter().map(move |other| (one, other))) {
        changes(now, earlier);
        is_put_right(earlier, now);
    }
    let said = changes(&sets[2], &sets[1]);
    assert_eq!(said, ["role reader (of 1 agent): teams read to full"]);
    let said = changes(&sets[3], &sets[0]);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(!is_put_right(&sets[1], &sets[2]).contains("agents\":{\""), "only the role is kept");
}
