//! What a condition does to a decision, and the examples of the guide, which are decided as they say.

use std::sync::Arc;

use catalogue::{Body, Catalogue, Identified};
use jiff::tz::TimeZone;
use policy::{Decision, Facts, Policy, Reason, Shut, decide, looks_into_body, worth_reading};

use super::ID;
use crate::scene::{identify, policy, whole_policy};

/// The decision on a request, its body read where the gateway would read it.
fn decided(policy: &Arc<Policy>, method: &str, path: &str, body: &str, at: &str) -> Decision {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let address = Some("10.1.2.3".parse().unwrap());
    let facts = Facts { now: at.parse().unwrap(), zone: &zone, address };
    let Identified::Known(asked) = identify(method, path) else { panic!("{path} is known") };
    let asked = if worth_reading(policy, &asked, &facts) {
        let body = Body::read(body.as_bytes()).expect("the body is clear");
        let read = if looks_into_body(policy, &asked, &facts) {
            Catalogue::builtin().read_any_body(asked, &body)
        } else {
            Catalogue::builtin().read_body(asked, &body)
        };
        read.expect("the body is fit")
    } else {
        asked
    };
    decide(policy, Identified::Known(asked), &facts)
}

fn is_permitted(decision: &Decision) -> bool {
    matches!(decision, Decision::Permit(_))
}

#[track_caller]
fn shut(decision: Decision) -> Shut {
    let Decision::Denial(denial) = decision else { panic!("permitted") };
    let Reason::NotGranted(lacks) = denial.reason() else { panic!("{:?}", denial.reason()) };
    lacks[0].shut.clone().expect("an entry that gives nothing now")
}

const NOON: &str = "2026-11-24T12:00:00Z";

#[test]
fn an_entry_whose_condition_is_not_true_gives_nothing_and_no_wider_one_takes_its_place() {
    let policy = policy(
        "[access]\nconversations = \"full\"\n[operations]\n\
         \"conversations.update\" = { level = \"full\", when = 'request.body.status == \"done\"' }\n",
    );
    let path = format!("/v1/conversations/{ID}");
    let of = |body: &str| decided(&policy, "PUT", &path, body, NOON);
    assert!(is_permitted(&of(r#"{"status":"done"}"#)));
    let not_true = shut(of(r#"{"status":"open"}"#));
    assert_eq!(not_true, Shut::NotTrue("request.body.status == \"done\"".to_owned()));
    let no_answer = shut(of("{}")).to_string();
    assert_eq!(no_answer, "no answer: request.body.status is missing");
    // Another operation is settled by the resource's entry, which has no condition.
    assert!(is_permitted(&decided(&policy, "GET", &path, "", NOON)));
}

#[test]
fn nothing_is_permitted_while_a_condition_waits_for_a_body_that_was_not_read() {
    let streamed = Catalogue::builtin()
        .operations()
        .find(|it| it.body_use() == catalogue::BodyUse::Streamed && it.only_by_name().is_none())
        .expect("an operation whose body is streamed");
    let id = streamed.id();
    let facts = Facts::at(NOON.parse().unwrap());
    for tables in [
        format!("[operations]\n\"{id}\" = {{ level = \"full\", when = 'request.body.a == 1' }}\n"),
        // Of the two it is the one with the condition that must not be passed over.
        format!(
            "[access]\n{} = {{ level = \"full\", when = 'request.body.a == 1' }}\n",
            streamed.resource()
        ),
    ] {
        let policy = policy(&tables);
        let target = streamed.example_target();
        let unread = identify(streamed.method().as_str(), &target);
        let Identified::Known(asked) = &unread else { panic!("known") };
        assert!(worth_reading(&policy, asked, &facts) && looks_into_body(&policy, asked, &facts));
        let Decision::Denial(denial) = decide(&policy, unread, &facts) else { panic!("permitted") };
        assert_eq!(denial.reason(), &Reason::BodyNotRead);
        let of = |body: &str| decided(&policy, streamed.method().as_str(), &target, body, NOON);
        assert!(is_permitted(&of(r#"{"a":1}"#)));
        assert!(!is_permitted(&of(r#"{"a":2}"#)) && !is_permitted(&of("")));
    }
}

#[test]
fn a_body_is_not_read_for_a_request_that_is_denied_without_it() {
    let policy = policy(
        "[access]\nnotes = { level = \"write\", when = 'time.hour < 5 && request.body.a == 1' }\n\
         messages = { level = \"read\", when = 'request.body.a == 1' }\n",
    );
    let facts = Facts::at(NOON.parse().unwrap());
    let Identified::Known(asked) = identify("POST", "/v1/messages") else { panic!("known") };
    assert!(!worth_reading(&policy, &asked, &facts), "write is never granted");
}

#[test]
fn a_decision_carries_nothing_of_what_the_body_said() {
    let policy =
        policy("[access]\nnotes = { level = \"write\", when = 'request.body.body == \"x\"' }\n");
    for body in [r#"{"body":"x","customer":"5f1a2b3c4d5e6f708192a3b4"}"#, r#"{"body":"secret"}"#] {
        let decision = decided(&policy, "POST", "/v1/notes?q=secret", body, NOON);
        let shown = format!("{decision:?}");
        assert!(!shown.contains("secret"), "{shown}");
        if let Decision::Permit(permit) = decision {
            assert!(permit.asked().body().is_none_or(Body::is_empty));
        }
    }
}

#[test]
fn an_outline_says_when_an_entry_counts_and_that_it_changed() {
    let load = |when: &str| {
        let text = format!("[access]\nnotes = {{ level = \"write\", when = '{when}' }}\n");
        let text = format!("{}{text}", crate::scene::AGENT);
        let sources = [crate::scene::source("policies/bot.toml", &text)];
        policy::PolicySet::load(&sources, Catalogue::builtin()).unwrap()
    };
    let changes = crate::scene::changes(&load("time.hour >= 9"), &load("time.hour >= 8"));
    assert_eq!(changes.len(), 1);
    let change = changes.first().unwrap();
    assert!(change.contains("write when time.hour >= 8 to write when time.hour >= 9"), "{change}");
}

/// The policies of the guide's heading on conditions, in their order.
fn examples() -> Vec<Arc<Policy>> {
    let guide = include_str!("../../../../../policies/README.md");
    let chapter = guide.split("\n## Conditions\n").nth(1).expect("the guide has the heading");
    let chapter = chapter.split("\n## ").next().unwrap();
    let blocks = chapter.split("```toml\n").skip(1);
    let texts = blocks.map(|block| block.split("```").next().unwrap());
    texts.filter(|text| text.contains("[agent]")).map(named).collect()
}

/// A whole policy, whose agent is called `bot` here.
fn named(text: &str) -> Arc<Policy> {
    let lines = text.lines().map(|line| {
        if line.starts_with("id ") { "id = \"bot\"".to_owned() } else { line.to_owned() }
    });
    whole_policy(&lines.collect::<Vec<_>>().join("\n"))
}

#[test]
fn the_guides_example_of_business_hours_holds() {
    let policy = &examples()[0];
    let read = |at: &str| is_permitted(&decided(policy, "GET", "/v1/customers", "", at));
    // Berlin is an hour ahead of UTC in winter, and two in summer.
    assert!(read("2026-11-24T08:00:00Z") && read("2026-11-24T16:59:59Z"));
    assert!(!read("2026-11-24T07:59:59Z") && !read("2026-11-24T17:00:00Z"));
    assert!(read("2026-07-06T07:00:00Z") && !read("2026-07-06T16:00:00Z"));
    assert!(!read("2026-11-28T12:00:00Z") && !read("2026-11-29T12:00:00Z"), "a weekend");
}

#[test]
fn the_guides_example_of_internal_notes_holds() {
    let policy = &examples()[1];
    let path = format!("/v1/conversations/{ID}/notes");
    let of = |body: &str| is_permitted(&decided(policy, "POST", &path, body, NOON));
    assert!(of(r#"{"body":"Called back."}"#));
    assert!(of(r#"{"body":"Called back.","userMentions":[]}"#));
    assert!(!of(r#"{"body":"Look!","userMentions":["5f1a2b3c4d5e6f708192a3b4"]}"#));
    assert!(!of(r#"{"body":""}"#) && !of("{}") && !of(r#"{"body":7}"#));
    assert!(!is_permitted(&decided(policy, "POST", "/v1/messages", r#"{"body":"x"}"#, NOON)));
}

#[test]
fn the_guides_example_of_status_changes_to_done_holds() {
    let policy = &examples()[2];
    let path = format!("/v1/conversations/{ID}");
    let of = |body: &str| is_permitted(&decided(policy, "PUT", &path, body, NOON));
    assert!(of(r#"{"status":"done"}"#));
    for body in [
        r#"{"status":"open"}"#,
        r#"{"status":"done","priority":5}"#,
        r#"{"status":null}"#,
        r#"{"status":["done"]}"#,
        r#"{"status":"done","Status":"open"}"#,
        "{}",
        "",
    ] {
        assert!(!of(body), "{body}");
    }
    assert!(is_permitted(&decided(policy, "GET", &path, "", NOON)));
    let bulk = "/v1/conversations/bulk";
    let body = format!(r#"[{{"id":"{ID}","status":"done"}}]"#);
    assert!(!is_permitted(&decided(policy, "PUT", bulk, &body, NOON)));
}
