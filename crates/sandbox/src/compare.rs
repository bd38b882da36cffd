//! Comparing JSON values as people mean it: numbers as numbers, times as times, text as text.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

/// How two values compare; `None` when they cannot be compared, or when one is absent.
pub(crate) fn values(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::String(left), Value::String(right)) => Some(texts(left, right)),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (left, right) => number(left)?.partial_cmp(&number(right)?),
    }
}

/// An order for sorting: what is absent comes first, what cannot be compared stays as it is.
pub(crate) fn order(left: &Value, right: &Value) -> Ordering {
    match (left.is_null(), right.is_null()) {
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (true, true) | (false, false) => values(left, right).unwrap_or(Ordering::Equal),
    }
}

fn texts(left: &str, right: &str) -> Ordering {
    match (time(left), time(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => left.cmp(right),
    }
}

/// A full time, or a day, which begins at midnight UTC.
fn time(text: &str) -> Option<Timestamp> {
    let day = || text.parse::<Date>().ok().filter(|_| text.len() == 10);
    text.parse().ok().or_else(|| {
        day()?.to_zoned_datetime(TimeZone::UTC).ok().map(|midnight| midnight.timestamp())
    })
}

/// A number, or a text that is one: queries hold only text.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(left: &Value, right: &Value, expected: Option<Ordering>) {
        assert_eq!(values(left, right), expected, "{left} with {right}");
    }

    #[test]
    fn values_compare_by_what_they_mean() {
        check(&json!(2), &json!(10), Some(Ordering::Less));
        check(&json!(2), &json!("10"), Some(Ordering::Less));
        check(&json!("b"), &json!("a"), Some(Ordering::Greater));
        check(&json!("2026-01-02T00:00:00.000Z"), &json!("2026-01-02"), Some(Ordering::Equal));
        check(
            &json!("2026-01-02T00:30:00Z"),
            &json!("2026-01-02T01:00:00+02:00"),
            Some(Ordering::Greater),
        );
        check(&json!(null), &json!(1), None);
        check(&json!([1]), &json!(1), None);
    }
}
