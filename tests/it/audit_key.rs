//! The audit key: made where one gateway has the store to itself, asked for where several share it, and
//! never used when others can read it.

use std::os::unix::fs::PermissionsExt as _;

use gateway::refusal::chain;

use crate::support::postgres::postgres;
use crate::support::program::{Installation, set_mode};
use crate::support::world::{Scene, everything};

const NOWHERE: ([u8; 4], u16) = ([127, 0, 0, 1], 1);

fn installation() -> Installation {
    Installation::new(NOWHERE.into(), "not-a-real-key", &[("bot", &everything("read"))], "")
}

#[test]
fn a_gateway_with_a_store_of_its_own_makes_the_key_beside_it_and_keeps_it() {
    let installation = installation();
    assert_eq!(installation.run(&["check"]).code, 0, "the gateway would make the key");
    assert_eq!(installation.run(&["audit", "key", "show"]).code, 2, "there is none yet");
    assert_eq!(installation.serve().stop(), Some(0));
    let file = installation.folder().join("kustodian-audit.key");
    let mode = std::fs::metadata(&file).expect("the key's file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let first = installation.run(&["audit", "key", "show"]);
    assert_eq!((first.code, first.out.trim_end().len()), (0, 64), "{}", first.err);
    let mut serving = installation.serve();
    assert_eq!(serving.stop(), Some(0));
    assert_eq!(installation.run(&["audit", "key", "show"]).out, first.out);
    let secret = std::fs::read_to_string(&file).expect("text");
    assert!(!serving.log().contains(secret.trim_end()));
}

#[test]
fn a_key_that_others_can_read_is_refused_at_the_start_and_by_the_check() {
    let installation = installation();
    let made = installation.run(&["audit", "key", "new", "kustodian-audit.key"]);
    assert_eq!(made.code, 0, "{}", made.err);
    set_mode(&installation.folder().join("kustodian-audit.key"), 0o644);
    for command in ["serve", "check"] {
        let ended = installation.run(&[command]);
        assert_ne!(ended.code, 0, "{command}");
        let said = format!("{}{}", ended.out, ended.err);
        assert!(said.contains("chmod 600"), "{command}: {said}");
    }
}

#[test]
fn a_key_is_never_written_over() {
    let installation = installation();
    let new = ["audit", "key", "new", "my.key"];
    assert_eq!(installation.run(&new).code, 0);
    let file = installation.folder().join("my.key");
    let before = std::fs::read(&file).expect("the key's file");
    assert_eq!(installation.run(&new).code, 2);
    assert_eq!(std::fs::read(&file).expect("the key's file"), before);
}

#[tokio::test]
async fn a_gateway_on_a_database_that_may_be_shared_does_not_start_without_the_key() {
    let database = postgres();
    let scene = Scene::bot("").on(&database.url);
    let missing = scene.with(|config| config.audit.key_file = Some("no/such.key".into()));
    let failure = missing.try_start().await.expect_err("it has no key");
    let said = chain(&failure);
    assert!(said.contains("kustodian audit key new no/such.key"), "{said}");
    assert!(said.contains("every gateway that shares the store"), "{said}");
    Scene::bot("").on(&database.url).start().await.stop().await;
}
