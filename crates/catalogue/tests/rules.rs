//! What a request demands beyond its operation, as the files say it, and what is wrong with such files.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "what stops a test may stand in the functions beside it"
)]

use catalogue::{Body, Catalogue, Identified, Source};

const ID: &str = "5f1a2b3c4d5e6f708192a3b4";

/// What deleting a note by an update demands.
const DELETES: [&str; 2] = ["full on notes", "full on notes as notes.delete"];

fn file(operation: &str) -> Source {
    let text = format!(
        "[[operation]]\nid = \"notes.{operation}\n\n[[operation]]\nid = \"notes.archive\"\n\
         resource = \"notes\"\nmethod = \"GET\"\npath = \"/v1/note-archive\"\nlevel = \"read\"\n\
         phrase = \"read the archive\"\n"
    );
    Source { name: "acme.toml".to_owned(), text }
}

/// An operator's own operation, and the demands of one request of it beyond its own.
fn demands(stanza: &str, query: &str, body: &str) -> Vec<String> {
    let operation = format!(
        "stamp\"\nresource = \"notes\"\nmethod = \"PUT\"\npath = \"/v1/stamps/{{kind:word}}\"\n\
         level = \"write\"\nphrase = \"stamp a note\"\n{stanza}"
    );
    let catalogue = Catalogue::builtin().extended(&[file(&operation)]);
    let catalogue = catalogue.unwrap_or_else(|faults| panic!("{faults}"));
    let Ok(Identified::Known(asked)) = catalogue.identify("PUT", &format!("/v1/stamps/red{query}"))
    else {
        panic!("known")
    };
    let body = Body::read(body.as_bytes()).unwrap();
    let asked = catalogue.read_body(asked, &body).unwrap();
    let demands = asked.demands().iter().skip(1);
    let said = demands.map(|demand| {
        let other = demand.acts_as.as_ref().map(|other| format!(" as {}", other.operation()));
        format!("{} on {}{}", demand.level, demand.on(), other.unwrap_or_default())
    });
    said.collect()
}

fn demand(when: &str) -> String {
    format!(
        "[[operation.demand]]\nwhen = {when}\nresource = \"teams\"\nlevel = \"read\"\nbecause = \"so\""
    )
}

#[track_caller]
fn check(when: &str, query: &str, body: &str, made: bool) {
    let demands = demands(&demand(when), query, body);
    assert_eq!(demands == ["read on teams"], made, "{when} {query} {body} {demands:?}");
    assert!(made || demands.is_empty(), "{demands:?}");
}

#[test]
fn each_condition_is_met_by_what_it_says() {
    check("{ query = \"x\" }", "?x=", "", true);
    check("{ query = \"x\" }", "?y=x", "", false);
    check("{ query = \"x\", unless_false = true }", "?x=false", "", false);
    check("{ query = \"x\", unless_false = true }", "?x=False", "", true);
    check("{ query = \"x\", is = \"a\" }", "?x=a", "", true);
    check("{ query = \"x\", is = \"a\" }", "?x=a,b", "", false);
    check("{ query = \"x\", has = \"a\" }", "?x=b,a", "", true);
    check("{ fields = [\"a\", \"b\"] }", "", r#"{"b":null}"#, true);
    check("{ fields = [\"a\", \"b\"] }", "", r#"{"c":{"a":1}}"#, false);
    check("{ fields = [\"a\"], unless_false = true }", "", r#"{"a":false}"#, false);
    check("{ fields = [\"a\"], unless_false = true }", "", r#"{"a":"false"}"#, true);
    check("{ fields = [\"a\"], is = \"x\" }", "", r#"{"a":"x"}"#, true);
    check("{ fields = [\"a\"], is = \"x\" }", "", r#"{"a":"y"}"#, false);
    check("{ fields = [\"a\"], is = \"x\" }", "", r#"{"a":["x"]}"#, true);
    check("{ absent = \"a\" }", "", "", true);
    // To Kustomer, what names no record is as if it were not there.
    check("{ absent = \"a\" }", "", r#"{"a":null}"#, true);
    check("{ absent = \"a\" }", "", r#"{"a":"x"}"#, true);
    check("{ absent = \"a\" }", "", &format!("{{\"a\":\"{ID}\"}}"), false);
    check("{ path = \"kind\", is = \"RED\" }", "", "", true);
    check("{ path = \"kind\", is = \"blue\" }", "", "", false);
}

#[test]
fn an_operators_own_operation_is_under_the_rules_for_all() {
    assert_eq!(demands("", "", r#"{"deleted":true}"#), DELETES);
    assert_eq!(demands("", "?replace=true", "{}"), ["full on notes"]);
    assert_eq!(demands("", "", r#"{"createdBy":"x","conversation":"y"}"#).len(), 2);
    assert_eq!(demands("", "", r#"{"body":"x"}"#), Vec::<String>::new());
}

#[test]
fn a_list_counts_its_records() {
    let stanza = "body = \"list\"\nids = \"taken\"\n".to_owned() + &demand("{ items = 2 }");
    let one = format!("[{{\"id\":\"{ID}\"}}]");
    assert_eq!(demands(&stanza, "", &one), Vec::<String>::new());
    let two = format!("[{{\"id\":\"{ID}\"}},{{\"body\":\"x\"}}]");
    assert_eq!(demands(&stanza, "", &two), ["read on teams"]);
    let by_ids = format!("?ids={ID}");
    assert_eq!(demands(&stanza, &by_ids, r#"{"deleted":1}"#), DELETES);
}

#[test]
fn what_is_wrong_with_a_rule_is_said_with_its_place() {
    let faults = |stanza: &str| {
        let operation = format!(
            "stamp\"\nresource = \"notes\"\nmethod = \"GET\"\npath = \"/v1/stamps/{{kind:word}}\"\n\
             level = \"read\"\nphrase = \"read a stamp\"\n{stanza}"
        );
        match Catalogue::builtin().extended(&[file(&operation)]) {
            Ok(_) => "none".to_owned(),
            Err(faults) => faults.to_string(),
        }
    };
    let starts = |stanza: &str, expected: &str| {
        let found = faults(stanza);
        assert!(found.starts_with(expected), "{stanza}: {found}");
    };
    starts(&demand("{ query = \"x\" }"), "none");
    for when in [
        "{}",
        "{ query = \"a\", fields = [\"b\"] }",
        "{ query = \"a\", is = \"b\", has = \"c\" }",
        "{ fields = [] }",
        "{ items = 0 }",
        "{ path = \"kind\" }",
    ] {
        starts(&demand(when), "acme.toml:9:1: error: this `when` is no condition");
    }
    starts(
        &demand("{ query = \"x\" }").replace("teams", "teems"),
        "acme.toml:10:12: error: there is no resource `teems` (did you mean `teams`?)",
    );
    starts(
        &demand("{ fields = [\"a\"] }"),
        "acme.toml:1:1: error: a demand of `notes.stamp` can never be made: the body has no fields",
    );
    starts(
        &demand("{ path = \"sort\", is = \"a\" }"),
        "acme.toml:1:1: error: a demand of `notes.stamp` can never be made: the path has no parameter `sort`",
    );
    let like = demand("{ query = \"x\" }").replace("because", "as = \"notes.delet\"\nbecause");
    starts(
        &like,
        "acme.toml:12:6: error: there is no operation `notes.delet` (did you mean `notes.",
    );
    starts("body = \"lists\"", "acme.toml:8:8: error: `lists` is no shape");
    starts("ids = \"maybe\"", "acme.toml:8:7: error: `maybe` is no use of ids");
    starts("names = { people = [\"a\"] }", "acme.toml:8:11: error: there is no scope `people`");
}

#[test]
fn an_asked_request_awaits_its_body_until_it_was_read() {
    let catalogue = Catalogue::builtin();
    let Ok(Identified::Known(asked)) = catalogue.identify("PUT", &format!("/v1/notes/{ID}")) else {
        panic!("known")
    };
    assert!(asked.wants_body());
    assert!(!catalogue.read_body(asked, &Body::empty()).unwrap().wants_body());
    let Ok(Identified::Known(asked)) = catalogue.identify("GET", &format!("/v1/notes/{ID}")) else {
        panic!("known")
    };
    assert!(!asked.wants_body());
}

#[test]
fn a_field_that_says_nothing_is_absent_and_one_that_is_no_text_may_be_any() {
    let absent = r#"{ absent = "thread" }"#;
    for value in ["null", "false", "0", r#""""#, "[]", "{}"] {
        check(absent, "", &format!(r#"{{"thread":{value}}}"#), true);
    }
    check(absent, "", &format!(r#"{{"thread":"{ID}"}}"#), false);
    let is = r#"{ fields = ["channel"], is = "note" }"#;
    check(is, "", r#"{"channel":["note"]}"#, true);
    check(is, "", r#"{"channel":"email"}"#, false);
}

#[test]
fn a_patch_or_a_list_can_neither_wrap_fields_nor_bring_a_prototype() {
    let catalogue = Catalogue::builtin();
    let code = |method: &str, target: &str, body: &str| {
        let Ok(Identified::Known(asked)) = catalogue.identify(method, target) else {
            panic!("known")
        };
        let read = catalogue.read_body(asked, &Body::read(body.as_bytes()).unwrap());
        read.map_or_else(|defect| defect.code(), |_| "read")
    };
    let patch = |path: &str, value: &str| {
        let body = format!(r#"[{{"op":"add","path":"{path}","value":{value}}}]"#);
        code("PATCH", &format!("/v1/messages/{ID}"), &body)
    };
    assert_eq!(patch("/constructor", r#"{"prototype":{"deleted":true}}"#), "body_no_patch");
    assert_eq!(patch("", r#"{"attributes":{"deleted":true}}"#), "body_wrapped");
    assert_eq!(patch("/attributes", r#"{"deleted":true}"#), "body_wrapped");
    assert_eq!(patch("/data", r#"{"attributes":{"deleted":true}}"#), "body_wrapped");
    assert_eq!(patch("/data/attributes/deleted", "true"), "body_wrapped");
    assert_eq!(patch("/data/title", r#""x""#), "read");
    let item = format!(r#"[{{"id":"{ID}","attributes":{{"deleted":true}}}}]"#);
    assert_eq!(code("PUT", "/v1/notes/bulk", &item), "body_wrapped");
}
