//! The policies that people start from do what their comments say, and the README's examples load.

use std::sync::Arc;

use catalogue::{Catalogue, Level};
use policy::{Decision, Policy, PolicySet, Source, decide};

use crate::scene::{now, permitted, request, source};

const README: &str = include_str!("../../../../policies/README.md");

fn samples() -> PolicySet {
    let sources = [
        ("support-agent.toml", include_str!("../../../../policies/support-agent.toml")),
        ("triage-bot.toml", include_str!("../../../../policies/triage-bot.toml")),
        ("admin-bot.toml", include_str!("../../../../policies/admin-bot.toml")),
    ]
    .map(|(name, text)| source(&format!("policies/{name}"), text));
    PolicySet::load(&sources, Catalogue::builtin())
        .unwrap_or_else(|found| panic!("{}", found.render(false)))
}

fn sample(id: &str) -> Arc<Policy> {
    Arc::clone(samples().policy(id).unwrap())
}

#[track_caller]
fn check(policy: &Arc<Policy>, permits: &[&str], denies: &[&str]) {
    let permitted = |id: &&&str| matches!(decide(policy, request(id), &now()), Decision::Permit(_));
    assert_eq!(
        permits.iter().filter(permitted).collect::<Vec<_>>(),
        permits.iter().collect::<Vec<_>>()
    );
    assert_eq!(denies.iter().find(permitted), None);
}

#[test]
fn the_support_agent_answers_and_leaves_notes_and_deletes_nothing() {
    check(
        &sample("support-agent"),
        &[
            "customers.get",
            "conversations.get",
            "drafts.create_for_customer",
            "messages.create_for_conversation",
            "notes.create_for_conversation",
            "conversations.add_tags",
            "search.customers",
        ],
        &[
            "customers.update",
            "customers.delete",
            "customers.bulk_delete",
            "conversations.update",
            "conversations.delete",
            "notes.get",
            "notes.delete",
            "messages.redact",
        ],
    );
}

#[test]
fn the_triage_bot_reads_and_changes_nothing() {
    let policy = sample("triage-bot");
    let catalogue = Catalogue::builtin();
    for (id, permitted) in permitted(&policy) {
        let level = catalogue.operation(&id).unwrap().level();
        assert!(!permitted || level == Level::Read, "{id} is permitted");
    }
    check(
        &policy,
        &["conversations.list", "customers.get", "messages.get", "search.customers", "teams.list"],
        &["notes.get", "kobjects.get", "conversations.update"],
    );
}

#[test]
fn the_admin_bot_has_full_access_with_three_gaps() {
    check(
        &sample("admin-bot"),
        &["customers.delete", "customer_merges.create", "messages.redact", "teams.add_members"],
        &["conversations.delete", "customers.bulk_delete", "teams.delete", "kobjects.delete"],
    );
}

#[test]
fn the_samples_have_the_names_that_sentences_use() {
    let set = samples();
    let names: Vec<&str> = set.policies().map(|policy| policy.agent().name()).collect();
    assert_eq!(names, ["Admin Bot", "Support Agent", "Triage Bot"]);
}

#[test]
fn every_example_of_the_readme_is_a_good_policy() {
    let examples: Vec<_> = README
        .split("```toml\n")
        .skip(1)
        .enumerate()
        .map(|(index, rest)| {
            let text = rest.split_once("```").expect("the example ends").0;
            let name = format!("example-{index}.toml");
            if text.contains("[role]") { Source::role(name, text) } else { source(&name, text) }
        })
        .collect();
    assert_eq!(examples.len(), 11);
    let set = PolicySet::load(&examples, Catalogue::builtin())
        .unwrap_or_else(|found| panic!("{}", found.render(false)));

    let example = |id: &str| Arc::clone(set.policy(id).unwrap());
    check(
        &example("order-bot"),
        &["customers.get", "kobjects.update", "notes.create"],
        &["customers.update", "kobjects.create_for_customer", "notes.get"],
    );
    check(&example("tidy-bot"), &["customers.update"], &["customers.delete"]);
    check(&example("note-bot"), &["notes.create"], &["notes.get", "notes.update", "notes.delete"]);
    check(
        &example("greeter-bot"),
        &["conversations.get", "messages.create_for_conversation"],
        &["customers.get", "messages.redact"],
    );
    // On 15 January: what ended with December, and what began before.
    check(&example("season-bot"), &["customers.get", "notes.get"], &["messages.get"]);
    check(&example("tagging-bot"), &["knowledge_base.create_tag"], &["conversations.add_tags"]);
}

#[test]
fn the_mistake_of_the_readme_is_shown_as_the_readme_shows_it() {
    let text = "[agent]\nid = \"triage-bot\"\nowner = \"ops@example.com\"\n\n[access]\nconversation = \"read\"\n";
    let sources = [source("policies/triage-bot.toml", text)];
    let shown = PolicySet::load(&sources, Catalogue::builtin()).unwrap_err().render(false);
    let picture = README.split_once("```text\n").unwrap().1.split_once("\n```").unwrap().0;
    assert_eq!(shown, picture);
}
