//! One table of a document, read key by key.

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::Datetime;

use super::{Document, Span, did_you_mean};
use crate::diagnostic::Code;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value<T> {
    /// The value.
    pub value: T,
    /// Where the value stands.
    pub span: Span,
    /// Where its key stands.
    pub key_span: Span,
}

/// A table of a [`Document`] while it is read.
///
/// Each getter answers `None` for a key that is missing or of a wrong type; the latter is reported to
/// the document, as is a missing key by the `require_` getters. [`Section::finish`] reports the keys
/// that nobody asked for.
#[derive(Debug)]
pub struct Section<'d> {
    document: &'d Document<'d>,
    /// The header of the table, for faults that have no key of their own.
    span: Span,
    table: &'d DeTable<'d>,
    /// What the table is called in messages.
    name: String,
    asked: Vec<String>,
}

impl<'d> Section<'d> {
    pub(super) fn new(
        document: &'d Document<'d>,
        span: Span,
        table: &'d DeTable<'d>,
        name: String,
    ) -> Self {
        Self { document, span, table, name, asked: Vec::new() }
    }

    /// The document that the table is part of.
    #[must_use]
    pub fn document(&self) -> &'d Document<'d> {
        self.document
    }

    /// Where the table's header stands.
    #[must_use]
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// A string.
    pub fn string(&mut self, key: &str) -> Option<Value<&'d str>> {
        self.string_such_as(key, "a string")
    }

    /// A string of a kind; `expected` says which, for whoever wrote something else than a string.
    pub fn string_such_as(&mut self, key: &str, expected: &str) -> Option<Value<&'d str>> {
        self.get(key, expected, DeValue::as_str)
    }

    /// A string that has to be there.
    pub fn require_string(&mut self, key: &str) -> Option<Value<&'d str>> {
        self.require(key, "a string");
        self.string(key)
    }

    /// A whole number that fits 64 bits.
    pub fn integer(&mut self, key: &str) -> Option<Value<i64>> {
        let written = self.get(key, "a whole number", DeValue::as_integer)?;
        let digits = written.value;
        let Ok(value) = i64::from_str_radix(digits.as_str(), digits.radix()) else {
            let fault = self.document.diagnose(&written.span, format!("`{key}` is out of range"));
            let fault = fault.with_code(Code::WrongValue);
            self.document.report(fault.with_help(format!("the largest number is {}", i64::MAX)));
            return None;
        };
        Some(Value { value, span: written.span, key_span: written.key_span })
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, key: &str) -> Option<Value<bool>> {
        self.get(key, "true or false", DeValue::as_bool)
    }

    /// A date, a time or both; which of them is for the caller to say.
    pub fn datetime(&mut self, key: &str) -> Option<Value<Datetime>> {
        self.get(key, "a date or time", |value| value.as_datetime().copied())
    }

    /// A list of strings; the span of each is its own.
    pub fn strings(&mut self, key: &str) -> Option<Vec<Value<&'d str>>> {
        let list = self.get(key, "a list of strings", DeValue::as_array)?;
        let strings = list.value.iter().filter_map(|item| {
            let value = item.get_ref().as_str();
            if value.is_none() {
                self.wrong_type(key, "a list of strings", item);
            }
            value.map(|value| Value { value, span: item.span(), key_span: list.key_span.clone() })
        });
        Some(strings.collect())
    }

    /// A list of strings that has to be there.
    pub fn require_strings(&mut self, key: &str) -> Option<Vec<Value<&'d str>>> {
        self.require(key, "a list of strings");
        self.strings(key)
    }

    /// Whether a key's value is a table.
    #[must_use]
    pub fn is_table(&self, key: &str) -> bool {
        self.table.get(key).is_some_and(|value| value.get_ref().as_table().is_some())
    }

    /// Whether a key's value is a table in braces on the line of its key.
    #[must_use]
    pub fn is_inline_table(&self, key: &str) -> bool {
        self.is_table(key)
            && self.table.get(key).is_some_and(|value| self.document.begins_with(value.span(), '{'))
    }

    /// Whether there is a key, named by the tables that it stands in.
    #[must_use]
    pub fn has(&self, path: &[&str]) -> bool {
        let Some((last, tables)) = path.split_last() else { return false };
        let mut table = self.table;
        for name in tables {
            let Some(inner) = table.get(*name).and_then(|it| it.get_ref().as_table()) else {
                return false;
            };
            table = inner;
        }
        table.contains_key(*last)
    }

    /// Asks for a key of whatever type, and says where it stands: for keys that have no place here and
    /// about which there is more to say than that.
    pub fn take(&mut self, key: &str) -> Option<Span> {
        let (found, _) = self.table.get_key_value(key)?;
        self.asked.push(key.to_owned());
        Some(found.span())
    }

    /// A table.
    pub fn table(&mut self, key: &str) -> Option<Section<'d>> {
        self.table_called(key, format!("[{key}]"))
    }

    /// A table that is called something else than its key in messages.
    pub fn table_called(&mut self, key: &str, name: String) -> Option<Section<'d>> {
        let table = self.get(key, "a table", DeValue::as_table)?;
        Some(Section::new(self.document, table.key_span, table.value, name))
    }

    /// A table that has to be there.
    pub fn require_table(&mut self, key: &str) -> Option<Section<'d>> {
        self.require(key, "a table");
        self.table(key)
    }

    /// The tables of a `[[key]]`, in the order of the file; none where the key is missing.
    pub fn tables(&mut self, key: &str) -> Vec<Section<'d>> {
        let Some(list) = self.get(key, "a list of tables", DeValue::as_array) else {
            return Vec::new();
        };
        let tables = list.value.iter().filter_map(|item| {
            let table = item.get_ref().as_table();
            if table.is_none() {
                self.wrong_type(key, "a list of tables", item);
            }
            table.map(|table| Section::new(self.document, item.span(), table, format!("[[{key}]]")))
        });
        tables.collect()
    }

    /// Every key with its string, in the order of the file: for tables whose keys are names, such as
    /// `[access]`. Nothing is left for [`Section::finish`] to report.
    pub fn names(&mut self) -> Vec<(Value<&'d str>, Value<&'d str>)> {
        self.keys()
            .into_iter()
            .filter_map(|key| {
                let value = self.string(key.value)?;
                Some((key, value))
            })
            .collect()
    }

    /// Every key, in the order of the file, read or not.
    #[must_use]
    pub fn keys(&self) -> Vec<Value<&'d str>> {
        let mut keys: Vec<Value<&'d str>> = self
            .table
            .keys()
            .map(|key| Value { value: &**key.get_ref(), span: key.span(), key_span: key.span() })
            .collect();
        keys.sort_by_key(|key| key.span.start);
        keys
    }

    /// Reports every key that nobody asked for, with the nearest of those that were asked for.
    pub fn finish(self) {
        for key in self.keys() {
            if self.asked.iter().any(|asked| asked == key.value) {
                continue;
            }
            let asked = self.asked.iter().map(String::as_str);
            let help = did_you_mean(key.value, asked)
                .unwrap_or_else(|| format!("{} takes: {}", self.name, self.asked.join(", ")));
            let message = format!("unknown key `{}`", key.value);
            self.document.report(
                self.document
                    .diagnose(&key.span, message)
                    .with_code(Code::UnknownKey)
                    .with_label(format!("not a key of {}", self.name))
                    .with_help(help),
            );
        }
    }

    /// Reports a key that is missing; `expected` says what to write.
    pub fn require(&self, key: &str, expected: &str) {
        if self.table.contains_key(key) {
            return;
        }
        let (message, help) = if expected == "a table" {
            let help = format!("add a line [{key}], and its keys beneath it");
            (format!("{} lacks the table [{key}]", self.name), help)
        } else if expected == "a string" {
            (format!("{} lacks the key `{key}`", self.name), format!("add: {key} = \"...\""))
        } else {
            let help = format!("add `{key}`, {expected}");
            (format!("{} lacks the key `{key}`", self.name), help)
        };
        let fault = self.document.diagnose(&self.span, message).with_code(Code::MissingKey);
        self.document.report(fault.with_help(help));
    }

    fn get<T>(
        &mut self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&'d DeValue<'d>) -> Option<T>,
    ) -> Option<Value<T>> {
        if !self.asked.iter().any(|asked| asked == key) {
            self.asked.push(key.to_owned());
        }
        let (found_key, found) = self.table.get_key_value(key)?;
        let value = read(found.get_ref());
        if value.is_none() {
            self.wrong_type(key, expected, found);
        }
        value.map(|value| Value { value, span: found.span(), key_span: found_key.span() })
    }

    fn wrong_type(&self, key: &str, expected: &str, found: &Spanned<DeValue<'_>>) {
        let message = format!("`{key}` must be {expected}, not {}", kind_of(found.get_ref()));
        self.document.report(
            self.document
                .diagnose(&found.span(), message)
                .with_code(Code::WrongType)
                .with_label(format!("expected {expected}"))
                .with_help_if(self.right_type(key, expected, found)),
        );
    }
}

/// What a value of another type should be, where that can be told.
impl Section<'_> {
    fn right_type(
        &self,
        key: &str,
        expected: &str,
        found: &Spanned<DeValue<'_>>,
    ) -> Option<String> {
        let written = self.document.text.get(found.span()).unwrap_or_default();
        let bare = written.trim_matches(['"', '\'']);
        match (found.get_ref(), expected) {
            (DeValue::String(_), "a whole number") if bare.parse::<i64>().is_ok() => {
                Some(format!("write it without quotes: {key} = {bare}"))
            }
            (DeValue::String(_), "a date or time") if bare.parse::<Datetime>().is_ok() => {
                Some(format!("write it without quotes: {key} = {bare}"))
            }
            (_, "a date or time") => Some(format!("write it like {key} = 2027-06-30")),
            (DeValue::String(_), "true or false") if matches!(bare, "true" | "false") => {
                Some(format!("write it without quotes: {key} = {bare}"))
            }
            (DeValue::String(_), "a list of strings") => {
                Some(format!("write it in brackets: {key} = [\"{bare}\"]"))
            }
            (_, "a table") => Some(format!("write a line [{key}], and its keys beneath it")),
            (_, "a list of tables") => Some(format!("write [[{key}]], and its keys beneath it")),
            (DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_), "a string") => {
                Some(format!("write it in quotes: {key} = \"{written}\""))
            }
            (DeValue::Integer(_), "a limit such as \"120/min\"") => {
                Some(format!("write it in quotes, with its unit: {key} = \"{written}/min\""))
            }
            (DeValue::Array(_) | DeValue::Table(_), "a string") => {
                Some(format!("write it as one text, in quotes: {key} = '...'"))
            }
            (_, "a condition in single quotes") => {
                Some(format!("write it like {key} = 'time.hour >= 9'"))
            }
            (DeValue::Array(_), _) if expected.starts_with("one of") => {
                Some(format!("write one of them: {key} = \"...\""))
            }
            (DeValue::Boolean(_) | DeValue::Integer(_), _) if expected.starts_with("one of") => {
                Some(format!("write one of them, in quotes: {key} = \"...\""))
            }
            _ => None,
        }
    }
}

fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
