//! What was used is permitted by what is suggested, and what was not used is not.

use std::collections::BTreeSet;

use catalogue::{Because, Klass, ResourceId, Rule};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;
use crate::decide::cover;
use crate::matrix::least_demands;
use crate::{Policy, PolicySet, Source};

fn catalogue() -> &'static Catalogue {
    Catalogue::builtin()
}

const ONCE: Times = Times { used: 1, refused: 0, last: Timestamp::UNIX_EPOCH };

fn policy(suggestion: &Suggestion) -> Arc<Policy> {
    let text = format!("[agent]\nid = \"bot\"\nowner = \"o\"\n{suggestion}");
    let source = Source::policy("bot.toml", text.clone());
    let set = PolicySet::load(&[source], catalogue()).unwrap_or_else(|why| panic!("{why}\n{text}"));
    set.policies().next().unwrap().clone()
}

/// A request that makes those demands of its operation that the numbers choose.
fn used(operation: &Arc<Operation>, choice: u32, klass: &str, looked: &[(usize, bool)]) -> Use {
    let mut demands = least_demands(operation);
    let klass = operation.names_a_klass().then(|| Klass::new(klass));
    demands[0].klass.clone_from(&klass);
    for (at, rule) in operation.rules().iter().enumerate() {
        if choice & (1 << (at % 32)) != 0 {
            add_rule(&mut demands, operation, rule, klass.as_ref());
        }
    }
    if operation.is_search() {
        let resources: Vec<ResourceId> =
            catalogue().resources().map(|it| it.id().clone()).collect();
        for (at, is_full) in looked {
            let resource = resources[at % resources.len()].clone();
            let level = if *is_full { Level::Full } else { Level::Read };
            let because = Because::Rule("the search returns them".into());
            demands.push(Demand { resource, klass: None, level, because, acts_as: None });
        }
    }
    Use { operation: Arc::clone(operation), demands, times: ONCE }
}

fn add_rule(demands: &mut Vec<Demand>, operation: &Operation, rule: &Rule, klass: Option<&Klass>) {
    for acts_as in [None, rule.shared_acts_as()] {
        let demand = Demand {
            resource: rule.resource().clone(),
            klass: klass.filter(|_| rule.resource() == operation.resource()).cloned(),
            level: rule.level(),
            because: Because::Rule(rule.because().into()),
            acts_as,
        };
        if !demands.contains(&demand) {
            demands.push(demand);
        }
    }
}

fn uses() -> impl Strategy<Value = Vec<Use>> {
    let all: Vec<Arc<Operation>> = catalogue().operations().cloned().collect();
    let looked = prop::collection::vec((any::<Index>(), any::<bool>()), 0..3);
    // Most requests make few demands beside their operation's own.
    let choice =
        prop_oneof![3 => Just(0), 2 => (0_u32..32).prop_map(|bit| 1 << bit), 1 => any::<u32>()];
    let one = (select(all), choice, select(vec!["order", "invoice"]), looked);
    let one = one.prop_map(|(operation, choice, klass, looked)| {
        let looked: Vec<_> = looked.iter().map(|(at, full)| (at.index(1000), *full)).collect();
        used(&operation, choice, klass, &looked)
    });
    prop::collection::vec(one, 0..12)
}

/// The operations that a policy permits, each with as little as it can demand.
fn permitted(policy: &Policy) -> BTreeSet<OperationId> {
    let klasses = ["order", "invoice", ""];
    let is_permitted = |operation: &&Arc<Operation>| {
        klasses.iter().any(|klass| {
            let least = used(operation, 0, klass, &[]);
            cover(policy, operation, &least.demands, &FACTS).is_ok()
        })
    };
    catalogue().operations().filter(is_permitted).map(|it| it.id().clone()).collect()
}

fn check(uses: &[Use], style: Style) -> Result<(), TestCaseError> {
    let suggestion = suggest(catalogue(), uses, style);
    let policy = policy(&suggestion);
    for one in uses {
        let covered = cover(&policy, &one.operation, &one.demands, &FACTS);
        prop_assert!(
            covered.is_ok(),
            "{} is refused by\n{suggestion}\n{covered:?}",
            one.operation.id()
        );
    }
    let asked: BTreeSet<&OperationId> = uses.iter().map(|used| used.operation.id()).collect();
    let effects = effects(uses);
    for id in permitted(&policy).iter().filter(|id| !asked.contains(id)) {
        let level = catalogue().operation(id.as_str()).unwrap().level();
        let looks = style == Style::Readable && level == Level::Read;
        prop_assert!(looks || effects.contains(id), "{id} is permitted by\n{suggestion}");
        prop_assert!(suggestion.beyond().contains(id), "nobody is told of {id}");
    }
    Ok(())
}

/// An operation that no klass and no effect makes wider is granted with the level that it was used with.
fn check_levels(uses: &[Use]) -> Result<(), TestCaseError> {
    let policy = policy(&suggest(catalogue(), uses, Style::Narrow));
    let effects = effects(uses);
    for one in uses {
        let operation = &one.operation;
        if operation.names_a_klass() || effects.contains(operation.id()) {
            continue;
        }
        let of_it = uses.iter().filter(|other| other.operation.id() == operation.id());
        let own = of_it
            .flat_map(|other| &other.demands)
            .filter(|demand| demand.resource == *operation.resource() && demand.acts_as.is_none());
        let most = own.map(|demand| demand.level).max();
        let entry = policy.settles(operation, &least_demands(operation)[0], &FACTS);
        prop_assert_eq!(entry.map(|entry| entry.level), most, "{}", operation.id());
    }
    Ok(())
}

proptest! {
    #[test]
    fn what_was_used_is_permitted_and_nothing_else_in_the_narrow_style(uses in uses()) {
        check(&uses, Style::Narrow)?;
        check_levels(&uses)?;
    }

    #[test]
    fn what_was_used_is_permitted_and_beside_it_only_looking_in_the_readable_style(uses in uses()) {
        check(&uses, Style::Readable)?;
    }
}

fn times(used: u64, refused: u64, last: &str) -> Times {
    Times { used, refused, last: last.parse().unwrap() }
}

fn of(operation: &str, choice: u32, times: Times) -> Use {
    let operation = catalogue().operation(operation).unwrap();
    Use { times, ..used(operation, choice, "Order", &[]) }
}

fn some_uses() -> Vec<Use> {
    vec![
        of("customers.get", 0, times(1204, 0, "2026-11-23T10:00:00Z")),
        of("customers.list", 0, times(3, 0, "2026-11-01T10:00:00Z")),
        of("customers.delete", 0, times(0, 2, "2026-11-20T10:00:00Z")),
        of("kobjects.get", 0, times(7, 1, "2026-11-05T10:00:00Z")),
        of("users.invite", 0, times(1, 0, "2026-11-05T10:00:00Z")),
        of("notes.create", 0, times(2, 0, "2026-11-05T10:00:00Z")),
    ]
}

#[test]
fn the_readable_style_grants_levels_and_actions_and_says_why() {
    let mut uses = some_uses();
    uses.push(of("conversations.add_tags", 0, times(2, 0, "2026-11-02T10:00:00Z")));
    uses.push(of("conversations.remove_tags", 0, times(1, 0, "2026-11-03T10:00:00Z")));
    insta::assert_snapshot!(suggest(catalogue(), &uses, Style::Readable), @r#"
    [access]
    # 1207 requests, the last on 2026-11-23: customers.get 1204, customers.list 3
    customers = "read"
    # 7 requests and 1 refused, the last on 2026-11-05: kobjects.get 8
    "kobjects.order" = "read"

    [actions]
    # 3 requests, the last on 2026-11-03: conversations.add_tags 2, conversations.remove_tags 1
    tag_conversations = "write"

    [operations]
    # 2 requests refused, the last on 2026-11-20: customers.delete 2
    "customers.delete" = "full"
    # 2 requests, the last on 2026-11-05: notes.create 2
    "notes.create" = "write"
    # 1 request, the last on 2026-11-05: users.invite 1
    "users.invite" = "full"
    "#);
}

#[test]
fn the_narrow_style_grants_single_operations_and_shuts_what_they_would_open() {
    let mut uses = some_uses();
    uses.push(of("customer_merges.create", 0, times(1, 0, "2026-11-02T10:00:00Z")));
    insta::assert_snapshot!(suggest(catalogue(), &uses, Style::Narrow), @r#"
    [access]
    # 1 request, the last on 2026-11-02: customer_merges.create 1
    customers = "full"
    # 7 requests and 1 refused, the last on 2026-11-05: kobjects.get 8
    "kobjects.order" = "read"

    [operations]
    # 1 request, the last on 2026-11-02: customer_merges.create 1
    "customer_merges.create" = "full"
    # 2 requests refused, the last on 2026-11-20: customers.delete 2
    "customers.delete" = "full"
    # 1204 requests, the last on 2026-11-23: customers.get 1204
    "customers.get" = "read"
    # 3 requests, the last on 2026-11-01: customers.list 3
    "customers.list" = "read"
    # 2 requests, the last on 2026-11-05: notes.create 2
    "notes.create" = "write"
    # 1 request, the last on 2026-11-05: users.invite 1
    "users.invite" = "full"
    # Not used, and shut because an entry above would open them:
    "customers.bulk_create" = "off"
    "customers.bulk_delete" = "off"
    "customers.bulk_update" = "off"
    "customers.create" = "off"
    "customers.get_by_email" = "off"
    "customers.get_by_external_id" = "off"
    "customers.get_by_id_key" = "off"
    "customers.get_by_phone" = "off"
    "customers.patch" = "off"
    "customers.update" = "off"
    "kobjects.get_by_external_id" = "off"
    "kobjects.list" = "off"
    "kobjects.list_for_customer" = "off"
    "#);
}

#[test]
fn nothing_used_is_nothing_suggested() {
    let nothing = suggest(catalogue(), &[], Style::Readable);
    assert_eq!((nothing.to_string().as_str(), nothing.beyond().len()), ("", 0));
}
