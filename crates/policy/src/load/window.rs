//! The keys `not_before` and `expires`, of an agent and of an entry.

use catalogue::diagnostic::Code;
use catalogue::document::{Section, Span, Value};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use toml::value::Datetime;

use crate::{Bound, Window};

/// The keys.
pub(super) const KEYS: [&str; 2] = ["not_before", "expires"];

/// Which end of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    NotBefore,
    Expires,
}

/// A window with the places of its ends.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) not_before: Option<(Bound, Span)>,
    pub(super) expires: Option<(Bound, Span)>,
}

impl Written {
    pub(super) fn window(&self) -> Window {
        let bound = |end: &Option<(Bound, Span)>| end.as_ref().map(|(bound, _)| *bound);
        Window { not_before: bound(&self.not_before), expires: bound(&self.expires) }
    }
}

/// Reads both keys, where they are there; a window that could never be open is reported too.
pub(super) fn read(section: &mut Section<'_>) -> Written {
    let not_before = end(section, End::NotBefore);
    let expires = end(section, End::Expires);
    let written = Written { not_before, expires };
    if let (true, Some((from, _)), Some((until, span))) =
        (written.window().is_never_open(), &written.not_before, &written.expires)
    {
        let document = section.document();
        let message = format!("this ends on {until} and begins only on {from}");
        let help = "`expires` is the last day that counts, or the instant from which nothing does; \
                    write one that comes after `not_before`";
        let fault = document.diagnose(span, message).with_code(Code::InvalidWindow);
        document.report(fault.with_help(help));
    }
    written
}

fn end(section: &mut Section<'_>, end: End) -> Option<(Bound, Span)> {
    let written = section.datetime(end.key())?;
    match bound(&written.value, end) {
        Ok(bound) => Some((bound, written.span)),
        Err(defect) => {
            report(section, &written, end, defect);
            None
        }
    }
}

/// Why a date or time is no end of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Defect {
    TimeAlone,
    NoOffset,
    NoSuchMoment,
}

fn bound(written: &Datetime, end: End) -> Result<Bound, Defect> {
    let Some(day) = written.date else { return Err(Defect::TimeAlone) };
    let day = date(day).ok_or(Defect::NoSuchMoment)?;
    let (time, offset) = match (written.time, written.offset) {
        (None, None) => return Ok(end.of_day(day)),
        (Some(time), Some(offset)) => (time, offset),
        (Some(_), None) | (None, Some(_)) => return Err(Defect::NoOffset),
    };
    let (at, offset) = instant(day, time, offset).ok_or(Defect::NoSuchMoment)?;
    Ok(Bound::instant(at, offset))
}

fn date(written: toml::value::Date) -> Option<Date> {
    let (month, day) = (i8::try_from(written.month).ok()?, i8::try_from(written.day).ok()?);
    Date::new(i16::try_from(written.year).ok()?, month, day).ok()
}

fn instant(
    day: Date,
    time: toml::value::Time,
    offset: toml::value::Offset,
) -> Option<(Timestamp, Offset)> {
    let (hour, minute) = (i8::try_from(time.hour).ok()?, i8::try_from(time.minute).ok()?);
    let second = i8::try_from(time.second.unwrap_or(0)).ok()?;
    let nanosecond = i32::try_from(time.nanosecond.unwrap_or(0)).ok()?;
    let time = Time::new(hour, minute, second, nanosecond).ok()?;
    let offset = match offset {
        toml::value::Offset::Z => Offset::UTC,
        toml::value::Offset::Custom { minutes } => {
            Offset::from_seconds(i32::from(minutes) * 60).ok()?
        }
    };
    Some((offset.to_timestamp(day.to_datetime(time)).ok()?, offset))
}

fn report(section: &Section<'_>, written: &Value<Datetime>, end: End, defect: Defect) {
    let key = end.key();
    let message = match defect {
        Defect::TimeAlone => format!("`{key}` is a time of no day"),
        Defect::NoOffset => format!("`{key}` is a time of no place: it has no offset from UTC"),
        Defect::NoSuchMoment => format!("`{key}` is no moment that a calendar has"),
    };
    let counts = match end {
        End::NotBefore => "the first day",
        End::Expires => "the last day",
    };
    let help = match (defect, written.value.date, written.value.time) {
        (Defect::NoOffset, Some(day), Some(time)) => {
            format!(
                "write {key} = {day}T{time}Z for UTC, or with the offset, such as {day}T{time}+01:00"
            )
        }
        _ => format!(
            "write {counts}, which counts whole and in UTC: {key} = 2027-06-30; \
             or an instant: {key} = 2027-06-30T18:00:00+02:00"
        ),
    };
    let document = section.document();
    let fault = document.diagnose(&written.span, message);
    document.report(
        fault
            .with_code(Code::InvalidDate)
            .with_label("expected a date, or a date with time and offset")
            .with_help(help),
    );
}

impl End {
    fn key(self) -> &'static str {
        match self {
            Self::NotBefore => "not_before",
            Self::Expires => "expires",
        }
    }

    fn of_day(self, day: Date) -> Bound {
        match self {
            Self::NotBefore => Bound::first_day(day),
            Self::Expires => Bound::last_day(day),
        }
    }
}
