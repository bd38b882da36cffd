//! What `kustodian token` does is told to other programs too: one JSON object for each thing done.

use std::net::SocketAddr;

use gateway::token::Token;
use serde_json::{Value, json};

use crate::support::program::{Ended, Installation};

const READ: &str = "[access]\ncustomers = \"read\"";

fn installation() -> Installation {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
    Installation::new(nowhere, "the-key-0123456789", &[("bot", READ)], "")
}

/// The one object that is printed, and nothing beside it.
#[track_caller]
fn object(ended: &Ended, code: i32) -> Value {
    assert_eq!((ended.code, ended.err.as_str()), (code, ""), "{}", ended.out);
    assert_eq!(ended.out.lines().count(), 1, "{}", ended.out);
    serde_json::from_str(&ended.out).expect("JSON")
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("no text in `{key}`: {value}"))
}

#[test]
fn a_token_that_is_issued_or_rotated_stands_in_its_object() {
    let installation = installation();
    let issue = ["token", "issue", "bot", "--note", "inbox", "--from", "10.0.0.0/8", "--json"];
    let issued = object(&installation.run(&issue), 0);
    assert!(Token::parse(text(&issued, "token")).is_some(), "{issued}");
    assert_eq!((&issued["agent"], &issued["note"]), (&json!("bot"), &json!("inbox")));
    assert_eq!(
        (&issued["only_from"], &issued["expires_at"]),
        (&json!(["10.0.0.0/8"]), &Value::Null)
    );
    let id = text(&issued, "id");

    let rotate = ["token", "rotate", id, "--expires", "9d", "--json"];
    let rotated = object(&installation.run(&rotate), 0);
    assert!(Token::parse(text(&rotated, "token")).is_some(), "{rotated}");
    assert_ne!(rotated["token"], issued["token"]);
    assert_eq!(rotated["replaces"]["id"], id);
    let listed = installation.run(&["token", "list", "--json"]).out;
    let listed: Vec<Value> =
        listed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(listed[0]["expires_at"], rotated["replaces"]["expires_at"]);
    for key in ["id", "agent", "issued_at", "expires_at", "only_from", "note"] {
        assert_eq!(listed[1][key], rotated[key], "{key}");
    }
    let again = object(&installation.run(&rotate), 1);
    assert!(text(&again, "refused").contains("was rotated before"), "{again}");
}

#[test]
fn a_token_that_is_minted_stands_in_its_object_and_is_listed_once_it_is_revoked() {
    let installation = installation();
    let mint = ["token", "mint", "bot", "--ttl", "15m", "--only", "customers=read", "--json"];
    let minted = object(&installation.run(&mint), 0);
    assert!(text(&minted, "token").starts_with("eyJ"), "{minted}");
    assert_eq!((&minted["agent"], &minted["only"]), (&json!("bot"), &json!(["customers=read"])));
    assert_eq!(minted["only_from"], Value::Null);
    let id = text(&minted, "id");
    let list = || installation.run(&["token", "list"]).out;
    assert!(!list().contains(id), "nothing is kept of one that works: {}", list());

    let revoked = object(&installation.run(&["token", "revoke", id, "--json"]), 0);
    assert_eq!((text(&revoked, "id"), text(&revoked, "agent")), (id, "bot"));
    let table = list();
    let row = table.lines().find(|line| line.contains(id)).expect("a row");
    assert!(row.contains("revoked") && row.ends_with("minted"), "{row}");
    let listed = object(&installation.run(&["token", "list", "--json"]), 0);
    assert_eq!((&listed["kind"], &listed["state"]), (&json!("minted"), &json!("revoked")));
    for key in ["id", "agent", "revoked_at"] {
        assert_eq!(listed[key], revoked[key], "{key}");
    }
    assert_eq!(listed["expires_at"], minted["expires_at"]);
}

#[test]
fn a_note_and_a_revocation_are_told_and_so_is_what_is_not_done() {
    let installation = installation();
    let issued = object(&installation.run(&["token", "issue", "bot", "--json"]), 0);
    let id = text(&issued, "id");
    let noted = object(&installation.run(&["token", "note", id, "moved", "--json"]), 0);
    assert_eq!(noted, json!({ "id": id, "agent": "bot", "note": "moved" }));
    let noted = object(&installation.run(&["token", "note", id, "", "--json"]), 0);
    assert_eq!(noted["note"], Value::Null);
    let revoked = object(&installation.run(&["token", "revoke", id, "--json"]), 0);
    assert_eq!((text(&revoked, "id"), text(&revoked, "agent")), (id, "bot"));
    assert!(revoked["revoked_at"].is_string(), "{revoked}");

    let token = text(&issued, "token");
    for command in [
        &["token", "note", "tok_nothing", "x", "--json"][..],
        &["token", "note", token, "x", "--json"],
        &["token", "revoke", "tok_nothing", "--json"],
        &["token", "revoke", "mint_nothing", "--json"],
        &["token", "revoke", token, "--json"],
        &["token", "rotate", "tok_nothing", "--json"],
        &["token", "rotate", token, "--json"],
    ] {
        let refused = object(&installation.run(command), 1);
        assert!(!text(&refused, "refused").is_empty(), "{refused}");
        assert!(!refused.to_string().contains(token), "the token is repeated: {refused}");
    }
}
