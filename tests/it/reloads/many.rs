//! A policy set of many agents is on record in parts, and the parts add up.

use std::fmt::Write as _;

use super::{NOTHING, READ, noted, reload, unwatched, write};
use crate::support::world::{Scene, World, policy_of};

/// More agents than are kept whole at a reload.
const MANY: usize = 300;

#[tokio::test]
async fn of_many_agents_only_what_changed_is_kept_and_the_next_start_knows_all_of_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = crate::support::world::sqlite_url(&folder.path().join("kustodian.db"));
    let policies = folder.path().join("shared");
    std::fs::create_dir(&policies).expect("a folder");
    for number in 0..MANY {
        put(&policies, number, READ);
    }
    let scene = || {
        let shared = policies.clone();
        Scene::new().on(&url).with(move |config| {
            config.policies.dir = shared;
            unwatched(config);
        })
    };
    let world = scene().start().await;
    put(&policies, 7, NOTHING);
    assert_eq!(changes(&world).await, ["agent-7: customers read to off"]);
    std::fs::remove_file(policies.join("agent-8.toml")).expect("it was there");
    assert_eq!(changes(&world).await, ["agent-8: removed"]);
    let noted = noted(&world).await;
    for record in &noted {
        let detail = record.opening.detail.as_ref().expect("a detail").to_string();
        assert!(detail.len() < 1000 && detail.contains("\"since\""), "{detail}");
    }
    world.stop().await;

    put(&policies, 9, NOTHING);
    let world = scene().start().await;
    let filter = audit::Filter::default();
    let records = world.store.audit_reader().list(&filter, 10).await.expect("the trail");
    let told = |part: &str| records.iter().any(|record| record.sentence().contains(part));
    assert!(told("agent-99.toml); agent-9: customers read to off."));
}

#[tokio::test]
async fn a_change_of_very_many_agents_is_told_up_to_a_thousand() {
    let world = Scene::bot(READ).with(unwatched).start().await;
    let mut access = String::from("[access]\n");
    let resources = catalogue::Catalogue::builtin().resources();
    for resource in resources.take(30) {
        writeln!(access, "{} = \"read\"", resource.id()).expect("text");
    }
    for number in 0..1100 {
        write(&world, &format!("agent-{number}"), &access);
    }
    let changes = reload(&world).await.json()["changes"].clone();
    let changes = changes.as_array().expect("a list");
    assert_eq!(changes.len(), 1001);
    assert_eq!(changes[1000], "100 more changes");
    let noted = noted(&world).await;
    let sentence = noted[0].sentence();
    assert!(sentence.ends_with("; and 981 more changes."), "{sentence}");
}

fn put(folder: &std::path::Path, number: usize, tables: &str) {
    let id = format!("agent-{number}");
    std::fs::write(folder.join(format!("{id}.toml")), policy_of(&id, tables)).expect("a file");
}

async fn changes(world: &World) -> Vec<String> {
    let answer = reload(world).await.json();
    let changes = answer["changes"].as_array().expect("a list").iter();
    changes.filter_map(|change| change.as_str().map(str::to_owned)).collect()
}
