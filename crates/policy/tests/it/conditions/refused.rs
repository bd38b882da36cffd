//! Conditions that no policy is loaded with, each with the message and the help that a person gets.

use std::fmt::Write as _;

use catalogue::Catalogue;
use insta::assert_snapshot;
use policy::{Condition, PolicySet};

use crate::scene::{AGENT, source};

/// The text with a caret beneath each fault.
fn shown(text: &str) -> String {
    let Err(faults) = Condition::parse(text, Catalogue::builtin()) else {
        panic!("the mistake in `{text}` was not seen")
    };
    let mut shown = format!("{text}\n");
    for fault in faults {
        let before = text[..fault.at.start].chars().count();
        let wide = text[fault.at.clone()].chars().count().max(1);
        let _ = writeln!(shown, "{}{} {}", " ".repeat(before), "^".repeat(wide), fault.message);
        if let Some(help) = fault.help {
            let _ = writeln!(shown, "{}= help: {help}", " ".repeat(before));
        }
    }
    shown
}

const REFUSED: [&str; 81] = [
    "",
    "   ",
    "request.body.channel = \"email\"",
    "request.body.channel == email",
    "request.body.channel == \"email",
    "request.body.channel == \u{201c}email\u{201d}",
    "request.body.channel & true",
    "request.body.channel | true",
    "time.hour >= 9 and time.hour < 17",
    "time.hour >= 9 &&",
    "(time.hour >= 9",
    "time.hour >= 9)",
    "9 <= time.hour < 17",
    "1 == 'a'",
    "time.hour == \"9\"",
    "time.hour < time.date",
    "time.hour == 24",
    "time.month in [1, 13]",
    "time.clock >= \"9:30\"",
    "time.date == \"24.11.2026\"",
    "time.weekday == \"Monday\"",
    "time.weekday == \"mon\"",
    "time.weekday >= \"monday\" && time.weekday <= \"friday\"",
    "request.method < \"POST\"",
    "time.clock < \"24:00\"",
    "time.now > 5",
    "time.hours >= 9",
    "hour >= 9",
    "body.channel == \"email\"",
    "request.bdy.channel == \"email\"",
    "requst.body.channel == \"email\"",
    "request.path == \"x\"",
    "request.path.idd == \"x\"",
    "request.path.email == \"ada@example.com\"",
    "request.path.id == \"5F1A2B3C4D5E6F708192A3B4\"",
    "request.query == \"x\"",
    "request.query[\"filter[x]\"] == \"x\"",
    "request.method == \"PSOT\"",
    "request.method == \"post\"",
    "request.operation == \"conversation.update\"",
    "request.resource in [\"customers\", \"conversation\"]",
    "request == agent",
    "agent.id.x == \"y\"",
    "agent.id",
    "time.hour",
    "\"email\"",
    "!time.hour",
    "time.hour && true",
    "time.hour ? true : false",
    "true ? 1 : \"a\"",
    "request.body.count + 1 > 2",
    "-request.body.count < 0",
    "request.body.count == 5u",
    "request.body.count == 9007199254740993",
    "request.body.count == 99999999999999999999",
    "b\"abc\" == request.body.x",
    "{\"a\": 1} == request.body",
    "request.body.tags == [\"a\"]",
    "request.body.channel in \"email\"",
    "agent.id in \"email\"",
    "agent.id in []",
    "agent.id in [\"a\", 1]",
    "agent.id in [[\"a\"]]",
    "agent.id == null",
    "request.body.tags.map(tag, tag) == null",
    "request.body.tags.filter(tag, true)",
    "request.body.tags.exists_one(tag, true)",
    "request.body.tags.exists(request, request == 1)",
    "request.body.tags.exists(\"tag\", true)",
    "agent.id.exists(c, c == \"a\")",
    "request.body.tags.exists(tag, tga == \"vip\")",
    "request.body[agent.id] == 1",
    "request.body.tags[-1] == 1",
    "has(agent.id)",
    "has(request.body[\"first-name\"])",
    "request.body.subject.matches(\"(\")",
    "request.body.subject.matches(request.body.pattern)",
    "request.body.subject.startWith(\"a\")",
    "startsWith(request.body.subject, \"a\")",
    "request.address == \"10.0.0.1\"",
    "in_network(request.address, \"10.0.0.1/8\")",
];

#[test]
fn what_cannot_be_checked_is_refused_with_its_place_and_a_way_out() {
    let shown: Vec<String> = REFUSED.iter().map(|text| shown(text)).collect();
    assert_snapshot!(shown.join("\n"));
}

#[test]
fn all_faults_of_a_condition_are_told_at_once() {
    assert_snapshot!(shown("time.hours >= 9 && request.path.idd == \"x\" || agent.nam == \"x\""));
}

/// The faults of a policy with this entry.
#[track_caller]
fn of_entry(entry: &str) -> String {
    let text = format!("{AGENT}[operations]\n{entry}\n");
    match PolicySet::load(&[source("policies/bot.toml", &text)], Catalogue::builtin()) {
        Ok(_) => panic!("the mistake was not seen"),
        Err(found) => found.render(false),
    }
}

#[test]
fn the_caret_stands_at_the_place_in_the_file() {
    let entries = [
        r#""notes.create" = { level = "write", when = 'tme.hour >= 9' }"#,
        r#""notes.create" = { level = "write", when = "tme.hour >= 9" }"#,
        // Of a text with escapes only the whole is shown.
        r#""notes.create" = { level = "write", when = "agent.id == \"x\" && tme.hour >= 9" }"#,
        "\"notes.create\" = { level = \"write\", when = '''\ntime.hour >= 9\n&& tme.hour < 17''' }",
        r#""notes.create" = { level = "write", when = 9 }"#,
        r#""notes.create" = { level = "off", when = 'time.hour >= 9' }"#,
        r#""notes.create" = { level = "write", when = 'request.path.name == "x"' }"#,
        r#""notes.delete" = { level = "full", when = 'request.body.x == "x"' }"#,
        r#""notes.create" = { level = "write", when = 'request.body.é == "x"' }"#,
    ];
    let shown: Vec<String> = entries.into_iter().map(of_entry).collect();
    assert_snapshot!(shown.join("\n\n"));
}
