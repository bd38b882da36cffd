//! The words of the settings that are one of a few, asked of the very types that read them.

use gateway::config::{ClientCertificates, IdentifierMode, LogFormat, Plan};
use gateway::jwt::Algorithm;
use serde::de::value::Error;
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;

/// The words that a setting can have, or each item of it; none where it can have any.
pub(super) fn of(place: &str) -> Option<&'static [&'static str]> {
    match place {
        "listen.tls.client_certificates" => words::<ClientCertificates>(),
        "kustomer.plan" => words::<Plan>(),
        "audit.identifiers" => words::<IdentifierMode>(),
        "log.format" => words::<LogFormat>(),
        "issuers.algorithms" => words::<Algorithm>(),
        _ => None,
    }
}

/// The words of a type, which it tells whoever it asks for one of them.
fn words<'de, T: Deserialize<'de>>() -> Option<&'static [&'static str]> {
    let mut words = None;
    // Nothing is read: the type is let down once it has said what it wants.
    let _nothing = T::deserialize(Listener(&mut words));
    words
}

struct Listener<'w>(&'w mut Option<&'static [&'static str]>);

impl<'de> Deserializer<'de> for Listener<'_> {
    type Error = Error;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = Some(variants);
        Err(Error::custom("it was only asked for its words"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("it is none of a few words"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
