//! How far an export is, on a terminal.

use std::fmt;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// Between two looks of the spinner: it also turns while nothing is found, so that a rare match does
/// not look like a program that hangs.
const TURN: Duration = Duration::from_millis(100);

const TEMPLATE: &str = "{spinner} {human_pos} records, {rate}";

/// A spinner with a count and a rate on standard error; how many there will be is not known. It is
/// taken away when this is dropped.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Begins to show progress if it is wanted and standard error is a terminal.
    pub(crate) fn new(wanted: bool) -> Self {
        if !wanted {
            return Self { bar: ProgressBar::hidden() };
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style.with_key("rate", rate));
        }
        bar.enable_steady_tick(TURN);
        Self { bar }
    }

    /// So many more were looked at.
    pub(crate) fn advance(&self, records: usize) {
        self.bar.inc(u64::try_from(records).unwrap_or(u64::MAX));
    }
}

/// The rate without the fractions that indicatif's own has.
fn rate(state: &ProgressState, out: &mut dyn fmt::Write) {
    // What cannot be shown is not worth an end of the export.
    let _ = write!(out, "{:.0}/s", state.per_sec());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_of_the_spinner_is_sound() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
        let progress = Progress::new(true);
        progress.advance(3);
        assert_eq!(progress.bar.position(), 3);
        assert!(Progress::new(false).bar.is_hidden());
    }
}
