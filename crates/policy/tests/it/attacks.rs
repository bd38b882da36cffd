//! What somebody tries who wants more than was granted, or who wants the gateway to say something else
//! than it does: modes, narrowed tokens and bodies that nobody read.

use std::sync::Arc;

use catalogue::{Body, Catalogue, Identified};
use policy::{
    Decision, Facts, Observing, Permit, Policy, PolicySet, Reason, decide, worth_reading,
};

use crate::scene::{AGENT, identify, now, policy};

const ID: &str = "5f1a2b3c4d5e6f708192a3b4";

fn observed(tables: &str) -> Arc<Policy> {
    let text = format!("{AGENT}{tables}").replace("owner", "mode = \"observe\"\nowner");
    let sources = [crate::scene::source("policies/bot.toml", &text)];
    let set = PolicySet::load_with(&sources, Catalogue::builtin(), Observing::Allowed).unwrap();
    Arc::clone(set.policy("bot").unwrap())
}

fn narrowed(policy: &Policy, items: &[&str]) -> Arc<Policy> {
    let narrowing = policy::Narrowing::read(items.iter().copied(), Catalogue::builtin()).unwrap();
    Arc::new(policy.narrowed(Arc::new(narrowing)))
}

/// `PUT /v1/conversations/{id}` with this body.
fn update(body: &str) -> Identified {
    let Identified::Known(asked) = identify("PUT", &format!("/v1/conversations/{ID}")) else {
        panic!("known")
    };
    let body = Body::read(body.as_bytes()).unwrap();
    Identified::Known(Catalogue::builtin().read_any_body(asked, &body).unwrap())
}

#[track_caller]
fn observation(policy: &Arc<Policy>, asked: Identified) -> Permit {
    match decide(policy, asked, &now()) {
        Decision::Permit(permit) if permit.observed().is_some() => permit,
        other @ (Decision::Permit(_) | Decision::Denial(_)) => panic!("not observed: {other:?}"),
    }
}

#[test]
fn a_token_that_is_too_narrow_is_the_reason_and_not_the_body_that_nobody_read() {
    let tables = "[access]\nconversations = { level = \"full\", when = 'request.body.a == 1' }\n\
                  customers = \"full\"\n";
    for policy in [policy(tables), observed(tables), observed("[access]\nnotes = \"read\"\n")] {
        let token = narrowed(&policy, &["notes=full", "conversations=read"]);
        for target in ["conversations", "customers"] {
            let unread = identify("PUT", &format!("/v1/{target}/{ID}"));
            let Identified::Known(asked) = &unread else { panic!("known") };
            assert!(!worth_reading(&token, asked, &now()));
            let Decision::Denial(denial) = decide(&token, unread, &now()) else {
                panic!("permitted")
            };
            assert!(matches!(denial.reason(), Reason::Narrowed { .. }), "{:?}", denial.reason());
        }
    }
}

#[test]
fn an_observed_request_tells_all_that_it_demanded_what_was_granted_too() {
    let permit = observation(
        &observed("[access]\nconversations = \"write\"\n"),
        update(r#"{"deleted":true}"#),
    );
    let Some(Reason::NotGranted(lacks)) = permit.observed() else { panic!("not granted") };
    let covered: Vec<_> = permit.covered().map(|it| it.entry.level.as_str()).collect();
    assert_eq!((covered, permit.grants().count()), (vec!["write"], 0));
    let told = permit.covered().map(|grant| grant.demand);
    let told: Vec<_> = told.chain(lacks.iter().map(|lack| &lack.demand)).collect();
    for demand in permit.asked().demands() {
        let is_told = |it: &&&catalogue::Demand| {
            (it.on(), it.level, &it.because) == (demand.on(), demand.level, &demand.because)
        };
        assert!(told.iter().any(|it| is_told(&it)), "{demand:?}");
    }
    // Where nothing is granted nothing is covered, and where all is granted nothing is observed.
    assert!(observation(&observed(""), update("{}")).covered().next().is_none());
    let Decision::Permit(granted) =
        decide(&observed("[access]\nconversations = \"full\"\n"), update("{}"), &now())
    else {
        panic!("denied")
    };
    assert!(granted.observed().is_none() && granted.covered().next().is_none());
}

#[test]
fn what_was_only_outside_of_only_tells_its_grants_when_it_is_observed() {
    let other = "5f1a2b3c4d5e6f708192a3b5";
    let tables = format!("[access]\ncustomers = \"read\"\n[only]\ncustomers = [\"{other}\"]\n");
    let permit = observation(&observed(&tables), identify("GET", &format!("/v1/customers/{ID}")));
    assert!(matches!(permit.observed(), Some(Reason::Outside(_))));
    assert_eq!(permit.covered().count(), 1);
}

#[test]
fn a_body_of_another_form_never_satisfies_a_condition_on_a_field() {
    let policy = policy(
        "[access]\nconversations = { level = \"full\", when = '!has(request.body.deleted)' }\n",
    );
    let of = |body: &str| {
        let Identified::Known(asked) = identify("PUT", &format!("/v1/conversations/{ID}")) else {
            panic!("known")
        };
        let body = Body::read(body.as_bytes()).unwrap();
        let Ok(asked) = Catalogue::builtin().read_any_body(asked, &body) else { return false };
        matches!(decide(&policy, Identified::Known(asked), &now()), Decision::Permit(_))
    };
    assert!(of("{}") && of(r#"{"status":"open"}"#));
    for body in [
        r#"[{"op":"add","path":"/deleted","value":true}]"#,
        r#"[{"deleted":true}]"#,
        r#"{"Deleted":true}"#,
        r#"{"deleted ":true}"#,
        r#"{"deleted":null}"#,
        r#""deleted""#,
        "[]",
        "1",
        "null",
    ] {
        assert!(!of(body), "{body}");
    }
}

#[test]
fn an_entry_of_two_actions_gives_what_the_one_with_a_condition_gives() {
    // The operation belongs to both; neither may speak louder than the other.
    let both = Catalogue::builtin().operations().filter(|it| it.actions().len() > 1);
    let both: Vec<_> = both.filter(|it| it.only_by_name().is_none()).collect();
    assert!(!both.is_empty());
    for operation in both {
        for conditional in operation.actions() {
            let lines = operation.actions().iter().map(|id| {
                if id == conditional {
                    let untrue = "agent.id == \"somebody-else\"";
                    format!("{id} = {{ level = \"full\", when = '{untrue}' }}\n")
                } else {
                    format!("{id} = \"full\"\n")
                }
            });
            let tables = format!(
                "[access]\n{} = \"full\"\n[actions]\n{}",
                operation.resource(),
                lines.collect::<String>()
            );
            crate::scene::denial(&policy(&tables), operation.id().as_str());
        }
    }
}

#[test]
fn hours_are_the_clocks_in_a_night_that_has_one_hour_twice_or_never() {
    let policy = policy("[access]\nteams = { level = \"read\", when = 'time.hour == 2' }\n");
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let is_permitted = |at: &str| {
        let facts = Facts { now: at.parse().unwrap(), zone: &zone, address: None };
        matches!(decide(&policy, identify("GET", "/v1/teams"), &facts), Decision::Permit(_))
    };
    // In October the hour from two to three comes twice, in March not at all.
    let minutes = |day: &str| -> usize {
        let minute = |at: usize| format!("{day}T{:02}:{:02}:00Z", at / 60, at % 60);
        (0..240).filter(|at| is_permitted(&minute(*at))).count()
    };
    assert_eq!(minutes("2026-10-25"), 120);
    assert_eq!(minutes("2026-03-29"), 0);
    assert_eq!(minutes("2026-11-24"), 60);
}

#[test]
fn a_window_of_a_leap_day_is_that_day_and_a_leap_second_is_no_moment() {
    let policy = policy(
        "[access]\nteams = { level = \"read\", not_before = 2028-02-29, expires = 2028-02-29 }\n",
    );
    let is_permitted = |at: &str| {
        let facts = Facts::at(at.parse().unwrap());
        matches!(decide(&policy, identify("GET", "/v1/teams"), &facts), Decision::Permit(_))
    };
    assert!(!is_permitted("2028-02-28T23:59:59.999999999Z"));
    assert!(is_permitted("2028-02-29T00:00:00Z"));
    assert!(is_permitted("2028-02-29T23:59:59.999999999Z"));
    assert!(!is_permitted("2028-03-01T00:00:00Z"));
    for date in ["2027-02-29", "2016-12-31T23:59:60Z"] {
        let text = format!("{AGENT}[access]\nteams = {{ level = \"read\", expires = {date} }}\n");
        let sources = [crate::scene::source("policies/bot.toml", &text)];
        PolicySet::load(&sources, Catalogue::builtin()).expect_err("no such moment");
    }
}
