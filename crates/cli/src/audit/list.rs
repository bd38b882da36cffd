//! `kustodian audit list`: what happened, newest first.

use std::io::{BufWriter, Write};

use audit::{AuditReader, Cursor, Filter, RecordId};
use gateway::clock::{Clock as _, SystemClock};
use jiff::tz::TimeZone;

use super::{Criteria, Layout, id};
use crate::failure::{Answer, Failure, Verdict};
use crate::output::{FAINT, painted};

/// The most records that are asked of the store at once.
const PAGE: u32 = 500;

/// List records, newest first.
///
/// One line for each: the time here, what happened in one sentence, and the record's id for `audit
/// show`. The filters can be combined; days begin at midnight of this machine's time zone. Where there
/// may be more, the last line names the record to go on before; with --json it goes to standard error.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian audit list
  kustodian audit list --agent support-agent --decision denied --since 2h
  kustodian audit list --target 5f1a2b3c4d5e6f7081920001 --status 403
  kustodian audit list --target email=ada@example.com --since 30d
  kustodian audit list --text 'the tag vip' --before 019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071
  kustodian audit list --since yesterday --until today --limit 1000
  kustodian audit list --operation customers.update --json > updates.jsonl")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) criteria: Criteria,
    /// At most so many records
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Go on with what came before this record: the last one of the page before
    #[arg(long, value_name = "ID", value_parser = id)]
    before: Option<RecordId>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Lists to `out`, and where there may be more says how to go on: to people there, else in `words`.
pub(super) async fn run(
    args: &Args,
    reader: &dyn AuditReader,
    out: &mut dyn Write,
    words: &mut dyn Write,
) -> Answer {
    let now = SystemClock.now().to_zoned_datetime(TimeZone::system());
    let mut filter = args.criteria.filter(&now)?;
    filter.cursor = args.before.map(Cursor::Before);
    let mut out = BufWriter::new(out);
    let end = write(filter, args, reader, &mut out).await?;
    match (end, args.json) {
        (End::Reached { any: false }, false) if args.before.is_some() => {
            writeln!(out, "there is no such record before that one")?;
        }
        (End::Reached { any: false }, false) => writeln!(out, "there is no such record")?,
        (End::Reached { .. }, _) => {}
        (End::MayGoOn(last), false) => writeln!(out, "{}", painted(FAINT, onward(last)))?,
        (End::MayGoOn(last), true) => writeln!(words, "{}", onward(last))?,
    }
    out.flush()?;
    Ok(Verdict::Yes)
}

/// Where a list ended.
enum End {
    /// There is nothing older; whether anything was listed.
    Reached { any: bool },
    /// As many as were wanted were listed, with this one as the last. Whether there are more is not
    /// looked up: for a filter that little fits, that could mean reading the whole trail.
    MayGoOn(RecordId),
}

/// Writes page by page, so that a long list neither waits nor fills the memory.
async fn write(
    mut filter: Filter,
    args: &Args,
    reader: &dyn AuditReader,
    out: &mut dyn Write,
) -> Result<End, Failure> {
    let layout = Layout::of(args.json);
    let (mut wanted, mut end) = (args.limit, End::Reached { any: false });
    while wanted > 0 {
        let asked = wanted.min(PAGE);
        let records = reader.list(&filter, asked).await?;
        for record in &records {
            layout.write(record, out)?;
        }
        let count = u32::try_from(records.len()).unwrap_or(u32::MAX);
        let Some(last) = records.last().map(|record| record.opening.id) else { break };
        if count < asked {
            return Ok(End::Reached { any: true });
        }
        wanted = wanted.saturating_sub(count);
        filter.cursor = Some(Cursor::Before(last));
        end = if wanted > 0 { End::Reached { any: true } } else { End::MayGoOn(last) };
    }
    Ok(end)
}

fn onward(last: RecordId) -> String {
    format!("for what came before: the same command with --before {last}")
}

#[cfg(test)]
mod tests {
    use super::super::follow::testing::Trail;
    use super::*;
    use crate::testing;

    async fn list(trail: &Trail, args: Args) -> String {
        both(trail, args).await.0
    }

    /// What is listed, and what is said beside it.
    async fn both(trail: &Trail, args: Args) -> (String, String) {
        let (mut out, mut words) = (Vec::new(), Vec::new());
        run(&args, &*trail.reader(), &mut out, &mut words).await.unwrap();
        (testing::plain(&out), testing::plain(&words))
    }

    fn args(criteria: Criteria, limit: u32, json: bool) -> Args {
        Args { criteria, limit, json, before: None }
    }

    #[tokio::test]
    async fn the_newest_come_first_and_no_more_than_asked_for() {
        let trail = Trail::new().await;
        for second in 0..4 {
            trail.refused(second).await;
        }
        let text = list(&trail, args(Criteria::default(), 2, false)).await;
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines[0].contains("request 3") && lines[1].contains("request 2"), "{text}");
        assert!(lines[2].contains("--before "), "{text}");
    }

    #[tokio::test]
    async fn each_page_names_the_record_to_go_on_before_and_the_last_names_none() {
        let trail = Trail::new().await;
        for second in 0..3 {
            trail.refused(second).await;
        }
        let (page, words) = both(&trail, args(Criteria::default(), 2, true)).await;
        let last: serde_json::Value = serde_json::from_str(page.lines().last().unwrap()).unwrap();
        let id = last["id"].as_str().unwrap();
        assert!(words.ends_with(&format!("--before {id}\n")), "{words}");

        let before = Some(id.parse().unwrap());
        let next = Args { before, ..args(Criteria::default(), 2, true) };
        let (page, words) = both(&trail, next).await;
        assert!(page.contains("request 0") && page.lines().count() == 1, "{page}");
        assert_eq!(words, "");
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
