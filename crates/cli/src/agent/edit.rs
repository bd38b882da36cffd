//! Changes single lines of a policy's text; everything else in it stays as somebody wrote it.

use toml_edit::{Document, DocumentMut, Item, Key, TableLike, Value};

use super::wish::Table;

#[cfg(test)]
mod tests;

/// What is to be other than it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// An entry with this level; a line more, where there is none.
    Level { table: Table, name: String, level: &'static str },
    /// No entry of this name.
    Gone { table: Table, name: String },
    /// The mode of the agent.
    Mode(&'static str),
}

/// The text with the changes made: first what goes, then what is set.
pub(super) fn edited(text: &str, changes: &[Change]) -> Result<String, EditFailure> {
    let lines = LineEnds::of(text)?;
    let mut text = lines.plain(text);
    for change in changes {
        if let Change::Gone { table, name } = change {
            text = without(&text, *table, name)?;
        }
    }
    let mut document: DocumentMut = text.parse().map_err(|_| EditFailure::NoToml)?;
    for change in changes {
        match change {
            Change::Level { table, name, level } => {
                set_level(&mut document, *table, name, level)?;
            }
            Change::Gone { .. } => {}
            Change::Mode(mode) => {
                let agent = table_of(&mut document, "agent")?;
                set(agent, "mode", mode);
            }
        }
    }
    Ok(lines.restore(&document.to_string()))
}

fn set_level(
    document: &mut DocumentMut,
    table: Table,
    name: &str,
    level: &str,
) -> Result<(), EditFailure> {
    let entries = table_of(document, table.key())?;
    if let Some((klasses, key)) = nested(entries, name) {
        set(klasses, &key, level);
        return Ok(());
    }
    let key = spelled(entries, name).unwrap_or_else(|| name.to_owned());
    match entries.get_mut(&key) {
        // The long form: a condition or a window beside the level stays.
        Some(item) if item.is_table_like() => {
            let long = item.as_table_like_mut().filter(|it| it.contains_key("level"));
            let long = long.ok_or_else(|| EditFailure::Shape { name: name.to_owned() })?;
            set(long, "level", level);
        }
        Some(_) | None => set(entries, &key, level),
    }
    Ok(())
}

/// The text without the lines of an entry. The comments above it stay: they may speak of more.
fn without(text: &str, table: Table, name: &str) -> Result<String, EditFailure> {
    let lacks = || EditFailure::NoEntry { name: name.to_owned(), table: table.key() };
    let shape = || EditFailure::Shape { name: name.to_owned() };
    let document = Document::parse(text).map_err(|_| EditFailure::NoToml)?;
    let mut entries: &dyn TableLike =
        document.get(table.key()).and_then(Item::as_table_like).ok_or_else(lacks)?;
    let mut key = spelled(entries, name);
    if key.is_none()
        && let Some((resource, klass)) = name.split_once('.')
        && let Some(klasses) = entries.get(resource).and_then(Item::as_table_like)
    {
        entries = klasses;
        key = spelled(klasses, klass);
    }
    let (key, item) = key.and_then(|key| entries.get_key_value(&key)).ok_or_else(lacks)?;
    let value = item.as_value().ok_or_else(shape)?;
    let (Some(key), Some(value)) = (key.span(), value.span()) else { return Err(shape()) };
    let start = text.get(..key.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let end = text.get(value.end..).and_then(|rest| rest.find('\n'));
    let end = end.map_or(text.len(), |at| value.end + at + 1);
    // What stands before it on its line is the table around it, or the resource of its klass.
    let before = text.get(start..key.start).unwrap_or_default();
    let is_line = before.chars().all(|it| !matches!(it, '{' | '['));
    let rest = text.get(value.end..end).unwrap_or_default().trim_start();
    if !is_line || !(rest.is_empty() || rest.starts_with('#')) {
        return Err(shape());
    }
    Ok(format!("{}{}", text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default()))
}

/// A table of the file; where it has none yet, a new one at its end.
fn table_of<'d>(
    document: &'d mut DocumentMut,
    key: &str,
) -> Result<&'d mut dyn TableLike, EditFailure> {
    if document.get(key).is_none() {
        let mut table = toml_edit::Table::new();
        table.decor_mut().set_prefix("\n");
        document.insert(key, Item::Table(table));
    }
    let table = document.get_mut(key).and_then(Item::as_table_like_mut);
    table.ok_or_else(|| EditFailure::Shape { name: key.to_owned() })
}

/// `kobjects.order = "write"` without quotes is a table `kobjects`: that one, and the klass's key in it.
fn nested<'t>(
    entries: &'t mut dyn TableLike,
    name: &str,
) -> Option<(&'t mut dyn TableLike, String)> {
    let (resource, klass) = name.split_once('.')?;
    if spelled(entries, name).is_some() {
        return None;
    }
    let klasses = entries.get_mut(resource)?.as_table_like_mut()?;
    let key = spelled(klasses, klass)?;
    Some((klasses, key))
}

/// The key as it is spelled in the table: the name of a klass is the same in large and small letters.
fn spelled(table: &dyn TableLike, name: &str) -> Option<String> {
    let mut keys = table.iter().map(|(key, _)| key);
    keys.find(|key| key.eq_ignore_ascii_case(name)).map(str::to_owned)
}

/// Sets a string, in the line where it stands or in a new one that lines up with those above.
fn set(table: &mut dyn TableLike, key: &str, text: &str) {
    if let Some(value) = table.get_mut(key).and_then(Item::as_value_mut) {
        if value.as_str() == Some(text) {
            return;
        }
        let mut new = Value::from(text);
        let old_width = value.clone().decorated("", "").to_string().chars().count();
        let width = new.to_string().chars().count();
        *new.decor_mut() = value.decor().clone();
        let after = value.decor().suffix().and_then(|suffix| suffix.as_str()).unwrap_or_default();
        new.decor_mut().set_suffix(beside(after, old_width, width));
        *value = new;
        return;
    }
    let column = column(table);
    let mut new_key = Key::new(key);
    let width = new_key.display_repr().chars().count();
    new_key.leaf_decor_mut().set_suffix(" ".repeat(column.saturating_sub(width).max(1)));
    table.entry_format(&new_key).or_insert(Item::Value(text.into()));
}

/// What stands behind a value, so that a comment stays in its column where there is room.
fn beside(after: &str, old_width: usize, width: usize) -> String {
    let comment = after.trim_start_matches(' ');
    if !comment.starts_with('#') {
        return after.to_owned();
    }
    let blanks = (after.len() - comment.len() + old_width).saturating_sub(width).max(1);
    format!("{}{comment}", " ".repeat(blanks))
}

/// How far from the start of the line the `=` of the table's last line is.
fn column(table: &dyn TableLike) -> usize {
    let last = table.iter().last().map(|(key, _)| key.to_owned());
    let last = last.and_then(|key| table.key(&key).cloned());
    last.map_or(0, |key| {
        let blanks = key.leaf_decor().suffix().and_then(|suffix| suffix.as_str());
        key.display_repr().chars().count() + blanks.map_or(1, |blanks| blanks.chars().count())
    })
}

/// How the lines of a text end. TOML's editor knows only one way.
#[derive(Debug, Clone, Copy)]
struct LineEnds {
    has_mark: bool,
    is_crlf: bool,
}

impl LineEnds {
    const MARK: char = '\u{feff}';

    fn of(text: &str) -> Result<Self, EditFailure> {
        let (all, crlf) = (text.matches('\n').count(), text.matches("\r\n").count());
        if crlf != 0 && crlf != all {
            return Err(EditFailure::LineEnds);
        }
        Ok(Self { has_mark: text.starts_with(Self::MARK), is_crlf: crlf > 0 })
    }

    fn plain(self, text: &str) -> String {
        let text = text.trim_start_matches(Self::MARK);
        if self.is_crlf { text.replace("\r\n", "\n") } else { text.to_owned() }
    }

    fn restore(self, text: &str) -> String {
        let text = if self.is_crlf { text.replace('\n', "\r\n") } else { text.to_owned() };
        if self.has_mark { format!("{}{text}", Self::MARK) } else { text }
    }
}

/// Why a text cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EditFailure {
    #[error("the policy is no TOML; `kustodian check` says where")]
    NoToml,
    #[error("the policy has no line for `{name}` in [{table}]")]
    NoEntry { name: String, table: &'static str },
    #[error(
        "`{name}` is written in a way that this command does not change; edit the file by hand, or write each entry as a line of its own"
    )]
    Shape { name: String },
    #[error(
        "some lines of the policy end as on Windows and some do not; save it with one kind of line ends first"
    )]
    LineEnds,
}
