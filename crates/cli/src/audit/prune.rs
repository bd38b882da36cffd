//! `kustodian audit prune`: drops records that are older than they are kept.

use std::io::{self, Write};

use audit::{Event, Keep, Prune, Scribe};
use gateway::Config;
use gateway::audit_key::{AuditKey, SigningSeed};
use gateway::clock::{Clock as _, Ids, SystemClock};
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use store::Store;

use crate::failure::{Answer, Failure, Verdict};
use crate::output::{BAD, json_line, painted};
use crate::store_access;

/// Drop the records that are older than they are kept.
///
/// Only whole old stretches go: of each run of a gateway what comes before its first record that is not
/// old; on Postgres whole months. First a signed record says what is dropped, so that `audit verify`
/// still proves that nothing else is missing. What is dropped is checked before: a run in which
/// something is wrong is left alone. A gateway with `audit.keep` does this by itself once a day.
///
/// Exit codes: 0 done, or there was nothing to drop; 1 something was left alone.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian audit prune --dry-run
  kustodian audit prune --keep 400d
  kustodian audit prune --config /etc/kustodian/owner.toml --json")]
pub(crate) struct Args {
    /// Keep records for so long, instead of what `audit.keep` says
    #[arg(long, value_name = "SPAN")]
    keep: Option<Keep>,
    /// Only say what would be dropped
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Opens the store and prunes it.
pub(super) async fn run(args: &Args, config: &Config, out: &mut dyn Write) -> Answer {
    let keep = args.keep.or(config.audit.keep).ok_or(Failure::KeptForEver)?;
    let url = config.store.url()?;
    let store = store_access::open_existing(config).await?;
    let answer = match AuditKey::read(&config.audit.key_path(url.expose_secret())) {
        Ok(key) => prune(args, keep, &store, &key.signing_seed(), SystemClock.now(), out).await,
        Err(failure) => Err(failure.into()),
    };
    store.close().await;
    answer
}

async fn prune(
    args: &Args,
    keep: Keep,
    store: &Store,
    seed: &SigningSeed,
    now: Timestamp,
    out: &mut dyn Write,
) -> Answer {
    let (reader, pruner) = (store.audit_reader(), store.audit_pruner());
    if !args.dry_run && !pruner.may_drop().await? {
        return Err(Failure::MayNotDrop);
    }
    let prune = Prune::plan(&*reader, &*pruner, keep.before(now), &seed.public_key()).await?;
    let drops = !args.dry_run && !prune.is_empty();
    if drops {
        record(store, prune.event(now, keep, &seed.signing_key()), now).await?;
        prune.carry_out(&*reader, &*pruner).await?;
    }
    let told = if args.json { json(&prune, drops, out) } else { words(&prune, drops, out) };
    Verdict::of(prune.left_alone().is_empty()).told(told)
}

/// Appends the event, in a chain of its own; it is durable when this returns.
async fn record(store: &Store, event: Event, now: Timestamp) -> Result<(), Failure> {
    let record = event.record(Ids::default().record(now), now);
    Ok(Scribe::note(store.audit_sink(), record).await?)
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    before: Timestamp,
    records: u64,
    rows: u64,
    chains: usize,
    dropped: bool,
    left_alone: &'a [u32],
}

fn json(prune: &Prune, dropped: bool, out: &mut dyn Write) -> io::Result<()> {
    let report = Report {
        before: prune.before(),
        records: prune.records(),
        rows: prune.rows(),
        chains: prune.chains(),
        dropped,
        left_alone: prune.left_alone(),
    };
    json_line(out, &report)
}

fn words(prune: &Prune, dropped: bool, out: &mut dyn Write) -> io::Result<()> {
    let day = prune.before().strftime("%Y-%m-%d");
    if prune.is_empty() {
        writeln!(out, "there is nothing to drop from before {day}")?;
    } else {
        let done = if dropped { "dropped" } else { "would drop" };
        let (records, rows) = (counted(prune.records(), "record"), counted(prune.rows(), "row"));
        let chains = counted(prune.chains() as u64, "chain");
        writeln!(out, "{done} {records} from before {day} ({rows} of {chains})")?;
    }
    for chain in prune.left_alone() {
        let warning = painted(BAD, "left alone:");
        writeln!(
            out,
            "{warning} chain {chain}, because something is wrong in it; `kustodian audit verify` says what"
        )?;
    }
    Ok(())
}

fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use audit::{Against, verify};
    use jiff::SignedDuration;

    use super::super::follow::testing::{Trail, at};
    use super::*;
    use crate::testing;

    fn args(dry_run: bool, json: bool) -> Args {
        Args { keep: None, dry_run, json }
    }

    /// Three records of 20 January 2026, and one 30 days later.
    async fn trail() -> Trail {
        let trail = Trail::new().await;
        for second in [0, 1, 2, 30 * 86_400] {
            trail.refused(second).await;
        }
        trail
    }

    fn seed() -> SigningSeed {
        AuditKey::generate().unwrap().signing_seed()
    }

    /// Keeps ten days, 31 days after the first record.
    async fn pruned(trail: &Trail, args: Args, seed: &SigningSeed) -> (Verdict, String) {
        let keep = "10d".parse().unwrap();
        let now = at(0) + SignedDuration::from_hours(31 * 24);
        let mut out = Vec::new();
        let verdict = prune(&args, keep, trail.store(), seed, now, &mut out).await.unwrap();
        (verdict, testing::plain(&out))
    }

    async fn paths(trail: &Trail) -> Vec<String> {
        let all = trail.reader().list(&audit::Filter::default(), 10).await.unwrap();
        all.into_iter().map(|record| record.opening.path).collect()
    }

    #[tokio::test]
    async fn what_is_old_is_dropped_and_its_record_proves_the_rest() {
        let (trail, seed) = (trail().await, seed());
        let (verdict, said) = pruned(&trail, args(false, false), &seed).await;
        assert_eq!(verdict, Verdict::Yes);
        assert_eq!(said, "dropped 3 records from before 2026-02-10 (3 rows of 1 chain)\n");
        assert_eq!(paths(&trail).await, ["", "/2592000"], "the newest is the prune's own");
        let public_key = seed.public_key();
        let against = Against { public_key: Some(&public_key), ..Against::default() };
        let verification = verify(&*trail.reader(), against, &mut |_, _| ()).await.unwrap();
        assert_eq!((verification.findings, verification.dropped), (Vec::new(), 3));

        let (verdict, said) = pruned(&trail, args(false, false), &seed).await;
        assert_eq!(verdict, Verdict::Yes);
        assert_eq!(said, "there is nothing to drop from before 2026-02-10\n");
        assert_eq!(paths(&trail).await.len(), 2, "and that is not on record");
    }

    #[tokio::test]
    async fn a_dry_run_only_says_what_would_be_dropped() {
        let (trail, seed) = (trail().await, seed());
        let (verdict, said) = pruned(&trail, args(true, false), &seed).await;
        assert_eq!(verdict, Verdict::Yes);
        assert_eq!(said, "would drop 3 records from before 2026-02-10 (3 rows of 1 chain)\n");
        assert_eq!(paths(&trail).await.len(), 4);
    }

    #[tokio::test]
    async fn programs_are_told_the_same() {
        let (trail, seed) = (trail().await, seed());
        for (dry_run, dropped) in [(true, false), (false, true)] {
            let said = pruned(&trail, args(dry_run, true), &seed).await.1;
            let json: serde_json::Value = serde_json::from_str(&said).unwrap();
            let expected = serde_json::json!({
                "before": "2026-02-10T09:06:40Z", "records": 3, "rows": 3, "chains": 1,
                "dropped": dropped, "left_alone": []
            });
            assert_eq!(json, expected);
        }
    }

    #[tokio::test]
    async fn a_chain_in_which_something_is_wrong_is_named_and_left_alone() {
        let (trail, seed) = (trail().await, seed());
        let ends = vec![audit::Place::new(1, 1)];
        let before = audit::RecordId::floor(at(5));
        let cut = audit::Cut { before, ends, forgotten: Vec::new() };
        trail.store().audit_pruner().drop_rows(&cut).await.unwrap();
        let (verdict, said) = pruned(&trail, args(false, false), &seed).await;
        assert_eq!(verdict, Verdict::No);
        assert!(said.contains("left alone: chain 1, because something is wrong in it"), "{said}");
        assert_eq!(paths(&trail).await.len(), 3);
    }
}
