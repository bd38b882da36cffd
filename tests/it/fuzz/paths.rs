//! Reading a method and a path: it never panics, and what it takes for an operation is one by the strict
//! letter of its template.

use catalogue::{Asked, Catalogue, Identified, RawPath};
use proptest::prelude::*;
use proptest::sample::select;

use super::effort::{Effort, fail};
use super::mutation::{corpus, mutated};

/// What misleads one reader of paths or another.
pub(super) const PARTS: [&str; 34] = [
    "/",
    "//",
    ".",
    "..",
    "/../",
    "/./",
    "%2e%2e",
    "%2E.",
    "%2f",
    "%2F",
    "%5c",
    "\\",
    ";",
    ";a=b",
    "%3b",
    "%00",
    "%0a",
    "%09",
    "%",
    "%zz",
    "%25",
    "%252e",
    "%c0%ae",
    "%ef%bc%8f",
    "?",
    "#",
    "%3f",
    "%23",
    ",",
    "%2C",
    "=",
    "%41",
    "bulk",
    "current",
];

pub(super) fn method() -> impl Strategy<Value = String> {
    let known = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    let odd = ["get", "HEAD", "OPTIONS", "TRACE", "CONNECT", "Get", "", "GET ", "POST\t", "*"];
    prop_oneof![
        8 => select(known.to_vec()),
        1 => select(odd.to_vec()),
    ]
    .prop_map(ToOwned::to_owned)
}

#[test]
fn a_path_that_is_taken_for_an_operation_is_one_by_the_letter_of_its_template() {
    let inputs = (method(), mutated(corpus("paths"), &PARTS));
    Effort::usual().check("paths", &inputs, |(method, path)| {
        match Catalogue::builtin().identify_parts(&method, &path, None) {
            Ok(Identified::Known(asked)) => strict(&method, &path, &asked),
            Ok(Identified::Unknown(unknown)) => {
                prop_assert_eq!(unknown.path, path);
                Ok(())
            }
            Err(defect) => {
                prop_assert!(!defect.code().is_empty() && !defect.to_string().is_empty());
                Ok(())
            }
        }
    });
}

fn strict(method: &str, path: &str, asked: &Asked) -> Result<(), TestCaseError> {
    let operation = asked.operation();
    prop_assert_eq!(operation.method().as_str(), method);
    let raw = RawPath::parse(path).map_err(|defect| fail(defect.to_string()))?;
    prop_assert_eq!(raw.as_str(), path);
    prop_assert!(path.bytes().all(|byte| byte.is_ascii_graphic()));
    for misleading in ["//", "/./", "/../", "\\", ";", "?", "#"] {
        prop_assert!(!path.contains(misleading), "{}", misleading);
    }
    let values: Vec<_> = asked.values().map(|(_, value)| value.to_owned()).collect();
    for (parameter, value) in operation.template().parameters().iter().zip(&values) {
        prop_assert!(parameter.kind().accepts(value), "{} is {value}", parameter.name());
    }
    // Written by the template again, it is the same call.
    let mut again = values.iter().cloned();
    let path = operation.template().fill(|_| again.next().unwrap_or_default());
    match Catalogue::builtin().identify(method, &path) {
        Ok(Identified::Known(same)) => {
            prop_assert_eq!(same.operation().id(), operation.id());
            let same: Vec<_> = same.values().map(|(_, value)| value.to_owned()).collect();
            prop_assert_eq!(same, values);
        }
        // A value that looks encoded is refused where it is encoded once more.
        Err(_) if values.iter().any(|value| value.contains('%')) => {}
        other => return Err(fail(format!("{path} is {other:?}"))),
    }
    Ok(())
}
