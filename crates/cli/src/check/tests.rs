//! What `check` says of settings and policies.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::*;
use crate::failure::Failure;
use crate::testing;

const GOOD_POLICY: &str = "[agent]\nid = \"bot\"\nowner = \"ops\"\n[access]\ncustomers = \"read\"\n[limits]\nrequests = \"700/min\"\n";

/// A folder with settings, a key and a policy, all of them right.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("policies")).unwrap();
    fs::write(at("policies/bot.toml"), GOOD_POLICY).unwrap();
    fs::write(at("key"), "not-a-real-key").unwrap();
    fs::set_permissions(at("key"), fs::Permissions::from_mode(0o600)).unwrap();
    write_settings(folder.path(), "https://acme.api.kustomerapp.com", "plan = \"enterprise\"");
    folder
}

fn write_settings(folder: &Path, base: &str, more: &str) {
    let folder_name = folder.display();
    let text = format!(
        "[policies]\ndir = \"{folder_name}/policies\"\n[store]\nurl = \"sqlite://{folder_name}/k.db\"\n\
         [kustomer]\nbase_url = \"{base}\"\napi_key_file = \"{folder_name}/key\"\n{more}\n"
    );
    fs::write(folder.join("kustodian.toml"), text).unwrap();
}

fn args(policies: Option<std::path::PathBuf>, format: Format) -> Args {
    Args {
        folder: PolicyFolder { policies },
        format,
        json: false,
        grants: false,
        deny_warnings: false,
    }
}

fn check(folder: &Path, policies: Option<&str>) -> (Answer, String) {
    let settings = Settings { config: Some(folder.join("kustodian.toml")) };
    let policies = policies.map(|name| folder.join(name));
    let mut out = Vec::new();
    let args = args(policies, Format::Text);
    let answer = run(&args, &settings, &mut out);
    (answer, testing::plain(&out).replace(folder.to_str().unwrap(), "FOLDER"))
}

#[track_caller]
fn is_no(folder: &Path, expected: &str) {
    let (answer, text) = check(folder, None);
    assert!(text.contains(expected), "expected `{expected}` in: {text}");
    assert_eq!(answer.unwrap(), Verdict::No);
}

#[test]
fn where_each_grant_comes_from_is_shown_when_asked_for() {
    let folder = folder();
    let at = |name: &str| folder.path().join("policies").join(name);
    fs::create_dir(at("roles")).unwrap();
    fs::write(at("roles/reader.toml"), "[role]\nid = \"reader\"\n[access]\nnotes = \"read\"\n")
        .unwrap();
    fs::write(at("bot.toml"), GOOD_POLICY.replace("[access]", "roles = [\"reader\"]\n[access]"))
        .unwrap();
    let settings = Settings { config: Some(folder.path().join("kustodian.toml")) };
    let mut out = Vec::new();
    let args = Args { grants: true, ..args(None, Format::Text) };
    assert_eq!(run(&args, &settings, &mut out).unwrap(), Verdict::Yes);
    let text = testing::plain(&out).replace(folder.path().to_str().unwrap(), "FOLDER");
    let expected = "bot (bot)\n  customers = \"read\" (FOLDER/policies/bot.toml:6)\n  \
                    notes = \"read\" of role reader (FOLDER/policies/roles/reader.toml:4)\n";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn what_is_right_is_yes_with_the_agents() {
    let (answer, text) = check(folder().path(), None);
    assert_eq!(answer.unwrap(), Verdict::Yes, "{text}");
    assert!(text.contains("all is well: 1 agent (bot); 270 operations"), "{text}");
}

#[test]
fn a_mistake_in_a_policy_is_shown_with_its_place() {
    let folder = folder();
    fs::write(folder.path().join("policies/a.toml"), GOOD_POLICY.replace("customers", "custmers"))
        .unwrap();
    is_no(folder.path(), "--> FOLDER/policies/a.toml:5:1");
}

#[test]
fn everything_unsafe_is_found_at_once() {
    let folder = folder();
    write_settings(folder.path(), "http://acme.api.kustomerapp.com", "");
    fs::set_permissions(folder.path().join("key"), fs::Permissions::from_mode(0o644)).unwrap();
    is_no(folder.path(), "where the real key would travel unencrypted");
    is_no(folder.path(), "chmod 600");
    is_no(folder.path(), "2 errors, 0 warnings");
}

#[test]
fn a_missing_key_and_address_are_errors_unless_only_policies_are_asked_for() {
    let folder = folder();
    let policies = folder.path().join("policies");
    let text = format!("[policies]\ndir = \"{}\"\n", policies.display());
    fs::write(folder.path().join("kustodian.toml"), text).unwrap();
    is_no(folder.path(), "`kustomer.base_url` is not set");
    is_no(folder.path(), "the real key is not set");
    let (answer, text) = check(folder.path(), Some("policies"));
    assert_eq!(answer.unwrap(), Verdict::Yes, "{text}");
}

#[test]
fn limits_above_the_plan_are_a_warning() {
    let folder = folder();
    write_settings(folder.path(), "https://acme.api.kustomerapp.com", "plan = \"business\"");
    let (answer, text) = check(folder.path(), None);
    assert_eq!(answer.unwrap(), Verdict::Yes, "{text}");
    assert!(text.contains("700 requests a minute"), "{text}");
    assert!(text.contains("it will start, with 1 warning"), "{text}");
}

#[test]
fn a_wrong_setting_is_shown_with_its_place_and_the_policies_still_checked() {
    let folder = folder();
    write_settings(folder.path(), "https://acme.api.kustomerapp.com", "pln = \"business\"");
    is_no(folder.path(), "--> FOLDER/kustodian.toml:8:1");
}

#[test]
fn a_folder_that_was_named_and_is_not_there_cannot_be_answered() {
    let (answer, _) = check(folder().path(), Some("polices"));
    assert!(matches!(answer, Err(Failure::Files(_))));
    let settings = Settings { config: Some("no/such/file.toml".into()) };
    let args = args(None, Format::Text);
    assert!(matches!(run(&args, &settings, &mut Vec::new()), Err(Failure::Config(_))));
}

#[test]
fn an_agent_that_is_bound_to_what_nobody_can_show_is_a_warning() {
    let folder = folder();
    let bound = "client_certificate = \"dns:bot.example.com\"\n[access]";
    let text = GOOD_POLICY.replace("[access]", bound);
    fs::write(folder.path().join("policies/bot.toml"), text).unwrap();
    let (answer, text) = check(folder.path(), None);
    assert_eq!(answer.unwrap(), Verdict::Yes);
    assert!(text.contains("bound to the certificate dns:bot.example.com"), "{text}");
    assert!(text.contains("set `listen.tls.client_ca`"), "{text}");
    let (_, text) = check(folder.path(), Some("policies"));
    assert!(!text.contains("certificate"), "the policies alone are right: {text}");
}

#[test]
fn limits_that_cannot_be_kept_to_are_an_error() {
    let folder = folder();
    let base = "https://acme.api.kustomerapp.com";
    write_settings(folder.path(), base, "[limits]\nhead_bytes = 100");
    is_no(folder.path(), "`limits.head_bytes` is 100; the least is 8192");
}

#[test]
fn a_policy_whose_term_is_over_is_a_warning() {
    let folder = folder();
    let text = GOOD_POLICY.replace("[access]", "expires = 2020-01-01\n[access]");
    fs::write(folder.path().join("policies/bot.toml"), text).unwrap();
    let (answer, text) = check(folder.path(), None);
    assert_eq!(answer.unwrap(), Verdict::Yes);
    assert!(text.contains("the term of agent `bot` ended on 2020-01-01"), "{text}");
}

#[test]
fn what_is_legal_but_odd_is_shown_with_its_line_and_may_be_allowed() {
    let folder = folder();
    let policy = "[agent]\nid = \"bot\"\nowner = \"ops\"\nroles = [\"reader\"]\n[access]\n\
                  customers = \"full\"\nnotes = { level = \"read\", expires = 2020-01-01 }\n\
                  conversations = \"read\"\n[actions]\ntag_conversations = \"write\"\n\
                  search_customers = \"read\"\n[operations]\n\"customers.get\" = \"read\"\n";
    let unused = "[role]\nid = \"unused\"\n[access]\nnotes = { level = \"read\", not_before = 2999-01-01 }\n";
    let roles = folder.path().join("policies/roles");
    fs::create_dir(&roles).unwrap();
    fs::write(roles.join("reader.toml"), "[role]\nid = \"reader\"\n").unwrap();
    fs::write(roles.join("unused.toml"), unused).unwrap();
    fs::write(folder.path().join("policies/bot.toml"), policy).unwrap();
    let (answer, text) = check(folder.path(), Some("policies"));
    assert_eq!(answer.unwrap(), Verdict::Yes, "{text}");
    insta::assert_snapshot!(text);

    let allowed = policy
        .replace("\"full\"\n", "\"full\" # kustodian: allow(full-can-delete-or-send)\n")
        .replace("[agent]", "# kustodian: allow(widening-action, moot-grant)\n[agent]");
    fs::write(folder.path().join("policies/bot.toml"), allowed).unwrap();
    let (_, text) = check(folder.path(), Some("policies"));
    assert!(!text.contains("warning[full-can-delete-or-send]"), "{text}");
    assert!(!text.contains("warning[widening-action]"), "{text}");
    assert!(text.contains("this allows `moot-grant`, which is not there"), "{text}");
}

/// What `check` says of the lines of a policy.
fn of_lines(lines: &str) -> String {
    let folder = folder();
    let text = format!("[agent]\nid = \"bot\"\nowner = \"ops\"\n{lines}");
    fs::write(folder.path().join("policies/bot.toml"), text).unwrap();
    let (answer, text) = check(folder.path(), Some("policies"));
    assert_eq!(answer.unwrap(), Verdict::Yes, "{text}");
    text
}

#[test]
fn a_condition_on_the_body_of_what_has_none_is_a_warning() {
    let line = |when: &str| {
        let lines = format!("[access]\nnotes = {{ level = \"write\", when = '{when}' }}\n");
        of_lines(&lines).contains("warning[condition-on-body]")
    };
    assert!(line("request.body.pinned == true"));
    assert!(line("has(request.body.pinned) && request.body.pinned == true"));
    assert!(line("time.hour < 12 || request.body.pinned == true"));
    assert!(!line("time.hour < 12"));
    assert!(!line(r#"request.method == "GET" ? true : request.body.pinned == true"#));
    assert!(!line("!has(request.body.pinned) || request.body.pinned == true"));
    let action =
        "[actions]\nadd_internal_notes = { level = \"write\", when = 'request.body.x == 1' }\n";
    assert!(!of_lines(action).contains("condition-on-body"), "all of it has a body");
    let narrower =
        "[access]\n\"kobjects.order\" = { level = \"read\", when = 'request.body.x == 1' }\n";
    let text = of_lines(narrower);
    assert!(text.contains("these never have, so they are always refused: kobjects."), "{text}");
}

#[test]
fn a_line_that_only_leaves_nothing_of_is_a_warning() {
    let id = "5f1a2b3c4d5e6f708192a3b4";
    let only =
        |access: &str, only: &str| of_lines(&format!("[access]\n{access}\n[only]\n{only}\n"));
    let moot = only("conversations = \"read\"", "teams = [\"5f1a2b3c4d5e6f708192a3b4\"]");
    let expected = "`conversations` gives nothing: `teams` of [only] in line 7 leaves nothing of what it \
                    is made of (";
    assert!(moot.contains(expected), "{moot}");
    let is_moot = |access: &str, lines: &str| only(access, lines).contains("warning[moot-by-only]");
    assert!(is_moot("customers = \"write\"", "customers = []"));
    assert!(!is_moot("customers = \"write\"", &format!("customers = [\"{id}\"]")));
    assert!(!is_moot("tags = \"read\"", &format!("customers = [\"{id}\"]")), "it belongs to none");
}

#[test]
fn a_roles_line_that_only_leaves_nothing_of_is_told_where_the_agent_is_confined() {
    let folder = folder();
    let roles = folder.path().join("policies/roles");
    fs::create_dir(&roles).unwrap();
    let role = "[role]\nid = \"reader\"\n[access]\nconversations = \"read\"\n";
    fs::write(roles.join("reader.toml"), role).unwrap();
    let policy = "[agent]\nid = \"bot\"\nowner = \"ops\"\nroles = [\"reader\"]\n[access]\n\
                  tags = \"read\"\n[only]\nteams = []\n";
    fs::write(folder.path().join("policies/bot.toml"), policy).unwrap();
    let (_, text) = check(folder.path(), Some("policies"));
    let expected = "`teams` leaves nothing of `conversations` of the role `reader` (its line 4)";
    assert!(text.contains(expected), "{text}");
    assert!(text.contains("--> FOLDER/policies/bot.toml:8:1"), "{text}");
}

#[test]
fn an_agent_without_any_grant_and_one_whose_grants_are_off_are_warnings() {
    let folder = folder();
    for tables in ["", "[access]\ncustomers = \"off\"\n"] {
        let text = format!("[agent]\nid = \"bot\"\nowner = \"ops\"\n{tables}");
        fs::write(folder.path().join("policies/bot.toml"), text).unwrap();
        let (_, text) = check(folder.path(), Some("policies"));
        assert!(text.contains("warning[agent-grants-nothing]"), "{text}");
    }
}

#[test]
fn a_line_whose_level_is_too_low_for_all_that_it_speaks_of_is_a_warning() {
    let folder = folder();
    let text = "[agent]\nid = \"bot\"\nowner = \"ops\"\n[access]\ncustomers = \"read\"\n[actions]\n\
                delete_conversations = \"write\"\n[operations]\n\"users.invite\" = \"read\"\n";
    fs::write(folder.path().join("policies/bot.toml"), text).unwrap();
    let (_, text) = check(folder.path(), Some("policies"));
    for line in [
        "`delete_conversations = \"write\"` gives nothing: it takes full at least",
        "`users.invite = \"read\"` gives nothing: it takes full at least",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn of_many_agents_some_are_named_and_the_others_counted() {
    let folder = folder();
    for number in 10..40 {
        let text = GOOD_POLICY.replace("\"bot\"", &format!("\"bot-{number}\""));
        let text = text.replace("700/min", "1/min");
        fs::write(folder.path().join(format!("policies/bot-{number}.toml")), text).unwrap();
    }
    let (_, text) = check(folder.path(), Some("policies"));
    assert!(text.contains("31 agents (bot, bot-10, "), "{text}");
    assert!(text.contains("bot-28 and 11 more);"), "{text}");
}

#[test]
fn tokens_are_looked_at_only_where_the_store_is_there_and_it_is_never_made() {
    let folder = folder();
    let (_, text) = check(folder.path(), None);
    assert!(text.contains("not looked at: tokens: there is no store yet"), "{text}");
    assert!(!folder.path().join("k.db").exists());
    let url = format!("sqlite://{}", folder.path().join("k.db").display());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { store::Store::open(&url).await.unwrap() });
    let (answer, text) = check(folder.path(), None);
    assert_eq!(answer.unwrap(), Verdict::Yes, "{text}");
    assert!(text.contains("agent `bot` has no token that is valid"), "{text}");
    assert!(text.contains("`kustodian token issue bot` makes one"), "{text}");
}

#[test]
fn warnings_count_where_they_are_denied() {
    let folder = folder();
    let text = GOOD_POLICY.replace("[access]", "expires = 2020-01-01\n[access]");
    fs::write(folder.path().join("policies/bot.toml"), text).unwrap();
    let settings = Settings { config: Some(folder.path().join("kustodian.toml")) };
    let strict = Args { deny_warnings: true, ..args(None, Format::Text) };
    assert_eq!(run(&strict, &settings, &mut Vec::new()).unwrap(), Verdict::No);
}

#[test]
fn the_same_is_written_for_other_programs() {
    let folder = folder();
    let text = GOOD_POLICY.replace("customers = \"read\"", "custmers = \"read\"");
    fs::write(folder.path().join("policies/bot.toml"), text).unwrap();
    let settings = Settings { config: Some(folder.path().join("kustodian.toml")) };
    let written = |format| {
        let mut out = Vec::new();
        let answer = run(&args(Some(folder.path().join("policies")), format), &settings, &mut out);
        assert_eq!(answer.unwrap(), Verdict::No);
        testing::plain(&out)
    };
    let json: serde_json::Value = serde_json::from_str(&written(Format::Json)).unwrap();
    assert_eq!(json["problems"][0]["code"], "unknown-resource");
    assert_eq!(json["problems"][0]["end_column"], 9);

    let sarif: serde_json::Value = serde_json::from_str(&written(Format::Sarif)).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let result = &run["results"][0];
    let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
    assert_eq!(rule["id"], result["ruleId"]);
    assert_eq!(rule["id"], "unknown-resource");
    assert!(rule["help"]["text"].is_string());
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!((&region["startLine"], &region["startColumn"]), (&5.into(), &1.into()));
    let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert!(uri.as_str().unwrap().ends_with("policies/bot.toml"), "{uri}");

    let github = written(Format::Github);
    assert!(github.starts_with("::error file="), "{github}");
    assert!(github.contains(",line=5,col=1,endColumn=9,title=unknown-resource::unknown resource"));
    assert!(github.contains("%0Adid you mean `customers`?"), "{github}");
}

#[test]
fn every_code_is_in_the_reference() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/policies.md");
    let page = fs::read_to_string(page).unwrap();
    for code in catalogue::diagnostic::Code::ALL {
        let row = format!("| `{code}` |");
        assert!(page.contains(&row), "docs/policies.md does not speak of {code}");
    }
}
