//! From where a request comes, where nobody knows.

use jiff::tz::TimeZone;
use policy::Case;

use super::{ID, NOW, asked, parse};
use crate::scene::policy;

#[test]
fn an_address_that_nobody_knows_is_in_no_network_and_outside_of_none() {
    let (policy, asked) = (policy(""), asked("GET", &format!("/v1/customers/{ID}"), ""));
    let now = NOW.parse().unwrap();
    let case =
        Case { agent: policy.agent(), asked: &asked, now, zone: &TimeZone::UTC, address: None };
    for text in [
        r#"in_network(request.address, "0.0.0.0/0")"#,
        r#"in_network(request.address, ["0.0.0.0/0", "::/0"])"#,
        r#"!in_network(request.address, "10.0.0.0/8")"#,
        r#"true || in_network(request.address, "10.0.0.0/8")"#,
    ] {
        let why = parse(text).holds(&case).unwrap_err();
        assert_eq!(why.to_string(), "request.address is not known", "{text}");
    }
}
