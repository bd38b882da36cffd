//! The zone in which the organisation keeps its hours, by its IANA name.

use std::fmt;

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

struct Name;

impl Visitor<'_> for Name {
    type Value = Zone;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a time zone, such as \"Europe/Berlin\" or \"UTC\"")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Zone, E> {
        let zone = TimeZone::get(name).map_err(|_| E::invalid_value(Unexpected::Str(name), &self));
        zone.map(Zone)
    }
}
