//! From a method and a raw path to exactly one operation, or to none.
//!
//! All templates stand in one tree of segments. At each place a literal goes first, then a prefix such
//! as `email=`, then the parameters by the kind of value they take. A literal or prefix of any
//! template is never matched by a parameter at the same place, whatever the method: `/v1/users/current`
//! is never a user whose id is `current`.

use std::collections::BTreeMap;
use std::mem;
use std::str::FromStr;
use std::sync::Arc;

use crate::path::RawSegment;
use crate::query::Query;
use crate::template::Segment;
use crate::template::kind::{MOST_IDS, count_ids, has_dot_part};
use crate::{
    Asked, Catalogue, Identified, Method, Operation, Parameter, ParameterKind, PathDefect,
    QueryDefect, RawPath, Unknown,
};

impl Catalogue {
    /// What a request asks for. `target` is the path and, behind a `?`, the query, byte for
    /// byte as sent.
    ///
    /// A path that could be read in two ways is an error. A method that the catalogue does not have
    /// (HEAD, OPTIONS ...) is an unknown operation, as is a path that no template matches.
    pub fn identify(&self, method: &str, target: &str) -> Result<Identified, TargetDefect> {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        self.identify_parts(method, path, query)
    }

    /// The same for a target that has been parted already.
    pub fn identify_parts(
        &self,
        method: &str,
        path: &str,
        query: Option<&str>,
    ) -> Result<Identified, TargetDefect> {
        let raw = RawPath::parse(path)?;
        let places = self.tree.walk(raw.segments())?;
        let found = Method::from_str(method).ok().and_then(|method| operation_at(&places, method));
        if raw.has_trailing_slash() && !found.is_some_and(|operation| operation.trailing_slash) {
            return Err(PathDefect::EmptySegment.into());
        }
        Ok(match found {
            Some(operation) => Identified::Known(asked(operation, &raw, query)?),
            None => Identified::Unknown(Unknown {
                method: method.to_owned(),
                path: path.to_owned(),
                known_methods: known_methods(&places),
            }),
        })
    }
}

/// Why a request's target is refused: it could be read in two ways.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetDefect {
    /// Its path could.
    #[error(transparent)]
    Path(#[from] PathDefect),
    /// Its query could.
    #[error(transparent)]
    Query(#[from] QueryDefect),
}

impl TargetDefect {
    /// A name for programs, which never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Path(defect) => defect.code(),
            Self::Query(defect) => defect.code(),
        }
    }
}

/// A place in the tree of all templates: what may follow, and what ends here.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    literals: BTreeMap<Arc<str>, Tree>,
    /// By prefix (often empty) and kind.
    parameters: BTreeMap<(Arc<str>, ParameterKind), Tree>,
    /// At most one for each method.
    operations: Vec<Arc<Operation>>,
}

impl Tree {
    /// Adds an operation. Loading has made sure that no other one matches the same request.
    pub(crate) fn insert(&mut self, operation: &Arc<Operation>) {
        let mut place = self;
        for segment in &operation.template.segments {
            place = match segment {
                Segment::Literal(text) => place.literals.entry(Arc::clone(text)).or_default(),
                Segment::Parameter(Parameter { prefix, kind, .. }) => {
                    place.parameters.entry((Arc::clone(prefix), *kind)).or_default()
                }
            };
        }
        place.operations.push(Arc::clone(operation));
    }

    /// Whether a segment is a literal of this place but for its case. A server that does not mind case
    /// would take it for the literal, so it is never the value of a parameter.
    fn has_literal_but_for_case(&self, raw: &str) -> bool {
        self.literals.keys().any(|literal| literal.eq_ignore_ascii_case(raw))
    }

    /// The places at which a path ends: several where parameters of different kinds take one value,
    /// none where no template matches.
    fn walk(&self, segments: &[RawSegment<'_>]) -> Result<Vec<&Self>, PathDefect> {
        let mut places = vec![self];
        let mut next = Vec::with_capacity(4);
        for segment in segments {
            step(&places, segment, &mut next)?;
            mem::swap(&mut places, &mut next);
            next.clear();
        }
        Ok(places)
    }
}

/// From the places reached so far to those behind one more segment.
fn step<'t>(
    places: &[&'t Tree],
    segment: &RawSegment<'_>,
    next: &mut Vec<&'t Tree>,
) -> Result<(), PathDefect> {
    next.extend(places.iter().filter_map(|place| place.literals.get(segment.raw)));
    if !next.is_empty() {
        return Ok(());
    }
    if places.iter().any(|place| place.has_literal_but_for_case(segment.raw)) {
        return Ok(());
    }
    let prefix = reserved_prefix(places, segment.raw);
    let children = places.iter().flat_map(|place| &place.parameters);
    let fitting = children.filter(|((child_prefix, _), _)| **child_prefix == *prefix);
    next.extend(
        fitting
            .clone()
            .filter(|((_, kind), _)| takes(*kind, prefix, segment))
            .map(|(_, tree)| tree),
    );
    if next.is_empty() {
        fitting
            .map(|((_, kind), _)| *kind)
            .try_for_each(|kind| check_refused(kind, prefix, segment))?;
        check_escapes(segment)?;
    }
    Ok(())
}

/// The prefix, such as `email=`, with which the segment begins; a segment that begins with one is
/// never matched by anything else. Empty where it begins with none.
fn reserved_prefix<'t>(places: &[&'t Tree], raw: &str) -> &'t str {
    let prefixes =
        places.iter().flat_map(|place| place.parameters.keys()).map(|(prefix, _)| &**prefix);
    prefixes
        .filter(|prefix| raw.starts_with(prefix))
        .max_by_key(|prefix| prefix.len())
        .unwrap_or("")
}

/// Whether a kind takes what stands behind the prefix of a segment.
fn takes(kind: ParameterKind, prefix: &str, segment: &RawSegment<'_>) -> bool {
    let raw = segment.raw.strip_prefix(prefix).unwrap_or(segment.raw);
    kind.permits_escapes_of(raw) && kind.accepts(value_of(prefix, segment))
}

/// The decoded value behind a prefix. Prefixes hold no escapes, so they are the same when decoded.
fn value_of<'s>(prefix: &str, segment: &'s RawSegment<'_>) -> &'s str {
    segment.decoded.strip_prefix(prefix).unwrap_or(&segment.decoded)
}

/// Tells apart a value that is merely not of this kind from one that is refused whatever it names.
fn check_refused(
    kind: ParameterKind,
    prefix: &str,
    segment: &RawSegment<'_>,
) -> Result<(), PathDefect> {
    let value = value_of(prefix, segment);
    match kind {
        ParameterKind::KeyWithSlash if has_dot_part(value) => Err(PathDefect::DotSegment),
        ParameterKind::Ids | ParameterKind::IdList if count_ids(value) > MOST_IDS => {
            Err(PathDefect::TooManyIds)
        }
        ParameterKind::Id
        | ParameterKind::Ids
        | ParameterKind::IdList
        | ParameterKind::Klass
        | ParameterKind::Word
        | ParameterKind::Key
        | ParameterKind::KeyWithSlash => Ok(()),
    }
}

/// Refuses the escapes of a segment that no parameter took.
fn check_escapes(segment: &RawSegment<'_>) -> Result<(), PathDefect> {
    if !segment.has_escape() {
        Ok(())
    } else if segment.has_encoded_separator() {
        Err(PathDefect::EncodedSeparator)
    } else {
        Err(PathDefect::PercentEncodingInLiteral)
    }
}

fn operation_at<'t>(places: &[&'t Tree], method: Method) -> Option<&'t Arc<Operation>> {
    let mut operations = places.iter().flat_map(|place| &place.operations);
    operations.find(|operation| operation.method == method)
}

fn known_methods(places: &[&Tree]) -> Vec<Method> {
    let operations = places.iter().flat_map(|place| &place.operations);
    let mut methods: Vec<Method> = operations.map(|operation| operation.method).collect();
    methods.sort_unstable();
    methods.dedup();
    methods
}

/// The operation with the values of its path.
fn asked(
    operation: &Arc<Operation>,
    raw: &RawPath<'_>,
    query: Option<&str>,
) -> Result<Asked, QueryDefect> {
    let mut values = Vec::with_capacity(operation.template.parameters.len());
    for (segment, raw) in operation.template.segments.iter().zip(raw.segments()) {
        if let Segment::Parameter(parameter) = segment {
            values.push((Arc::clone(&parameter.name), value_of(&parameter.prefix, raw).to_owned()));
        }
    }
    let text = query.unwrap_or_default();
    let query = if text.is_empty() {
        Query::default()
    } else {
        Query::read(text, &operation.links.query_keys)?
    };
    Asked::new(Arc::clone(operation), values, query, text)
}
