//! Reading policy files: it never panics, says what is wrong and where, and grants nothing that the text
//! does not name.

use std::sync::Arc;

use catalogue::{Catalogue, Identified, Operation};
use jiff::Timestamp;
use policy::{Decision, Facts, Policy, PolicySet, Source, decide};
use proptest::prelude::*;
use proptest::sample::select;

use super::effort::Effort;
use super::mutation::{changed, corpus};
use crate::support::project::read;

const PARTS: [&str; 24] = [
    "\n",
    "=",
    "\"",
    "'",
    "[",
    "]",
    "[[",
    "#",
    "\"full\"",
    "\"write\"",
    "\"off\"",
    "\"\"",
    ".",
    "true",
    "customers",
    "customers = \"full\"\n",
    "\"customers.delete\" = \"full\"\n",
    "[access]\n",
    "[operations]\n",
    "[actions]\n",
    "\u{0}",
    "\u{feff}",
    "\r\n",
    "9999999999999999999999",
];

fn texts() -> impl Strategy<Value = String> {
    let names = ["admin-bot", "support-agent", "triage-bot"];
    let files: Vec<String> =
        names.iter().map(|name| read(&format!("policies/{name}.toml"))).collect();
    let lines = corpus("policies").join("\n");
    select([files, vec![lines]].concat())
}

#[test]
fn a_policy_file_is_refused_with_a_place_or_grants_only_what_it_names() {
    let operations: Vec<&'static Operation> =
        Catalogue::builtin().operations().map(|operation| &**operation).collect();
    let inputs = (changed(texts(), &PARTS), select(operations));
    Effort::usual().check("policies", &inputs, |(text, operation)| {
        let source = Source::policy("policies/bot.toml", text.clone());
        match PolicySet::load(&[source], Catalogue::builtin()) {
            Err(found) => {
                prop_assert!(!found.is_empty());
                let lines = text.lines().count() + 1;
                for diagnostic in &found {
                    let line = usize::try_from(diagnostic.line).unwrap_or(usize::MAX);
                    prop_assert!((1..=lines).contains(&line), "line {} of {}", line, lines);
                }
                Ok(())
            }
            Ok(set) => {
                for policy in set.policies() {
                    check_grant(policy, &text, operation)?;
                }
                Ok(())
            }
        }
    });
}

fn check_grant(
    policy: &Arc<Policy>,
    text: &str,
    operation: &Operation,
) -> Result<(), TestCaseError> {
    let Some(asked) = Catalogue::builtin().example(operation) else {
        return Err(TestCaseError::fail(format!("{} has no example", operation.id())));
    };
    let now = Facts { now: Timestamp::UNIX_EPOCH };
    if let Decision::Permit(permit) = decide(policy, Identified::Known(asked), &now) {
        for grant in permit.grants() {
            prop_assert!(grant.entry.level >= grant.demand.level);
            let name = grant.entry.name.as_str();
            // One klass may stand in a table of its resource.
            let written = name.rsplit('.').next().unwrap_or(name);
            prop_assert!(text.contains(written), "{} is granted by {name}", operation.id());
        }
    }
    Ok(())
}
