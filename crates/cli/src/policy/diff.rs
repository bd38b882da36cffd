//! `kustodian policy diff`: what each agent gains and loses from one set of policies to another.

mod change;
mod git;
mod json;
mod markdown;
mod text;
mod version;

use std::io::Write;

use ::catalogue::Level;
use ::policy::compare::{AgentChange, compare};
use clap::ValueEnum;
use gateway::clock::{Clock as _, SystemClock};
use gateway::policies::load_catalogue;

use crate::failure::{Answer, Verdict};
use crate::output::json_line;
use crate::rules::PolicyFolder;
use crate::settings::Settings;

pub(crate) use change::headline;
pub(crate) use git::GitFailure;
pub(crate) use json::agent as agent_json;
pub(crate) use text::agent as write_agent;
use version::Version;

/// Say what each agent gains and loses from one set of policies to another.
///
/// OLD and NEW are folders of policies, or revisions of the git repository that the policies are in,
/// such as main or HEAD~1; without NEW it is the folder as it is now. They are compared by what the
/// gateway would decide on every operation, with what a query or a body can demand besides, so that
/// another order or another spelling shows nothing. What can delete or send out of Kustomer is marked.
/// Nothing is checked out. Exits with 0; with --fail-on-gain, with 1 where an agent gains that much.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian policy diff main                        this folder, against the branch
  kustodian policy diff HEAD~1 HEAD --all
  kustodian policy diff policies policies.new --json
  kustodian policy diff origin/main --fail-on-gain full --format markdown")]
pub(crate) struct Args {
    /// A folder of policies, or a git revision; a name that is both is the folder
    old: String,
    /// The same, for what comes after [default: the folder of policies as it is]
    new: Option<String>,
    #[command(flatten)]
    folder: PolicyFolder,
    /// Exit with 1 where an agent gains something of this level or above [without a level: read]
    ///
    /// What can leave Kustomer counts as full.
    #[arg(long, value_name = "LEVEL", num_args = 0..=1, default_missing_value = "read")]
    fail_on_gain: Option<Gain>,
    /// List each case of an operation: what its query or body can ask for besides
    #[arg(long)]
    all: bool,
    /// For a terminal, or for a comment on a pull request
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print one JSON object
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// What counts as a gain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Gain {
    /// Anything at all.
    Read,
    /// What creates or changes something.
    Write,
    /// What cannot be undone, reaches beyond one record, or can leave Kustomer.
    Full,
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Lines and tables.
    Text,
    /// Headings and tables of Markdown.
    Markdown,
}

/// Everything that is to be shown.
#[derive(Debug)]
struct Comparison<'a> {
    old: &'a Version,
    new: &'a Version,
    changes: Vec<AgentChange>,
    /// The level from which on a gain is too much.
    limit: Option<Level>,
    /// Whether each case is listed.
    all: bool,
}

/// Reads both, compares them, and prints.
pub(crate) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> Answer {
    let config = settings.read()?;
    let catalogue = load_catalogue(&config.catalogue.extend)?;
    let folder = args.folder.or_settings(&config);
    let old = Version::read(&args.old, folder)?;
    let new = match &args.new {
        Some(name) => Version::read(name, folder)?,
        None => Version::of_folder(folder)?,
    };
    let now = SystemClock.now();
    let changes = compare(&catalogue, &old.load(&catalogue)?, &new.load(&catalogue)?, now);
    let limit = args.fail_on_gain.map(Gain::level);
    let comparison = Comparison { old: &old, new: &new, changes, limit, all: args.all };
    let written = match (args.json, args.format) {
        (true, _) => json_line(out, &json::json(&comparison)),
        (false, Format::Text) => text::write(&comparison, out),
        (false, Format::Markdown) => markdown::write(&comparison, out),
    };
    Verdict::of(comparison.too_much().next().is_none()).told(written)
}

impl Comparison<'_> {
    /// The agents that gain what is not to be gained.
    fn too_much(&self) -> impl Iterator<Item = &AgentChange> {
        let limit = self.limit;
        let is_over = move |change: &&AgentChange| {
            limit.is_some_and(|limit| change.gained().is_some_and(|gained| gained >= limit))
        };
        self.changes.iter().filter(is_over)
    }
}

impl Gain {
    fn level(self) -> Level {
        match self {
            Self::Read => Level::Read,
            Self::Write => Level::Write,
            Self::Full => Level::Full,
        }
    }
}
