//! `kustodian policy diff`, on folders and on the revisions of a real git repository.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::program::{Ended, Installation, run_in};

const READ: &str = "[access]\ncustomers = \"read\"\ntags = \"read\"";
const FULL: &str = "[access]\ncustomers = \"full\"\n[actions]\nreply_to_customers = \"full\"";

/// A repository whose first commit holds the policy of a bot that reads.
fn repository() -> Installation {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
    let installation =
        Installation::new(nowhere, "not-a-real-key-0123456789", &[("bot", READ)], "");
    git(installation.folder(), &["init", "--quiet", "--initial-branch=main"]);
    commit(&installation);
    installation
}

fn commit(installation: &Installation) {
    git(installation.folder(), &["add", "policies"]);
    git(installation.folder(), &["commit", "--quiet", "--message=A change"]);
}

/// Runs git as nobody in particular: what this machine sets up for git counts for nothing.
fn git(folder: &Path, arguments: &[&str]) {
    let ended = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("git is installed");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

fn write(installation: &Installation, tables: &str) {
    let text = format!(
        "[agent]\nid = \"bot\"\nname = \"Agent bot\"\nowner = \"bot@example.com\"\n{tables}\n"
    );
    installation.write("policies/bot.toml", &text);
}

fn diff(installation: &Installation, more: &[&str]) -> Ended {
    installation.run(&[&["policy", "diff"], more].concat())
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out)
        .unwrap_or_else(|why| panic!("{why}: {}{}", ended.out, ended.err))
}

#[test]
fn what_is_not_changed_shows_nothing_and_another_order_is_not_changed() {
    let repository = repository();
    let same = diff(&repository, &["main"]);
    assert_eq!(same.code, 0, "{}", same.err);
    assert!(same.out.contains("no agent may do anything else than before"), "{}", same.out);
    write(&repository, "# Tags first.\n[access]\ntags = \"full\"\ncustomers = 'read'");
    let ordered = diff(&repository, &["HEAD", "--fail-on-gain"]);
    assert_eq!(ordered.code, 0, "{}", ordered.out);
    assert!(ordered.out.contains("no agent may do anything else than before"), "{}", ordered.out);
}

#[test]
fn the_folder_is_compared_with_a_revision_and_gains_are_marked() {
    let repository = repository();
    write(&repository, FULL);
    let ended = diff(&repository, &["HEAD"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let words = ended.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "bot: Agent bot gains",
        "can delete, 3 can send outside) and loses 1 operation",
        "customers: read -> full",
        "+ customers.delete full delete customer {id} DELETES customers = \"full\" (policies/bot.toml:6)",
        "drafts.update full update draft {id}",
        "SENDS",
        "- tags.list read list tags no entry speaks of it any more",
    ] {
        assert!(words.contains(part), "`{part}` is missing: {}", ended.out);
    }
    let whole = json(&diff(&repository, &["HEAD", "--json"]));
    assert_eq!((&whole["ok"], &whole["new"]), (&true.into(), &"policies".into()));
    let bot = &whole["agents"][0];
    assert_eq!((&bot["agent"], &bot["change"]), (&"bot".into(), &"changed".into()));
    assert_eq!(bot["gains_up_to"], "full");
    let gained = bot["gained"].as_array().expect("a list");
    let deleting = gained.iter().find(|it| it["operation"] == "customers.delete");
    assert_eq!(deleting.expect("it is there")["deletes"], true);
    let markdown = diff(&repository, &["HEAD", "--format", "markdown"]).out;
    assert!(markdown.contains("| ➕ | `customers.delete` | full |"), "{markdown}");
}

#[test]
fn in_markdown_no_operation_stands_under_another_resource() {
    let repository = repository();
    write(&repository, "[access]\ncustomers = \"read\"\nsearch = \"read\"");
    commit(&repository);
    write(&repository, "[access]\ncustomers = \"full\"\nsearch = \"read\"");
    let markdown = diff(&repository, &["HEAD", "--format", "markdown"]).out;
    let mut heading = "";
    for line in markdown.lines() {
        if let Some(resource) = line.strip_prefix("| | **") {
            heading = resource.split('*').next().expect("a name");
        } else if let Some(operation) = line.strip_prefix("| ➕ | `") {
            assert!(operation.starts_with(&format!("{heading}.")), "{heading}: {line}");
        }
    }
    assert_eq!(heading, "search", "{markdown}");
}

#[test]
fn two_revisions_are_compared_and_neither_is_checked_out() {
    let repository = repository();
    write(&repository, FULL);
    commit(&repository);
    write(&repository, "[access]\nnotes = \"read\"");
    let ended = json(&diff(&repository, &["HEAD~1", "HEAD", "--json"]));
    let gained = ended["agents"][0]["gained"].to_string();
    assert!(gained.contains("customers.delete") && !gained.contains("notes.get"), "{gained}");
    assert!(gained.contains("HEAD:policies/bot.toml"), "the place names the revision: {gained}");
    let policy = std::fs::read_to_string(repository.folder().join("policies/bot.toml"));
    assert!(policy.expect("the file").contains("notes"), "the folder is as it was");
}

#[test]
fn a_gain_of_the_level_is_exit_code_1_and_a_loss_is_not() {
    let repository = repository();
    let code = |tables: &str, level: &str| {
        write(&repository, tables);
        diff(&repository, &["HEAD", "--fail-on-gain", level]).code
    };
    assert_eq!(code(FULL, "full"), 1);
    assert_eq!(code(&READ.replace("read", "write"), "full"), 0);
    assert_eq!(code(&READ.replace("read", "write"), "write"), 1);
    assert_eq!(code(&format!("{READ}\nnotes = \"read\""), "write"), 0);
    assert_eq!(code(&format!("{READ}\nnotes = \"read\""), "read"), 1);
    assert_eq!(code("[access]\ncustomers = \"read\"", "read"), 0);
    // What leaves Kustomer counts as full, whatever its level.
    let sends = format!("{READ}\n[operations]\n\"drafts.update\" = \"write\"");
    assert_eq!(code(&sends, "full"), 1);
}

#[test]
fn two_folders_need_no_git_and_what_is_neither_is_told_apart() {
    let repository = repository();
    std::fs::create_dir(repository.folder().join("empty")).expect("a folder");
    let run = |line: &[&str]| diff(&repository, line);
    let folders = run(&["empty", "policies"]);
    assert!(folders.out.contains("Agent bot is new"), "{}{}", folders.out, folders.err);
    let unknown = run(&["no-such-branch"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("neither a folder nor a revision"), "{}", unknown.err);
    let option = run(&["--", "--output=x"]);
    assert_eq!(option.code, 2);
    assert!(option.err.contains("does not begin with `-`"), "{}", option.err);
    let outside = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(outside.path().join("policies")).expect("a folder");
    let ended = run_in(outside.path(), &["policy", "diff", "main"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("in no git repository"), "{}", ended.err);
}

#[test]
fn mistakes_in_a_revision_are_shown_with_their_place_in_it() {
    let repository = repository();
    write(&repository, "[access]\ncustmers = \"read\"");
    commit(&repository);
    write(&repository, READ);
    let ended = diff(&repository, &["HEAD"]);
    assert_eq!(ended.code, 2);
    for part in ["HEAD:policies/bot.toml:6:1", "did you mean `customers`?"] {
        assert!(ended.err.contains(part), "`{part}` is missing: {}", ended.err);
    }
}

#[test]
fn a_revision_before_there_were_policies_held_none() {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
    let installation =
        Installation::new(nowhere, "not-a-real-key-0123456789", &[("bot", READ)], "");
    git(installation.folder(), &["init", "--quiet", "--initial-branch=main"]);
    git(installation.folder(), &["commit", "--quiet", "--allow-empty", "--message=Nothing"]);
    let ended = diff(&installation, &["HEAD"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.out.contains("Agent bot is new"), "{}", ended.out);
}

#[test]
fn a_role_of_a_revision_counts_at_the_agents_that_take_it() {
    let repository = repository();
    let folder = repository.folder();
    std::fs::create_dir(folder.join("policies/roles")).expect("a folder");
    std::fs::create_dir(folder.join("policies/tests")).expect("a folder");
    let role = |tables: &str| format!("[role]\nid = \"reader\"\n[access]\n{tables}\n");
    repository.write("policies/roles/reader.toml", &role("tags = \"read\""));
    // Neither a policy nor a role.
    repository.write("policies/tests/bot.toml", "# no test yet\n");
    let takes = "roles = [\"reader\"]";
    write(&repository, takes);
    commit(&repository);
    repository.write("policies/roles/reader.toml", &role("tags = \"read\"\nnotes = \"full\""));
    let ended = diff(&repository, &["HEAD", "--fail-on-gain", "full"]);
    assert_eq!(ended.code, 1, "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("(policies/roles/reader.toml:5)"), "{}", ended.out);
    assert!(ended.out.contains("too much: `bot` gains full"), "{}", ended.out);
}
