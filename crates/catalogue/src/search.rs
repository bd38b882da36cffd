//! What the body of a search demands: on what it returns, and on all that it looks into.
//!
//! A criterion on messages tells what is in them even where only customers are returned, so it demands
//! reading messages. What cannot be told is refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::body::Json;
use crate::{Because, Body, BodyDefect, Catalogue, Demand, Klass, Level, ResourceId};

/// Attributes of custom objects that all klasses have, as criteria spell them.
const OF_EVERY_KLASS: [&str; 8] = [
    "created_at",
    "updated_at",
    "modified_at",
    "imported_at",
    "external_id",
    "created_by",
    "modified_by",
    "updated_by",
];

/// How many demands one search may make, and how long the name of an attribute may be: going through
/// them all must stay cheap.
const MOST_DEMANDS: usize = 64;
const LONGEST_NAME: usize = 256;

const RETURNED: &str = "the search returns fields of them";

/// A word by which searches speak of a resource, such as `customer`.
#[derive(Debug, Clone)]
pub(crate) struct Searchable {
    pub(crate) word: Arc<str>,
    pub(crate) resource: ResourceId,
    /// Whether its records have klasses, so that `kobject_order` is a context too.
    pub(crate) has_klasses: bool,
}

/// The demands of a search beside its own.
pub(crate) fn demands(catalogue: &Catalogue, body: &Body) -> Result<Vec<Demand>, BodyDefect> {
    let Some(Json::Object(parts)) = body.json() else { return Err(BodyDefect::NoContext) };
    let context = context(catalogue, parts.get("queryContext"))?;
    let mut reader = Reader { catalogue, context, demands: Vec::new(), is_too_wide: false };
    reader.returned(Level::Read, "the search returns them");
    for (name, part) in parts {
        match name.as_str() {
            "queryContext" | "timeZone" => {}
            "includeDeleted" => {
                if *part != Json::Bool(false) {
                    reader.returned(Level::Full, "the search includes what was deleted");
                }
            }
            "searchHash" => {
                reader.returned(
                    Level::Full,
                    "the search refers to another, whose criteria are not known",
                );
            }
            "and" | "or" | "not" => reader.group(part)?,
            "sort" => reader.sort(part)?,
            "fields" => reader.fields(part)?,
            "aggs" => reader.aggregations(part)?,
            criterion => reader.criterion(criterion, part)?,
        }
    }
    if reader.is_too_wide { Err(BodyDefect::SearchTooWide) } else { Ok(reader.demands) }
}

/// What a search is about.
struct Context<'c> {
    searchable: &'c Searchable,
    klass: Option<&'c str>,
}

fn context<'c>(
    catalogue: &'c Catalogue,
    value: Option<&'c Json>,
) -> Result<Context<'c>, BodyDefect> {
    let name = value.and_then(Json::as_text).ok_or(BodyDefect::NoContext)?;
    let searchables = &catalogue.searchables;
    if let Some(searchable) = searchables.iter().find(|it| *it.word == *name) {
        return Ok(Context { searchable, klass: None });
    }
    let with_klass = searchables.iter().filter(|it| it.has_klasses).find_map(|searchable| {
        let klass = name.strip_prefix(&*searchable.word)?.strip_prefix('_')?;
        crate::ParameterKind::Klass.accepts(klass).then_some((searchable, klass))
    });
    let (searchable, klass) = with_klass.ok_or(BodyDefect::UnknownContext)?;
    Ok(Context { searchable, klass: Some(klass) })
}

/// Goes through a search and gathers what it demands.
struct Reader<'c> {
    catalogue: &'c Catalogue,
    context: Context<'c>,
    demands: Vec<Demand>,
    is_too_wide: bool,
}

impl Reader<'_> {
    fn returned(&mut self, level: Level, because: &str) {
        let klass = self.context.klass.map(Klass::new);
        self.add(self.context.searchable.resource.clone(), klass, level, because.to_owned());
    }

    fn add(&mut self, resource: ResourceId, klass: Option<Klass>, level: Level, because: String) {
        let covered = |demand: &Demand| {
            demand.resource == resource && demand.klass == klass && demand.level >= level
        };
        if self.demands.iter().any(covered) {
            return;
        }
        self.is_too_wide |= self.demands.len() >= MOST_DEMANDS;
        if !self.is_too_wide {
            let because = Because::Rule(because.into());
            self.demands.push(Demand { resource, klass, level, because, acts_as: None });
        }
    }

    /// The value of `and`, `or` or `not`.
    fn group(&mut self, part: &Json) -> Result<(), BodyDefect> {
        match part {
            Json::List(members) => members.iter().try_for_each(|member| self.member(member)),
            Json::Object(_) => self.member(part),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => {
                Err(BodyDefect::SearchShape)
            }
        }
    }

    fn member(&mut self, member: &Json) -> Result<(), BodyDefect> {
        let Json::Object(criteria) = member else { return Err(BodyDefect::SearchShape) };
        criteria.iter().try_for_each(|(name, value)| match name.as_str() {
            "and" | "or" | "not" => self.group(value),
            criterion => self.criterion(criterion, value),
        })
    }

    fn criterion(&mut self, name: &str, value: &Json) -> Result<(), BodyDefect> {
        if !self.attribute(name, "a criterion of the search looks into them") {
            return Err(BodyDefect::UnknownCriterion);
        }
        self.mentions(value);
        Ok(())
    }

    /// `{"customer_created_at": "desc"}`, or a list of such objects.
    fn sort(&mut self, part: &Json) -> Result<(), BodyDefect> {
        match part {
            Json::List(entries) => entries.iter().try_for_each(|entry| self.sort(entry)),
            Json::Object(entries) => entries.iter().try_for_each(|(name, value)| {
                let known = self.attribute(name, "the search is ordered by them");
                self.all_mentions(value);
                if known { Ok(()) } else { Err(BodyDefect::UnknownCriterion) }
            }),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => {
                Err(BodyDefect::SearchShape)
            }
        }
    }

    /// Each field is a text or an object; how they are written is not published, so whatever is not
    /// plainly an attribute of a known record is refused.
    fn fields(&mut self, part: &Json) -> Result<(), BodyDefect> {
        let known = match part {
            Json::List(fields) => return fields.iter().try_for_each(|field| self.fields(field)),
            Json::Object(fields) => fields.iter().all(|(name, value)| {
                self.all_mentions(value);
                self.attribute(name, RETURNED)
            }),
            Json::Text(name) => self.attribute(name, RETURNED) || self.own_attribute(name),
            Json::Null | Json::Bool(_) | Json::Number(_) => false,
        };
        if known { Ok(()) } else { Err(BodyDefect::UnknownCriterion) }
    }

    /// Whether it is a plain name, as an attribute of what is returned would have. One that begins like
    /// another record (`messages`) may lead to that record.
    fn own_attribute(&mut self, name: &str) -> bool {
        let catalogue = self.catalogue;
        for searchable in &catalogue.searchables {
            if name.starts_with(&*searchable.word) {
                self.add(searchable.resource.clone(), None, Level::Read, RETURNED.to_owned());
            }
        }
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }

    /// An aggregation names what it counts in its values, and names itself freely in its keys.
    fn aggregations(&mut self, part: &Json) -> Result<(), BodyDefect> {
        match part {
            Json::Object(parts) => parts.iter().try_for_each(|(name, value)| {
                self.mention(name);
                if matches!(name.as_str(), "field" | "fields" | "path" | "script" | "source") {
                    return self.aggregated(value);
                }
                self.aggregations(value)
            }),
            Json::List(parts) => parts.iter().try_for_each(|part| self.aggregations(part)),
            Json::Text(text) => {
                self.mention(text);
                Ok(())
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => Ok(()),
        }
    }

    /// What an aggregation is made over.
    fn aggregated(&mut self, part: &Json) -> Result<(), BodyDefect> {
        match part {
            Json::List(parts) => parts.iter().try_for_each(|part| self.aggregated(part)),
            Json::Text(name) if self.attribute(name, "the search counts them") => Ok(()),
            Json::Text(_) | Json::Object(_) | Json::Null | Json::Bool(_) | Json::Number(_) => {
                Err(BodyDefect::UnknownCriterion)
            }
        }
    }

    /// Adds the demands of everything in a value that is spelled like an attribute.
    fn mentions(&mut self, value: &Json) {
        match value {
            Json::Object(parts) => {
                for (name, value) in parts {
                    self.mention(name);
                    self.mentions(value);
                }
            }
            Json::List(parts) => parts.iter().for_each(|part| self.mentions(part)),
            // What a criterion compares with is data, and may hold any words.
            Json::Text(_) | Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    /// The same where texts are no data either.
    fn all_mentions(&mut self, value: &Json) {
        match value {
            Json::Object(parts) => {
                for (name, value) in parts {
                    self.mention(name);
                    self.all_mentions(value);
                }
            }
            Json::List(parts) => parts.iter().for_each(|part| self.all_mentions(part)),
            Json::Text(text) => self.mention(text),
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    fn mention(&mut self, text: &str) {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        for word in text.split(|c: char| !is_word(c)) {
            self.attribute(word, "the search looks into them");
        }
    }

    /// Adds the demands of an attribute such as `message_body`; whether it is one of a known record.
    /// Where two records could be meant (`conversation_time_...`), both are demanded.
    fn attribute(&mut self, name: &str, because: &str) -> bool {
        let mut known = false;
        let catalogue = self.catalogue;
        // Names end up in records, as those of klasses; no attribute needs more than this.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        if name.len() > LONGEST_NAME || !name.bytes().all(is_plain) {
            return false;
        }
        for searchable in &catalogue.searchables {
            let rest = name.strip_prefix(&*searchable.word).and_then(|it| it.strip_prefix('_'));
            let Some(rest) = rest.filter(|rest| !rest.is_empty()) else { continue };
            known = true;
            if self.is_too_wide {
                break;
            }
            let resource = &searchable.resource;
            let because = because.to_owned();
            if searchable.has_klasses {
                for klass in self.klasses(rest) {
                    self.add(resource.clone(), klass, Level::Read, because.clone());
                }
            } else {
                self.add(resource.clone(), None, Level::Read, because);
            }
        }
        known
    }

    /// The klasses that an attribute of custom objects may be of. A klass's name may hold `_` as an
    /// attribute's may, so every way to part the two is counted.
    fn klasses(&self, rest: &str) -> Vec<Option<Klass>> {
        let own = self.context.klass.filter(|_| self.context.searchable.has_klasses);
        let custom = rest.strip_prefix("custom_");
        let name = custom.unwrap_or(rest);
        if !name.contains('_') || (custom.is_none() && OF_EVERY_KLASS.contains(&name)) {
            return vec![own.map(Klass::new)];
        }
        let parted = name.match_indices('_').filter(|(at, _)| *at > 0 && *at + 1 < name.len());
        let klasses: BTreeMap<String, Option<Klass>> = parted
            .filter_map(|(at, _)| name.get(..at))
            .map(|klass| (klass.to_owned(), Some(Klass::new(klass))))
            .collect();
        if klasses.is_empty() { vec![None] } else { klasses.into_values().collect() }
    }
}
