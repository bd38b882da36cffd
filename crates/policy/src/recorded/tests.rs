//! What is read back from a record is what was asked, and is answered as it was; what a record does not
//! tell is not guessed.

use std::sync::Arc;

use catalogue::{Asked, Body, Catalogue, Identified};
use jiff::Timestamp;

use super::*;
use crate::{Decision, Facts, Policy, PolicySet, Reason, Source, decide};

const ID: &str = "5f1a2b3c4d5e6f708192a3b4";
const OTHER: &str = "5f1a2b3c4d5e6f708192a3b5";

fn catalogue() -> &'static Catalogue {
    Catalogue::builtin()
}

fn policy(tables: &str) -> Arc<Policy> {
    let text = format!("[agent]\nid = \"bot\"\nowner = \"o\"\n{tables}");
    let source = Source::policy("bot.toml", text);
    let set = PolicySet::load(&[source], catalogue()).unwrap();
    set.policies().next().unwrap().clone()
}

fn facts() -> Facts<'static> {
    Facts::at(Timestamp::UNIX_EPOCH)
}

fn ask(method: &str, target: &str, body: Option<&str>) -> Asked {
    let Ok(Identified::Known(asked)) = catalogue().identify(method, target) else {
        panic!("{method} {target} is known")
    };
    match body {
        Some(body) => catalogue().read_body(asked, &Body::read(body.as_bytes()).unwrap()).unwrap(),
        None => asked,
    }
}

/// A demand as a record words it.
type Words = (String, String, String);

fn words(demands: &[Demand]) -> Vec<Words> {
    let of = |demand: &Demand| {
        (demand.on(), demand.level.to_string(), demand.because.as_str().to_owned())
    };
    demands.iter().map(of).collect()
}

fn borrowed(words: &[Words]) -> impl Iterator<Item = RecordedDemand<'_>> {
    words.iter().map(|(resource, level, because)| RecordedDemand { resource, level, because })
}

fn line<'r>(method: &'r str, target: &'r str, operation: &'r str) -> Line<'r> {
    let path = target.split('?').next().unwrap_or(target);
    Line { method, path, operation: Some(operation), targets: &[] }
}

fn permitted(asked: &Asked, method: &str, target: &str) -> Recorded {
    let words = words(asked.demands());
    let line = line(method, target, asked.operation().id().as_str());
    Recorded::permitted(catalogue(), line, borrowed(&words)).unwrap()
}

/// A denial as the gateway records it: with what the policy does not cover, and nothing else.
fn denied(asked: &Asked, method: &str, target: &str, policy: &Arc<Policy>) -> Recorded {
    let decision = decide(policy, Identified::Known(asked.clone()), &facts());
    let Decision::Denial(denial) = decision else { panic!("it is denied") };
    let Reason::NotGranted(lacks) = denial.reason() else { panic!("a grant is lacking") };
    let lacking: Vec<Demand> = lacks.iter().map(|lack| lack.demand.clone()).collect();
    let words = words(&lacking);
    let line = line(method, target, asked.operation().id().as_str());
    Recorded::denied(catalogue(), line, borrowed(&words)).unwrap()
}

fn requests() -> Vec<(&'static str, String, Option<String>)> {
    let body = |text: &str| Some(text.to_owned());
    vec![
        ("GET", format!("/v1/customers/{ID}"), None),
        ("PUT", format!("/v1/customers/{ID}"), body(r#"{"name":"Ada"}"#)),
        ("PUT", format!("/v1/customers/{ID}"), body(r#"{"deleted":true}"#)),
        ("PUT", format!("/v1/customers/{ID}?replace=true"), body(r#"{"importedAt":"x"}"#)),
        ("PUT", format!("/v1/klasses/order/{ID}"), body(r#"{"deleted":true}"#)),
        ("POST", "/v1/messages".to_owned(), body(r#"{"channel":"email"}"#)),
        ("POST", "/v1/customers/search".to_owned(), body(r#"{"queryContext":"kobject_order"}"#)),
        ("POST", "/v1/customers/search".to_owned(), body(r#"{"queryContext":"kobject"}"#)),
        (
            "POST",
            "/v1/customers/search".to_owned(),
            body(
                r#"{"queryContext":"customer","includeDeleted":true,"and":[{"note_body":{"contains":"x"}}]}"#,
            ),
        ),
    ]
}

#[test]
fn the_demands_that_are_read_back_are_those_that_were_made() {
    for operation in catalogue().operations() {
        let asked = catalogue().example(operation).unwrap();
        let target = operation.example_target();
        let recorded = permitted(&asked, operation.method().as_str(), &target);
        assert_eq!(recorded.demands(), asked.demands(), "{}", operation.id());
        assert!(recorded.is_whole());
    }
    for (method, target, body) in requests() {
        let asked = ask(method, &target, body.as_deref());
        assert_eq!(
            permitted(&asked, method, &target).demands(),
            asked.demands(),
            "{target} {body:?}"
        );
    }
}

#[test]
fn no_two_rules_of_an_operation_word_different_effects_alike() {
    for operation in catalogue().operations() {
        for one in operation.rules() {
            for other in operation.rules() {
                let is_alike = one.because() == other.because()
                    && one.level() == other.level()
                    && one.resource() == other.resource();
                assert!(!is_alike || one.acts_as() == other.acts_as(), "{}", operation.id());
            }
        }
    }
}

#[test]
fn a_recorded_permit_is_answered_as_the_request_itself_is() {
    let policies = [
        policy("[access]\ncustomers = \"write\"\nsearch = \"read\"\nkobjects = \"full\""),
        policy("[access]\ncustomers = \"full\"\n[actions]\ndelete_customers = \"off\""),
        policy(
            "[access]\ncustomers = \"full\"\nsearch = \"read\"\nnotes = \"read\"\nmessages = \"write\"",
        ),
        policy("[access]\nkobjects = \"read\"\n\"kobjects.order\" = \"off\"\nsearch = \"read\""),
        policy(&format!("[access]\ncustomers = \"full\"\n[only]\ncustomers = [\"{OTHER}\"]")),
    ];
    let (mut kept, mut lost) = (0, 0);
    for (method, target, body) in requests() {
        let asked = ask(method, &target, body.as_deref());
        let recorded = permitted(&asked, method, &target);
        for policy in &policies {
            let decision = decide(policy, Identified::Known(asked.clone()), &facts());
            match (decision, policy.replay(&recorded, &facts())) {
                (Decision::Permit(permit), Replayed::Permitted(grants)) => {
                    kept += 1;
                    assert!(
                        permit.grants().map(|grant| grant.entry).eq(grants.iter().map(|it| &**it))
                    );
                }
                (Decision::Denial(denial), Replayed::Refused(reason)) => {
                    lost += 1;
                    assert_eq!(denial.reason(), &reason);
                }
                (_, Replayed::CannotTell(_)) if policy.only().next().is_some() => {}
                (decision, replayed) => panic!("{target} {body:?}: {decision:?} {replayed:?}"),
            }
        }
    }
    assert!(kept > 5 && lost > 5, "{kept} {lost}");
}

#[test]
fn a_denial_stays_one_where_what_was_lacking_still_lacks() {
    let before = policy("[access]\ncustomers = \"read\"");
    let target = format!("/v1/customers/{ID}");
    let asked = ask("DELETE", &target, None);
    let recorded = denied(&asked, "DELETE", &target, &before);
    assert!(matches!(before.replay(&recorded, &facts()), Replayed::Refused(_)));
    let after = policy("[access]\ncustomers = \"full\"");
    assert!(matches!(after.replay(&recorded, &facts()), Replayed::Permitted(_)));
}

#[test]
fn what_a_denied_request_demanded_beside_is_not_guessed() {
    let before = policy("[access]\nnotes = \"read\"");
    let target = format!("/v1/customers/{ID}");
    let asked = ask("PUT", &target, Some(r#"{"name":"Ada"}"#));
    let recorded = denied(&asked, "PUT", &target, &before);
    assert!(!recorded.is_whole());
    // The body might have marked the customer as deleted, which takes `full`.
    let write = policy("[access]\ncustomers = \"write\"");
    assert_eq!(write.replay(&recorded, &facts()), Replayed::CannotTell(Untold::Demands));
    let full = policy("[access]\ncustomers = \"full\"");
    assert!(matches!(full.replay(&recorded, &facts()), Replayed::Permitted(_)));
    let without = policy("[access]\ncustomers = \"full\"\n[actions]\ndelete_customers = \"off\"");
    assert_eq!(without.replay(&recorded, &facts()), Replayed::CannotTell(Untold::Demands));
}

#[test]
fn a_search_that_was_denied_can_be_told_only_while_it_lacks_the_same() {
    let before = policy("[access]\nsearch = \"read\"");
    let target = "/v1/customers/search";
    let asked = ask("POST", target, Some(r#"{"queryContext":"customer"}"#));
    let recorded = denied(&asked, "POST", target, &before);
    assert!(matches!(before.replay(&recorded, &facts()), Replayed::Refused(_)));
    let after = policy("[access]\nsearch = \"read\"\ncustomers = \"read\"");
    assert_eq!(after.replay(&recorded, &facts()), Replayed::CannotTell(Untold::Demands));
}

#[test]
fn only_decides_by_the_path_alone_and_says_where_it_cannot() {
    let confined =
        policy(&format!("[access]\ncustomers = \"full\"\n[only]\ncustomers = [\"{ID}\"]"));
    let replay = |method: &str, target: &str, operation: &str| {
        let words = words(ask(method, target, None).demands());
        let line = Line { method, path: target, operation: Some(operation), targets: &[] };
        let recorded = Recorded::permitted(catalogue(), line, borrowed(&words)).unwrap();
        confined.replay(&recorded, &facts())
    };
    let own = replay("GET", &format!("/v1/customers/{ID}"), "customers.get");
    assert!(matches!(own, Replayed::Permitted(_)), "{own:?}");
    let other = replay("GET", &format!("/v1/customers/{OTHER}"), "customers.get");
    assert!(matches!(other, Replayed::Refused(Reason::Outside(_))), "{other:?}");
    let all = replay("GET", "/v1/customers", "customers.list");
    assert!(matches!(all, Replayed::Refused(Reason::Outside(_))), "{all:?}");
    let update = replay("PUT", &format!("/v1/customers/{ID}"), "customers.update");
    assert_eq!(update, Replayed::CannotTell(Untold::Names));
    let list = format!("/v1/customers/{ID}");
    let (targets, own) = ([OTHER.to_owned()], words(ask("GET", &list, None).demands()));
    let line = Line { targets: &targets, ..line("GET", &list, "customers.get") };
    let named = Recorded::permitted(catalogue(), line, borrowed(&own)).unwrap();
    assert_eq!(confined.replay(&named, &facts()), Replayed::CannotTell(Untold::Names));
    let elsewhere = replay("PUT", &format!("/v1/customers/{OTHER}"), "customers.update");
    assert!(matches!(elsewhere, Replayed::Refused(_)), "{elsewhere:?}");
}

#[test]
fn what_was_permitted_under_only_keeps_to_one_that_is_as_wide() {
    let only = |lines: &str| policy(&format!("[access]\ncustomers = \"full\"\n[only]\n{lines}"));
    let then = only(&format!("customers = [\"{ID}\"]"));
    let target = format!("/v1/customers/{ID}");
    let asked = ask("PUT", &target, Some(r#"{"name":"Ada"}"#));
    let recorded = permitted(&asked, "PUT", &target).permitted_by(&then, &facts());
    let wider = only(&format!("customers = [\"{ID}\", \"{OTHER}\"]"));
    let other = only(&format!("customers = [\"{ID}\"]\nteams = [\"{ID}\"]"));
    let narrower = only(&format!("customers = [\"{OTHER}\"]"));
    assert!(matches!(then.replay(&recorded, &facts()), Replayed::Permitted(_)));
    assert!(matches!(wider.replay(&recorded, &facts()), Replayed::Permitted(_)));
    assert_eq!(other.replay(&recorded, &facts()), Replayed::CannotTell(Untold::Names));
    assert!(matches!(narrower.replay(&recorded, &facts()), Replayed::Refused(_)));
}

#[test]
fn a_condition_is_decided_where_the_record_tells_it_and_else_left_open() {
    let with = |when: &str| {
        policy(&format!("[access]\ncustomers = {{ level = \"full\", when = '{when}' }}"))
    };
    let target = format!("/v1/customers/{ID}");
    let asked = ask("PUT", &target, Some(r#"{"name":"Ada"}"#));
    let recorded = || permitted(&asked, "PUT", &target);
    let replay = |when: &str| with(when).replay(&recorded(), &facts());
    assert!(matches!(replay("request.method == \"PUT\""), Replayed::Permitted(_)));
    assert!(matches!(replay("request.method == \"GET\""), Replayed::Refused(_)));
    let body = "request.body.name == \"Ada\"";
    assert_eq!(replay(body), Replayed::CannotTell(Untold::Condition));
    let known = recorded().permitted_by(&with(body), &facts());
    assert!(matches!(with(body).replay(&known, &facts()), Replayed::Permitted(_)));
}

#[test]
fn a_masked_identifier_leaves_the_rest_of_a_record_readable() {
    let path = "/v1/customers/email=a***@example.com";
    let line =
        Line { method: "GET", path, operation: Some("customers.get_by_email"), targets: &[] };
    let demands =
        [RecordedDemand { resource: "customers", level: "read", because: "the operation itself" }];
    let recorded = Recorded::permitted(catalogue(), line, demands).unwrap();
    let reader = policy("[access]\ncustomers = \"read\"");
    assert!(matches!(reader.replay(&recorded, &facts()), Replayed::Permitted(_)));
}

#[test]
fn what_the_catalogue_no_longer_knows_is_said() {
    let demand = |because| RecordedDemand { resource: "customers", level: "read", because };
    let own = demand("the operation itself");
    let path = "/v1/x";
    let line = Line { method: "GET", path, operation: Some("customers.fly"), targets: &[] };
    assert_eq!(Recorded::permitted(catalogue(), line, [own]).unwrap_err(), Unreadable::Operation);
    let line = Line { method: "GET", path, operation: Some("customers.get"), targets: &[] };
    let odd = demand("the moon is full");
    assert_eq!(Recorded::permitted(catalogue(), line, [own, odd]).unwrap_err(), Unreadable::Demand);
    assert_eq!(Recorded::permitted(catalogue(), line, []).unwrap_err(), Unreadable::Demand);
    let line = Line { method: "GET", path: "/v1/nonsense", operation: None, targets: &[] };
    assert_eq!(Recorded::denied(catalogue(), line, []).unwrap_err(), Unreadable::Operation);
    let line = Line { method: "GET", path: "/v1/customers", operation: None, targets: &[] };
    assert!(Recorded::denied(catalogue(), line, []).is_ok());
}
