//! `kustodian audit tail`: the last records, and those that come.

use std::io::Write;
use std::sync::Arc;

use audit::{AuditReader, Record};
use gateway::clock::{Clock as _, SystemClock};
use jiff::tz::TimeZone;

use super::follow::EVERY;
use super::{Criteria, Follower, Layout};
use crate::failure::{Answer, Failure, Verdict};
use crate::signals::Signals;

/// Show the last records, oldest first, and with -f those that come.
///
/// With -f a refused request is shown at once and a permitted one when its answer has ended, so each
/// is shown once and whole; one that takes longer than ten seconds is shown as it is, unless a status or
/// a text is looked for, which it may have only in the end. Ctrl-C ends it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kustodian audit tail
  kustodian audit tail -f
  kustodian audit tail -f --agent triage-bot --decision denied
  kustodian audit tail -f --resource customers --status 403
  kustodian audit tail -n 0 -f --json | jq .sentence")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) criteria: Criteria,
    /// So many of the last records
    #[arg(long, short = 'n', default_value_t = 10)]
    limit: u32,
    /// Wait for more
    #[arg(long, short)]
    follow: bool,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Shows the last records and, if asked to, follows.
pub(super) async fn run(args: &Args, reader: Arc<dyn AuditReader>, out: &mut dyn Write) -> Answer {
    let now = SystemClock.now();
    let filter = args.criteria.filter(&now.to_zoned_datetime(TimeZone::system()))?;
    let layout = Layout::of(args.json);
    let mut last = reader.list(&filter, args.limit).await?;
    last.reverse();
    let mut follower = Follower::new(reader, filter, now);
    for record in &last {
        layout.write(record, out)?;
        follower.skip(record);
    }
    out.flush()?;
    if args.follow { follow(follower, &layout, out).await } else { Ok(Verdict::Yes) }
}

async fn follow(mut follower: Follower, layout: &Layout, out: &mut dyn Write) -> Answer {
    let mut signals = Signals::listen()?;
    loop {
        tokio::select! {
            () = signals.next() => return Ok(Verdict::Yes),
            () = tokio::time::sleep(EVERY) => {}
        }
        write(&follower.look(SystemClock.now()).await?, layout, out)?;
    }
}

fn write(records: &[Record], layout: &Layout, out: &mut dyn Write) -> Result<(), Failure> {
    for record in records {
        layout.write(record, out)?;
    }
    // At once, for whoever reads through a pipe.
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use super::super::follow::testing::Trail;
    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn the_last_records_come_oldest_first() {
        let trail = Trail::new().await;
        for second in 0..4 {
            trail.refused(second).await;
        }
        let args = Args { criteria: Criteria::default(), limit: 2, follow: false, json: false };
        let mut out = Vec::new();
        run(&args, trail.reader(), &mut out).await.unwrap();
        let text = testing::plain(&out);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0].contains("request 2") && lines[1].contains("request 3"), "{text}");
    }
}
