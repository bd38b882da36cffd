//! `kustodian audit export`: the trail as a file for other programs.

mod column;
mod csv;
mod jsonl;
mod ocsf;
mod output;
mod pages;
mod parquet;
mod progress;
mod tally;
#[cfg(test)]
mod testing;
mod writer;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use audit::{AuditReader, Filter};
use gateway::clock::{Clock as _, SystemClock};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Criteria;
use crate::failure::{Answer, Failure, Verdict};
use crate::signals::Signals;

pub(crate) use output::OutputFailure;
pub(super) use output::Standard;
use output::{Existing, Output};
pub(crate) use pages::Pages;
pub(crate) use progress::Progress;
use tally::Tally;
use writer::{Format, Writer};

/// Export records for other programs, oldest first.
///
/// The same filters as `audit list`, but no limit: whatever fits and arrived before the export began.
/// Requests still under way then have no outcome in it, and the last line, on standard error, says how
/// many there were. A file takes its name only when it is complete, and only its owner may read it.
/// docs/audit-record.md lists the columns and describes each format.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian audit export --output records.jsonl
  kustodian audit export --since 2027-01-01 --until 2027-02-01 --format parquet \\
      --output january.parquet
  kustodian audit export --agent support-agent --decision denied --format csv | head
  kustodian audit export --since yesterday --until today --format ocsf --quiet \\
      | gzip > siem.jsonl.gz")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) criteria: Criteria,
    /// How records are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it is there
    #[arg(long, requires = "output")]
    force: bool,
    /// Show no progress, and say nothing at the end
    #[arg(long, short)]
    quiet: bool,
}

/// Exports to the file that the arguments name or to standard output, and says in `words` what it was.
pub(super) async fn run(
    args: &Args,
    reader: Arc<dyn AuditReader>,
    standard: Standard<'_>,
    words: &mut dyn Write,
) -> Answer {
    let (now, zone) = (SystemClock.now(), TimeZone::system());
    let filter = args.criteria.filter(&now.to_zoned_datetime(zone.clone()))?;
    let progress = Progress::new(!args.quiet && !args.fills_terminal(&standard));
    let mut output = args.open(standard)?;
    let mut writer = args.format.writer(&mut output)?;
    let pages = Pages::read(reader, ended(filter, now));
    let tally = copy(pages, &mut *writer, &progress, args.stop()?).await?;
    writer.finish()?;
    let bytes = output.complete()?;
    drop(progress);
    if !args.quiet {
        writeln!(words, "{}", tally.report(bytes, &zone))?;
    }
    Ok(Verdict::Yes)
}

impl Args {
    fn open<'o>(&self, standard: Standard<'o>) -> Result<Output<'o>, OutputFailure> {
        let existing = if self.force { Existing::Replace } else { Existing::Keep };
        match &self.output {
            Some(path) => Output::file(path, existing),
            None if self.fills_terminal(&standard) && self.format.is_binary() => {
                Err(OutputFailure::BinaryToTerminal)
            }
            None => Ok(Output::standard(standard)),
        }
    }

    /// Whether the records themselves go to somebody's screen.
    fn fills_terminal(&self, standard: &Standard<'_>) -> bool {
        self.output.is_none() && standard.terminal
    }

    /// What may end an export early. Ctrl-C ends the program at once where there is no unfinished file
    /// to remove.
    fn stop(&self) -> Result<Option<Signals>, Failure> {
        self.output.is_some().then(Signals::listen).transpose()
    }
}

/// The filter with an end, so that an export of a busy trail has one too.
fn ended(filter: Filter, now: Timestamp) -> Filter {
    let until = filter.until.map_or(now, |until| until.min(now));
    Filter { until: Some(until), ..filter }
}

async fn copy(
    mut pages: Pages,
    writer: &mut dyn Writer,
    progress: &Progress,
    mut stop: Option<Signals>,
) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    loop {
        let page = tokio::select! {
            page = pages.next() => page?,
            () = signalled(&mut stop) => return Err(OutputFailure::Interrupted.into()),
        };
        let Some(page) = page else { return Ok(tally) };
        for record in &page {
            writer.write(record)?;
            tally.add(record);
        }
        progress.advance(page.len());
    }
}

async fn signalled(stop: &mut Option<Signals>) {
    match stop {
        Some(signals) => signals.next().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::Path;

    use serde_json::Value;

    use super::super::follow::testing::{Trail, at};
    use super::testing::Closed;
    use super::*;
    use crate::testing;

    fn args(format: Format) -> Args {
        let (criteria, output) = (Criteria::default(), None);
        Args { criteria, format, output, force: false, quiet: false }
    }

    /// What is exported, and what is said beside it.
    async fn export(trail: &Trail, args: &Args) -> (String, String) {
        let (mut out, mut words) = (Vec::new(), Vec::new());
        let standard = Standard { out: &mut out, terminal: false };
        run(args, trail.reader(), standard, &mut words).await.unwrap();
        (String::from_utf8(out).unwrap(), testing::plain(&words))
    }

    fn paths(text: &str) -> Vec<String> {
        let json = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        json.map(|record| record["path"].as_str().unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn records_come_oldest_first_and_over_several_pages_without_a_gap() {
        let trail = Trail::new().await;
        let many = u64::from(pages::PAGE) * 2 + 20;
        for second in 0..many {
            trail.refused(second).await;
        }
        let (text, words) = export(&trail, &args(Format::Jsonl)).await;
        let expected: Vec<String> = (0..many).map(|second| format!("/{second}")).collect();
        assert_eq!(paths(&text), expected);
        assert!(words.starts_with(&format!("exported {many} records")), "{words}");
    }

    #[tokio::test]
    async fn the_first_page_and_the_later_ones_keep_to_the_time_that_was_asked_for() {
        let trail = Trail::new().await;
        let many = u64::from(pages::PAGE) + 20;
        for second in 0..many {
            trail.refused(second).await;
        }
        let (since, until) = (Some(at(5).to_string()), Some(at(many - 3).to_string()));
        let criteria = Criteria { since, until, ..Criteria::default() };
        let (text, _) = export(&trail, &Args { criteria, ..args(Format::Jsonl) }).await;
        let expected: Vec<String> = (5..many - 3).map(|second| format!("/{second}")).collect();
        assert_eq!(paths(&text), expected);
    }

    #[tokio::test]
    async fn a_line_of_jsonl_is_the_line_of_the_list() {
        let trail = Trail::new().await;
        let id = trail.refused(1).await;
        let record = trail.reader().find(id).await.unwrap().unwrap();
        let (text, _) = export(&trail, &args(Format::Jsonl)).await;
        assert_eq!(text, format!("{}\n", serde_json::to_string(&record).unwrap()));
    }

    #[tokio::test]
    async fn the_filters_are_those_of_the_list() {
        let trail = Trail::new().await;
        trail.permitted(1).await;
        trail.refused(2).await;
        let criteria = Criteria { decision: Some(audit::Decided::Denied), ..Criteria::default() };
        let (text, _) = export(&trail, &Args { criteria, ..args(Format::Jsonl) }).await;
        assert_eq!(paths(&text), ["/2"]);
    }

    #[tokio::test]
    async fn whoever_closes_the_pipe_early_has_seen_enough_in_any_format() {
        let trail = Trail::new().await;
        trail.permitted(1).await;
        for format in Format::ALL {
            let standard = Standard { out: &mut Closed, terminal: false };
            let ended = run(&args(format), trail.reader(), standard, &mut Vec::new()).await;
            let is_closed = |why: &io::Error| why.kind() == io::ErrorKind::BrokenPipe;
            let Err(Failure::Output(why)) = ended else { panic!("{format:?}: {ended:?}") };
            assert!(is_closed(&why), "{format:?}: {why:?}");
        }
    }

    #[tokio::test]
    async fn what_is_still_under_way_has_no_outcome_and_is_counted() {
        let trail = Trail::new().await;
        trail.permitted(1).await;
        trail.refused(2).await;
        let (text, words) = export(&trail, &args(Format::Jsonl)).await;
        let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(first["outcome"], Value::Null);
        assert!(words.contains("1 of them is still under way and has no outcome"), "{words}");
    }

    #[tokio::test]
    async fn an_export_says_nothing_when_it_is_to_be_quiet() {
        let trail = Trail::new().await;
        trail.refused(1).await;
        let (text, words) = export(&trail, &Args { quiet: true, ..args(Format::Jsonl) }).await;
        assert_eq!((text.lines().count(), words.as_str()), (1, ""));
    }

    #[test]
    fn an_export_ends_where_it_began_unless_an_earlier_end_was_asked_for() {
        let now = Timestamp::from_second(1_768_900_000).unwrap();
        let until = |until: Option<i64>| {
            let until = until.map(|second| Timestamp::from_second(second).unwrap());
            ended(Filter { until, ..Filter::default() }, now).until.unwrap().as_second()
        };
        assert_eq!(until(None), 1_768_900_000);
        assert_eq!(until(Some(1_768_800_000)), 1_768_800_000);
        assert_eq!(until(Some(1_769_000_000)), 1_768_900_000);
    }

    #[tokio::test]
    async fn parquet_to_a_terminal_is_refused_and_text_is_not() {
        let trail = Trail::new().await;
        trail.refused(1).await;
        for format in Format::ALL {
            let (mut out, mut words) = (Vec::new(), Vec::new());
            let standard = Standard { out: &mut out, terminal: true };
            let answer = run(&args(format), trail.reader(), standard, &mut words).await;
            match format {
                Format::Parquet => {
                    let failure = answer.unwrap_err().to_string();
                    assert!(failure.contains("--output FILE"), "{failure}");
                    assert!(out.is_empty());
                }
                Format::Jsonl | Format::Csv | Format::Ocsf => assert!(!out.is_empty()),
            }
        }
    }

    #[tokio::test]
    async fn a_file_holds_what_standard_output_would_have() {
        let trail = Trail::new().await;
        trail.refused(1).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records");
        for format in Format::ALL {
            let mut out = Vec::new();
            let standard = Standard { out: &mut out, terminal: false };
            run(&args(format), trail.reader(), standard, &mut Vec::new()).await.unwrap();
            let to_file = Args { output: Some(path.clone()), force: true, ..args(format) };
            let mut untouched = Vec::new();
            let standard = Standard { out: &mut untouched, terminal: true };
            let mut words = Vec::new();
            run(&to_file, trail.reader(), standard, &mut words).await.unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), out, "{format:?}");
            assert!(untouched.is_empty());
            let words = testing::plain(&words);
            assert!(words.contains(&format!("({} bytes)", out.len())), "{words}");
        }
    }

    #[tokio::test]
    async fn an_export_that_breaks_off_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records.jsonl");
        let to_file = Args { output: Some(path), ..args(Format::Jsonl) };
        let standard = Standard { out: &mut io::sink(), terminal: false };
        let reader = Arc::new(pages::testing::Broken);
        let answer = run(&to_file, reader, standard, &mut Vec::new()).await;
        assert!(matches!(answer, Err(Failure::Store(_))), "{answer:?}");
        assert!(is_empty(folder.path()));
    }

    #[tokio::test]
    async fn a_reader_that_has_seen_enough_ends_every_format_as_a_broken_pipe() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let trail = Trail::new().await;
        trail.refused(1).await;
        for format in Format::ALL {
            let standard = Standard { out: &mut Closed, terminal: false };
            let mut words = Vec::new();
            let answer = run(&args(format), trail.reader(), standard, &mut words).await;
            let Err(Failure::Output(why)) = answer else { panic!("{format:?}: {answer:?}") };
            assert_eq!(why.kind(), io::ErrorKind::BrokenPipe, "{format:?}");
            assert!(words.is_empty());
        }
    }

    fn is_empty(folder: &Path) -> bool {
        std::fs::read_dir(folder).unwrap().next().is_none()
    }
}
