//! One operation and all that is known of it.

use std::io::Write;

use catalogue::{ActsAs, BodyUse, Catalogue, Operation, Roles, Rule, Shape};
use serde_json::{Value, json};

use super::{ShowArgs, unknown};
use crate::failure::{Answer, Verdict};
use crate::output::{Cell, FAINT, STRONG, Table, json_line, painted};

/// Shows one operation.
pub(super) fn show(args: &ShowArgs, catalogue: &Catalogue, out: &mut dyn Write) -> Answer {
    let name = &args.operation;
    let operation = catalogue.operation(name).ok_or_else(|| {
        let known: Vec<_> = catalogue.operations().map(|known| known.id().as_str()).collect();
        unknown("operation", name, known.into_iter())
    })?;
    if args.json {
        json_line(out, &json(operation))?;
    } else {
        writeln!(out, "{}", painted(STRONG, operation.id()))?;
        table(operation).write(out)?;
    }
    Ok(Verdict::Yes)
}

/// All facts as JSON.
pub(super) fn json(operation: &Operation) -> Value {
    let roles = operation.roles();
    json!({
        "id": operation.id(),
        "method": operation.method().as_str(),
        "path": operation.template().to_string(),
        "resource": operation.resource(),
        "level": operation.level(),
        "does": operation.phrase().bare_text(),
        "only_by_name": operation.only_by_name(),
        "demands": operation.rules().iter().map(rule).collect::<Vec<_>>(),
        "is_search": operation.is_search(),
        "includes": operation.includes(),
        "body": body(operation.body_use()),
        "actions": operation.actions(),
        "roles": {
            "legacy": roles.legacy,
            "permission_set": roles.permission_set,
            "other": roles.other,
            "none_needed": roles.none_needed,
        },
        "deletes": operation.deletes(),
        "sends": operation.sends(),
        "success": operation.success(),
        "object_limit": operation.object_limit().map(|limit| {
            json!({"calls": limit.calls, "seconds": limit.seconds, "per": limit.per})
        }),
        "event": operation.event(),
        "guide_row": operation.guide_row(),
        "trailing_slash": operation.takes_trailing_slash(),
        "notes": operation.notes(),
        "place": operation.place(),
    })
}

fn rule(rule: &Rule) -> Value {
    json!({
        "resource": rule.resource(),
        "level": rule.level(),
        "when": rule.when(),
        "because": rule.because(),
        "as": rule.acts_as().map(ActsAs::operation),
        "place": rule.place(),
    })
}

/// What is done with a body.
fn body(body: BodyUse) -> &'static str {
    match body {
        BodyUse::Streamed => "passed on as it comes",
        BodyUse::Refused => "none is taken",
        BodyUse::Read(Shape::Object) => "read: one object",
        BodyUse::Read(Shape::List) => "read: a list of objects",
        BodyUse::Read(Shape::Names) => "read: a list of strings",
        BodyUse::Read(Shape::Any) => "read: any JSON",
    }
}

/// Each demand beyond the operation's own, in words.
fn further(operation: &Operation) -> Vec<String> {
    let said = |rule: &Rule| {
        let when = rule.when();
        let when = if when.is_empty() { "always".to_owned() } else { when };
        let as_other =
            rule.acts_as().map(|other| format!(", and what {} needs,", other.operation()));
        let as_other = as_other.unwrap_or_default();
        format!("{} on {}{as_other} {when}: {}", rule.level(), rule.resource(), rule.because())
    };
    let mut further: Vec<String> = operation.rules().iter().map(said).collect();
    if operation.is_search() {
        further.push("read on all that the body returns, filters, sorts and counts by".to_owned());
        further.push(
            "full on what it returns when the body has `includeDeleted`, unless it is false"
                .to_owned(),
        );
    }
    further
}

fn table(operation: &Operation) -> Table {
    let mut table = Table::new().indented();
    let mut fact = |name: &str, text: Option<String>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            table.push([Cell::new(name, FAINT), text.into()]);
        }
    };
    let limit = operation.object_limit();
    let limit =
        limit.map(|limit| format!("{} in {} s for each {}", limit.calls, limit.seconds, limit.per));
    let actions: Vec<_> = operation.actions().iter().map(ToString::to_string).collect();
    fact("request", Some(format!("{} {}", operation.method(), operation.template())));
    fact("does", Some(operation.phrase().bare_text()));
    fact("needs", Some(format!("{} on {}", operation.level(), operation.resource())));
    for further in further(operation) {
        fact("also needs", Some(further));
    }
    fact(
        "named",
        operation
            .only_by_name()
            .map(|why| format!("only a line of its own in [operations] grants it. {why}")),
    );
    fact("sends", operation.sends().then(|| "what it carries can leave Kustomer".to_owned()));
    fact("body", Some(body(operation.body_use()).to_owned()));
    fact("actions", Some(actions.join(", ")));
    fact("key's roles", Some(roles(operation.roles())));
    fact("success", operation.success().map(|status| status.to_string()));
    fact("limit", limit);
    fact("webhook", operation.event().map(str::to_owned));
    fact("guide", operation.guide_row().map(|row| format!("row {row} of 28")));
    fact(
        "slash",
        operation.takes_trailing_slash().then(|| "one at the end is accepted".to_owned()),
    );
    fact("notes", operation.notes().map(str::to_owned));
    fact("written in", Some(operation.place().to_string()));
    table
}

/// Any one of the roles will do.
fn roles(roles: &Roles) -> String {
    if roles.none_needed {
        return "none; any valid key will do".to_owned();
    }
    let all: Vec<_> = [&roles.legacy, &roles.permission_set, &roles.other]
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    if all.is_empty() { "not published".to_owned() } else { all.join(" or ") }
}
