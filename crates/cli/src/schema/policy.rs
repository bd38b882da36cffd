//! The schemas of policies and roles, made of the catalogue: every name, with what it is.
//!
//! Draft 7 of JSON Schema, because that is what the editors' helpers for TOML all know.

use catalogue::{Catalogue, Level, Operation, Resource};
use serde_json::{Map, Value, json};

use crate::output::with;

/// The schema of a policy.
pub(super) fn policy(catalogue: &Catalogue) -> Value {
    let only = catalogue.scopes().map(|scope| {
        let about = format!(
            "The only records of this kind that the agent may touch, each a {}.",
            scope.singular()
        );
        (scope.id().to_string(), list(&about))
    });
    let mut properties = Map::new();
    properties.insert("agent".into(), agent());
    properties.extend(entry_tables(catalogue));
    properties.insert("limits".into(), limits());
    let about = "Confines the agent to some records. It gives nothing.";
    properties.insert("only".into(), table(about, only.collect(), &[]));
    file("A policy of Kustodian: one agent and what it may do", &properties, "agent")
}

/// The schema of a role.
pub(super) fn role(catalogue: &Catalogue) -> Value {
    let head = [
        ("id".to_owned(), id("The role's name in `roles` of policies.")),
        ("purpose".to_owned(), text("What the role is for.")),
    ];
    let mut properties = Map::new();
    let about = "What the role is called.";
    properties.insert("role".into(), table(about, head.into_iter().collect(), &["id"]));
    properties.extend(entry_tables(catalogue));
    properties.insert("limits".into(), limits());
    file("A role of Kustodian: entries that policies share", &properties, "role")
}

fn file(title: &str, properties: &Map<String, Value>, required: &str) -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": title,
        "type": "object",
        "additionalProperties": false,
        "required": [required],
        "properties": properties,
        "definitions": {
            "level": {
                "description": "off gives nothing, read looks, write also creates and changes, full also deletes and does what cannot be undone.",
                "type": "string",
                "enum": Level::ALL.map(Level::as_str),
            },
            "bound": {
                "description": "A day, which counts whole and in UTC, or an instant with its offset.",
                "anyOf": [
                    { "type": "string", "format": "date" },
                    { "type": "string", "format": "date-time" },
                ],
            },
            "entry": {
                "anyOf": [
                    { "$ref": "#/definitions/level" },
                    {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["level"],
                        "properties": {
                            "level": { "$ref": "#/definitions/level" },
                            "when": text("The condition under which it gives its level, in CEL."),
                            "not_before": { "$ref": "#/definitions/bound" },
                            "expires": { "$ref": "#/definitions/bound" },
                        },
                    },
                ],
            },
        },
    })
}

fn agent() -> Value {
    let mode = json!({
        "description": "enforce refuses what is not granted; observe records it and forwards all the same, where the settings allow it; suspended refuses everything.",
        "type": "string",
        "enum": policy::Mode::ALL.map(policy::Mode::as_str),
        "default": policy::Mode::default().as_str(),
    });
    let bound = json!({ "$ref": "#/definitions/bound" });
    let keys = [
        ("id", id("The agent's name in tokens and records.")),
        ("name", text("Its name in sentences; the id where it is left out.")),
        ("owner", text("Whom to ask when the agent is refused something.")),
        ("purpose", text("What the agent is for.")),
        ("roles", list("The roles that it takes, by id.")),
        ("mode", mode),
        ("not_before", bound.clone()),
        ("expires", bound),
        (
            "client_certificate",
            text(
                "Its tokens work only with this certificate: dns:NAME, uri:NAME or sha256:DIGITS.",
            ),
        ),
    ];
    let keys = keys.into_iter().map(|(key, schema)| (key.to_owned(), schema));
    table("Who the policy is about.", keys.collect(), &["id", "owner"])
}

fn limits() -> Value {
    let requests = json!({
        "description": "So many requests in a time, such as 120/min: so many at once, and then refilled evenly.",
        "type": "string",
        "pattern": "^[1-9][0-9]*/(sec|min|hour|day)$",
    });
    let in_flight = json!({
        "description": "So many requests under way at once.",
        "type": "integer",
        "minimum": 1,
    });
    let keys = [("requests".to_owned(), requests), ("in_flight".to_owned(), in_flight)];
    table("How much the agent may ask.", keys.into_iter().collect(), &[])
}

/// `[access]`, `[actions]` and `[operations]`.
fn entry_tables(catalogue: &Catalogue) -> [(String, Value); 3] {
    let actions = catalogue.actions().map(|action| {
        let operations: Vec<&str> =
            action.operations().iter().map(catalogue::OperationId::as_str).collect();
        let about =
            format!("{}. {} Made of {}.", action.title(), action.about(), operations.join(", "));
        (action.id().to_string(), entry(&about))
    });
    let operations = catalogue.operations().map(|it| (it.id().to_string(), entry(&about(it))));
    [
        ("access".to_owned(), access(catalogue)),
        (
            "actions".to_owned(),
            table("Levels on actions; they win over [access].", actions.collect(), &[]),
        ),
        (
            "operations".to_owned(),
            table("Levels on single operations; they win over both.", operations.collect(), &[]),
        ),
    ]
}

fn about(operation: &Operation) -> String {
    let why = operation.only_by_name().map(|why| format!(" Only this line grants it: {why}."));
    let (method, template) = (operation.method(), operation.template());
    format!("{method} {template}; needs {}.{}", operation.level(), why.unwrap_or_default())
}

fn access(catalogue: &Catalogue) -> Value {
    let resource = |resource: &Resource| {
        let whole = entry(resource.about());
        let schema = if resource.has_klasses() {
            let klasses = json!({ "type": "object", "additionalProperties": { "$ref": "#/definitions/entry" } });
            json!({ "description": resource.about(), "anyOf": [whole, klasses] })
        } else {
            whole
        };
        (resource.id().to_string(), schema)
    };
    let access = table("Levels on resources.", catalogue.resources().map(resource).collect(), &[]);
    let klassed = catalogue.resources().filter(|it| it.has_klasses());
    let of_klass = klassed.map(|resource| {
        let pattern = format!("^{}\\.[A-Za-z0-9_-]+$", resource.id());
        (pattern, entry(&format!("One klass; it wins over {}.", resource.id())))
    });
    with(access, "patternProperties", Value::Object(of_klass.collect()))
}

fn entry(about: &str) -> Value {
    // Draft 7 reads nothing beside a `$ref`.
    json!({ "description": about, "allOf": [{ "$ref": "#/definitions/entry" }] })
}

fn table(about: &str, properties: Map<String, Value>, required: &[&str]) -> Value {
    let properties = Value::Object(properties);
    json!({
        "description": about,
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

fn text(about: &str) -> Value {
    json!({ "description": about, "type": "string", "minLength": 1 })
}

fn id(about: &str) -> Value {
    json!({ "description": about, "type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,63}$" })
}

fn list(about: &str) -> Value {
    json!({ "description": about, "type": "array", "items": { "type": "string" } })
}
