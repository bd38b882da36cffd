//! Two sets are compared by what they would decide, and by nothing else.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use catalogue::{Catalogue, Level};
use policy::compare::{AgentChange, Way, compare};
use policy::{PolicySet, Source};
use proptest::prelude::*;

use crate::properties::{Entries, entries};
use crate::scene::{AGENT, now, permitted, source};

fn set(text: &str) -> PolicySet {
    let sources = [source("policies/bot.toml", text)];
    PolicySet::load(&sources, Catalogue::builtin()).expect("the policy is good")
}

fn changes(before: &str, after: &str) -> Vec<AgentChange> {
    let whole = |tables: &str| set(&format!("{AGENT}{tables}"));
    compare(Catalogue::builtin(), &whole(before), &whole(after), now().now)
}

#[track_caller]
fn change(before: &str, after: &str) -> AgentChange {
    let mut changes = changes(before, after);
    assert_eq!(changes.len(), 1, "{changes:?}");
    changes.remove(0)
}

/// The operations that moved one way, as every request of them is.
fn plain(change: &AgentChange, way: Way) -> BTreeSet<String> {
    let moves = change.moves.iter().filter(|it| it.way == way && it.asking.is_plain());
    let unnamed = moves.filter(|it| it.asking.klass.is_none());
    unnamed.map(|it| it.operation.id().to_string()).collect()
}

fn names(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn another_order_and_another_spelling_of_the_same_rights_show_nothing() {
    let one =
        "[access]\ncustomers = \"read\"\ntags = \"read\"\n[actions]\ndelete_customers = \"off\"\n";
    let other = "[actions]\n# nothing to delete\ndelete_customers = \"off\"\n\
                 [access]\ntags = \"full\"\ncustomers = \"read\"\n\
                 [operations]\n\"customers.update\" = \"read\"\n";
    // `tags` knows nothing but looking, so full gives no more than read.
    assert!(changes(one, other).is_empty(), "{:?}", changes(one, other));
}

/// Of two agents that take a role, the changes from one text of the role to the next.
fn of_roles(before: &str, after: &str, second: &str) -> Vec<String> {
    let set = |role: &str| {
        let policy = |id: &str, tables: &str| {
            let text = format!("[agent]\nid = \"{id}\"\nowner = \"ops\"\n{tables}");
            source(&format!("policies/{id}.toml"), &text)
        };
        let sources = [
            policy("one", "roles = [\"reader\"]\n"),
            policy("two", second),
            Source::role("policies/roles/reader.toml", format!("[role]\nid = \"reader\"\n{role}")),
            Source::role("policies/roles/other.toml", "[role]\nid = \"other\"\n"),
        ];
        PolicySet::load(&sources, Catalogue::builtin()).expect("the policies are good")
    };
    let changes = compare(Catalogue::builtin(), &set(before), &set(after), now().now);
    changes.into_iter().map(|change| change.agent.to_string()).collect()
}

#[test]
fn a_change_of_a_role_alone_is_one_of_each_agent_that_takes_it() {
    let (read, none) = ("[access]\ncustomers = \"read\"\n", "roles = [\"other\"]\n");
    assert_eq!(of_roles(read, read, none), [""; 0]);
    let moved = format!("# Looks.\n\n{read}");
    assert_eq!(of_roles(read, &moved, none), [""; 0], "where a line stands is no difference");
    for changed in [
        "[access]\ncustomers = \"write\"\n",
        "[access]\ncustomers = \"read\"\ntags = \"read\"\n",
        "[access]\ncustomers = { level = \"read\", expires = 2999-01-01 }\n",
        "[access]\n",
        "[access]\ncustomers = \"read\"\n[limits]\nrequests = \"1/min\"\n",
    ] {
        assert_eq!(of_roles(read, changed, none), ["one"], "{changed}");
        assert_eq!(of_roles(read, changed, "roles = [\"reader\"]\n"), ["one", "two"], "{changed}");
    }
}

#[test]
fn what_is_gained_and_lost_is_said_with_its_entry_and_what_deletes_is_marked() {
    let before = "[access]\ncustomers = \"write\"\ntags = \"read\"\n";
    let change = change(before, "[access]\ncustomers = \"full\"\n");
    assert_eq!(plain(&change, Way::Lost), names(&["tags.list"]));
    let gained = plain(&change, Way::Gained);
    let bulk = ["customers.bulk_create", "customers.bulk_delete", "customers.bulk_update"];
    assert_eq!(gained, names(&[&bulk[..], &["customers.delete"]].concat()));
    let deleting = change.moves.iter().find(|it| it.operation.id().as_str() == "customers.delete");
    let deleting = deleting.expect("it is gained");
    assert!(deleting.deletes() && !deleting.sends());
    assert_eq!(deleting.entries.1[0].place.line, 6);
    assert_eq!(change.gained(), Some(Level::Full));
    let reach: Vec<_> = change.reach.iter().map(|(id, levels)| (id.as_str(), *levels)).collect();
    let expected =
        [("customers", (Level::Write, Level::Full)), ("tags", (Level::Read, Level::Off))];
    assert_eq!(reach, expected);
}

#[test]
fn deleting_by_an_update_is_a_gain_although_the_update_itself_is_none() {
    let off = "[access]\ncustomers = \"full\"\n[actions]\ndelete_customers = \"off\"\n";
    let change = change(off, "[access]\ncustomers = \"full\"\n");
    assert!(!plain(&change, Way::Gained).contains("customers.update"));
    let by_update = change.moves.iter().find(|it| it.operation.id().as_str() == "customers.update");
    let by_update = by_update.expect("an update that deletes is permitted now");
    assert_eq!(by_update.way, Way::Gained);
    assert!(by_update.deletes(), "{by_update:?}");
    assert!(by_update.asking.with.as_ref().is_some_and(|with| with.contains("`deleted`")));
}

#[test]
fn what_can_leave_kustomer_counts_as_full_whatever_its_level() {
    let change = change("", "[operations]\n\"drafts.update\" = \"write\"\n");
    assert_eq!(plain(&change, Way::Gained), names(&["drafts.update"]));
    assert!(change.moves.iter().all(policy::compare::Move::sends));
    assert_eq!(change.gained(), Some(Level::Full));
}

#[test]
fn a_search_that_may_look_into_more_is_a_gain() {
    let before = "[access]\nsearch = \"read\"\ncustomers = \"read\"\n";
    let change = change(before, &format!("{before}notes = \"read\"\n"));
    let search = change.moves.iter().find(|it| it.operation.is_search());
    let with = search.and_then(|it| it.asking.with.as_deref());
    assert_eq!(with, Some("for notes"));
}

#[test]
fn each_klass_that_a_line_names_is_compared_by_itself() {
    let before = "[access]\nkobjects = \"read\"\n\"kobjects.order\" = \"off\"\n";
    let change = change(before, "[access]\nkobjects = \"read\"\n");
    assert_eq!(plain(&change, Way::Gained), names(&[]), "no klass in particular is as before");
    let klasses: BTreeSet<_> =
        change.moves.iter().filter_map(|it| it.asking.klass.as_deref()).collect();
    assert_eq!(klasses, BTreeSet::from(["order"]));
    assert!(change.moves.iter().all(|it| it.way == Way::Gained));
}

#[test]
fn what_holds_for_everything_is_compared_as_it_stands_and_may_give_all_that_is_granted() {
    let entries = "[access]\ncustomers = \"write\"\n";
    let only = "[only]\ncustomers = [\"5f1a2b3c4d5e6f708192a3b4\"]\n";
    let limits = "[limits]\nrequests = \"60/min\"\n";
    let term = |before: &str, after: &str| {
        let change = change(&format!("{entries}{before}"), &format!("{entries}{after}"));
        let term = change.terms[0].clone();
        (term.what, term.way, term.gives)
    };
    let gives = Some(Level::Write);
    assert_eq!(term(only, ""), ("only.customers".to_owned(), Way::Gained, gives));
    assert_eq!(term("", only), ("only.customers".to_owned(), Way::Lost, None));
    let more = only.replace("b4\"", "b4\", \"5f1a2b3c4d5e6f708192a3b5\"");
    assert_eq!(term(only, &more), ("only.customers".to_owned(), Way::Gained, gives));
    // A limit only slows an agent down.
    assert_eq!(term(limits, ""), ("limits.requests".to_owned(), Way::Gained, None));
    assert!(changes(limits, "[limits]\nrequests = \"1/sec\"\n")[0].terms[0].way == Way::Neither);
}

#[test]
fn the_end_of_a_term_and_a_certificate_are_compared_as_well() {
    let agent = |more: &str| {
        let text = AGENT.replace("\n\n", &format!("\n{more}\n"));
        set(&format!("{text}[access]\nteams = \"read\"\n"))
    };
    let term = |before: &str, after: &str| {
        let changes = compare(Catalogue::builtin(), &agent(before), &agent(after), now().now);
        let term = changes[0].terms[0].clone();
        (term.way, term.gives)
    };
    let (early, late) = ("expires = 2026-01-01", "expires = 2027-01-01");
    assert_eq!(term(early, late), (Way::Gained, Some(Level::Read)));
    assert_eq!(term(early, ""), (Way::Gained, Some(Level::Read)));
    assert_eq!(term(late, early), (Way::Lost, None));
    let (one, other) = ("dns:a.example.com", "dns:b.example.com");
    let bound = |name: &str| format!("client_certificate = \"{name}\"");
    assert_eq!(term(&bound(one), &bound(other)), (Way::Gained, Some(Level::Read)));
    assert_eq!(term("", &bound(one)), (Way::Lost, None));
}

#[test]
fn an_agent_that_is_new_gains_all_that_it_may_do_and_one_that_is_gone_loses_it() {
    let some = set(&format!("{AGENT}[access]\ntags = \"read\"\n"));
    let catalogue = Catalogue::builtin();
    let added = compare(catalogue, &PolicySet::empty(), &some, now().now);
    assert_eq!(plain(&added[0], Way::Gained), names(&["tags.list"]));
    assert!(added[0].before.is_none());
    let removed = compare(catalogue, &some, &PolicySet::empty(), now().now);
    assert_eq!(plain(&removed[0], Way::Lost), names(&["tags.list"]));
    assert!(removed[0].after.is_none());
    assert!(compare(catalogue, &some, &some, now().now).is_empty());
}

fn text(entries: &Entries) -> String {
    let mut text = AGENT.to_owned();
    for table in ["access", "actions", "operations"] {
        writeln!(text, "[{table}]").unwrap();
        for ((_, name), level) in entries.iter().filter(|((of, _), _)| *of == table) {
            writeln!(text, "\"{name}\" = \"{level}\"").unwrap();
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_shown_is_what_decide_says(before in entries(), after in entries()) {
        let (before, after) = (set(&text(&before)), set(&text(&after)));
        let catalogue = Catalogue::builtin();
        let changes = compare(catalogue, &before, &after, now().now);
        let moves = |way| changes.first().map(|change| plain(change, way)).unwrap_or_default();
        let (gained, lost) = (moves(Way::Gained), moves(Way::Lost));
        let decided = |set: &PolicySet| permitted(set.policy("bot").unwrap());
        for ((id, was), (_, is)) in decided(&before).into_iter().zip(decided(&after)) {
            // What a search returns is a question of its own.
            if catalogue.operation(&id).unwrap().is_search() {
                continue;
            }
            prop_assert_eq!(gained.contains(&id), !was && is, "{}", id);
            prop_assert_eq!(lost.contains(&id), was && !is, "{}", id);
        }
    }

    #[test]
    fn the_way_back_is_the_reverse(before in entries(), after in entries()) {
        let (before, after) = (set(&text(&before)), set(&text(&after)));
        let catalogue = Catalogue::builtin();
        let count = |from: &PolicySet, to: &PolicySet, way: Way| -> usize {
            let changes = compare(catalogue, from, to, now().now);
            changes.iter().flat_map(|change| &change.moves).filter(|it| it.way == way).count()
        };
        prop_assert_eq!(
            count(&before, &after, Way::Gained),
            count(&after, &before, Way::Lost)
        );
    }
}

/// A bot that takes a role with these tables.
fn with_role(tables: &str) -> PolicySet {
    let bot = "[agent]\nid = \"bot\"\nowner = \"ops\"\nroles = [\"reader\"]\n";
    let sources = [
        source("policies/bot.toml", bot),
        policy::Source::role(
            "policies/roles/reader.toml",
            format!("[role]\nid = \"reader\"\n{tables}"),
        ),
    ];
    PolicySet::load(&sources, Catalogue::builtin()).expect("the policies are good")
}

#[test]
fn a_change_of_a_role_shows_at_each_agent_that_takes_it_and_names_the_roles_file() {
    let (before, after) = (with_role("[access]\n"), with_role("[access]\ntags = \"read\"\n"));
    let changes = compare(Catalogue::builtin(), &before, &after, now().now);
    assert_eq!(plain(&changes[0], Way::Gained), names(&["tags.list"]));
    let entry = &changes[0].moves[0].entries.1[0];
    assert_eq!(entry.place.to_string(), "policies/roles/reader.toml:4");
    // The same rights, once by a role and once by a line of its own: only the role is said.
    let own = set("[agent]\nid = \"bot\"\nowner = \"ops\"\n[access]\ntags = \"read\"\n");
    let changes = compare(Catalogue::builtin(), &after, &own, now().now);
    assert!(changes[0].moves.is_empty(), "{changes:?}");
    assert_eq!((changes[0].terms[0].what.as_str(), changes[0].gained()), ("roles", None));
}

#[test]
fn windows_are_compared_for_all_time_from_now_on() {
    let tags = |window: &str| format!("[access]\ntags = {{ level = \"read\"{window} }}\n");
    let ways = |before: &str, after: &str| -> Vec<Way> {
        let changes = changes(&tags(before), &tags(after));
        changes.iter().flat_map(|change| &change.moves).map(|it| it.way).collect()
    };
    let (spring, year) = (", expires = 2027-03-31", ", expires = 2027-12-31");
    assert_eq!(ways(spring, year), [Way::Gained], "it is granted for longer");
    assert_eq!(ways(year, spring), [Way::Lost]);
    assert_eq!(ways("", spring), [Way::Lost]);
    assert_eq!(ways(spring, ""), [Way::Gained]);
    assert_eq!(ways("", ", not_before = 2027-02-01"), [Way::Lost]);
    // It is January 2027: what is over is over, however it is written.
    assert_eq!(ways(", not_before = 2026-01-01", ""), []);
    assert_eq!(ways(", expires = 2026-01-01", ", expires = 2026-06-30"), []);
    assert_eq!(ways(", expires = 2026-01-01", year), [Way::Gained]);
    let gained = change(&tags(spring), &tags(year));
    let (before, after) = (&gained.moves[0].terms_before, &gained.moves[0].terms_after);
    let only = |text: &str| Some(BTreeSet::from([text.to_owned()]));
    assert_eq!((before, after), (&only("expires 2027-03-31"), &only("expires 2027-12-31")));
}

#[test]
fn a_condition_that_goes_or_changes_is_a_gain_and_one_that_comes_is_a_loss() {
    let messages = |when: &str| format!("[access]\nmessages = {{ level = \"read\"{when} }}\n");
    let when = |text: &str| messages(&format!(", when = '{text}'"));
    let ways = |before: &str, after: &str| -> BTreeSet<Way> {
        let changes = changes(before, after);
        changes.iter().flat_map(|change| &change.moves).map(|it| it.way).collect()
    };
    let (one, other) = ("agent.id == \"bot\"", "agent.id == \"another\"");
    assert_eq!(ways(&when(one), &messages("")), BTreeSet::from([Way::Gained]));
    assert_eq!(ways(&messages(""), &when(one)), BTreeSet::from([Way::Lost]));
    assert_eq!(ways(&when(one), &when(other)), BTreeSet::from([Way::Gained]));
    assert_eq!(ways(&when(one), &when(one)), BTreeSet::new());
    let gained = change(&when(one), &when(other));
    assert_eq!(gained.gained(), Some(Level::Read));
    let terms = |text: &str| Some(BTreeSet::from([format!("when {text}")]));
    assert_eq!(gained.moves[0].terms_before, terms(one));
    assert_eq!(gained.moves[0].terms_after, terms(other));
    // A line for the operation with a condition takes the place of the resource's, and gives less.
    let tags = "[access]\ntags = \"read\"\n";
    let line = format!("[operations]\n\"tags.list\" = {{ level = \"read\", when = '{one}' }}\n");
    assert_eq!(ways(tags, &format!("{tags}{line}")), BTreeSet::from([Way::Lost]));
}

#[test]
fn among_more_conditions_than_can_all_be_combined_other_terms_are_a_gain() {
    let entries = |count: usize| -> String {
        let each = (0..count).map(|at| {
            format!("\"kobjects.k{at}\" = {{ level = \"read\", when = 'agent.id == \"m{at}\"' }}\n")
        });
        format!("[access]\nkobjects = \"read\"\n{}", each.collect::<String>())
    };
    let changes = changes(&entries(9), &entries(8));
    assert!(changes[0].gained().is_some(), "{changes:?}");
}

#[test]
fn a_mode_that_lets_more_through_is_a_gain_of_all_that_it_lets_through() {
    let load = |mode: &str| {
        let text = format!(
            "[agent]\nid = \"bot\"\nowner = \"ops\"\nmode = \"{mode}\"\n[access]\ntags = \"read\"\n"
        );
        let sources = [source("policies/bot.toml", &text)];
        PolicySet::load_with(&sources, Catalogue::builtin(), policy::Observing::Allowed)
            .expect("the policy is good")
    };
    let gained = |before: &str, after: &str| {
        let changes = compare(Catalogue::builtin(), &load(before), &load(after), now().now);
        changes[0].gained()
    };
    assert_eq!(gained("suspended", "enforce"), Some(Level::Read));
    assert_eq!(gained("enforce", "observe"), Some(Level::Full));
    assert_eq!(gained("observe", "enforce"), None);
    assert_eq!(gained("enforce", "suspended"), None);
    let added = compare(Catalogue::builtin(), &PolicySet::empty(), &load("observe"), now().now);
    assert_eq!(added[0].gained(), Some(Level::Full));
}
