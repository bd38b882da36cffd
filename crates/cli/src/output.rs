//! What commands print: colours, tables, and JSON. Colours are written always, and taken out by
//! `anstream` where the output is no terminal or `NO_COLOR` is set.

mod table;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use audit::Decided;
use catalogue::document::nearest;
use serde::Serialize;

pub(crate) use table::{Cell, Table};

/// Permitted, or as it should be.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Refused, or wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Worth a look.
pub(crate) const CAUTION: Style = AnsiColor::Yellow.on_default();
/// A heading.
pub(crate) const STRONG: Style = Style::new().bold();
/// Of less weight than what stands beside it.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// As it comes.
pub(crate) const PLAIN: Style = Style::new();

/// A text in a style.
pub(crate) fn painted(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// The colour of a decision.
pub(crate) fn style_of(decision: Decided) -> Style {
    match decision {
        Decided::Permitted => GOOD,
        Decided::Denied | Decided::Unauthenticated | Decided::Malformed => BAD,
        Decided::Limited | Decided::Observed | Decided::Undecided => CAUTION,
        Decided::Noted => STRONG,
    }
}

/// An object with one more member.
pub(crate) fn with(
    mut object: serde_json::Value,
    key: &str,
    value: serde_json::Value,
) -> serde_json::Value {
    if let Some(members) = object.as_object_mut() {
        members.insert(key.to_owned(), value);
    }
    object
}

/// Writes a value as JSON on a line of its own.
pub(crate) fn json_line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// The end of a message about an unknown name: the nearest that is known, or all if they are few.
pub(crate) fn hint<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone) -> String {
    const FEW: usize = 8;
    if let Some(near) = nearest(name, known.clone()) {
        return format!("; did you mean `{near}`?");
    }
    let known: Vec<_> = known.take(FEW + 1).collect();
    match known.len() {
        0 => "; there are none at all".to_owned(),
        1..=FEW => format!("; there is {}", known.join(", ")),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_gets_the_nearest_or_all_of_a_few() {
        let known = ["admin-bot", "support-agent"];
        let hint = |name| hint(name, known.iter().copied());
        assert_eq!(hint("suport-agent"), "; did you mean `support-agent`?");
        assert_eq!(hint("xyz"), "; there is admin-bot, support-agent");
        assert_eq!(super::hint("xyz", std::iter::empty()), "; there are none at all");
    }
}
