//! What holds for every policy of several layers: its own entries win, an off of a role wins over the
//! other roles, and nothing that lapses opens anything. Held against a second, plain reading of the rules.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use catalogue::{Because, Catalogue, Demand, Klass, Level, Operation};
use policy::{Policy, PolicySet, Source};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::scene::{now, permitted};

/// An entry: its level, and whether its window is shut.
type Given = (Level, bool);

/// Entries of one file, by table and name.
type Entries = BTreeMap<(&'static str, String), Given>;

const KLASSES: [&str; 3] = ["order", "invoice", "secret"];

/// A name that several layers are likely to speak of.
fn name() -> impl Strategy<Value = (&'static str, String)> {
    let of = |table, names: &[&str]| {
        select(names.iter().map(|name| (table, (*name).to_owned())).collect::<Vec<_>>())
    };
    let klasses = KLASSES.map(|klass| format!("kobjects.{klass}"));
    prop_oneof![
        of(
            "access",
            &["customers", "conversations", "drafts", "kobjects", "notes", "tags", "users"]
        ),
        of("access", &klasses.each_ref().map(String::as_str)),
        of(
            "actions",
            &["delete_customers", "create_tags", "tag_conversations", "reply_to_customers"]
        ),
        of(
            "operations",
            &["customers.delete", "conversations.add_tags", "kobjects.update", "users.invite"]
        ),
    ]
}

fn entries(most: usize) -> impl Strategy<Value = Entries> {
    prop::collection::btree_map(name(), (select(&Level::ALL[..]), any::<bool>()), 0..most)
}

/// The policy's own entries, and those of up to three roles.
fn layers() -> impl Strategy<Value = Vec<Entries>> {
    prop::collection::vec(entries(8), 1..=4)
}

fn tables(entries: &Entries) -> String {
    let mut text = String::new();
    for table in ["access", "actions", "operations"] {
        writeln!(text, "[{table}]").unwrap();
        for ((_, name), (level, is_shut)) in entries.iter().filter(|((of, _), _)| *of == table) {
            // What is off is off at all times.
            if *is_shut && *level != Level::Off {
                writeln!(text, "\"{name}\" = {{ level = \"{level}\", expires = 2020-01-01 }}")
                    .unwrap();
            } else {
                writeln!(text, "\"{name}\" = \"{level}\"").unwrap();
            }
        }
    }
    text
}

fn load(layers: &[Entries]) -> Arc<Policy> {
    let (own, roles) = layers.split_first().unwrap();
    let ids: Vec<String> = (0..roles.len()).map(|at| format!("\"role-{at}\"")).collect();
    let head = "[agent]\nid = \"bot\"\nowner = \"ops@example.com\"\nroles = [";
    let own = Source::policy("bot.toml", format!("{head}{}]\n{}", ids.join(", "), tables(own)));
    let role = |(at, entries): (usize, &Entries)| {
        let text = format!("[role]\nid = \"role-{at}\"\n{}", tables(entries));
        Source::role(format!("roles/{at}.toml"), text)
    };
    let sources: Vec<Source> = roles.iter().enumerate().map(role).chain([own]).collect();
    let set = PolicySet::load(&sources, Catalogue::builtin()).unwrap();
    Arc::clone(set.policy("bot").unwrap())
}

/// The operations that the one policy permits and the other does not.
fn lost(before: &Arc<Policy>, after: &Arc<Policy>) -> Vec<String> {
    let pairs = permitted(before).into_iter().zip(permitted(after));
    pairs.filter(|(before, after)| before.1 && !after.1).map(|(before, _)| before.0).collect()
}

/// What one layer gives for an operation's own demand: its level where it counts, whether it is an off;
/// none where the layer does not speak of it.
fn given(layer: &Entries, operation: &Operation, klass: Option<&str>) -> Option<Given> {
    let get = |table, name: &str| layer.get(&(table, name.to_owned())).copied();
    let level = |(level, is_shut)| if is_shut { Level::Off } else { level };
    let explicit = |(written, is_shut)| (level((written, is_shut)), written == Level::Off);
    let resource = operation.resource().as_str();
    if let Some(own) = get("operations", operation.id().as_str()) {
        return Some(explicit(own));
    }
    if operation.only_by_name().is_some() {
        return None;
    }
    let actions: Vec<Given> =
        operation.actions().iter().filter_map(|id| get("actions", id.as_str())).collect();
    if !actions.is_empty() {
        let least = actions.iter().copied().map(level).min().unwrap();
        return Some((least, actions.iter().any(|(written, _)| *written == Level::Off)));
    }
    let of_klass = klass.and_then(|klass| get("access", &format!("{resource}.{klass}")));
    of_klass.or_else(|| get("access", resource)).map(explicit)
}

fn covers_klass(layers: &[Entries], operation: &Operation, klass: Option<&str>) -> bool {
    let enough = |level: Level| level != Level::Off && level >= operation.level();
    let (own, roles) = layers.split_first().unwrap();
    if let Some((level, _)) = given(own, operation, klass) {
        return enough(level);
    }
    let of_roles: Vec<Given> =
        roles.iter().filter_map(|role| given(role, operation, klass)).collect();
    !of_roles.iter().any(|(_, is_off)| *is_off) && of_roles.iter().any(|(level, _)| enough(*level))
}

/// Whether the rules, read plainly, cover the operation's own demand.
fn covers(layers: &[Entries], operation: &Operation, klass: Option<&str>) -> bool {
    let named = |klass: &&&str| {
        let name = ("access", format!("{}.{klass}", operation.resource()));
        layers.iter().any(|layer| layer.contains_key(&name))
    };
    match klass {
        Some(_) => covers_klass(layers, operation, klass),
        None => {
            covers_klass(layers, operation, None)
                && KLASSES.iter().filter(named).all(|it| covers_klass(layers, operation, Some(it)))
        }
    }
}

fn own_demand(operation: &Operation, klass: Option<&str>) -> Demand {
    Demand {
        resource: operation.resource().clone(),
        klass: klass.map(Klass::new),
        level: operation.level(),
        because: Because::Operation,
        acts_as: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_demand_is_settled_as_the_rules_say(layers in layers()) {
        let policy = load(&layers);
        for operation in Catalogue::builtin().operations() {
            for klass in [None, Some("order"), Some("secret"), Some("other")] {
                let demand = own_demand(operation, klass);
                let facts = now();
                let occasion = policy::Occasion::at_large(&facts);
                let entry = policy.settles(operation, &demand, &occasion);
                let is_covered = entry.is_some_and(|entry| entry.covers(demand.level, &occasion));
                let expected = covers(&layers, operation, klass);
                prop_assert_eq!(is_covered, expected, "{} of {:?}", operation.id(), klass);
            }
        }
    }

    #[test]
    fn adding_a_role_never_takes_away_what_the_policys_own_entries_grant(layers in layers()) {
        prop_assert_eq!(lost(&load(&layers[..1]), &load(&layers)), Vec::<String>::new());
    }

    #[test]
    fn the_order_of_roles_changes_nothing(mut layers in layers()) {
        let before = permitted(&load(&layers));
        layers[1..].reverse();
        prop_assert_eq!(permitted(&load(&layers)), before);
    }

    #[test]
    fn a_window_that_shuts_never_widens(layers in layers()) {
        let mut open = layers.clone();
        open.iter_mut().flat_map(BTreeMap::values_mut).for_each(|given| given.1 = false);
        prop_assert_eq!(lost(&load(&layers), &load(&open)), Vec::<String>::new());
    }

    #[test]
    fn raising_a_level_in_any_layer_never_takes_anything_away(
        mut layers in layers().prop_filter("an entry", |it| it.iter().any(|it| !it.is_empty())),
        which in any::<Index>(),
        levels in (select(&Level::ALL[..]), select(&Level::ALL[..])),
    ) {
        let all: usize = layers.iter().map(BTreeMap::len).sum();
        let at = which.index(all);
        let set = |layers: &mut [Entries], level| {
            let entry = layers.iter_mut().flat_map(BTreeMap::values_mut).nth(at).unwrap();
            *entry = (level, false);
        };
        set(&mut layers, levels.0.min(levels.1));
        let lower = load(&layers);
        set(&mut layers, levels.0.max(levels.1));
        prop_assert_eq!(lost(&lower, &load(&layers)), Vec::<String>::new());
    }
}
