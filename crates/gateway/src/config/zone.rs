//! The zone in which the organisation keeps its hours, by its IANA name.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// A time zone that there is, such as `Europe/Berlin`. Where the system knows none, those that came with
/// the program are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone.
    #[must_use]
    pub fn get(&self) -> &TimeZone {
        &self.0
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_str(Name)
    }
}

impl FromStr for Zone {
    type Err = jiff::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        TimeZone::get(name).map(Self)
    }
}

struct Name;

impl Visitor<'_> for Name {
    type Value = Zone;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a time zone, such as \"Europe/Berlin\" or \"UTC\"")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Zone, E> {
        name.parse().map_err(|_| E::invalid_value(Unexpected::Str(name), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_known_by_its_name_and_nothing_else_is_one() {
        for name in ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"] {
            name.parse::<Zone>().unwrap();
        }
        for name in ["", "Europe/Berln", "+01:00", "CET-1CEST", "Europe/Berlin ", "../etc/passwd"] {
            name.parse::<Zone>().unwrap_err();
        }
    }

    #[test]
    fn the_zones_come_along_with_the_program() {
        assert!(jiff::tz::TimeZoneDatabase::bundled().get("Europe/Berlin").is_ok());
    }
}
