//! Hours or days, as a place has them.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Unit, ZonedDateTime, ZonedDateTimeRound};

/// The length of time that is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Hour,
    Day,
}

/// Up to here, hours are few enough to be looked at one by one.
const HOURS_UP_TO: SignedDuration = SignedDuration::from_hours(48);

impl Step {
    /// The step for all these instants.
    pub(super) fn fitting(instants: impl Iterator<Item = Timestamp> + Clone) -> Self {
        let span = match (instants.clone().min(), instants.max()) {
            (Some(first), Some(last)) => last.duration_since(first),
            _ => SignedDuration::ZERO,
        };
        if span < HOURS_UP_TO { Self::Hour } else { Self::Day }
    }

    /// The word in the output.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// The first instant of the hour or day that this instant lies in.
    pub(super) fn start(self, at: Timestamp, zone: &TimeZone) -> Timestamp {
        let here = at.to_zoned_datetime(zone.clone());
        let start = match self {
            Self::Hour => here
                .round(ZonedDateTimeRound::new().smallest(Unit::Hour).mode(jiff::RoundMode::Trunc)),
            Self::Day => here.start_of_day(),
        };
        start.map_or(at, |start| start.timestamp())
    }

    /// The first instant of the next hour or day; none at the end of all time.
    pub(super) fn next(self, start: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let here = start.to_zoned_datetime(zone.clone());
        let next: Result<ZonedDateTime, _> = match self {
            Self::Hour => here.checked_add(SignedDuration::from_hours(1)),
            Self::Day => here.tomorrow().and_then(|tomorrow| tomorrow.start_of_day()),
        };
        next.ok().map(|next| next.timestamp())
    }

    /// The hour or day, as people write it.
    pub(super) fn label(self, start: Timestamp, zone: &TimeZone) -> String {
        let form = match self {
            Self::Hour => "%Y-%m-%d %H:%M",
            Self::Day => "%Y-%m-%d",
        };
        start.to_zoned_datetime(zone.clone()).strftime(form).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn hours_for_two_days_and_days_beyond() {
        let start = at("2026-11-20T10:00:00Z");
        let fitting =
            |hours| Step::fitting([start, start + SignedDuration::from_hours(hours)].into_iter());
        assert_eq!((fitting(0), fitting(47), fitting(48)), (Step::Hour, Step::Hour, Step::Day));
        assert_eq!(Step::fitting(std::iter::empty()), Step::Hour);
    }

    #[test]
    fn hours_and_days_begin_where_the_zone_has_them() {
        let india = TimeZone::fixed(jiff::tz::Offset::from_seconds(5 * 3600 + 1800).unwrap());
        let quarter = at("2026-11-20T18:45:00Z");
        assert_eq!(Step::Hour.start(quarter, &india), at("2026-11-20T18:30:00Z"));
        assert_eq!(Step::Day.start(quarter, &india), at("2026-11-20T18:30:00Z"));
        assert_eq!(Step::Day.label(quarter, &india), "2026-11-21");
    }

    #[test]
    fn a_day_on_which_the_clocks_change_has_its_own_length() {
        let new_york = TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap();
        let start = Step::Day.start(at("2026-11-01T12:00:00Z"), &new_york);
        let next = Step::Day.next(start, &new_york).unwrap();
        assert_eq!(next.duration_since(start), SignedDuration::from_hours(25));
    }
}
