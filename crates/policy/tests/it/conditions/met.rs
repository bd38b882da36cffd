//! What is true of a request, what is not, and what has no answer.

use super::{ID, ask, asked, of_body};

#[track_caller]
fn is(text: &str, body: &str, expected: bool) {
    assert_eq!(of_body(text, body), Ok(expected), "{text} of {body}");
}

#[track_caller]
fn has_no_answer(text: &str, body: &str, why: &str) {
    assert_eq!(of_body(text, body), Err(why.to_owned()), "{text} of {body}");
}

#[test]
fn facts_are_those_of_the_request_and_of_the_organisations_zone() {
    for text in [
        "agent.id == \"bot\" && agent.name == \"bot\" && agent.owner.endsWith(\"@example.com\")",
        "request.method == \"PUT\" && request.operation == \"conversations.update\"",
        "request.resource == \"conversations\"",
        "request.path.id == \"5f1a2b3c4d5e6f708192a3b4\"",
        "time.weekday == \"tuesday\" && time.hour == 14 && time.minute == 5",
        "time.day == 24 && time.month == 11 && time.year == 2026",
        "time.date == \"2026-11-24\" && time.clock == \"14:05\"",
        "time.clock >= \"09:00\" && time.clock < \"17:30\"",
        "time.weekday in [\"monday\", \"tuesday\"] && time.date >= \"2026-01-01\"",
        "in_network(request.address, \"10.0.0.0/8\")",
        "in_network(request.address, [\"192.0.2.0/24\", \"10.1.2.3\"])",
        "!in_network(request.address, \"2001:db8::/32\")",
    ] {
        is(text, "{}", true);
    }
}

#[test]
fn fields_of_the_body_are_compared_by_what_they_are() {
    let body = r#"{"channel":"email","n":3,"tags":["vip","new"],"custom":{"tierStr":"gold"},"on":true,
        "none":null,"first-name":"Ada"}"#;
    for text in [
        "request.body.channel == \"email\"",
        "request.body.channel in [\"email\", \"chat\"]",
        "request.body.channel.startsWith(\"em\") && request.body.channel.contains(\"mai\")",
        "request.body.channel.matches(\"^[a-z]+$\")",
        "request.body.n == 3 && request.body.n < 3.5 && request.body.n >= 3.0",
        "\"vip\" in request.body.tags",
        "request.body.tags[0] == \"vip\" && size(request.body.tags) == 2",
        "request.body.tags.exists(tag, tag == \"new\")",
        "request.body.tags.all(tag, size(tag) == 3)",
        "request.body.custom.tierStr != \"silver\"",
        "request.body.on && request.body.none == null && request.body.channel != null",
        "request.body[\"first-name\"] == \"Ada\" && \"first-name\" in request.body",
        "has(request.body.channel) && !has(request.body.status)",
        "has(request.body.status) ? request.body.status == \"done\" : true",
    ] {
        is(text, body, true);
    }
    is("request.body.tags.all(tag, tag == \"vip\")", body, false);
    is("request.body.channel > \"f\"", body, false);
}

#[test]
fn one_number_is_one_number_however_it_is_written() {
    for written in ["1", "1.0", "1e0", "10e-1", "100E-2"] {
        is("request.body.n == 1", &format!("{{\"n\":{written}}}"), true);
        is("request.body.n == 1.0", &format!("{{\"n\":{written}}}"), true);
    }
    is("request.body.n == 0", r#"{"n":-0.0}"#, true);
    is("request.body.n == 0.1", r#"{"n":0.1}"#, true);
    // Beyond 2^53 a program that keeps numbers in doubles reads another number.
    for written in ["9007199254740993", "18446744073709551615", "1e300", "-9007199254740993"] {
        let body = format!("{{\"n\":{written}}}");
        let why = "request.body.n is a number that programs read differently";
        has_no_answer("request.body.n != 1", &body, why);
        has_no_answer("request.body.n > 1", &body, why);
    }
}

#[test]
fn a_value_of_another_kind_has_no_answer_and_is_not_merely_different() {
    let why = "request.body.n is a text and not a number";
    has_no_answer("request.body.n == 3", r#"{"n":"3"}"#, why);
    has_no_answer("request.body.n != 3", r#"{"n":"3"}"#, why);
    has_no_answer("request.body.n < 3", r#"{"n":"3"}"#, why);
    has_no_answer("request.body.n in [1, 2]", r#"{"n":"3"}"#, why);
    has_no_answer(
        "request.body.s != \"x\"",
        r#"{"s":null}"#,
        "request.body.s is null and not a text",
    );
    has_no_answer(
        "request.body.s != \"x\"",
        r#"{"s":["x"]}"#,
        "request.body.s is a list and not a text",
    );
    has_no_answer(
        "request.body.s.x == 1",
        r#"{"s":1}"#,
        "request.body.s is a number and not an object",
    );
    has_no_answer(
        "!request.body.s",
        r#"{"s":1}"#,
        "request.body.s is a number and not true or false",
    );
    has_no_answer(
        "1 in request.body.l",
        r#"{"l":[1,"1"]}"#,
        "request.body.l is a text and not a number",
    );
    has_no_answer(
        "request.body.l.all(x, x == 1)",
        r#"{"l":1}"#,
        "request.body.l is a number and not a list",
    );
    has_no_answer(
        "request.body.s.contains(\"x\")",
        r#"{"s":1}"#,
        "request.body.s is a number and not a text",
    );
}

#[test]
fn what_is_missing_denies_whatever_stands_beside_it() {
    let why = "request.body.a is missing";
    for text in [
        "request.body.a == 1",
        "request.body.a != 1",
        "!(request.body.a == 1)",
        "true || request.body.a == 1",
        "request.body.a == 1 || true",
        "request.body.b == 1 || request.body.a == 1",
        "(true || request.body.a == 1) && request.body.b == 1",
        "request.body.b == 1 ? request.body.a == 1 : true",
        "false && request.body.a == 1",
    ] {
        has_no_answer(text, r#"{"b":1}"#, why);
    }
    let both = "request.body.a is missing, and request.body.c is missing";
    has_no_answer("request.body.a == request.body.c", "{}", both);
    has_no_answer("true || request.body.a == 1 || request.body.c == 1", "{}", both);
    let list = r#"{"l":[{"a":1},{}]}"#;
    has_no_answer("request.body.l.exists(x, x.a == 1)", list, "x.a is missing");
}

#[test]
fn what_has_finds_missing_may_be_missing_beside_it_and_nothing_else_may() {
    let free = "!has(request.body.a) || request.body.a == 1";
    is(free, "{}", true);
    is(free, r#"{"a":1}"#, true);
    is(free, r#"{"a":2}"#, false);
    is(free, "", true);
    has_no_answer("!has(request.body.a) || request.body.c == 1", "", "request.body.c is missing");
    let bound = "has(request.body.a) && request.body.a.b == 1";
    is(bound, "{}", false);
    has_no_answer(bound, r#"{"a":{}}"#, "request.body.a.b is missing");
    let nested = "has(request.body.a) && has(request.body.a.b) && request.body.a.b == 1";
    is(nested, "{}", false);
    is(nested, r#"{"a":{"b":1}}"#, true);
    let why = "request.body.c is missing";
    has_no_answer("!has(request.body.a) || request.body.c == 1", "{}", why);
    has_no_answer("!has(request.body.a) || request.body.a == request.body.c", "{}", why);
    // `has(x) ||` and `!has(x) &&` settle nothing.
    has_no_answer("has(request.body.a) || request.body.a == 1", "{}", "request.body.a is missing");
    has_no_answer("!has(request.body.a) && request.body.a == 1", "{}", "request.body.a is missing");
}

#[test]
fn a_key_that_a_server_could_take_for_another_has_no_answer() {
    let why = "another field could be taken for request.body.status";
    for body in [r#"{"Status":"done"}"#, r#"{"status":"done","STATUS":"open"}"#, r#"{" status":1}"#]
    {
        has_no_answer("has(request.body.status)", body, why);
        has_no_answer("request.body.status == \"done\"", body, why);
    }
    // An escape is another spelling of the same key.
    is("request.body.status == \"done\"", "{\"st\\u0061tus\":\"d\\u006fne\"}", true);
}

#[test]
fn a_list_of_records_is_no_record() {
    let target = "/v1/conversations/bulk";
    let body = format!(r#"[{{"id":"{ID}","status":"done"}},{{"id":"{ID}","status":"open"}}]"#);
    let asked = asked("PUT", target, &body);
    let why = ask("request.body.status == \"done\"", &asked).unwrap_err().to_string();
    assert_eq!(why, "request.body is a list and not an object");
    assert_eq!(ask("request.body.all(it, it.status == \"done\")", &asked), Ok(false));
    assert_eq!(ask("request.body.all(it, it.status != \"closed\")", &asked), Ok(true));
}

#[test]
fn a_key_of_the_query_is_plain_and_there_once() {
    let of = |query: &str, text: &str| {
        let asked = asked("GET", &format!("/v1/customers{query}"), "");
        ask(text, &asked).map_err(|why| why.to_string())
    };
    let text = "request.query.page == \"1\"";
    assert_eq!(of("?page=1", text), Ok(true));
    assert_eq!(of("?page=%31&sort=x", text), Ok(true));
    assert_eq!(of("", text), Err("request.query.page is missing".to_owned()));
    assert_eq!(of("", "has(request.query.page)"), Ok(false));
    for query in ["?page=1&page=2", "?page[]=1", "?p%61ge=1", "?Page=1", "?a=1;page=1"] {
        let why = "request.query.page is there twice, or spelled in an odd way";
        assert_eq!(of(query, text), Err(why.to_owned()), "{query}");
        assert_eq!(of(query, "!has(request.query.page)"), Err(why.to_owned()), "{query}");
    }
}

#[test]
fn ids_and_klasses_of_the_path_are_small_letters_and_several_ids_are_not_one() {
    let upper = ID.to_ascii_uppercase();
    let one = asked("GET", &format!("/v1/conversations/{upper}"), "");
    assert_eq!(ask(&format!("request.path.id == \"{ID}\""), &one), Ok(true));
    let klass = asked("GET", "/v1/klasses/Order", "");
    assert_eq!(ask("request.path.name != \"order\"", &klass), Ok(false));
    let other = "5f1a2b3c4d5e6f708192a3b5";
    let two = asked("GET", &format!("/v1/conversations/{ID},{other}"), "");
    let name = two.values().next().unwrap().0.to_owned();
    let why = ask(&format!("request.path.{name} != \"{ID}\""), &two).unwrap_err().to_string();
    assert_eq!(why, format!("request.path.{name} names several records"));
    let missing = asked("GET", "/v1/customers", "");
    let why = ask("request.path.id == \"x\"", &missing).unwrap_err().to_string();
    assert_eq!(why, "request.path.id is missing");
}

#[test]
fn no_answer_repeats_what_the_request_says() {
    for (text, body) in [
        ("request.body.a == 3", r#"{"a":"ada@example.com"}"#),
        ("request.body.a.b == 3", r#"{"a":"ada@example.com"}"#),
        ("request.body.a", r#"{"a":"ada@example.com"}"#),
        ("request.body.a < 3", r#"{"a":{"ada@example.com":1}}"#),
        ("1 in request.body.a", r#"{"a":["ada@example.com"]}"#),
        ("has(request.body.a)", r#"{"A":"ada@example.com"}"#),
        (
            "request.body.a in request.body.b",
            r#"{"a":"ada@example.com","b":{"ADA@example.com":1}}"#,
        ),
    ] {
        let why = of_body(text, body).unwrap_err();
        assert!(!why.to_lowercase().contains("ada@"), "{why}");
    }
}
