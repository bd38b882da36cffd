//! Which operation a request is for, as a server reads it that means well: case does not matter, a slash
//! at the end does not either, and whatever stands in the place of a value is one.
//!
//! This is another implementation than the catalogue's own on purpose, written after how common
//! frameworks route: a gateway that checks one thing and a server that does another is how policies are
//! got around. Tests hold that the two never disagree on a request that the gateway lets through.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use catalogue::{Catalogue, Operation, ParameterKind};

/// The id of the operation that a request is for; none where there is no such path.
#[must_use]
pub fn operation_of(method: &str, path: &str) -> Option<&'static str> {
    static ROUTES: LazyLock<Routes> = LazyLock::new(Routes::of_the_catalogue);
    let path = path.strip_suffix('/').unwrap_or(path);
    let segments: Vec<String> = path.split('/').skip(1).map(decoded).collect();
    let candidates = ROUTES.0.get(&(method.to_ascii_uppercase(), segments.len()))?;
    let fitting = candidates.iter().filter_map(|route| Some((route.fit(&segments)?, route)));
    // From left to right: the first segment that fits better decides.
    fitting.max_by(|one, other| one.0.cmp(&other.0)).map(|(_, route)| route.operation)
}

/// Routes by method and number of segments.
struct Routes(BTreeMap<(String, usize), Vec<Route>>);

struct Route {
    operation: &'static str,
    steps: Vec<Step>,
}

/// What a route has between two slashes.
enum Step {
    Word(String),
    Value { prefix: String, kind: ParameterKind },
}

/// How well each segment of a path fits a route.
type Fit = Vec<u8>;

impl Routes {
    fn of_the_catalogue() -> Self {
        let mut routes: BTreeMap<_, Vec<Route>> = BTreeMap::new();
        for operation in Catalogue::builtin().operations() {
            let route = Route::of(operation);
            let key = (operation.method().as_str().to_owned(), route.steps.len());
            routes.entry(key).or_default().push(route);
        }
        Self(routes)
    }
}

impl Route {
    fn of(operation: &'static Operation) -> Self {
        let mut parameters = operation.template().parameters().iter();
        let step = |text: &str| match text.split_once('{') {
            None => Step::Word(text.to_ascii_lowercase()),
            Some((prefix, _)) => {
                let kind =
                    parameters.next().map_or(ParameterKind::Word, catalogue::Parameter::kind);
                Step::Value { prefix: prefix.to_owned(), kind }
            }
        };
        let steps = operation.template().as_str().split('/').skip(1).map(step).collect();
        Self { operation: operation.id().as_str(), steps }
    }

    fn fit(&self, segments: &[String]) -> Option<Fit> {
        self.steps.iter().zip(segments).map(|(step, segment)| step.fit(segment)).collect()
    }
}

impl Step {
    /// How well a segment fits; none where it does not.
    fn fit(&self, segment: &str) -> Option<u8> {
        match self {
            Self::Word(word) => segment.eq_ignore_ascii_case(word).then_some(9),
            Self::Value { prefix, kind } if prefix.is_empty() => {
                (!segment.is_empty()).then(|| if fits(*kind, segment) { rank(*kind) } else { 1 })
            }
            Self::Value { prefix, .. } => {
                let head = segment.get(..prefix.len())?;
                let is_prefixed = head.eq_ignore_ascii_case(prefix);
                (is_prefixed && segment.len() > prefix.len()).then_some(8)
            }
        }
    }
}

fn rank(kind: ParameterKind) -> u8 {
    match kind {
        ParameterKind::IdList => 7,
        ParameterKind::Id => 6,
        ParameterKind::Ids => 5,
        ParameterKind::Klass => 4,
        ParameterKind::Word => 3,
        ParameterKind::Key | ParameterKind::KeyWithSlash => 2,
    }
}

/// Whether a value looks as one of this kind does.
fn fits(kind: ParameterKind, value: &str) -> bool {
    let is_name = |value: &str| value.bytes().all(|byte| is_word(byte) && byte != b'.');
    match kind {
        ParameterKind::Id => is_id(value),
        ParameterKind::Ids => value.split(',').all(is_id),
        ParameterKind::IdList => value.contains(',') && value.split(',').all(is_id),
        ParameterKind::Klass => is_name(value) && !is_id(value),
        ParameterKind::Word => value.bytes().all(is_word),
        ParameterKind::Key | ParameterKind::KeyWithSlash => true,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// 24 hexadecimal digits, or 32 in five groups.
fn is_id(value: &str) -> bool {
    let groups: Vec<usize> = value.split('-').map(str::len).collect();
    let is_hex = value.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    is_hex && (groups == [24] || groups == [8, 4, 4, 4, 12])
}

/// Escapes replaced once, after the path was taken apart; what is no escape stays.
fn decoded(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let [first, behind @ ..] = rest {
        let digit = |at: usize| char::from(*behind.get(at)?).to_digit(16);
        let escaped = digit(0).zip(digit(1)).filter(|_| *first == b'%');
        let byte = escaped.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        rest = if byte.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
        bytes.push(byte.unwrap_or(*first));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "5f1a2b3c4d5e6f708192a3b4";

    #[test]
    fn every_operation_of_the_catalogue_has_a_path_of_its_own() {
        for operation in Catalogue::builtin().operations() {
            let path = operation.template().example();
            let found = operation_of(operation.method().as_str(), &path);
            assert_eq!(found, Some(operation.id().as_str()), "{path}");
        }
    }

    #[test]
    fn it_means_well() {
        for path in [
            format!("/v1/customers/{ID}"),
            format!("/V1/Customers/{ID}/"),
            format!("/v1/%63ustomers/{ID}"),
            "/v1/customers/anything%20at%20all".to_owned(),
        ] {
            assert_eq!(operation_of("GET", &path), Some("customers.get"), "{path}");
        }
        assert_eq!(operation_of("PUT", "/v1/customers/bulk"), Some("customers.bulk_update"));
        assert_eq!(operation_of("GET", "/v1/nonsense"), None);
    }
}
