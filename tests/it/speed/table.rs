//! The table: a row for each contender, of the medians of its rounds.

use std::fmt;
use std::num::NonZeroU32;

use super::Lap;
use super::contender::{ALONE, BARE, Contender};
use super::median::median;

/// Everything that was measured. Displayed, it is the table with a line on the disk below.
#[derive(Debug)]
pub(crate) struct Table {
    connections: NonZeroU32,
    rows: Vec<Row>,
    /// How many microseconds flushes to the database's disk took.
    pub(crate) syncs: Vec<f64>,
}

#[derive(Debug)]
struct Row {
    name: String,
    laps: Vec<Lap>,
}

impl Table {
    /// A table in which nobody has been measured yet.
    pub(crate) fn new(connections: NonZeroU32, contenders: &[Contender]) -> Self {
        let row = |contender: &Contender| Row { name: contender.name.clone(), laps: Vec::new() };
        Self { connections, rows: contenders.iter().map(row).collect(), syncs: Vec::new() }
    }

    /// Adds what the contender at this place did.
    pub(crate) fn add(&mut self, place: usize, lap: Lap) {
        self.rows[place].laps.push(lap);
    }

    fn line(&self, row: &Row) -> String {
        let of = |figure: fn(&Lap) -> f64| median(row.laps.iter().map(figure));
        let name = &row.name;
        format!(
            "{name:<20} {:>9.0} {:>8.2} {:>9.2} {:>9.2} {:>11.0} {:>9.0}",
            of(|lap| lap.loaded.rate),
            self.against(BARE, row, |lap, bare| lap.loaded.rate / bare.loaded.rate),
            of(|lap| lap.loaded.median / 1e3),
            of(|lap| lap.loaded.p99 / 1e3),
            of(|lap| lap.single.median),
            self.against(ALONE, row, |lap, alone| lap.single.median - alone.single.median),
        )
    }

    /// Compares a row with another, round by round.
    fn against(&self, other: usize, row: &Row, compare: fn(&Lap, &Lap) -> f64) -> f64 {
        let pairs = row.laps.iter().zip(&self.rows[other].laps);
        median(pairs.map(|(lap, other)| compare(lap, other)))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let many = format!("{} connections", self.connections);
        writeln!(f, "{:<20} {many:>38} {:>21}", "", "1 connection")?;
        writeln!(
            f,
            "{:<20} {:>9} {:>8} {:>9} {:>9} {:>11} {:>9}",
            "", "req/s", "of bare", "p50 ms", "p99 ms", "median us", "added us"
        )?;
        for row in &self.rows {
            writeln!(f, "{}", self.line(row))?;
        }
        let sync = median(self.syncs.iter().copied());
        writeln!(f, "\nOne fdatasync on the database's disk takes {sync:.0} us (the median).")?;
        writeln!(
            f,
            "\"of bare\" is against the bare pass-through, \"added\" to the upstream alone."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::wrk::Measured;
    use super::*;

    fn lap(rate: f64, median: f64) -> Lap {
        let measured = Measured { rate, median, p99: 2.0 * median };
        Lap { loaded: measured, single: measured }
    }

    #[test]
    fn a_row_is_compared_with_the_others_round_by_round() {
        let laps = [
            ("upstream alone", [lap(200.0, 10.0), lap(100.0, 20.0), lap(200.0, 10.0)]),
            ("bare pass-through", [lap(100.0, 100.0), lap(40.0, 200.0), lap(100.0, 100.0)]),
            ("Kustodian", [lap(60.0, 500.0), lap(24.0, 900.0), lap(50.0, 510.0)]),
        ];
        let row = |(name, laps): (&str, [Lap; 3])| Row { name: name.into(), laps: laps.into() };
        let table = Table {
            connections: const { NonZeroU32::new(64).unwrap() },
            rows: laps.map(row).into(),
            syncs: vec![300.0, 310.0, 5000.0],
        };
        insta::assert_snapshot!(table, @r#"
                                                     64 connections          1 connection
                                 req/s  of bare    p50 ms    p99 ms   median us  added us
        upstream alone             200     2.00      0.01      0.02          10         0
        bare pass-through          100     1.00      0.10      0.20         100        90
        Kustodian                   50     0.60      0.51      1.02         510       500

        One fdatasync on the database's disk takes 310 us (the median).
        "of bare" is against the bare pass-through, "added" to the upstream alone.
        "#);
    }
}
