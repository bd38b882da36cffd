//! `kustodian audit verify`: whether anything was done to the trail.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use audit::{About, Against, AuditReader, Signed, Verification, verify};
use gateway::Config;
use gateway::audit_key::AuditKey;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::failure::{Answer, Failure, Verdict};
use crate::output::{BAD, CAUTION, FAINT, GOOD, json_line, painted};

/// What is said of a trail that was held against no checkpoint, be it empty.
const UNPROVEN_END: &str = "that nothing was cut off its end is proven only by a checkpoint that is kept \
                            elsewhere: `kustodian audit checkpoint` prints one, for --checkpoint FILE";

/// Prove that nothing in the trail was changed, removed, inserted or reordered.
///
/// Walks every chain from its beginning and computes each row's hash anew. Each run of a gateway
/// writes a chain of its own, whose first row names the ends of those before it. What no trail can
/// prove of itself is that nothing was cut off its very end: keep a checkpoint elsewhere (`audit
/// checkpoint`), and hold the trail against it. Exits with 1 if something is wrong.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian audit verify
  kustodian audit checkpoint >> checkpoints.jsonl
  kustodian audit verify --checkpoint checkpoints.jsonl
  kustodian audit verify --public-key 8f14...e9 --json")]
pub(crate) struct Args {
    /// Also prove that the chains go at least as far as this checkpoint says; of several in one file, the
    /// newest
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// The key that checks signatures [default: that of the gateway's own audit key]
    #[arg(long, value_name = "HEX", value_parser = public_key)]
    public_key: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Reads a public key as an argument: a mistyped one would make every signature look forged.
fn public_key(text: &str) -> Result<String, &'static str> {
    let is_key = text.len() == 64 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    let wrong = "a public key is 64 hexadecimal digits; `kustodian audit key show` tells it";
    if is_key { Ok(text.to_ascii_lowercase()) } else { Err(wrong) }
}

/// Walks the trail and says what was found.
pub(super) async fn run(
    args: &Args,
    config: &Config,
    reader: &dyn AuditReader,
    out: &mut dyn Write,
) -> Answer {
    let public_key = match &args.public_key {
        Some(key) => Some(key.clone()),
        None => own_key(config)?,
    };
    let checkpoint = args.checkpoint.as_deref().map(|file| {
        let key = public_key.as_deref().ok_or(Failure::NoPublicKey)?;
        read_checkpoint(file, key)
    });
    let checkpoint = checkpoint.transpose()?;
    let against = Against { public_key: public_key.as_deref(), checkpoint: checkpoint.as_ref() };
    let began = Instant::now();
    let bar = bar();
    let mut progress = |rows, of| {
        bar.set_length(of);
        bar.set_position(rows);
    };
    let verification = verify(reader, against, &mut progress).await;
    bar.finish_and_clear();
    let verification = verification?;
    if args.json {
        json_line(out, &object(&verification, &against))?;
    } else {
        write(&verification, &against, began.elapsed(), out)?;
    }
    Ok(Verdict::of(verification.findings.is_empty()))
}

/// The public key of the gateway's own audit key; none where its file is not there.
pub(super) fn own_key(config: &Config) -> Result<Option<String>, Failure> {
    let url = config.store.url()?;
    let path = config.audit.key_path(url.expose_secret());
    if !path.exists() {
        return Ok(None);
    }
    Ok(Some(AuditKey::read(&path)?.signing_seed().public_key()))
}

/// The newest checkpoint of a file: each day's may have been written behind the one before. What else
/// stands there is a mistake, even beside good ones.
fn read_checkpoint(file: &Path, public_key: &str) -> Result<Signed, Failure> {
    let unusable = |why: String| Failure::Checkpoint { file: file.to_owned(), why };
    let text = fs::read_to_string(file).map_err(|why| unusable(why.to_string()))?;
    let mut newest: Option<Signed> = None;
    for signed in serde_json::Deserializer::from_str(&text).into_iter::<Signed>() {
        let signed = signed.map_err(|why| {
            unusable(format!(
                "what stands in line {} is none that `kustodian audit checkpoint` wrote",
                why.line()
            ))
        })?;
        if signed.about != About::Checkpoint || !signed.is_signed_by(public_key) {
            return Err(unusable(format!(
                "that of {:.0} is not signed with the key {public_key}",
                signed.at
            )));
        }
        newest = newest.filter(|newest| newest.at > signed.at).or(Some(signed));
    }
    newest.ok_or_else(|| unusable("it is empty".to_owned()))
}

/// A bar on a terminal; nothing elsewhere.
fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) =
        ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} rows, {eta} left")
    {
        bar.set_style(style);
    }
    bar
}

fn object(verification: &Verification, against: &Against<'_>) -> serde_json::Value {
    let Verification { chains, rows, dropped, left_over, findings } = verification;
    json!({
        "whole": findings.is_empty(),
        "chains": chains,
        "rows": rows,
        "dropped": dropped,
        "left_over": left_over,
        "checkpoint": against.checkpoint.map(|checkpoint| checkpoint.at),
        "findings": findings,
    })
}

fn write(
    verification: &Verification,
    against: &Against<'_>,
    took: Duration,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Verification { chains, rows, dropped, left_over, findings } = verification;
    let walked = format!("{rows} rows in {chains} chains, in {:.1} s", took.as_secs_f64());
    if findings.is_empty() {
        writeln!(out, "{} {walked}", painted(GOOD, "the trail is whole:"))?;
    } else {
        writeln!(out, "{} {walked}", painted(BAD, "the trail was tampered with:"))?;
    }
    for finding in findings {
        writeln!(out, "  {}", finding.to_string().trim_start())?;
    }
    if *dropped > 0 {
        writeln!(out, "{dropped} rows before these were dropped because of their age")?;
    }
    if *left_over > 0 {
        writeln!(
            out,
            "{left_over} of them are still there: `kustodian audit prune` goes on with it"
        )?;
    }
    if against.public_key.is_none() {
        let caution = painted(CAUTION, "no audit key was found:");
        writeln!(out, "{caution} signatures were not checked; give --public-key")?;
    }
    if let Some(checkpoint) = against.checkpoint {
        let (heads, at) = (checkpoint.heads.len(), checkpoint.at);
        writeln!(out, "held against the checkpoint of {at:.0}, which names {heads} chains")?;
    } else if findings.is_empty() {
        writeln!(out, "{}", painted(FAINT, UNPROVEN_END))?;
    }
    Ok(())
}
