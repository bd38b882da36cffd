//! The event itself: its attributes, and where each comes from.

use audit::{Opening, Record};
use serde_json::{Value, json};

use super::activity::Activity;
use super::verdict::{action, disposition, severity, status};

/// The version of OCSF that events follow: the first in which API Activity has every attribute and
/// value that is used here.
const VERSION: &str = "1.6.0";
/// The class API Activity.
const CLASS: u32 = 6003;
/// The methods that the schema admits.
const METHODS: [&str; 9] =
    ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];

/// The record as an event. An attribute without a value is left out.
pub(super) fn event(record: &Record) -> Value {
    let (activity, opening) = (Activity::of(record), &record.opening);
    let (severity, status) = (severity(record), status(record));
    let (action, disposition) = (action(record), disposition(record));
    let answered = record.outcome.as_ref().and_then(|outcome| outcome.status);
    without_nulls(json!({
        "class_uid": CLASS,
        "class_name": "API Activity",
        "category_uid": 6,
        "category_name": "Application Activity",
        "activity_id": activity.id(),
        "activity_name": activity.name(),
        "type_uid": CLASS * 100 + activity.id(),
        "type_name": format!("API Activity: {}", activity.caption()),
        "time": opening.at.as_millisecond(),
        "severity_id": severity.id,
        "severity": severity.word,
        "status_id": status.id,
        "status": status.word,
        "status_code": answered.map(|status| status.to_string()),
        "status_detail": detail(record),
        "message": record.sentence(),
        "action_id": action.id,
        "action": action.word,
        "disposition_id": disposition.id,
        "disposition": disposition.word,
        "policy": policy(opening),
        "actor": { "user": user(opening) },
        "api": api(opening),
        "src_endpoint": src_endpoint(opening),
        "count": (opening.requests > 1).then_some(opening.requests),
        "http_request": http_request(record),
        "http_response": http_response(record),
        "resources": resources(opening),
        "duration": record.outcome.as_ref().map(|outcome| outcome.duration_ms),
        "metadata": metadata(opening),
        "unmapped": unmapped(record),
    }))
}

/// Why it is a success or a failure: for a refused request that is the reason, and for a permitted one
/// how it ended.
fn detail(record: &Record) -> Option<&str> {
    if record.opening.decision == audit::Decided::Permitted {
        record.outcome.as_ref().map(|outcome| outcome.kind.as_str())
    } else {
        Some(&record.opening.reason)
    }
}

fn policy(opening: &Opening) -> Value {
    let policy = &opening.policy;
    let place = policy.line.map(|line| json!({ "line": line }));
    json!({ "name": policy.file, "uid": policy.fingerprint, "data": place })
}

/// The agent. The schema demands an actor, also where nobody could be told.
fn user(opening: &Opening) -> Value {
    let credential = &opening.token;
    match &opening.agent {
        Some(agent) => json!({
            "uid": agent, "type_id": 4, "type": "Service", "credential_uid": credential,
        }),
        None => json!({
            "name": "unknown", "type_id": 0, "type": "Unknown", "credential_uid": credential,
        }),
    }
}

fn api(opening: &Opening) -> Value {
    let (operation, service) = match &opening.operation {
        Some(operation) => (operation, "Kustomer"),
        None if was_asked(opening) => (&opening.method, "Kustomer"),
        None => (&opening.reason, "Kustodian"),
    };
    json!({
        "operation": operation,
        "service": { "name": service },
        "request": { "uid": opening.id },
    })
}

/// Whether there was one request; a note of the gateway's own, and a count of many, have no line.
fn was_asked(opening: &Opening) -> bool {
    !opening.method.is_empty()
}

/// Whence it came; the schema demands it, also of what came from nowhere.
fn src_endpoint(opening: &Opening) -> Value {
    match opening.address.as_str() {
        "" => json!({ "name": "kustodian" }),
        address if address.parse::<std::net::IpAddr>().is_ok() => json!({ "ip": address }),
        several => json!({ "name": several }),
    }
}

fn http_request(record: &Record) -> Option<Value> {
    let opening = &record.opening;
    if !was_asked(opening) {
        return None;
    }
    Some(json!({
        "http_method": admitted(opening).then_some(&opening.method),
        "url": { "path": opening.path },
        "body_length": record.outcome.as_ref().map(|outcome| outcome.bytes_in),
    }))
}

fn admitted(opening: &Opening) -> bool {
    METHODS.contains(&opening.method.as_str())
}

fn http_response(record: &Record) -> Option<Value> {
    let outcome = record.outcome.as_ref()?;
    Some(json!({ "code": outcome.status?, "body_length": outcome.bytes_out }))
}

/// What was touched: the targets, or the resource as a whole.
fn resources(opening: &Opening) -> Option<Value> {
    let resource = opening.resource.as_ref()?;
    if opening.targets.is_empty() {
        return Some(json!([{ "name": resource, "type": resource }]));
    }
    let targets = opening.targets.iter().map(|id| json!({ "uid": id, "type": resource }));
    Some(targets.collect())
}

fn metadata(opening: &Opening) -> Value {
    json!({
        "version": VERSION,
        "uid": opening.id,
        "product": {
            "name": "Kustodian",
            "vendor_name": "Kustodian",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "profiles": ["security_control"],
        "log_name": "audit",
        "original_time": opening.at.to_string(),
    })
}

/// What has no attribute, or only a coarser one, by its name in the record.
fn unmapped(record: &Record) -> Value {
    let opening = &record.opening;
    json!({
        "method": (was_asked(opening) && !admitted(opening)).then_some(&opening.method),
        "demands": opening.demands,
        "decision": opening.decision,
        "reason": opening.reason,
        "outcome_kind": record.outcome.as_ref().map(|outcome| outcome.kind),
        "detail": opening.detail,
    })
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let known = fields.into_iter().filter(|(_, value)| !value.is_null());
            known.map(|(name, value)| (name, without_nulls(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use audit::Decided;

    use super::super::super::testing::{permitted, refused, under_way};
    use super::*;

    #[test]
    fn a_permitted_request_is_an_event() {
        insta::assert_json_snapshot!(event(&permitted()));
    }

    #[test]
    fn a_caller_that_nobody_knows_is_an_event_with_an_unknown_actor() {
        let mut record = refused(Decided::Unauthenticated, "token_missing", 401);
        let opening = &mut record.opening;
        (opening.agent, opening.token) = (None, None);
        (opening.operation, opening.resource) = (None, None);
        (opening.policy.file, opening.policy.line) = (None, None);
        opening.targets.clear();
        opening.demands.clear();
        "BREW".clone_into(&mut opening.method);
        insta::assert_json_snapshot!(event(&record));
    }

    #[test]
    fn a_note_of_the_gateways_own_is_an_event_without_a_request() {
        let at = "2026-11-23T20:06:25Z".parse().unwrap();
        let note = audit::Event::Started { version: "1.2.3".to_owned(), host: None }
            .record(audit::RecordId::floor(at), at);
        let event = event(&Record { outcome: note.outcome.clone(), opening: note });
        assert_eq!(event["api"]["operation"], "gateway_started");
        assert_eq!(event["src_endpoint"], json!({ "name": "kustodian" }));
        assert_eq!(event["unmapped"]["detail"], json!({ "version": "1.2.3" }));
        assert_eq!((&event["action"], &event["status"]), (&"Observed".into(), &"Success".into()));
        assert_eq!(event.get("http_request"), None);
    }

    #[test]
    fn a_count_of_many_is_one_event_with_their_number() {
        let mut record = refused(Decided::Unauthenticated, "counted", 401);
        record.opening.requests = 512;
        "2001:db8::/64".clone_into(&mut record.opening.address);
        record.opening.method.clear();
        let event = event(&record);
        assert_eq!(event["count"], 512);
        assert_eq!(event["src_endpoint"], json!({ "name": "2001:db8::/64" }));
    }

    #[test]
    fn a_request_under_way_has_no_response_and_no_duration() {
        let event = event(&under_way());
        for attribute in ["http_response", "duration", "status_code", "status_detail"] {
            assert!(event.get(attribute).is_none(), "{event}");
        }
        assert_eq!(event["status"], "Unknown");
    }

    #[test]
    fn an_operation_without_a_target_touches_its_resource() {
        let mut record = permitted();
        record.opening.targets.clear();
        let event = event(&record);
        assert_eq!(event["resources"], json!([{ "name": "customers", "type": "customers" }]));
    }

    #[test]
    fn the_type_is_made_of_the_class_and_the_activity() {
        let mut record = permitted();
        record.opening.demands.clear();
        record.opening.operation = Some("messages.redact".to_owned());
        "POST".clone_into(&mut record.opening.method);
        let event = event(&record);
        assert_eq!(event["type_uid"], 600_399);
        assert_eq!(event["type_name"], "API Activity: Other");
        assert_eq!(event["activity_name"], "redact");
    }
}
