//! Makes certain that every request matches at most one operation.

use super::Draft;
use crate::Operation;
use crate::diagnostic::Code;
use crate::document::{Document, Span};
use crate::template::Segment;

impl Draft {
    /// Reports a path that matches a request which another operation matches, or takes one away from a
    /// built-in operation.
    pub(super) fn check_paths(
        &self,
        document: &Document<'_>,
        span: &Span,
        new: &Operation,
        built_in: &[Operation],
    ) {
        let others = self.operations.values();
        if let Some(other) = others.into_iter().find(|other| overlaps(new, other)) {
            let Operation { id, place, template, method, .. } = other;
            document.report(
                document
                    .diagnose(span, format!("the path overlaps that of `{id}`, at {place}"))
                    .with_code(Code::OverlappingPath)
                    .with_label(format!("some path matches this and `{method} {template}`"))
                    .with_help(
                        "a request must match one operation; give the parameter another kind",
                    ),
            );
        } else if let Some(other) = built_in.iter().find(|other| shadows(new, other, built_in)) {
            let Operation { id, place, template, method, .. } = other;
            document.report(
                document
                    .diagnose(span, format!("the path takes a value of `{id}` away, at {place}"))
                    .with_code(Code::OverlappingPath)
                    .with_label(format!("a word here is a value in `{method} {template}`"))
                    .with_help("what is built in cannot be changed; choose another path"),
            );
        }
    }
}

/// Whether some request matches both operations.
fn overlaps(one: &Operation, other: &Operation) -> bool {
    let (left, right) = (&one.template.segments, &other.template.segments);
    one.method == other.method && left.len() == right.len() && all_overlap(left, right)
}

fn all_overlap(left: &[Segment], right: &[Segment]) -> bool {
    left.iter().zip(right).all(|(left, right)| segments_overlap(left, right))
}

/// Literals and prefixes win over parameters, so unlike segments never meet.
fn segments_overlap(left: &Segment, right: &Segment) -> bool {
    match (left, right) {
        (Segment::Literal(left), Segment::Literal(right)) => left == right,
        (Segment::Parameter(left), Segment::Parameter(right)) => {
            left.prefix == right.prefix && left.kind.overlaps(right.kind)
        }
        (Segment::Literal(_), Segment::Parameter(_))
        | (Segment::Parameter(_), Segment::Literal(_)) => false,
    }
}

/// Whether a literal of the new operation, of whatever method, is a value of the built-in operation's
/// parameter at the same place, and is not reserved there by another built-in operation already.
fn shadows(new: &Operation, other: &Operation, built_in: &[Operation]) -> bool {
    let (left, right) = (&new.template.segments, &other.template.segments);
    for (at, (segment, other)) in left.iter().zip(right).enumerate() {
        if let (Segment::Literal(literal), Segment::Parameter(parameter)) = (segment, other) {
            let is_value = parameter.prefix.is_empty() && parameter.kind.accepts(literal);
            return is_value && !is_reserved(left, at, built_in);
        }
        if !segments_overlap(segment, other) {
            return false;
        }
    }
    false
}

/// Whether a built-in template begins with the same segments, up to and with the one at `last`.
fn is_reserved(segments: &[Segment], last: usize, built_in: &[Operation]) -> bool {
    let begins_alike = |operation: &Operation| {
        let pairs = operation.template.segments.iter().zip(segments).take(last + 1);
        operation.template.segments.len() > last && pairs.into_iter().all(|(a, b)| is_alike(a, b))
    };
    built_in.iter().any(begins_alike)
}

/// Whether two segments match the same values, whatever their parameters are called.
fn is_alike(left: &Segment, right: &Segment) -> bool {
    match (left, right) {
        (Segment::Literal(left), Segment::Literal(right)) => left == right,
        (Segment::Parameter(left), Segment::Parameter(right)) => {
            left.prefix == right.prefix && left.kind == right.kind
        }
        (Segment::Literal(_), Segment::Parameter(_))
        | (Segment::Parameter(_), Segment::Literal(_)) => false,
    }
}
