//! `kustodian check`: every mistake in the settings, the catalogue's additions and the policies.

mod findings;
mod issuers;
mod problem;

use std::io::{self, Write};

use gateway::clock::{Clock as _, SystemClock};
use serde_json::json;

use crate::failure::{Answer, Verdict};
use crate::output::{BAD, CAUTION, GOOD, json_line, painted};
use crate::rules::PolicyFolder;
use crate::settings::Settings;

use findings::Findings;

/// Find every mistake in the settings and policies, without starting anything.
///
/// Reads the settings, the operator's own catalogue files and all policies, and checks what the gateway
/// checks when it starts: the organisation's address, the key and who can read its file, the store's
/// URL. Each mistake is shown with its file, line and column. Exits with 0 if the gateway would start,
/// with 1 if not; warnings do not count.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian check
  kustodian check --config /etc/kustodian/kustodian.toml --json
  kustodian check --policies ./policies      the policies alone; no key and no address needed")]
pub(crate) struct Args {
    #[command(flatten)]
    folder: PolicyFolder,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Checks and prints what was found.
pub(crate) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> Answer {
    let findings = Findings::look(settings, &args.folder, SystemClock.now())?;
    let written = if args.json { json_line(out, &json(&findings)) } else { write(&findings, out) };
    Verdict::of(findings.errors() == 0).told(written)
}

fn json(findings: &Findings) -> serde_json::Value {
    json!({
        "ok": findings.errors() == 0,
        "errors": findings.errors(),
        "warnings": findings.warnings(),
        "agents": findings.agents,
        "operations": findings.operations,
        "problems": findings.problems,
    })
}

fn write(findings: &Findings, out: &mut dyn Write) -> io::Result<()> {
    for problem in &findings.problems {
        writeln!(out, "{}\n", problem.render())?;
    }
    let (errors, warnings) = (findings.errors(), findings.warnings());
    let count = |number: usize, word: &str| {
        format!("{number} {word}{}", if number == 1 { "" } else { "s" })
    };
    if errors > 0 {
        let text = format!("{}, {}", count(errors, "error"), count(warnings, "warning"));
        return writeln!(out, "{}", painted(BAD, text));
    }
    let agents = match findings.agents.as_slice() {
        [] => "no agent has a policy yet, so nothing will be permitted".to_owned(),
        agents => format!("{} ({})", count(agents.len(), "agent"), agents.join(", ")),
    };
    let operations = count(findings.operations, "operation");
    match warnings {
        0 => writeln!(out, "{} {agents}; {operations}", painted(GOOD, "all is well:")),
        _ => writeln!(
            out,
            "{} {agents}; {operations}",
            painted(CAUTION, format!("it will start, with {}:", count(warnings, "warning")))
        ),
    }
}

#[cfg(test)]
mod tests {
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

    fn check(folder: &Path, policies: Option<&str>) -> (Answer, String) {
        let settings = Settings { config: Some(folder.join("kustodian.toml")) };
        let policies = policies.map(|name| folder.join(name));
        let mut out = Vec::new();
        let args = Args { folder: PolicyFolder { policies }, json: false };
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
    fn what_is_right_is_yes_with_the_agents() {
        let (answer, text) = check(folder().path(), None);
        assert_eq!(answer.unwrap(), Verdict::Yes, "{text}");
        assert!(text.starts_with("all is well: 1 agent (bot); 270 operations"), "{text}");
    }

    #[test]
    fn a_mistake_in_a_policy_is_shown_with_its_place() {
        let folder = folder();
        fs::write(
            folder.path().join("policies/a.toml"),
            GOOD_POLICY.replace("customers", "custmers"),
        )
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
        let args = Args { folder: PolicyFolder::default(), json: false };
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
}
