//! The schemas in the repository are current, the samples fit them, and wrong files do not.

use std::fs;
use std::path::{Path, PathBuf};

use catalogue::Catalogue;
use serde_json::{Value, json};

use super::*;

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn schema(kind: Kind) -> Value {
    of(kind, Catalogue::builtin())
}

#[test]
fn the_schemas_in_the_repository_are_current() {
    for (kind, name) in [(Kind::Policy, "policy"), (Kind::Role, "role"), (Kind::Config, "config")] {
        let mut made = Vec::new();
        written(&schema(kind), &mut made).unwrap();
        let path = project(&format!("schemas/{name}.schema.json"));
        let kept = fs::read(&path).unwrap_or_default();
        let advice = format!("run: kustodian schema {name} > schemas/{name}.schema.json");
        assert!(kept == made, "schemas/{name}.schema.json is not current; {advice}");
    }
}

#[test]
fn every_sample_fits_its_schema_and_names_it() {
    let policy = schema(Kind::Policy);
    for entry in fs::read_dir(project("policies")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let text = fs::read_to_string(&path).unwrap();
            assert_eq!(faults(&policy, &text), Vec::<String>::new(), "{}", path.display());
            assert!(text.contains("#:schema ../schemas/policy.schema.json"), "{}", path.display());
        }
    }
    let settings = fs::read_to_string(project("config/kustodian.toml")).unwrap();
    assert_eq!(faults(&schema(Kind::Config), &settings), Vec::<String>::new());
}

#[test]
fn what_an_entry_can_be_fits_and_what_it_cannot_does_not() {
    let policy = schema(Kind::Policy);
    let text = |tables: &str| format!("[agent]\nid = \"bot\"\nowner = \"ops\"\n{tables}");
    for good in [
        "[access]\ncustomers = { level = \"read\", expires = 2027-06-30 }\n",
        "[access]\n\"kobjects.order\" = \"read\"\nkobjects = \"write\"\n",
        "[access]\nkobjects.order = \"read\"\n",
        "[operations]\n\"customers.update\" = \"write\"\n",
        "roles = [\"reader\"]\nmode = \"suspended\"\nnot_before = 2027-06-30T18:00:00Z\n",
    ] {
        assert_eq!(faults(&policy, &text(good)), Vec::<String>::new(), "{good}");
    }
    for wrong in [
        "[access]\ncustmers = \"read\"\n",
        "[access]\ncustomers = \"raed\"\n",
        "[access]\ncustomers = { expires = 2027-06-30 }\n",
        "[access]\ncustomers = { level = \"read\", expire = 2027-06-30 }\n",
        "[access]\ncustomers = true\n",
        "[actions]\ncustomers = \"read\"\n",
        "[operations]\n\"customers.updte\" = \"write\"\n",
        "[limits]\nrequests = \"120/minute\"\n",
        "[limits]\nin_flight = 0\n",
        "[only]\nnotes = []\n",
        "mode = \"observed\"\n",
        "expire = 2027-06-30\n",
        "[acces]\n",
    ] {
        assert_ne!(faults(&policy, &text(wrong)), Vec::<String>::new(), "{wrong}");
    }
    assert_ne!(faults(&policy, "[access]\n"), Vec::<String>::new(), "without an agent");
    let role = schema(Kind::Role);
    assert_eq!(faults(&role, "[role]\nid = \"reader\"\n[access]\nnotes = \"read\"\n"), [""; 0]);
    assert_ne!(faults(&role, "[role]\nid = \"reader\"\n[only]\n"), [""; 0]);
    let config = schema(Kind::Config);
    assert_ne!(faults(&config, "[listn]\n"), [""; 0]);
    assert_ne!(faults(&config, "[limits]\nheaders = \"many\"\n"), [""; 0]);
}

#[test]
fn a_setting_that_is_one_of_a_few_words_is_none_other() {
    let config = schema(Kind::Config);
    let words = |section: &str, key: &str| {
        let of_section = &config["properties"][section]["properties"][key];
        of_section["enum"].as_array().cloned().unwrap_or_default()
    };
    assert_eq!(words("log", "format"), ["text", "json"]);
    assert_eq!(words("audit", "identifiers"), ["mask", "hash", "clear"]);
    assert_eq!(words("kustomer", "plan"), ["professional", "business", "enterprise", "ultimate"]);
    let tls = &config["properties"]["listen"]["properties"]["tls"]["properties"];
    assert_eq!(tls["client_certificates"]["enum"], json!(["optional", "required"]));
    let algorithms = gateway::jwt::Algorithm::ALL.map(|it| Value::from(it.name()));
    let issuers = &config["properties"]["issuers"]["items"]["properties"];
    assert_eq!(issuers["algorithms"]["items"]["enum"], Value::from(algorithms.to_vec()));
    assert_eq!(words("kustomer", "base_url"), [""; 0]);

    let good = "[tokens]\nwarn_days = 0\n[[issuers]]\naudience = [\"a\", \"b\"]\n\
                agent_claim = \"sub\"\nrequired_claims = { org = \"7\" }\n";
    assert_eq!(faults(&config, good), [""; 0]);
    for wrong in [
        "[log]\nformat = \"yaml\"\n",
        "[audit]\nidentifiers = \"Mask\"\n",
        "[listen.tls]\nclient_certificates = \"never\"\n",
        "[[issuers]]\naudience = 7\n",
        "[[issuers]]\nrequired_claims = \"org\"\n",
    ] {
        assert_ne!(faults(&config, wrong), [""; 0], "{wrong}");
    }
}

#[test]
fn an_operators_own_names_are_in_the_schema() {
    let own = catalogue::Source {
        name: "acme.toml".to_owned(),
        text:
            "[resource]\nid = \"gift_cards\"\nsingular = \"gift card\"\nabout = \"Gift cards.\"\n"
                .to_owned(),
    };
    let extended = Catalogue::builtin().extended(&[own]).unwrap();
    let schema = of(Kind::Policy, &extended);
    assert_eq!(
        schema["properties"]["access"]["properties"]["gift_cards"]["description"],
        "Gift cards."
    );
}

/// Where a TOML text does not fit a schema: as much of JSON Schema as the schemas here use.
fn faults(schema: &Value, text: &str) -> Vec<String> {
    let value: toml::Value = toml::from_str(text).unwrap();
    let mut found = Vec::new();
    check(schema, schema, &json_of(&value), "", &mut found);
    found
}

fn json_of(value: &toml::Value) -> Value {
    match value {
        toml::Value::Datetime(at) => json!(at.to_string()),
        toml::Value::Array(items) => items.iter().map(json_of).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.iter().map(|(key, value)| (key.clone(), json_of(value))).collect())
        }
        toml::Value::String(_)
        | toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_) => serde_json::to_value(value).unwrap(),
    }
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.strip_prefix("#/definitions/").unwrap();
        return check(root, &root["definitions"][name], value, at, found);
    }
    let fits = |schema: &Value| {
        let mut inner = Vec::new();
        check(root, schema, value, at, &mut inner);
        inner.is_empty()
    };
    let all = schema["allOf"].as_array();
    let any = schema["anyOf"].as_array();
    if !all.is_none_or(|all| all.iter().all(fits)) || !any.is_none_or(|any| any.iter().any(fits)) {
        found.push(format!("{at} is none of what it can be"));
    }
    let is_type = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("boolean") => value.is_boolean(),
        Some(other) => panic!("the test does not know the type {other}"),
        None => true,
    };
    let is_listed = schema["enum"].as_array().is_none_or(|words| words.contains(value));
    let is_above = schema["minimum"].as_i64().is_none_or(|least| value.as_i64() >= Some(least));
    let unit = schema["pattern"].as_str().filter(|pattern| pattern.contains("(sec"));
    let has_unit = unit.is_none_or(|_| {
        let unit = value.as_str().and_then(|text| text.split_once('/')).map(|(_, unit)| unit);
        unit.is_some_and(|unit| ["sec", "min", "hour", "day"].contains(&unit))
    });
    if !(is_type && is_listed && is_above && has_unit) {
        found.push(format!("{at} does not fit"));
    }
    if let (Some(items), Some(inner)) = (value.as_array(), schema.get("items")) {
        for item in items {
            check(root, inner, item, &format!("{at}[]"), found);
        }
    }
    if let (Some(object), Some(properties)) = (value.as_object(), schema["properties"].as_object())
    {
        let required =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        found.extend(
            required
                .filter(|key| !object.contains_key(*key))
                .map(|key| format!("{at}.{key} is missing")),
        );
        for (key, value) in object {
            let patterns = schema["patternProperties"].as_object();
            let of_pattern = patterns.and_then(|all| {
                let prefix =
                    |pattern: &str| pattern.split("\\.").next().unwrap().replace('^', "") + ".";
                all.iter().find(|(pattern, _)| key.starts_with(&prefix(pattern))).map(|(_, it)| it)
            });
            match properties.get(key).or(of_pattern) {
                Some(inner) => check(root, inner, value, &format!("{at}.{key}"), found),
                None => found.push(format!("{at}.{key} is unknown")),
            }
        }
    }
}
