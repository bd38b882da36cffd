//! However a file is changed, what it says is in force within a moment, and never half of it.

use std::fs::{self, File};
use std::io::Write as _;
use std::num::NonZeroU32;
use std::os::unix::fs::symlink;

use super::{BROKEN, NOTHING, READ, file, policies, told, until_answered, until_said, write};
use crate::support::world::{Scene, World, policy_of};

#[tokio::test]
async fn a_file_that_is_written_in_place_is_in_force() {
    let world = Scene::bot(NOTHING).start().await;
    until_answered(&world, "bot", 403).await;
    write(&world, "bot", READ);
    until_answered(&world, "bot", 200).await;
    let expected = "policies_loaded: The gateway loaded 1 policy (policies/bot.toml); bot: customers \
                    off to read.";
    assert_eq!(told(&world).await, [expected]);
}

#[tokio::test]
async fn a_file_that_takes_anothers_name_is_in_force() {
    let world = Scene::bot(NOTHING).start().await;
    for (tables, status) in [(READ, 200), (NOTHING, 403), (READ, 200)] {
        let beside = world.folder().join("policies/.bot.toml.new");
        fs::write(&beside, policy_of("bot", tables)).expect("a file is written");
        fs::rename(&beside, file(&world, "bot")).expect("a file takes its place");
        until_answered(&world, "bot", status).await;
    }
}

#[tokio::test]
async fn an_agent_whose_file_is_new_or_gone_is_let_in_or_not() {
    let world = Scene::bot(READ).stranger("late").start().await;
    until_answered(&world, "late", 401).await;
    write(&world, "late", READ);
    until_answered(&world, "late", 200).await;
    fs::remove_file(file(&world, "late")).expect("it was there");
    until_answered(&world, "late", 401).await;
    assert_eq!(world.ask("bot", super::LINE).await.status, 200, "nobody else is touched");
    let told = told(&world).await;
    assert!(told[0].contains("late: added (customers read)"), "{told:?}");
    assert!(told[1].contains("late: removed"), "{told:?}");
}

#[tokio::test]
async fn a_folder_that_is_turned_over_as_kubernetes_does_is_in_force_at_once_and_whole() {
    let world = turned(Scene::new().agent("bot", NOTHING).agent("other", NOTHING)).await;
    for (version, tables, status) in [("2", READ, 200), ("3", NOTHING, 403), ("4", READ, 200)] {
        turn(&world, version, &[("bot", tables), ("other", tables)]);
        until_answered(&world, "bot", status).await;
        assert_eq!(world.ask("other", super::LINE).await.status, status, "both at once");
    }
    let told = told(&world).await;
    assert_eq!(told.len(), 4, "the folder, and three turns: {told:#?}");
}

#[tokio::test]
async fn a_file_that_is_written_in_parts_is_in_force_once_it_is_whole_and_its_parts_never() {
    let settle = NonZeroU32::new(1500).expect("not zero");
    let scene = Scene::bot(NOTHING).with(move |config| config.policies.settle_millis = settle);
    let world = scene.start().await;
    let text = policy_of("bot", READ);
    let mut written = File::create(file(&world, "bot")).expect("a file");
    for part in text.as_bytes().chunks(7) {
        written.write_all(part).expect("a part is written");
        written.sync_all().expect("it is there");
        // The gateway goes on meanwhile, by what was there before.
        assert_eq!(world.ask("bot", super::LINE).await.status, 403);
    }
    until_answered(&world, "bot", 200).await;
    let told = told(&world).await;
    assert_eq!(told.len(), 1, "nothing was said of the parts: {told:#?}");
}

#[tokio::test]
async fn a_broken_file_changes_nothing_and_is_said_once_until_it_is_mended() {
    let world = Scene::bot(READ).agent("other", READ).start().await;
    let before = policies(&world).await;
    write(&world, "bot", BROKEN);
    write(&world, "other", NOTHING);
    until_said(&world, "unknown resource `custmers`").await;
    for agent in ["bot", "other"] {
        assert_eq!(world.ask(agent, super::LINE).await.status, 200, "nothing is changed by half");
    }
    let broken = policies(&world).await;
    assert_eq!(broken["fingerprint"], before["fingerprint"]);
    let problem = &broken["failure"]["problems"][0];
    assert_eq!((&problem["line"], &problem["column"]), (&6.into(), &1.into()));
    // Touched, and as broken as before.
    write(&world, "bot", BROKEN);
    super::reload(&world).await;
    assert_eq!(told(&world).await.len(), 1);
    write(&world, "bot", READ);
    until_answered(&world, "other", 403).await;
    assert!(policies(&world).await["failure"].is_null());
    let told = told(&world).await;
    insta::assert_snapshot!(told.join("\n"), @r"
    policies_refused: The policy files cannot be used, so what was in force stays: policies/bot.toml:6:1: unknown resource `custmers` (did you mean `customers`?).
    policies_loaded: The gateway loaded 2 policies (policies/bot.toml to policies/other.toml); other: customers read to off.
    ");
}

#[tokio::test]
async fn files_that_are_put_back_as_they_were_are_said_to_be_mended() {
    let world = Scene::bot(READ).start().await;
    write(&world, "bot", BROKEN);
    until_said(&world, "custmers").await;
    write(&world, "bot", READ);
    until_said(&world, "null").await;
    write(&world, "bot", "[access]\ncustomers = \"raed\"");
    until_said(&world, "raed").await;
    let (policies, aside) = (world.folder().join("policies"), world.folder().join("aside"));
    symlink("nowhere", policies.join(".link")).expect("a link");
    fs::rename(policies.join(".link"), file(&world, "bot")).expect("it takes the file's place");
    until_said(&world, "cannot read").await;
    fs::rename(&policies, &aside).expect("the folder was there");
    until_said(&world, "policies`: No such file").await;
    fs::remove_file(aside.join("bot.toml")).expect("the link was there");
    fs::write(aside.join("bot.toml"), policy_of("bot", READ)).expect("a file");
    fs::rename(&aside, &policies).expect("the folder is back");
    until_said(&world, "null").await;
    until_answered(&world, "bot", 200).await;
    let told = told(&world).await;
    let codes: Vec<_> = told.iter().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(
        codes,
        [
            "policies_refused",
            "policies_mended",
            "policies_refused",
            "policies_refused",
            "policies_refused",
            "policies_mended",
        ],
        "{told:#?}"
    );
}

#[tokio::test]
async fn a_role_that_changes_changes_every_agent_that_takes_it() {
    let world = Scene::bot("").agent("other", "").start().await;
    let roles = world.folder().join("policies/roles");
    let role = |level: &str| {
        let text = format!("[role]\nid = \"reader\"\n[access]\ncustomers = \"{level}\"\n");
        fs::write(roles.join("reader.toml"), text).expect("a role is written");
    };
    write(&world, "bot", "roles = [\"reader\"]");
    until_said(&world, "reader").await;
    fs::create_dir(&roles).expect("a folder");
    role("read");
    until_answered(&world, "bot", 200).await;
    assert_eq!(world.ask("other", super::LINE).await.status, 403);
    role("off");
    until_answered(&world, "bot", 403).await;
    let told = told(&world).await;
    assert!(told[2].contains("role reader (of 1 agent): customers read to off"), "{told:#?}");
}

#[tokio::test]
async fn an_empty_folder_is_a_policy_set_by_which_nobody_may_do_anything() {
    let world = Scene::bot(READ).start().await;
    until_answered(&world, "bot", 200).await;
    fs::remove_file(file(&world, "bot")).expect("it was there");
    until_answered(&world, "bot", 401).await;
    assert!(policies(&world).await["failure"].is_null());
}

/// A world whose policies are links into a folder that is itself behind a link, as those of a
/// `ConfigMap` are.
async fn turned(scene: Scene) -> World {
    let world = scene.start().await;
    let policies = world.folder().join("policies");
    let version = policies.join("..1");
    fs::create_dir(&version).expect("a folder");
    for agent in ["bot", "other"] {
        fs::copy(file(&world, agent), version.join(format!("{agent}.toml"))).expect("a copy");
    }
    symlink("..1", policies.join("..data")).expect("a link");
    for agent in ["bot", "other"] {
        let link = policies.join(format!(".{agent}.link"));
        symlink(format!("..data/{agent}.toml"), &link).expect("a link");
        fs::rename(link, file(&world, agent)).expect("the link takes the file's place");
    }
    // In other words than before, so that it can be seen that the links are in force.
    turn(&world, "0", &[("bot", "# By way of links."), ("other", NOTHING)]);
    super::eventually("the links to be read", async || {
        (!super::noted(&world).await.is_empty()).then_some(())
    })
    .await;
    world
}

/// Writes all policies into a new folder and turns the link to it, in one step.
fn turn(world: &World, version: &str, all: &[(&str, &str)]) {
    let policies = world.folder().join("policies");
    let folder = policies.join(format!("..{version}"));
    fs::create_dir(&folder).expect("a folder");
    for (agent, tables) in all {
        let text = policy_of(agent, tables);
        fs::write(folder.join(format!("{agent}.toml")), text).expect("a file");
    }
    let link = policies.join("..data_tmp");
    symlink(format!("..{version}"), &link).expect("a link");
    let before = fs::read_link(policies.join("..data")).expect("a link");
    fs::rename(link, policies.join("..data")).expect("the link is turned");
    fs::remove_dir_all(policies.join(before)).expect("the folder of before was there");
}
