//! `kustodian audit show`: one record in full.

use std::io::{self, Write};

use audit::{AuditReader, Decided, Opening, Outcome, Record, RecordId};
use jiff::tz::TimeZone;
use serde::Serialize;

use super::line::style;
use super::{Around, Layout, id};
use crate::failure::{Answer, Verdict};
use crate::output::{BAD, Cell, FAINT, Table, json_line, painted};
use crate::time::local;

/// Show one record in full, and what came just before and after it.
///
/// The id is the last word of each line of `audit list`, and the request id that the agent is told in
/// the header `Kustodian-Request-Id`. Before and after are the same agent's nearest requests within a
/// day, or those from the same address where the agent is not known. Exits with 1 if there is no such
/// record.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian audit show 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071
  kustodian audit show 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071 --json
  kustodian audit show 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071 --json --around")]
pub(crate) struct Args {
    /// The record's id
    #[arg(value_parser = id)]
    id: RecordId,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// With --json: what came before and after too, as the lists `before` and `after`
    #[arg(long, requires = "json")]
    around: bool,
}

/// Looks up one record.
pub(super) async fn run(args: &Args, reader: &dyn AuditReader, out: &mut dyn Write) -> Answer {
    let Some(record) = reader.find(args.id).await? else {
        if !args.json {
            writeln!(out, "{} {}", painted(BAD, "there is no record"), args.id)?;
        }
        return Ok(Verdict::No);
    };
    if args.json && !args.around {
        json_line(out, &record)?;
        return Ok(Verdict::Yes);
    }
    let around = Around::of(&record, reader).await?;
    if args.json {
        json_line(out, &Whole { record: &record, around: &around })?;
    } else {
        let zone = TimeZone::system();
        write(&record, &zone, out)?;
        around.write(&record, &Layout::Sentence(zone), out)?;
    }
    Ok(Verdict::Yes)
}

/// One object: the record's fields, then `before` and `after`.
#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    record: &'a Record,
    #[serde(flatten)]
    around: &'a Around,
}

fn write(record: &Record, zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n", painted(style(record), record.sentence()))?;
    let mut facts = Facts(Table::new().indented());
    opening(record, zone, &mut facts);
    match &record.outcome {
        Some(known) => outcome(known, &mut facts),
        None => facts.add("outcome", "none yet"),
    }
    facts.0.write(out)
}

/// Rows of a name and a value.
struct Facts(Table);

impl Facts {
    fn add(&mut self, name: &str, value: impl Into<Cell>) {
        self.0.push([Cell::new(name, FAINT), value.into()]);
    }

    fn add_if(&mut self, name: &str, value: Option<&String>) {
        self.add(name, value.map_or("-", String::as_str));
    }
}

fn opening(record: &Record, zone: &TimeZone, facts: &mut Facts) {
    let opening = &record.opening;
    facts.add("id", opening.id);
    facts.add("at", format!("{} ({})", opening.at, local(opening.at, zone)));
    facts.add_if("agent", opening.agent.as_ref());
    facts.add_if("token", opening.token.as_ref());
    if opening.decision != Decided::Noted {
        asked(opening, facts);
    }
    for target in &opening.targets {
        facts.add("target", target.escape_debug());
    }
    for demand in &opening.demands {
        let has = match (&demand.granted, &demand.entry) {
            (Some(level), Some(entry)) => {
                let role = demand.role.as_ref().map(|role| format!(", by role {role}"));
                let unmet = demand.unmet.as_ref().map(|unmet| format!(", {unmet}"));
                let [role, unmet] = [role, unmet].map(Option::unwrap_or_default);
                format!("{entry} is {level}{role}{unmet}")
            }
            _ => "the policy says nothing of it".to_owned(),
        };
        let needs =
            format!("{} on {}, because of {}", demand.level, demand.resource, demand.because);
        facts.add("needs", format!("{needs}; {has}"));
    }
    facts.add("decision", format!("{} ({})", opening.decision, opening.reason));
    let line = opening.policy.line.map(|line| format!(":{line}")).unwrap_or_default();
    let file = opening.policy.file.as_deref().unwrap_or("-");
    facts.add("policy", format!("{file}{line}"));
    facts.add("policy set", &opening.policy.fingerprint);
    if let Some(detail) = &opening.detail {
        facts.add("detail", detail.to_string());
    }
}

/// What was asked; a note of the gateway's own was not.
fn asked(opening: &Opening, facts: &mut Facts) {
    facts.add("address", &opening.address);
    if opening.requests > 1 {
        facts.add("requests", opening.requests.to_string());
        return;
    }
    // What an agent sent may hold anything; here it must stay on its line.
    facts.add(
        "request",
        format!("{} {}", opening.method.escape_debug(), opening.path.escape_debug()),
    );
    facts.add_if("operation", opening.operation.as_ref());
    facts.add_if("resource", opening.resource.as_ref());
}

fn outcome(outcome: &Outcome, facts: &mut Facts) {
    let status = outcome.status.map(|status| format!(", status {status}")).unwrap_or_default();
    facts.add("outcome", format!("{}{status}", outcome.kind));
    facts.add("took", format!("{} ms", outcome.duration_ms));
    facts.add("bytes", format!("{} in, {} out", outcome.bytes_in, outcome.bytes_out));
}

#[cfg(test)]
mod tests {
    use super::super::follow::testing::Trail;
    use super::*;
    use crate::testing;

    async fn show(trail: &Trail, id: RecordId, json: bool) -> (Verdict, String) {
        run_with(trail, Args { id, json, around: false }).await
    }

    async fn run_with(trail: &Trail, args: Args) -> (Verdict, String) {
        let mut out = Vec::new();
        let verdict = run(&args, &*trail.reader(), &mut out).await.unwrap();
        (verdict, testing::plain(&out))
    }

    /// The numbers of the requests that a text speaks of, in its order.
    fn requests(text: &str) -> Vec<&str> {
        text.split("This is request ").skip(1).filter_map(|rest| rest.split('.').next()).collect()
    }

    fn json(text: &str) -> serde_json::Value {
        serde_json::from_str(text).unwrap()
    }

    #[tokio::test]
    async fn a_record_is_shown_with_every_field() {
        let trail = Trail::new().await;
        let id = trail.permitted(1).await;
        trail.close(id).await;
        let record = trail.reader().find(id).await.unwrap().unwrap();
        let mut out = Vec::new();
        write(&record, &TimeZone::UTC, &mut out).unwrap();
        let text = testing::plain(&out).replace(&id.to_string(), "ID");
        insta::assert_snapshot!(text, @r#"
        It was answered.

          id          ID
          at          2026-01-20T09:06:41Z (2026-01-20 09:06:41)
          agent       support-agent
          token       tok_1
          address     127.0.0.1
          request     GET /1
          operation   customers.get
          resource    customers
          target      5f1a2b3c4d5e6f708192a3b4
          decision    permitted (granted)
          policy      -
          policy set
          detail      {"heads":[],"encoding":1}
          outcome     answered, status 200
          took        3 ms
          bytes       0 in, 17 out
        "#);
    }

    #[tokio::test]
    async fn the_json_is_the_record_of_the_list() {
        let trail = Trail::new().await;
        let id = trail.refused(1).await;
        let (verdict, text) = show(&trail, id, true).await;
        let json = json(&text);
        assert_eq!(verdict, Verdict::Yes);
        assert_eq!(json["id"], id.to_string());
        assert_eq!(json["outcome"]["kind"], "refused");
    }

    #[tokio::test]
    async fn the_same_agents_nearest_requests_stand_beneath() {
        let trail = Trail::new().await;
        let mut ids = Vec::new();
        for second in 0..9 {
            ids.push(trail.refused(second).await);
        }
        trail.unauthenticated(4).await;
        trail.refused(100_000).await;
        let (_, text) = show(&trail, ids[4], false).await;
        assert!(text.contains("Just before, by support-agent\n"), "{text}");
        assert_eq!(requests(&text), ["4", "1", "2", "3", "5", "6", "7"], "{text}");
        let (_, text) = show(&trail, ids[8], false).await;
        assert!(text.ends_with("Just after, by support-agent\n  nothing within a day\n"), "{text}");
    }

    #[tokio::test]
    async fn where_no_agent_is_known_the_same_addresss_requests_stand_beneath() {
        let trail = Trail::new().await;
        trail.refused(1).await;
        let id = trail.unauthenticated(2).await;
        let (_, text) = show(&trail, id, false).await;
        assert!(text.contains("Just before, from 127.0.0.1\n"), "{text}");
        assert_eq!(requests(&text), ["2", "1"], "{text}");
    }

    #[tokio::test]
    async fn the_json_has_what_came_around_only_if_asked_for() {
        let trail = Trail::new().await;
        let (first, id) = (trail.refused(1).await, trail.refused(2).await);
        let last = trail.refused(3).await;
        let alone = json(&show(&trail, id, true).await.1);
        assert!(alone.get("before").is_none() && alone.get("after").is_none(), "{alone}");
        let (_, text) = run_with(&trail, Args { id, json: true, around: true }).await;
        let whole = json(&text);
        assert_eq!(whole["id"], id.to_string());
        assert_eq!(whole["before"][0]["id"], first.to_string());
        assert_eq!(whole["after"][0]["id"], last.to_string());
        assert_eq!(whole["after"].as_array().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_record_that_is_not_there_is_no() {
        let trail = Trail::new().await;
        let (verdict, text) =
            show(&trail, RecordId::floor(jiff::Timestamp::UNIX_EPOCH), false).await;
        assert_eq!(verdict, Verdict::No);
        assert!(text.starts_with("there is no record 00000000-"), "{text}");
    }
}
