//! From the text of a condition to a tree of the CEL language, and where each part of it stands.
//!
//! The parser is that of the cel crate (its Pratt parser: the default one takes so much stack that some
//! nested parentheses end the process). It gives up the places of what it parsed, unless it finds a
//! fault; so a text without one is parsed once more with a fault behind its end, which brings them.

use std::ops::Range;
use std::sync::Arc;

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr, SourceInfo};
use cel::parser::{ParseError, ParseErrors, PrattParser};

use super::{ConditionFault, bounds};

/// More parts than a text within [`bounds`] has, with what its macros stand for.
const MOST_PARTS: usize = 10_000;

/// What behind a whole condition is always a fault; on a line of its own, as a comment may end the text.
const FAULT: &str = "\n)";

/// A text that has been parsed.
pub(super) struct Parsed<'t> {
    pub(super) text: &'t str,
    pub(super) tree: IdedExpr,
    places: Option<Arc<SourceInfo>>,
}

/// Parses a text, if it is within bounds.
pub(super) fn parse(text: &str) -> Result<Parsed<'_>, ConditionFault> {
    bounds::check(text)?;
    let tree = parser().parse(text).map_err(|errors| first_fault(text, errors))?;
    let places = parser().parse(&format!("{text}{FAULT}")).err().and_then(places_of);
    Ok(Parsed { text, tree, places })
}

fn parser() -> PrattParser {
    PrattParser::new().max_expression_node_count(MOST_PARTS)
}

fn places_of(errors: ParseErrors) -> Option<Arc<SourceInfo>> {
    errors.errors.into_iter().find_map(|error| error.source_info)
}

impl Parsed<'_> {
    /// The word or sign by which a part was known to the parser: a name, a dot, an operator, the `(` of
    /// a method. The whole text where that is not known.
    pub(super) fn sign(&self, part: &IdedExpr) -> Range<usize> {
        self.sign_of(part.id)
    }

    fn sign_of(&self, id: u64) -> Range<usize> {
        let place = self.places.as_deref().and_then(|places| places.offset_for(id));
        let (start, end) = place.unwrap_or((0, u32::MAX));
        let bound = |at: u32| usize::try_from(at).unwrap_or(usize::MAX).min(self.text.len());
        bound(start)..bound(end)
    }

    /// Where a part stands, from its first to its last word.
    pub(super) fn place(&self, part: &IdedExpr) -> Range<usize> {
        let sign = self.sign(part);
        match &part.expr {
            Expr::Select(select) => {
                let start = self.place(&select.operand).start;
                start.min(sign.start)..self.end_of_word(sign.end, &select.field)
            }
            Expr::Call(call) => {
                let parts = call.target.as_deref().into_iter().chain(&call.args);
                self.around(sign, parts)
            }
            Expr::List(list) => self.around(sign, list.elements.iter()),
            Expr::Comprehension(each) => self.around(sign, [&each.iter_range].into_iter()),
            Expr::Map(map) => {
                let values = map.entries.iter().map(|entry| match &entry.expr {
                    EntryExpr::MapEntry(entry) => &entry.value,
                    EntryExpr::StructField(field) => &field.value,
                });
                self.around(sign, values)
            }
            Expr::Literal(_) | Expr::Ident(_) | Expr::Struct(_) | Expr::Unspecified => {
                // Of a negative number only the `-` is known.
                let digits = self.text.get(sign.end..).unwrap_or_default();
                let more = if self.text.get(sign.clone()) == Some("-") {
                    digits.find(|c: char| !c.is_ascii_alphanumeric() && c != '.')
                } else {
                    Some(0)
                };
                sign.start..sign.end + more.unwrap_or(digits.len())
            }
        }
    }

    /// The name of a method, which stands before its `(`.
    pub(super) fn method(&self, call: &IdedExpr, name: &str) -> Range<usize> {
        let open = self.sign(call).start;
        let before = self.text.get(..open).unwrap_or_default();
        match before.rfind(name) {
            Some(start) => start..start + name.len(),
            None => open..open,
        }
    }

    fn around<'e>(
        &self,
        sign: Range<usize>,
        parts: impl Iterator<Item = &'e IdedExpr>,
    ) -> Range<usize> {
        parts.fold(sign, |all, part| {
            let place = self.place(part);
            all.start.min(place.start)..all.end.max(place.end)
        })
    }

    fn end_of_word(&self, from: usize, word: &str) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        rest.find(word).map_or(from, |at| from + at + word.len())
    }
}

/// The first fault: what follows is mostly its echo.
fn first_fault(text: &str, errors: ParseErrors) -> ConditionFault {
    let whole = || ConditionFault::new(0..text.len(), "this is no condition in CEL");
    errors.errors.into_iter().next().map_or_else(whole, |error| fault(text, &error))
}

fn fault(text: &str, error: &ParseError) -> ConditionFault {
    let at = place_of(text, error);
    if error.msg.contains("has() macro") {
        return ConditionFault::new(at, "`has` takes one field").with_help(
            "write has(request.body.channel); for other names \"first-name\" in request.body",
        );
    }
    if error.msg.contains("literal") {
        return ConditionFault::new(at, "this number is too large")
            .with_help("numbers go up to 9007199254740992; beyond, programs read different ones");
    }
    if error.msg.contains("unescape") || error.msg.contains("unicode") {
        return ConditionFault::new(at, "a text with an escape that there is not")
            .with_help("write \\\\ for a backslash, or r\"...\" for a text without escapes");
    }
    if error.msg.contains("must be a simple name") || error.msg.contains("must be an identifier") {
        return ConditionFault::new(at, "the first argument must be a new name")
            .with_help("write it like request.body.tags.exists(tag, tag == \"vip\")");
    }
    let met = text.get(at.clone()).unwrap_or_default();
    let (message, help) = match met {
        "" => {
            ("the condition ends before it is complete".to_owned(), Some("write what is missing"))
        }
        "and" | "AND" => (format!("`{met}` is no word of a condition"), Some("write `&&`")),
        "or" | "OR" => (format!("`{met}` is no word of a condition"), Some("write `||`")),
        ")" => ("`)` closes nothing".to_owned(), Some("delete it, or write its `(`")),
        _ => (format!("`{met}` is not expected here"), None),
    };
    ConditionFault::new(at, message).with_help_if(help.map(str::to_owned))
}

/// The word at which the parser stopped.
fn place_of(text: &str, error: &ParseError) -> Range<usize> {
    let known = error.source_info.as_deref().and_then(|it| it.offset_for(error.expr_id));
    let column = usize::try_from(error.pos.1).ok().and_then(|column| column.checked_sub(1));
    if let Some((start, end)) = known {
        let bound = |at: u32| usize::try_from(at).unwrap_or(usize::MAX).min(text.len());
        return bound(start)..bound(end);
    }
    // Faults of macros have a line and a column, and no more.
    let line = usize::try_from(error.pos.0).unwrap_or(1).saturating_sub(1);
    let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    (before + column.unwrap_or(0)).min(text.len())..text.len()
}
