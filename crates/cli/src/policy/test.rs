//! `kustodian policy test`: what the policies are to decide, written down as tests and run like tests.

mod case;
mod coverage;
mod outcome;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ::catalogue::diagnostic::Diagnostics;
use clap::ValueEnum;
use gateway::clock::{Clock as _, SystemClock};
use gateway::policies::LoadFailure;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::failure::{Answer, Failure, Verdict};
use crate::output::{BAD, FAINT, GOOD, json_line, painted};
use crate::rules::{PolicyFolder, Rules};
use crate::settings::Settings;
use crate::time;

use case::Case;
use coverage::Coverage;
use outcome::Outcome;

/// Where the tests of a folder of policies are.
const FOLDER: &str = "tests";

/// Run the tests of the policies: requests, and what is to be decided on them.
///
/// A file of tests holds `[[test]]` tables: who asks what, and what is expected of the decision. They
/// stand in the folder `tests` of the policies and are decided by the gateway's own code, as `explain`
/// does it. Exits with 0 if all come out as expected, with 1 if not, with 2 if there is a mistake in a
/// file or nothing to run.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian policy test
  kustodian policy test --filter delete
  kustodian policy test policies/tests/support-agent.toml --coverage
  kustodian policy test --require-coverage granted --json

A test:
  [[test]]
  name   = \"deletes no customer\"
  agent  = \"support-agent\"
  method = \"DELETE\"
  path   = \"/v1/customers/5f1a2b3c4d5e6f708192a3b4\"
  expect = \"denied\"
  reason = \"level_too_low\"")]
pub(crate) struct Args {
    /// Files of tests [default: tests/*.toml in the folder of policies]
    files: Vec<PathBuf>,
    #[command(flatten)]
    folder: PolicyFolder,
    /// Only the tests with this in their name
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Decide as if it were this time, where a test does not say `at` [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Show which operations no test touches, for each agent and for all
    #[arg(long)]
    coverage: bool,
    /// Exit with 1 where an operation that an agent is granted is touched by no test of that agent
    #[arg(long, value_name = "WHICH", value_enum, conflicts_with = "filter")]
    require_coverage: Option<Required>,
    /// Print one JSON object for each test, and one for all
    #[arg(long)]
    json: bool,
}

/// What has to be touched by a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Required {
    /// Every operation that an agent is granted.
    Granted,
}

/// Runs them.
pub(crate) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> Answer {
    let config = settings.read()?;
    let now = SystemClock.now().to_zoned_datetime(TimeZone::system());
    let at = args.at.as_deref().map_or(Ok(now.timestamp()), |text| time::instant(text, &now))?;
    let rules = Rules::load(&config, &args.folder)?;
    let folder = args.folder.or_settings(&config);
    let files = if args.files.is_empty() { files(folder)? } else { args.files.clone() };
    let cases = read(&files, &rules)?;
    let wanted = |case: &Case| args.filter.as_ref().is_none_or(|text| case.name.contains(text));
    let (cases, others): (Vec<Case>, Vec<Case>) = cases.into_iter().partition(wanted);
    if cases.is_empty() {
        let filter = args.filter.clone();
        return Err(Failure::NoTests { folder: folder.join(FOLDER), filter });
    }
    let mut coverage = Coverage::of(&rules, at);
    let mut outcomes = Vec::new();
    for case in &cases {
        let outcome = Outcome::of(case, &rules, at)?;
        if let Some(operation) = &outcome.operation {
            coverage.touch(&case.agent, operation);
        }
        outcomes.push(outcome);
    }
    let run = Run { outcomes, left_out: others.len(), coverage };
    let written = if args.json { run.write_json(args, out) } else { run.write(args, out) };
    Verdict::of(run.is_good(args)).told(written)
}

/// The folder's own tests, by name.
fn files(policies: &Path) -> Result<Vec<PathBuf>, Failure> {
    let folder = policies.join(FOLDER);
    if !folder.is_dir() {
        return Err(Failure::NoTests { folder, filter: None });
    }
    let unreadable = |why| LoadFailure::Unreadable { path: folder.clone(), why };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        let is_toml = path.extension().is_some_and(|extension| extension == "toml");
        if is_toml && !name.starts_with(b".") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// All tests of all files, or every mistake in them.
fn read(files: &[PathBuf], rules: &Rules) -> Result<Vec<Case>, Failure> {
    let mut cases = Vec::new();
    let mut mistakes = Diagnostics::default();
    for path in files {
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|why| LoadFailure::Unreadable { path: path.clone(), why })?;
        match case::read(&path.display().to_string(), &text, rules) {
            Ok(found) => cases.extend(found),
            Err(found) => mistakes.extend(found),
        }
    }
    if mistakes.is_empty() { Ok(cases) } else { Err(LoadFailure::Wrong(mistakes).into()) }
}

/// What came of all of them.
#[derive(Debug)]
struct Run<'a> {
    outcomes: Vec<Outcome<'a>>,
    left_out: usize,
    coverage: Coverage,
}

impl Run<'_> {
    fn failed(&self) -> usize {
        self.outcomes.iter().filter(|outcome| !outcome.is_as_expected()).count()
    }

    fn is_good(&self, args: &Args) -> bool {
        let is_covered = args.require_coverage.is_none() || self.coverage.is_whole();
        self.failed() == 0 && is_covered
    }

    fn write(&self, args: &Args, out: &mut dyn Write) -> io::Result<()> {
        let mut file = None;
        for outcome in &self.outcomes {
            let of = &outcome.case.place.file;
            if file != Some(of) {
                writeln!(out, "{}", painted(FAINT, of))?;
                file = Some(of);
            }
            outcome.write(out)?;
        }
        if args.coverage || (args.require_coverage.is_some() && !self.coverage.is_whole()) {
            writeln!(out)?;
            self.coverage.write(args.coverage, out)?;
        }
        let failed = self.failed();
        let passed = self.outcomes.len() - failed;
        let word = if failed == 0 { painted(GOOD, "ok:") } else { painted(BAD, "FAILED:") };
        let left_out = match self.left_out {
            0 => String::new(),
            number => format!(", {number} left out"),
        };
        writeln!(out, "\n{word} {passed} passed, {failed} failed{left_out}")?;
        if args.require_coverage.is_some() && !self.coverage.is_whole() {
            let words = "what an agent is granted and no test of it touches is listed above";
            writeln!(out, "{} {words}", painted(BAD, "not covered:"))?;
        }
        Ok(())
    }

    fn write_json(&self, args: &Args, out: &mut dyn Write) -> io::Result<()> {
        for outcome in &self.outcomes {
            json_line(out, &outcome.json())?;
        }
        let failed = self.failed();
        json_line(
            out,
            &json!({
                "ok": self.is_good(args),
                "passed": self.outcomes.len() - failed,
                "failed": failed,
                "left_out": self.left_out,
                "coverage": self.coverage.json(),
            }),
        )
    }
}
