//! `kustodian audit list`: what happened, newest first.

use std::io::{BufWriter, Write};

use audit::{AuditReader, Cursor};
use gateway::clock::{Clock as _, SystemClock};
use jiff::tz::TimeZone;

use super::{Criteria, Layout};
use crate::failure::{Answer, Verdict};

/// The most records that are asked of the store at once.
const PAGE: u32 = 500;

/// List records, newest first.
///
/// One line for each: the time here, what happened in one sentence, and the record's id for `audit
/// show`. The filters can be combined; days begin at midnight of this machine's time zone.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian audit list
  kustodian audit list --agent support-agent --decision denied --since 2h
  kustodian audit list --since yesterday --until today --limit 1000
  kustodian audit list --operation customers.update --json > updates.jsonl")]
pub(crate) struct Args {
    #[command(flatten)]
    criteria: Criteria,
    /// At most so many records
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Lists page by page, so that a long list neither waits nor fills the memory.
pub(super) async fn run(args: &Args, reader: &dyn AuditReader, out: &mut dyn Write) -> Answer {
    let now = SystemClock.now().to_zoned_datetime(TimeZone::system());
    let mut filter = args.criteria.filter(&now)?;
    let layout = Layout::of(args.json);
    let mut out = BufWriter::new(out);
    let (mut wanted, mut found) = (args.limit, false);
    while wanted > 0 {
        let records = reader.list(&filter, wanted.min(PAGE)).await?;
        let Some(last) = records.last() else { break };
        found = true;
        filter.cursor = Some(Cursor::Before(last.opening.id));
        wanted = wanted.saturating_sub(u32::try_from(records.len()).unwrap_or(u32::MAX));
        for record in &records {
            layout.write(record, &mut out)?;
        }
    }
    if !found && !args.json {
        writeln!(out, "there is no such record")?;
    }
    out.flush()?;
    Ok(Verdict::Yes)
}

#[cfg(test)]
mod tests {
    use super::super::follow::testing::Trail;
    use super::*;
    use crate::testing;

    async fn list(trail: &Trail, args: Args) -> String {
        let mut out = Vec::new();
        run(&args, &*trail.reader(), &mut out).await.unwrap();
        testing::plain(&out)
    }

    fn args(criteria: Criteria, limit: u32, json: bool) -> Args {
        Args { criteria, limit, json }
    }

    #[tokio::test]
    async fn the_newest_come_first_and_no_more_than_asked_for() {
        let trail = Trail::new().await;
        for second in 0..4 {
            trail.refused(second).await;
        }
        let text = list(&trail, args(Criteria::default(), 2, false)).await;
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0].contains("request 3") && lines[1].contains("request 2"), "{text}");
    }

    #[tokio::test]
    async fn a_list_goes_on_over_several_pages_without_a_gap() {
        let trail = Trail::new().await;
        let many = u64::from(PAGE) + 20;
        for second in 0..many {
            trail.refused(second).await;
        }
        let text = list(&trail, args(Criteria::default(), 10_000, true)).await;
        let paths: Vec<String> = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|json| json["path"].as_str().unwrap().to_owned())
            .collect();
        let expected: Vec<String> = (0..many).rev().map(|second| format!("/{second}")).collect();
        assert_eq!(paths, expected);
    }

    #[tokio::test]
    async fn a_filter_that_nothing_fits_says_so_to_people_and_nothing_to_programs() {
        let trail = Trail::new().await;
        trail.refused(1).await;
        let nobody = Criteria { agent: Some("nobody".to_owned()), ..Criteria::default() };
        let text = list(&trail, args(nobody.clone(), 50, false)).await;
        assert_eq!(text, "there is no such record\n");
        assert_eq!(list(&trail, args(nobody, 50, true)).await, "");
    }
}
