//! Conditions of entries: what is refused when a policy is loaded, and what is true of a request.

mod address;
mod bounds;
mod decided;
mod met;
mod missing;
mod random;
mod refused;

use catalogue::{Asked, Body, Catalogue, Identified};
use jiff::tz::TimeZone;
use policy::{Case, Condition, Unmet};

use crate::scene::{identify, policy};

/// A Tuesday, five past two in the afternoon in Berlin.
const NOW: &str = "2026-11-24T13:05:30Z";

const ID: &str = "5f1a2b3c4d5e6f708192a3b4";

/// A request with a body, read whether or not the catalogue has a use for it.
#[track_caller]
fn asked(method: &str, target: &str, body: &str) -> Asked {
    let Identified::Known(asked) = identify(method, target) else { panic!("{target} is known") };
    let body = Body::read(body.as_bytes()).expect("the body is clear");
    Catalogue::builtin().read_any_body(asked, &body).expect("the body is fit")
}

fn parse(text: &str) -> Condition {
    Condition::parse(text, Catalogue::builtin())
        .unwrap_or_else(|faults| panic!("`{text}` is good, yet: {faults:?}"))
}

fn ask(text: &str, asked: &Asked) -> Result<bool, Unmet> {
    let policy = policy("");
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let now = NOW.parse().unwrap();
    let address = Some("10.1.2.3".parse().unwrap());
    parse(text).holds(&Case { agent: policy.agent(), asked, now, zone: &zone, address })
}

/// Whether a condition is true of `PUT /v1/conversations/{id}` with this body.
fn of_body(text: &str, body: &str) -> Result<bool, String> {
    let asked = asked("PUT", &format!("/v1/conversations/{ID}"), body);
    ask(text, &asked).map_err(|why| why.to_string())
}
