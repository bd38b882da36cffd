//! `kustodian schema`: what policies, roles and settings can hold, as JSON Schemas for editors.

mod policy;
mod settings_file;
#[cfg(test)]
mod tests;
mod words;

use std::io::Write;

use catalogue::Catalogue;
use gateway::policies::load_catalogue;
use serde_json::Value;

use crate::failure::{Answer, Verdict};
use crate::settings::Settings;

/// Print the JSON Schema of a kind of file, for editors.
///
/// An editor that knows the schema completes names, shows what each needs, and marks what is wrong while
/// it is written. A file names its schema in its first comment: #:schema ../schemas/policy.schema.json.
/// The schemas of policies and roles hold the names of your own catalogue files too.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian schema policy > policy.schema.json
  kustodian schema role > role.schema.json
  kustodian schema config > config.schema.json")]
pub(crate) struct Args {
    /// The kind of file
    #[arg(value_enum)]
    kind: Kind,
    /// Accepted for the sake of scripts: a schema is JSON anyway
    #[arg(long)]
    json: bool,
}

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Kind {
    /// policies/*.toml
    Policy,
    /// policies/roles/*.toml
    Role,
    /// kustodian.toml
    Config,
}

/// Prints a schema.
pub(crate) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> Answer {
    let schema = match args.kind {
        Kind::Config => settings_file::schema(),
        Kind::Policy | Kind::Role => {
            let config = settings.read()?;
            of(args.kind, &load_catalogue(&config.catalogue.extend)?)
        }
    };
    Verdict::Yes.told(written(&schema, out))
}

/// The schema of a kind of file, in the words of a catalogue.
fn of(kind: Kind, catalogue: &Catalogue) -> Value {
    match kind {
        Kind::Policy => policy::policy(catalogue),
        Kind::Role => policy::role(catalogue),
        Kind::Config => settings_file::schema(),
    }
}

fn written(schema: &Value, out: &mut dyn Write) -> std::io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, schema)?;
    out.write_all(b"\n")
}
