//! What an export came to, for the line at its end.

use audit::Record;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::time::local;

/// Counts what was exported.
#[derive(Debug, Default)]
pub(super) struct Tally {
    records: u64,
    /// Those without an outcome.
    under_way: u64,
    /// When the first and the last of them arrived.
    span: Option<(Timestamp, Timestamp)>,
}

impl Tally {
    /// Counts a record that was written.
    pub(super) fn add(&mut self, record: &Record) {
        let at = record.opening.at;
        self.records = self.records.saturating_add(1);
        if record.outcome.is_none() {
            self.under_way = self.under_way.saturating_add(1);
        }
        self.span = Some(match self.span {
            Some((first, last)) => (first.min(at), last.max(at)),
            None => (at, at),
        });
    }

    /// The line for people, with times in their zone.
    pub(super) fn report(&self, bytes: u64, zone: &TimeZone) -> String {
        let Self { records, under_way, span } = self;
        let Some((first, last)) = span else {
            return format!("exported 0 records ({bytes} bytes): there is no such record");
        };
        let plural = if *records == 1 { "" } else { "s" };
        let (first, last) = (local(*first, zone), local(*last, zone));
        let end = match under_way {
            0 => String::new(),
            1 => "; 1 of them is still under way and has no outcome".to_owned(),
            many => format!("; {many} of them are still under way and have no outcome"),
        };
        format!("exported {records} record{plural} ({bytes} bytes), from {first} to {last}{end}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{permitted, under_way};
    use super::*;

    #[test]
    fn the_line_says_how_many_from_when_to_when_and_what_is_under_way() {
        let mut tally = Tally::default();
        let report = |tally: &Tally| tally.report(7, &TimeZone::UTC);
        assert_eq!(report(&tally), "exported 0 records (7 bytes): there is no such record");
        tally.add(&permitted());
        assert_eq!(
            report(&tally),
            "exported 1 record (7 bytes), from 2026-11-23 20:06:25 to 2026-11-23 20:06:25"
        );
        tally.add(&under_way());
        tally.add(&under_way());
        assert_eq!(
            report(&tally),
            "exported 3 records (7 bytes), from 2026-11-23 20:06:25 to 2026-11-23 20:06:27; \
             2 of them are still under way and have no outcome"
        );
    }
}
