//! Promise 10, while the gateway runs: what the policy files say takes the place of what is in force,
//! whole and within a second, or not at all.

mod asked;
mod files;
mod folder;
mod many;
mod recorded;
mod requests;
mod retried;
mod under_load;

use std::fs;
use std::path::PathBuf;

use audit::{Decided, Filter, Record};
use gateway::Config;
use serde_json::Value;

use crate::support::answer::Answer;
use crate::support::client::Client;
use crate::support::patience::eventually;
use crate::support::world::{World, policy_of};

const READ: &str = "[access]\ncustomers = \"read\"";
const NOTHING: &str = "[access]\ncustomers = \"off\"";
const BROKEN: &str = "[access]\ncustmers = \"read\"";
const LINE: &str = "GET /v1/customers";

/// The file of an agent's policy.
fn file(world: &World, agent: &str) -> PathBuf {
    world.folder().join(format!("policies/{agent}.toml"))
}

/// Writes an agent's policy in place.
fn write(world: &World, agent: &str, tables: &str) {
    fs::write(file(world, agent), policy_of(agent, tables)).expect("a policy is written");
}

/// Leaves files alone until somebody asks for them to be read.
fn unwatched(config: &mut Config) {
    config.policies.watch = false;
}

/// Waits until an agent's request is answered so.
async fn until_answered(world: &World, agent: &str, status: u16) {
    eventually(&format!("{agent} to be answered with {status}"), async || {
        (world.ask(agent, LINE).await.status == status).then_some(())
    })
    .await;
}

/// Asks for the policies to be read.
async fn reload(world: &World) -> Answer {
    let admin = Client::new(world.running.admin);
    let asked = [("kustodian-admin", "reload")];
    admin.send("POST /policies/reload", None, &asked, Vec::new()).await
}

/// The health page's word on the policies.
async fn policies(world: &World) -> Value {
    let admin = Client::new(world.running.admin);
    admin.send("GET /health", None, &[], Vec::new()).await.json()["policies"].clone()
}

/// Waits until health says this of the files.
async fn until_said(world: &World, expected: &str) {
    eventually(expected, async || {
        let failure = policies(world).await["failure"].to_string();
        failure.contains(expected).then_some(())
    })
    .await;
}

/// What was noted of policies since the start, oldest first.
async fn noted(world: &World) -> Vec<Record> {
    let filter = Filter { decision: Some(Decided::Noted), ..Filter::default() };
    let mut records = world.store.audit_reader().list(&filter, 1000).await.expect("the trail");
    records.retain(|record| record.opening.reason.starts_with("policies_"));
    records.reverse();
    records.remove(0);
    records
}

/// The same in short: the code, and the sentence without what begins each.
async fn told(world: &World) -> Vec<String> {
    let records = noted(world).await;
    let told = |record: &Record| {
        let sentence = world.tidy(record.sentence());
        format!("{}: {sentence}", record.opening.reason)
    };
    records.iter().map(told).collect()
}
