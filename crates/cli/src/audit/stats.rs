//! `kustodian audit stats`: how many requests, by whom, for what, and when.

mod report;
mod step;
mod write;

use std::io::{self, Write};

use audit::AuditReader;
use gateway::clock::{Clock as _, SystemClock};
use jiff::tz::TimeZone;

use super::Criteria;
use crate::failure::{Answer, Verdict};
use crate::output::json_line;
use report::Report;

/// Count requests by decision, agent, operation, and over time.
///
/// The same filters as `audit list`. Time goes by hours where all that was found lies within two days,
/// and by days beyond; both begin as this machine's time zone has them. In a bar, the full part was
/// permitted and the shaded part refused: denied, unauthenticated, malformed, limited or undecided.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian audit stats --since today
  kustodian audit stats --agent support-agent --since 30d
  kustodian audit stats --decision denied --resource customers
  kustodian audit stats --since 7d --json | jq '.agents[] | {agent, refused}'")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) criteria: Criteria,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Has the store count, and adds up what belongs together.
pub(super) async fn run(args: &Args, reader: &dyn AuditReader, out: &mut dyn Write) -> Answer {
    let zone = TimeZone::system();
    let now = SystemClock.now().to_zoned_datetime(zone.clone());
    let filter = args.criteria.filter(&now)?;
    let report = Report::of(&reader.summarise(&filter).await?, zone);
    if args.json {
        json_line(out, &report.json(&filter))?;
    } else {
        let terminal = terminal_size::terminal_size_of(io::stdout());
        let width = terminal.map(|(terminal_size::Width(columns), _)| columns.into());
        write::write(&report, width, out)?;
    }
    Ok(Verdict::Yes)
}

#[cfg(test)]
mod tests {
    use super::super::follow::testing::Trail;
    use super::*;
    use crate::testing;

    async fn stats(trail: &Trail, criteria: Criteria, json: bool) -> String {
        let mut out = Vec::new();
        run(&Args { criteria, json }, &*trail.reader(), &mut out).await.unwrap();
        testing::plain(&out)
    }

    #[tokio::test]
    async fn requests_are_counted_by_what_was_decided() {
        let trail = Trail::new().await;
        for second in [1, 2, 3] {
            trail.permitted(second).await;
        }
        trail.refused(7200).await;
        let text = stats(&trail, Criteria::default(), true).await;
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["requests"], 4);
        assert_eq!(json["decisions"][0]["decision"], "permitted");
        assert_eq!(json["agents"][0]["agent"], "support-agent");
        assert_eq!(json["agents"][0]["refused"], 1);
        assert_eq!(json["operations"][0]["permitted"], 3);
        assert_eq!((&json["step"], json["times"].as_array().unwrap().len()), (&"hour".into(), 2));
    }

    #[tokio::test]
    async fn the_filters_are_those_of_the_list() {
        let trail = Trail::new().await;
        trail.permitted(1).await;
        trail.refused(2).await;
        let denied = Criteria { decision: Some(audit::Decided::Denied), ..Criteria::default() };
        let text = stats(&trail, denied, false).await;
        assert!(text.starts_with("1 request: 0 permitted, 1 refused\n"), "{text}");
        let nobody = Criteria { agent: Some("nobody".to_owned()), ..Criteria::default() };
        assert_eq!(stats(&trail, nobody, false).await, "there is no such record\n");
    }
}
