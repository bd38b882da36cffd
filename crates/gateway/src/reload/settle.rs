//! When files that change have settled: nothing is read that is still being written.

use std::time::{Duration, Instant};

use crate::policies::folder::Stamp;

/// How long files may go on changing before they are read all the same: one that is touched without end
/// must not keep a change of another out for ever.
const LONGEST_UNREST: Duration = Duration::from_secs(10);

/// How often files are read that have not changed by what the system says of them: some file systems keep
/// what they once said for a while.
const RECHECK: Duration = Duration::from_mins(1);

/// How long after a change they are read once more. A clock of files goes in steps, in whole seconds on
/// some file systems: what is written in the same step as what was read looks as if it had been read.
const STEP: Duration = Duration::from_secs(2);

/// What was seen of the files so far.
#[derive(Debug)]
pub(super) struct Settle {
    /// How they were when they were last read.
    judged: Stamp,
    /// When to read them again though they look the same.
    again_at: Instant,
    /// How they were at the last look, and since when.
    seen: Stamp,
    seen_since: Instant,
    /// Since when they are other than those that were read.
    restless_since: Option<Instant>,
}

impl Settle {
    /// Files that were read just now.
    pub(super) fn new(judged: Stamp, now: Instant) -> Self {
        let seen = judged.clone();
        let again_at = now + STEP;
        Self { judged, again_at, seen, seen_since: now, restless_since: None }
    }

    /// Takes in one more look; whether to read the files now.
    pub(super) fn is_due(&mut self, stamp: Stamp, now: Instant, settle: Duration) -> bool {
        if self.seen != stamp {
            self.seen = stamp;
            self.seen_since = now;
        }
        if self.seen == self.judged {
            self.restless_since = None;
            return now >= self.again_at;
        }
        let restless_since = *self.restless_since.get_or_insert(now);
        now.duration_since(self.seen_since) >= settle
            || now.duration_since(restless_since) >= LONGEST_UNREST
    }

    /// The files were read, as they were by this stamp.
    pub(super) fn judge(&mut self, stamp: Stamp, now: Instant) {
        if stamp != self.judged {
            *self = Self::new(stamp, now);
        } else if now >= self.again_at {
            self.again_at = now + RECHECK;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    const SETTLE: Duration = Duration::from_millis(300);

    fn write(dir: &Path, text: &str) -> Stamp {
        fs::write(dir.join("bot.toml"), text).unwrap();
        Stamp::of(dir)
    }

    #[test]
    fn files_are_read_once_they_stood_still_and_not_again() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (write(dir.path(), ""), write(dir.path(), "[agent"));
        let third = write(dir.path(), "[agent]");
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut settle = Settle::new(first.clone(), start);
        assert!(!settle.is_due(first, at(100), SETTLE));
        assert!(!settle.is_due(second.clone(), at(200), SETTLE));
        assert!(!settle.is_due(second, at(499), SETTLE), "it has not stood still for long enough");
        assert!(!settle.is_due(third.clone(), at(500), SETTLE), "it is written on");
        assert!(!settle.is_due(third.clone(), at(799), SETTLE));
        assert!(settle.is_due(third.clone(), at(800), SETTLE));
        settle.judge(third.clone(), at(800));
        assert!(!settle.is_due(third, at(1200), SETTLE));
    }

    #[test]
    fn a_file_that_is_touched_without_end_keeps_nothing_out_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let start = Instant::now();
        let mut settle = Settle::new(write(dir.path(), ""), start);
        let mut text = String::new();
        let read = (1..200).find(|tenth| {
            text.push('#');
            let stamp = write(dir.path(), &text);
            settle.is_due(stamp, start + Duration::from_millis(100) * *tenth, SETTLE)
        });
        assert_eq!(read, Some(101), "ten seconds after the first change was seen");
    }

    #[test]
    fn files_that_look_the_same_are_read_once_more_soon_and_then_once_a_minute() {
        let dir = tempfile::tempdir().unwrap();
        let (stamp, start) = (write(dir.path(), ""), Instant::now());
        let mut settle = Settle::new(stamp.clone(), start);
        settle.judge(stamp.clone(), start + STEP / 2);
        assert!(!settle.is_due(stamp.clone(), start + STEP / 2, SETTLE));
        assert!(settle.is_due(stamp.clone(), start + STEP, SETTLE), "whatever was asked before");
        settle.judge(stamp.clone(), start + STEP);
        assert!(!settle.is_due(stamp.clone(), start + STEP + RECHECK / 2, SETTLE));
        assert!(settle.is_due(stamp, start + STEP + RECHECK, SETTLE));
    }
}
