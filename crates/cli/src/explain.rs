//! `kustodian explain`: what the gateway would decide, and why, without a gateway.

mod explanation;

use std::io::Write;
use std::net::IpAddr;

use catalogue::Method;
use gateway::Config;
use gateway::clock::{Clock as _, SystemClock};
use gateway::wire::OWN_PATHS;
use jiff::tz::TimeZone;
use policy::Facts;

use crate::failure::{Answer, Failure, Verdict};
use crate::output::json_line;

use crate::rules::{PolicyFolder, Rules};
use crate::settings::Settings;
use crate::time;
pub(crate) use explanation::entry_text;

pub(crate) use explanation::Explanation;

/// Say what the gateway would decide on a request, and which line of which policy decides it.
///
/// Asks no gateway and makes no request: it reads the same files and decides with the same code. Exits
/// with 0 if the request would be permitted, with 1 if it would be refused, with 2 if that cannot be
/// told, for example because there is no such agent. Limits are shown; how much of one is used up is
/// not known here.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian explain support-agent GET /v1/customers/5f1a2b3c4d5e6f708192a3b4
  kustodian explain support-agent DELETE /v1/customers/5f1a2b3c4d5e6f708192a3b4 --json
  kustodian explain triage-bot POST /v1/customers/search --body '{\"queryContext\": \"customer\"}'
  kustodian explain admin-bot PUT /v1/notes/5f1a2b3c4d5e6f708192a3b4 --body @note.json \\
      --policies ./policies.new
  kustodian explain triage-bot GET /v1/teams --at 2027-07-01 --address 10.0.0.7")]
pub(crate) struct Args {
    /// The agent's id, as its policy has it
    agent: String,
    /// GET, POST, PUT, PATCH or DELETE
    method: String,
    /// The path and query, such as /v1/customers/5f1a2b3c4d5e6f708192a3b4?replace=true
    #[arg(value_parser = path)]
    path: String,
    /// The body as JSON, or @ and the file that holds it
    #[arg(long, value_name = "JSON|@FILE")]
    body: Option<String>,
    #[command(flatten)]
    folder: PolicyFolder,
    /// Decide as if it were this time, such as 2027-07-01 [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Decide as if it came from this address, for conditions that ask for it
    #[arg(long, value_name = "ADDRESS")]
    address: Option<IpAddr>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Decides and explains.
pub(crate) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> Answer {
    answer(args, &settings.read()?, out)
}

fn answer(args: &Args, config: &Config, out: &mut dyn Write) -> Answer {
    if args.path.starts_with(OWN_PATHS) {
        return Err(Failure::OwnPage { path: args.path.clone() });
    }
    let now = SystemClock.now().to_zoned_datetime(TimeZone::system());
    let at = args.at.as_deref().map_or(Ok(now.timestamp()), |text| time::instant(text, &now))?;
    let rules = Rules::load(config, &args.folder)?;
    let policy = rules.policy(&args.agent)?;
    let method = known_method(&args.method);
    let body = args.body.as_deref().map(body).transpose()?;
    let zone = config.policies.time_zone.get();
    let facts = Facts { now: at, zone, address: args.address };
    let explanation =
        Explanation::of(&rules.catalogue, policy, &method, &args.path, body.as_deref(), facts);
    let written = if args.json {
        json_line(out, &explanation.json(&rules.policies))
    } else {
        explanation.write(out)
    };
    Verdict::of(explanation.permits()).told(written)
}

/// A method of the catalogue in capitals, however it was typed; any other as it is.
pub(crate) fn known_method(text: &str) -> String {
    let capitals = text.to_ascii_uppercase();
    let known = capitals.parse::<Method>().is_ok();
    if known { capitals } else { text.to_owned() }
}

/// The path and the query, as a request has them.
fn path(text: &str) -> Result<String, &'static str> {
    if text.contains("://") {
        return Err("give the path alone, from the first `/` behind the host");
    }
    Ok(text.to_owned())
}

/// The bytes of a body that is given as it is, or as the file that holds it.
fn body(text: &str) -> Result<Vec<u8>, Failure> {
    match text.strip_prefix('@') {
        None => Ok(text.as_bytes().to_vec()),
        Some(file) => {
            std::fs::read(file).map_err(|why| Failure::BodyFile { file: file.into(), why })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    const CUSTOMER: &str = "/v1/customers/5f1a2b3c4d5e6f708192a3b4";

    fn explain(line: &[&str], json: bool) -> (Answer, String) {
        explain_with(line, None, json)
    }

    fn explain_with(line: &[&str], body: Option<&str>, json: bool) -> (Answer, String) {
        let [agent, method_name, path_text] = line else { panic!("three words") };
        let args = Args {
            agent: (*agent).to_owned(),
            method: (*method_name).to_owned(),
            path: path(path_text).unwrap(),
            body: body.map(str::to_owned),
            folder: PolicyFolder { policies: Some(testing::sample_policies()) },
            at: Some("2026-11-23T12:00:00Z".to_owned()),
            address: None,
            json,
        };
        let mut out = Vec::new();
        let answer = answer(&args, &Config::default(), &mut out);
        (answer, testing::plain(&out))
    }

    #[test]
    fn a_permit_is_yes_with_the_line_that_grants_it() {
        let (answer, text) = explain(&["support-agent", "GET", CUSTOMER], false);
        assert_eq!(answer.unwrap(), Verdict::Yes);
        insta::assert_snapshot!(text, @r#"
        permitted: Support Agent is permitted to read customer 5f1a2b3c4d5e6f708192a3b4 (read on customers, ../../policies/support-agent.toml:15).

          operation  customers.get (GET /v1/customers/{id})
          needs      read on customers, because of the operation itself
          has        customers = "read" (../../policies/support-agent.toml:15)
          limit      120/min (../../policies/support-agent.toml:30)
        "#);
    }

    #[test]
    fn a_denial_is_no_with_what_lacks_and_whom_to_ask() {
        let (answer, text) = explain(&["support-agent", "delete", CUSTOMER], false);
        assert_eq!(answer.unwrap(), Verdict::No);
        insta::assert_snapshot!(text, @r#"
        denied: Support Agent was refused: deleting customer 5f1a2b3c4d5e6f708192a3b4 needs full on customers; its policy sets delete_customers to off (../../policies/support-agent.toml:27).

          operation  customers.delete (DELETE /v1/customers/{id})
          needs      full on customers, because of the operation itself
          has        delete_customers = "off" (../../policies/support-agent.toml:27)
          reason     level_too_low
          ask        support-ops@example.com
        "#);
    }

    #[test]
    fn an_unknown_operation_is_no_with_the_methods_that_are_known() {
        let (answer, text) = explain(&["admin-bot", "POST", CUSTOMER], false);
        assert_eq!(answer.unwrap(), Verdict::No);
        insta::assert_snapshot!(text, @r#"
        denied: Admin Bot was refused: POST /v1/customers/5f1a2b3c4d5e6f708192a3b4 is no operation that Kustodian knows, so no policy can grant it.

          reason  unknown_operation
          known   this path with GET, PUT, PATCH, DELETE
          ask     it-admins@example.com
        "#);
    }

    #[test]
    fn a_method_that_the_gateway_lets_nobody_use_is_no_for_the_same_reason() {
        for method in ["OPTIONS", "TRACE", "get\t", "PURGE"] {
            let (answer, text) = explain(&["admin-bot", method, CUSTOMER], false);
            assert_eq!(answer.unwrap(), Verdict::No);
            assert!(text.starts_with("malformed: Admin Bot was refused"), "{text}");
            assert!(text.contains("reason  method_not_allowed"), "{text}");
        }
    }

    #[test]
    fn a_path_that_cannot_be_read_is_no() {
        let (answer, text) = explain(&["admin-bot", "GET", "/v1/customers/../users"], false);
        assert_eq!(answer.unwrap(), Verdict::No);
        insta::assert_snapshot!(text, @r#"
        malformed: Admin Bot was refused: its request cannot be read with certainty (the path has a `.` or `..` segment, raw or encoded; send the path that it stands for).

          reason  dot_segment
          ask     it-admins@example.com
        "#);
    }

    #[test]
    fn an_unknown_agent_cannot_be_answered_and_the_nearest_is_named() {
        let (answer, text) = explain(&["suport-agent", "GET", CUSTOMER], false);
        let failure = answer.unwrap_err().to_string();
        assert_eq!(
            failure,
            "no policy speaks of an agent `suport-agent`; did you mean `support-agent`?"
        );
        assert_eq!(text, "");
    }

    #[test]
    fn a_page_of_the_gateway_itself_cannot_be_answered() {
        let (answer, _) = explain(&["admin-bot", "GET", "/_kustodian/access"], false);
        assert!(matches!(answer, Err(Failure::OwnPage { .. })));
    }

    #[test]
    fn the_json_has_the_words_of_the_record() {
        let (_, text) = explain(&["support-agent", "DELETE", CUSTOMER], true);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["decision"], "denied");
        assert_eq!(json["reason"], "level_too_low");
        assert_eq!(json["operation"], "customers.delete");
        assert_eq!(json["targets"][0], "5f1a2b3c4d5e6f708192a3b4");
        assert_eq!(json["demands"][0]["entry"], "delete_customers");
        assert_eq!(json["policy"]["fingerprint"].as_str().unwrap().len(), 64);
        assert_eq!(json["ask"], "support-ops@example.com");
    }

    #[test]
    fn a_whole_address_is_refused_and_a_query_is_read() {
        assert!(path("https://acme.api.kustomerapp.com/v1/teams").is_err());
        let replaced = format!("{CUSTOMER}?replace=true");
        let (answer, text) = explain(&["admin-bot", "PUT", &replaced], false);
        assert_eq!(answer.unwrap(), Verdict::Yes);
        assert!(text.contains("full on customers, because everything that is not sent is lost"));
    }

    #[test]
    fn every_demand_of_a_body_is_shown_with_the_entry_that_meets_it_or_the_lack() {
        let search = &["support-agent", "POST", "/v1/customers/search"];
        let body = r#"{"queryContext":"customer","and":[{"note_body":{"contains":"x"}}]}"#;
        let (answer, text) = explain_with(search, Some(body), false);
        assert_eq!(answer.unwrap(), Verdict::No);
        insta::assert_snapshot!(text, @r#"
        denied: Support Agent was refused: searching customers needs read on notes, because a criterion of the search looks into them; its policy grants nothing there (../../policies/support-agent.toml).

          operation  search.customers (POST /v1/customers/search)
          needs      read on search, because of the operation itself
          has        search_customers = "read" (../../policies/support-agent.toml:26)
          needs      read on customers, because the search returns them
          has        customers = "read" (../../policies/support-agent.toml:15)
          needs      read on notes, because a criterion of the search looks into them
          has        no entry that speaks of it
          reason     not_granted
          ask        support-ops@example.com
        "#);
    }

    #[test]
    fn without_a_body_it_is_said_what_one_could_need() {
        let (answer, text) = explain(&["support-agent", "POST", "/v1/customers/search"], false);
        assert_eq!(answer.unwrap(), Verdict::No);
        insta::assert_snapshot!(text, @r#"
        denied: Support Agent was refused: what searching customers needs depends on its body, and the body was not read.

          operation  search.customers (POST /v1/customers/search)
          needs      read on search, because of the operation itself
          has        search_customers = "read" (../../policies/support-agent.toml:26)
          body       could need read on whatever the search returns, and on all that it looks into
          body       could need full on what it returns, if it includes what was deleted
          body       give the body with --body, to see what it needs
          reason     body_not_read
          ask        support-ops@example.com
        "#);
        let line = format!("/v1/conversations/{}/messages", "5f1a2b3c4d5e6f708192a3b4");
        let (answer, text) = explain(&["support-agent", "POST", &line], false);
        assert_eq!(answer.unwrap(), Verdict::Yes);
        assert!(text.contains("could need full on messages when the body has `deleted`"), "{text}");
    }

    #[test]
    fn a_body_that_is_not_clear_is_no() {
        let line = &["admin-bot", "POST", "/v1/customers/search"];
        let (answer, text) = explain_with(line, Some(r#"{"a":1,"a":2}"#), false);
        assert_eq!(answer.unwrap(), Verdict::No);
        assert!(text.contains("body_duplicate_key"), "{text}");
    }
}
