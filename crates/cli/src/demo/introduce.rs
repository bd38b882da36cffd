//! What the demo says at its beginning: who is there, and what to try.

use std::io::{self, Write};

use super::calls::{Bearer, DemoCall, Promise};
use super::stage::Stage;
use crate::output::{BAD, GOOD, STRONG, painted};

/// Says what runs where.
pub(super) fn briefly(stage: &Stage, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{}",
        painted(STRONG, "A stand-in for Kustomer, a gateway before it, and three agents.")
    )?;
    writeln!(out, "Agents call  http://{}", stage.authority())?;
    writeln!(out, "Its folder   {}", stage.folder.display())
}

/// Says what runs where, and gives tokens and calls to copy.
pub(super) fn with_calls(stage: &Stage, calls: &[DemoCall], out: &mut dyn Write) -> io::Result<()> {
    briefly(stage, out)?;
    writeln!(
        out,
        "\n{}",
        painted(STRONG, "In another terminal, first the address and the agents' tokens:")
    )?;
    writeln!(out, "  KUSTODIAN=http://{}", stage.authority())?;
    for (agent, token) in &stage.tokens {
        writeln!(out, "  {}={}", variable(agent), token.reveal())?;
    }
    writeln!(out, "\n{}", painted(STRONG, "then what you like of these:"))?;
    // The real key is never shown, so nobody can copy a call with it.
    for call in calls.iter().filter(|call| call.by != Bearer::RealKey) {
        writeln!(out, "  # {}: {}", expected(call.promise), call.about)?;
        writeln!(out, "  {}", curl(call))?;
    }
    writeln!(out, "\n  # what an agent may do, in its own words")?;
    let access = "curl -s -H \"Authorization: Bearer $SUPPORT_AGENT\" $KUSTODIAN/_kustodian/access";
    writeln!(out, "  {access}")
}

fn expected(promise: Promise) -> String {
    match promise {
        Promise::Permitted(status) => painted(GOOD, format!("permitted, {status}")),
        Promise::Refused(status, decision) => painted(BAD, format!("{decision}, {status}")),
    }
}

/// The call for a shell in which the variables are set.
fn curl(call: &DemoCall) -> String {
    let mut words = vec!["curl -s".to_owned()];
    if call.method != "GET" {
        words.push(format!("-X {}", call.method));
    }
    if let Bearer::Agent(agent) = call.by {
        words.push(format!("-H \"Authorization: Bearer ${}\"", variable(agent)));
    }
    if let Some(body) = &call.body {
        words.push(format!("-H 'Content-Type: application/json' -d '{body}'"));
    }
    if call.path.contains("/../") {
        // Without it, curl would resolve the dots by itself.
        words.push("--path-as-is".to_owned());
    }
    words.push(format!("$KUSTODIAN{}", call.path));
    words.join(" ")
}

/// `SUPPORT_AGENT` for `support-agent`.
fn variable(agent: &str) -> String {
    agent.replace('-', "_").to_uppercase()
}
