//! A token that is narrowed permits what its policy and the narrowing both permit, and nothing else.

use std::sync::Arc;

use catalogue::Catalogue;
use policy::{
    Decision, Narrowing, NotANarrowing, Observing, Policy, PolicySet, Reason, decide, worth_reading,
};
use proptest::prelude::*;

use crate::properties::{Entries, entries, load};
use crate::scene::{AGENT, denial, identify, now, permit, permitted, policy, source, whole_policy};

fn read(items: &[&str]) -> Result<Narrowing, NotANarrowing> {
    Narrowing::read(items.iter().copied(), Catalogue::builtin())
}

fn narrowed(policy: &Arc<Policy>, items: &[&str]) -> Arc<Policy> {
    Arc::new(policy.narrowed(Arc::new(read(items).unwrap())))
}

#[test]
fn what_is_not_named_is_off_and_what_is_named_is_no_more_than_the_policy_gives() {
    let whole = policy("[access]\nmessages = \"read\"\ncustomers = \"full\"\n");
    let token = narrowed(&whole, &["messages=full", "teams=full"]);
    permit(&token, "messages.get");
    let Reason::Narrowed { lacks, to } = denial(&token, "customers.get").reason().clone() else {
        panic!("the policy grants it, the token does not")
    };
    assert_eq!((lacks.len(), lacks[0].demand.resource.as_str()), (1, "customers"));
    assert_eq!(to.to_string(), "messages=full, teams=full");
    for operation in ["messages.redact", "teams.list"] {
        let denial = denial(&token, operation);
        assert!(matches!(denial.reason(), Reason::NotGranted(_)), "{operation}");
    }
}

#[test]
fn a_narrowing_to_nothing_permits_nothing() {
    let whole = policy("[access]\nmessages = \"full\"\n");
    let token = narrowed(&whole, &[]);
    assert!(permitted(&token).iter().all(|(_, permitted)| !permitted));
}

#[test]
fn an_operation_that_must_be_named_must_be_named_in_the_narrowing_too() {
    let whole = policy("[operations]\n\"api_tokens.create\" = \"full\"\n");
    permit(&whole, "api_tokens.create");
    denial(&narrowed(&whole, &["api_tokens=full"]), "api_tokens.create");
    permit(&narrowed(&whole, &["api_tokens.create=full"]), "api_tokens.create");
}

#[test]
fn a_klass_that_the_narrowing_names_narrows_requests_that_name_none() {
    let whole = policy("[access]\nkobjects = \"full\"\n");
    let token = narrowed(&whole, &["kobjects.order=read"]);
    let one = |klass: &str| {
        let asked = identify("GET", &format!("/v1/klasses/{klass}/5f1a2b3c4d5e6f708192a3b4"));
        matches!(decide(&token, asked, &now()), Decision::Permit(_))
    };
    assert!(one("order"));
    assert!(!one("invoice"));
    let but_orders = narrowed(&whole, &["kobjects=full", "kobjects.order=off"]);
    let asked = identify("GET", "/v1/klasses/order/5f1a2b3c4d5e6f708192a3b4");
    assert!(matches!(decide(&but_orders, asked, &now()), Decision::Denial(_)));
}

#[test]
fn an_agent_that_is_observed_is_held_to_what_its_token_is_narrowed_to() {
    let text = format!("{AGENT}[access]\nmessages = \"read\"\n")
        .replace("owner", "mode = \"observe\"\nowner");
    let sources = [source("policies/bot.toml", &text)];
    let set = PolicySet::load_with(&sources, Catalogue::builtin(), Observing::Allowed).unwrap();
    let whole = Arc::clone(set.policy("bot").unwrap());
    let token = narrowed(&whole, &["messages=read", "notes=read"]);
    permit(&whole, "customers.get");
    permit(&token, "messages.get");
    permit(&token, "notes.get");
    denial(&token, "customers.get");
}

#[test]
fn a_body_is_not_read_where_the_narrowing_settles_the_request() {
    let whole = policy("[access]\ncustomers = \"write\"\nnotes = \"write\"\n");
    let catalogue = Catalogue::builtin();
    let operation = catalogue.operation("customers.update").unwrap();
    let asked = catalogue.example(operation).unwrap();
    assert!(worth_reading(&whole, &asked, &now()));
    assert!(worth_reading(&narrowed(&whole, &["customers=write"]), &asked, &now()));
    assert!(!worth_reading(&narrowed(&whole, &["customers=read"]), &asked, &now()));
}

#[test]
fn a_suspended_agent_stays_suspended() {
    let text = format!("{AGENT}[access]\nmessages = \"read\"\n")
        .replace("owner", "mode = \"suspended\"\nowner");
    let token = narrowed(&whole_policy(&text), &["messages=read"]);
    let denial = denial(&token, "messages.get");
    assert!(matches!(denial.reason(), Reason::AgentSuspended { .. }));
}

#[test]
fn what_is_no_narrowing_says_how_to_write_one() {
    let check = |items: &[&str], expected: &str| {
        assert_eq!(read(items).unwrap_err().to_string(), expected);
    };
    check(&["messages"], "`messages` names no level; write NAME=LEVEL, such as messages=read");
    check(
        &["mesages=read"],
        "there is no resource, action or operation `mesages`; did you mean `messages`?",
    );
    check(&["messages=reed"], "`reed` is no level of `messages`; write off, read, write or full");
    check(&["messages=read", "messages=full"], "`messages` is named twice; keep one of the two");
    check(
        &["kobjects.order=read", "kobjects.Order=full"],
        "`kobjects.order` is named twice; keep one of the two",
    );
    let operations = Catalogue::builtin().operations().map(|it| format!("{}=read", it.id()));
    let many: Vec<_> = operations.collect();
    let failure = Narrowing::read(many.iter().map(String::as_str), Catalogue::builtin());
    assert_eq!(failure.unwrap_err(), NotANarrowing::TooMany);
}

#[test]
fn what_it_was_read_from_comes_back() {
    let items = [" messages = read ", "kobjects.Order=off", "delete_customers=full"];
    let read_once = read(&items).unwrap();
    let items: Vec<_> = read_once.items().collect();
    assert_eq!(items, ["messages=read", "kobjects.order=off", "delete_customers=full"]);
    assert_eq!(read(&items).unwrap(), read_once);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_narrowed_policy_permits_the_intersection_and_never_more(
        whole in entries(),
        named in entries(),
        again in entries(),
    ) {
        let as_items = |entries: &Entries| {
            let items = entries.iter().map(|((_, name), level)| format!("{name}={level}"));
            items.collect::<Vec<_>>()
        };
        let narrow = |policy: &Arc<Policy>, items: &[String]| {
            narrowed(policy, &items.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let policy = load(&whole);
        let once = narrow(&policy, &as_items(&named));
        let twice = narrow(&once, &as_items(&again));
        let each = [&policy, &load(&named), &once, &load(&again), &twice].map(permitted);
        for (at, (operation, in_policy)) in each[0].iter().enumerate() {
            let in_both = *in_policy && each[1][at].1;
            prop_assert_eq!(each[2][at].1, in_both, "{}", operation);
            prop_assert_eq!(each[4][at].1, in_both && each[3][at].1, "{}", operation);
        }
    }
}
