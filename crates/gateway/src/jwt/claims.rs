//! What a token says whose signature was checked.

use std::fmt;

use audit::JwtFault;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// The claims of a token whose signature was checked: only [`super::Jwt::verify`] gives them.
#[derive(Debug, Clone)]
pub struct Claims(Map<String, Value>);

impl Claims {
    pub(super) fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    /// A claim, however deep it stands.
    #[must_use]
    pub fn get(&self, path: &ClaimPath) -> Option<&Value> {
        let (first, inner) = path.0.split_first()?;
        inner.iter().try_fold(self.0.get(first)?, |value, name| value.as_object()?.get(name))
    }

    /// A claim that is a text where it is there.
    pub fn text(&self, name: &str) -> Result<Option<&str>, JwtFault> {
        let claim = self.0.get(name).map(|value| value.as_str().ok_or(JwtFault::ClaimMalformed));
        claim.transpose()
    }

    /// A claim that is a time where it is there: seconds since 1970, of which fractions are dropped.
    pub fn time(&self, name: &str) -> Result<Option<Timestamp>, JwtFault> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let seconds = whole_seconds(value).ok_or(JwtFault::ClaimMalformed)?;
        Timestamp::from_second(seconds).map(Some).map_err(|_| JwtFault::ClaimMalformed)
    }

    /// Whom the token is meant for: one, or several.
    pub fn audiences(&self) -> Result<Vec<&str>, JwtFault> {
        match self.0.get("aud") {
            None => Ok(Vec::new()),
            Some(Value::String(one)) => Ok(vec![one]),
            Some(Value::Array(several)) => {
                let texts = several.iter().map(|it| it.as_str().ok_or(JwtFault::ClaimMalformed));
                texts.collect()
            }
            Some(_) => Err(JwtFault::ClaimMalformed),
        }
    }
}

/// Seconds far beyond the year 9999, and exact in a float.
const END: f64 = 1e15;

/// The whole seconds of a number; none where it is none, or is beyond all times.
fn whole_seconds(value: &Value) -> Option<i64> {
    if let Some(seconds) = value.as_i64() {
        return Some(seconds);
    }
    let seconds = value.as_f64().filter(|seconds| seconds.abs() < END)?.floor();
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and within bounds")]
    Some(seconds as i64)
}

/// Where a claim stands: its name, or names one within the other.
///
/// Names hold dots and slashes themselves (`kubernetes.io`), so a path is a list of names and never one
/// text that is taken apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClaimPath(Vec<String>);

impl ClaimPath {
    /// The path that these names are, from the outermost to the innermost.
    #[must_use]
    pub fn new(names: Vec<String>) -> Self {
        Self(names)
    }
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.join("."))
    }
}
