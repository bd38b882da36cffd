//! `kustodian audit checkpoint`: how far the trail goes, signed, to be kept elsewhere.

use std::io::Write;

use audit::{About, AuditReader, Signed, heads};
use gateway::Config;
use gateway::audit_key::AuditKey;
use gateway::clock::{Clock as _, SystemClock};
use secrecy::ExposeSecret as _;

use crate::failure::{Answer, Verdict};
use crate::output::json_line;

/// Print how far every chain of the trail goes, signed with the gateway's audit key.
///
/// Keep it where whoever can write to the store cannot: in another system's log, a mail, a repository.
/// `audit verify --checkpoint FILE` then proves that nothing up to here was changed or cut off. It
/// holds hashes and ids, and nothing of what is on record.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian audit checkpoint > checkpoint.json
  kustodian audit checkpoint >> checkpoints.jsonl
  kustodian audit checkpoint | logger --tag kustodian")]
pub(crate) struct Args {}

/// Prints it, as one line of JSON.
pub(super) async fn run(config: &Config, reader: &dyn AuditReader, out: &mut dyn Write) -> Answer {
    let url = config.store.url()?;
    let key = AuditKey::read(&config.audit.key_path(url.expose_secret()))?;
    let heads = heads(reader).await?;
    let signing = key.signing_seed().signing_key();
    json_line(out, &Signed::new(About::Checkpoint, SystemClock.now(), heads, &signing))?;
    Ok(Verdict::Yes)
}
