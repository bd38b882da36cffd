//! Lists: which page was asked for, in which order, and the links to its neighbours.

use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::compare;
use crate::record::{Kind, Record};
use crate::refusal::Refusal;

/// The query of a request: its pairs decoded, and the text as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    pub(crate) raw: String,
    pub(crate) pairs: Vec<(String, String)>,
}

impl Query {
    /// The first value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn positive(&self, name: &str, default: u32) -> Result<u32, Refusal> {
        let Some(text) = self.get(name) else { return Ok(default) };
        match text.parse() {
            Ok(number) if number > 0 => Ok(number),
            Ok(_) | Err(_) => Err(Refusal::bad_parameter(name, "must be a number from 1 on")),
        }
    }
}

/// The part of a list that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) number: u32,
    pub(crate) size: u32,
}

impl Page {
    /// Reads `page` and `pageSize`; without them it is the first page, 100 long.
    pub(crate) fn read(query: &Query, longest: u32) -> Result<Self, Refusal> {
        let size = query.positive("pageSize", longest.min(100))?;
        if size > longest {
            return Err(Refusal::bad_parameter("pageSize", format!("must be at most {longest}")));
        }
        Ok(Self { number: query.positive("page", 1)?, size })
    }

    /// The envelope of a list: `meta`, `links` and the records of this page.
    pub(crate) fn envelope(
        self,
        path: &str,
        query: &Query,
        records: &[&Record],
        shown: impl Fn(&Record) -> Value,
    ) -> Value {
        let skipped = (self.number as usize - 1).saturating_mul(self.size as usize);
        let data: Vec<Value> = records
            .iter()
            .skip(skipped)
            .take(self.size as usize)
            .map(|record| shown(record))
            .collect();
        let pages = records.len().div_ceil(self.size as usize);
        let link = |number: u32| self.link(path, query, number);
        json!({
            "meta": {
                "page": self.number,
                "pageSize": self.size,
                "total": records.len(),
                "totalPages": pages,
            },
            "links": {
                "self": link(self.number),
                "first": link(1),
                "prev": (self.number > 1).then(|| link(self.number - 1)),
                "next": ((self.number as usize) < pages).then(|| link(self.number + 1)),
            },
            "data": data,
        })
    }

    /// A relative link to the last page of so many records.
    pub(crate) fn last(self, path: &str, query: &Query, records: usize) -> String {
        let pages = u32::try_from(records.div_ceil(self.size as usize)).unwrap_or(u32::MAX);
        self.link(path, query, pages.max(1))
    }

    /// A relative link to a page of the same list; the other parameters stay as they were sent.
    fn link(self, path: &str, query: &Query, number: u32) -> String {
        let others = query.raw.split('&').filter(|pair| {
            !pair.is_empty() && !pair.starts_with("page=") && !pair.starts_with("pageSize=")
        });
        let own = [format!("page={number}"), format!("pageSize={}", self.size)];
        let pairs: Vec<&str> = others.chain(own.iter().map(String::as_str)).collect();
        format!("{path}?{}", pairs.join("&"))
    }
}

/// Narrows a list by `filter[attribute][operator]=` and `fromDate=` (users also by `email=` and
/// `userType=`), and sorts it by `sort=attribute` or `sort=-attribute`.
pub(crate) fn narrow(records: &mut Vec<&Record>, query: &Query) -> Result<(), Refusal> {
    for (name, value) in &query.pairs {
        let wanted = Value::String(value.clone());
        match filter_of(name) {
            Some((attribute, operator)) => {
                let accepts = comparison(operator).ok_or_else(|| {
                    Refusal::bad_parameter(name, "the operator must be gt, gte, lt, lte or equals")
                })?;
                records.retain(|record| {
                    compare::values(attribute_of(record, attribute), &wanted).is_some_and(accepts)
                });
            }
            None if name == "fromDate" => records.retain(|record| {
                compare::values(attribute_of(record, "createdAt"), &wanted)
                    .is_some_and(Ordering::is_ge)
            }),
            None if name == "email" || name == "userType" => {
                records.retain(|record| record.kind != Kind::User || record.text(name) == value);
            }
            None => {}
        }
    }
    if let Some(sort) = query.get("sort") {
        let attribute = sort.trim_start_matches('-');
        records.sort_by(|left, right| {
            compare::order(attribute_of(left, attribute), attribute_of(right, attribute))
        });
        if sort.starts_with('-') {
            records.reverse();
        }
    }
    Ok(())
}

/// Splits `filter[createdAt][gte]`.
fn filter_of(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix("filter[")?.strip_suffix(']')?.split_once("][")
}

fn comparison(operator: &str) -> Option<fn(Ordering) -> bool> {
    match operator {
        "gt" => Some(Ordering::is_gt),
        "gte" => Some(Ordering::is_ge),
        "lt" => Some(Ordering::is_lt),
        "lte" => Some(Ordering::is_le),
        "equals" | "eq" => Some(Ordering::is_eq),
        _ => None,
    }
}

fn attribute_of<'a>(record: &'a Record, name: &str) -> &'a Value {
    record.attributes.get(name).unwrap_or(&Value::Null)
}
