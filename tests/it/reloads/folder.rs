//! What else stands in the folder: drafts that nobody is to go by, and policies that are missing.

use std::fs;
use std::os::unix::fs::symlink;

use super::{BROKEN, LINE, READ, file, policies, reload, unwatched};
use crate::support::world::{Scene, policy_of};

#[tokio::test]
async fn a_file_whose_name_begins_with_a_dot_is_no_policy() {
    let world = Scene::bot(READ).with(unwatched).start().await;
    fs::write(file(&world, ".draft"), policy_of("bot", BROKEN)).expect("a draft");
    let same = reload(&world).await;
    assert_eq!((same.status, &same.json()["status"]), (200, &"unchanged".into()));
    fs::write(file(&world, ".other"), policy_of("other", READ)).expect("a draft");
    assert_eq!(reload(&world).await.json()["agents"], 1);
}

#[tokio::test]
async fn a_link_that_leads_nowhere_is_a_policy_that_is_missing_and_changes_nothing() {
    let world = Scene::bot(READ).agent("other", READ).with(unwatched).start().await;
    fs::remove_file(file(&world, "other")).expect("it was there");
    symlink(world.folder().join("nowhere"), file(&world, "other")).expect("a link");
    let refused = reload(&world).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.text().contains("other.toml"), "{}", refused.text());
    assert_eq!(world.ask("other", LINE).await.status, 200, "what was in force stays");
    assert!(policies(&world).await["failure"].is_object());
}

#[tokio::test]
async fn a_folder_of_roles_that_leads_nowhere_is_a_mistake_and_no_folder_without_roles() {
    let world = Scene::bot(READ).with(unwatched).start().await;
    symlink(world.folder().join("nowhere"), world.folder().join("policies/roles")).expect("a link");
    let refused = reload(&world).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.text().contains("roles"), "{}", refused.text());
    assert_eq!(world.ask("bot", LINE).await.status, 200, "what was in force stays");
}
