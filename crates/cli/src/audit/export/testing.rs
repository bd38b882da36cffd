//! Records with something in every field.

use std::io::{self, Write};

use audit::{Decided, Opening, Outcome, OutcomeKind, PolicyLine, Record, RecordId, RecordedDemand};

/// A request that was permitted and answered.
pub(super) fn permitted() -> Record {
    let sentence = "Support Agent read customer 661403af54d3e9a039000017 (read on customers, \
                    policies/support-agent.toml:15); Kustomer answered 200 in 84 ms.";
    let kind = OutcomeKind::Answered;
    let outcome = Outcome {
        kind,
        status: Some(200),
        duration_ms: 84,
        bytes_in: 12,
        bytes_out: 2033,
        sentence: sentence.to_owned(),
    };
    Record { opening: opening(), outcome: Some(outcome) }
}

/// A permitted request whose answer is awaited, two seconds later.
pub(super) fn under_way() -> Record {
    let opening = opening();
    let later = jiff::SignedDuration::from_secs(2);
    let at = opening.at.checked_add(later).unwrap();
    Record { opening: Opening { id: RecordId::floor(at), at, ..opening }, outcome: None }
}

/// A request that the gateway refused by itself.
pub(super) fn refused(decision: Decided, reason: &str, status: u16) -> Record {
    let outcome = Outcome {
        kind: OutcomeKind::Refused,
        status: Some(status),
        duration_ms: 0,
        bytes_in: 0,
        bytes_out: 0,
        sentence: "Support Agent was refused.".to_owned(),
    };
    let opening = Opening { decision, reason: reason.to_owned(), ..opening() };
    Record { opening, outcome: Some(outcome) }
}

fn opening() -> Opening {
    let text = |text: &str| Some(text.to_owned());
    Opening {
        id: "01a20a04-54d1-7591-a85b-84f3a5972210".parse().unwrap(),
        at: "2026-11-23T20:06:25.745738Z".parse().unwrap(),
        agent: text("support-agent"),
        token: text("tok_GXaqnOnDIyU"),
        address: "127.0.0.1".to_owned(),
        method: "GET".to_owned(),
        path: "/v1/customers/661403af54d3e9a039000017".to_owned(),
        operation: text("customers.get"),
        resource: text("customers"),
        targets: vec!["661403af54d3e9a039000017".to_owned()],
        demands: vec![RecordedDemand {
            resource: "customers".to_owned(),
            level: "read".to_owned(),
            because: "the operation itself".to_owned(),
            granted: text("read"),
            entry: text("customers"),
            role: None,
            unmet: None,
        }],
        decision: Decided::Permitted,
        reason: "granted".to_owned(),
        policy: PolicyLine {
            file: text("policies/support-agent.toml"),
            line: Some(15),
            fingerprint: "caeed385".repeat(8),
        },
        requests: 1,
        detail: None,
        sentence: "Support Agent asked to read customer 661403af54d3e9a039000017.".to_owned(),
        outcome: None,
    }
}

/// As `head` does, which takes what comes in one read and goes.
pub(super) struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
