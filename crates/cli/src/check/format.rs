//! What `check` found, as other programs read it: one JSON object, SARIF, or the lines by which GitHub
//! marks a pull request.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use catalogue::diagnostic::{Code, Mark, Severity};
use serde_json::{Value, json};

use super::findings::Findings;
use super::problem::Problem;
use crate::output::with;

/// How the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Pictures, for people
    Text,
    /// One JSON object
    Json,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
    /// Lines by which GitHub Actions marks a pull request
    Github,
}

/// One JSON object.
pub(super) fn json(findings: &Findings) -> Value {
    json!({
        "ok": findings.errors() == 0,
        "errors": findings.errors(),
        "warnings": findings.warnings(),
        "agents": findings.agents(),
        "operations": findings.operations,
        "not_looked_at": findings.not_looked_at,
        "problems": findings.problems,
    })
}

/// A line for each problem, as GitHub Actions reads them from a log.
pub(super) fn github(findings: &Findings, out: &mut dyn Write) -> io::Result<()> {
    for problem in &findings.problems {
        let place = problem.place().map_or_else(String::new, |place| {
            let end = place.end_column.map(|end| format!(",endColumn={end}")).unwrap_or_default();
            let file = property(&relative(&place.file));
            format!("file={file},line={},col={}{end},", place.line, place.column)
        });
        let help = problem.help().map(|help| format!("\n{help}")).unwrap_or_default();
        let message = escaped(&format!("{}{help}", problem.message()));
        writeln!(out, "::{} {place}title={}::{message}", problem.word(), problem.code())?;
    }
    Ok(())
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

/// A log of SARIF 2.1.0 with one run. Every code is a rule, found or not, so that a rule keeps its index.
pub(super) fn sarif(findings: &Findings) -> Value {
    let settings = findings.settings_file.as_deref();
    let results = findings.problems.iter().map(|problem| result(problem, settings));
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "kustodian",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": Code::ALL.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.as_str(),
        "shortDescription": { "text": code.about() },
        "help": { "text": code.fix() },
        "defaultConfiguration": { "level": level(code.severity()) },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn result(problem: &Problem, settings: Option<&str>) -> Value {
    let help = problem.help().map(|help| format!("\n{help}")).unwrap_or_default();
    // What belongs to no line is shown at the settings: code scanning leaves out what has no place.
    let whole_file =
        |file: &str| json!({ "physicalLocation": { "artifactLocation": artifact(file) } });
    let place = match problem.place() {
        Some(place) => Some(location(&place.mark())),
        None => settings.map(whole_file),
    };
    let also = problem.place().and_then(|place| place.also.as_deref());
    let also = also.map(|mark| {
        let label = mark.label.as_deref().unwrap_or("here");
        with(with(location(mark), "id", json!(1)), "message", json!({ "text": label }))
    });
    let index = Code::ALL.iter().position(|code| *code == problem.code());
    json!({
        "ruleId": problem.code().as_str(),
        "ruleIndex": index,
        "level": level(problem.severity()),
        "message": { "text": format!("{}{help}", problem.message()) },
        "locations": place.into_iter().collect::<Vec<_>>(),
        "relatedLocations": also.into_iter().collect::<Vec<_>>(),
    })
}

fn location(mark: &Mark) -> Value {
    let start = json!({ "startLine": mark.line, "startColumn": mark.column });
    let region = match mark.end_column {
        Some(end) => with(start, "endColumn", json!(end)),
        None => start,
    };
    json!({ "physicalLocation": { "artifactLocation": artifact(&mark.file), "region": region } })
}

/// Where a file is: relative to the folder of the run where it is beneath it, as code scanning needs it.
fn artifact(file: &str) -> Value {
    let name = relative(file);
    let mut uri = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    if name.starts_with('/') {
        json!({ "uri": format!("file://{uri}") })
    } else {
        json!({ "uri": uri, "uriBaseId": "%SRCROOT%" })
    }
}

fn relative(file: &str) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let path = Path::new(file);
    let path = path.strip_prefix(&here).unwrap_or(path);
    let path = path.strip_prefix("./").unwrap_or(path);
    path.display().to_string().replace('\\', "/")
}
