//! Nothing that stands in a policy exhausts a stack, and nothing that stands in a body exhausts the time.

use catalogue::Catalogue;
use policy::Condition;

use super::{ID, of_body};

/// The message of the first fault, found on a stack of 256 KiB.
fn fault_on_a_small_stack(text: String) -> String {
    let thread = std::thread::Builder::new().stack_size(256 * 1024);
    let parsed = thread.spawn(move || {
        Condition::parse(&text, Catalogue::builtin()).map_err(|faults| faults[0].message.clone())
    });
    parsed.unwrap().join().expect("the thread lives").expect_err("the text is too much")
}

#[test]
fn what_is_nested_thousands_of_times_is_refused_on_a_small_stack() {
    for deep in [200, 900, 20_000] {
        let texts = [
            format!("{}true{}", "(".repeat(deep), ")".repeat(deep)),
            format!("{}1{} == 1", "[".repeat(deep), "]".repeat(deep)),
            format!("{}true", "true ? true : ".repeat(deep)),
            format!("{}true", "true ? ".repeat(deep)),
            format!("{}true", "!".repeat(deep)),
            format!("{}1 == 1", "-".repeat(deep)),
            format!("{}1 == 1", "!-".repeat(deep)),
            format!("{}1 == 1", "- ".repeat(deep)),
            format!("request.body{} == 1", ".a".repeat(deep)),
            format!("request.body{} == 1", "[0]".repeat(deep)),
            format!("1{}", " == 1".repeat(deep)),
            format!("1{}", " < 1".repeat(deep)),
            format!("{}1{} == 1", "size(".repeat(deep), ")".repeat(deep)),
            format!("{}true{}", "request.body.all(x, ".repeat(deep), ")".repeat(deep)),
            "(".repeat(deep),
            "[".repeat(deep),
            "a.".repeat(deep),
            "a(".repeat(deep),
        ];
        for text in texts {
            let message = fault_on_a_small_stack(text);
            let is_bound = message.contains("nested deeper")
                || message.contains("longer than")
                || message.contains("words and signs")
                || message.contains("signs in a row")
                || message.contains("`? :`");
            assert!(is_bound, "{message}");
        }
    }
}

#[test]
fn the_deepest_condition_that_is_allowed_fits_a_small_stack() {
    let deep = format!("{}request.body.a == 1{}", "!(".repeat(12), ")".repeat(12));
    let thread = std::thread::Builder::new().stack_size(512 * 1024);
    let holds = thread.spawn(move || of_body(&deep, r#"{"a":1}"#));
    assert_eq!(holds.unwrap().join().unwrap(), Ok(true));
}

#[test]
fn a_large_body_costs_no_more_than_a_bound() {
    let items = vec!["1"; 60_000].join(",");
    let body = format!("{{\"a\":[{items}]}}");
    let nested = "request.body.a.all(x, request.body.a.exists(y, y == x))";
    assert_eq!(of_body(nested, &body), Err("the request is too large for it".to_owned()));
    let text = format!("{{\"a\":\"{}\"}}", "a".repeat(1_000_000));
    let long = "request.body.a.matches(\"(a|b)*c$\")";
    assert_eq!(of_body(long, &text), Ok(false));
    let many = format!("{{\"b\":[{items}],{}", text.strip_prefix('{').unwrap());
    let each = "request.body.b.exists(x, request.body.a.contains(\"b\"))";
    assert_eq!(of_body(each, &many), Err("the request is too large for it".to_owned()));
}

#[test]
fn long_keys_and_a_long_query_cost_no_more_than_a_bound() {
    const TOO_LARGE: &str = "the request is too large for it";
    let items = vec!["1"; 20_000].join(",");
    // Each item has the long key looked at anew.
    for key in ["ä".repeat(400_000), " ".repeat(800_000), "a".repeat(800_000)] {
        let body = format!("{{\"a\":[{items}],\"{key}\":1,\"b\":1}}");
        let began = std::time::Instant::now();
        let each = of_body("request.body.a.all(x, x == request.body.b)", &body);
        assert_eq!(each, Err(TOO_LARGE.to_owned()));
        assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
        assert_eq!(of_body("request.body.b == 1", &body), Ok(true));
    }
    let target = format!("/v1/conversations/{ID}?x=1{}", "&".repeat(8_000));
    let asked = super::asked("PUT", &target, &format!("{{\"a\":[{items}]}}"));
    let each = super::ask("request.body.a.all(x, request.query.x == \"1\")", &asked);
    assert_eq!(each.map_err(|why| why.to_string()), Err(TOO_LARGE.to_owned()));
}
