//! Encoding a record: what is read back is what was written, whatever texts an agent put there.

use audit::{Decided, Entry, Opening, Outcome, OutcomeKind, PolicyLine, RecordId, clean, record};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::effort::{Effort, fail};

/// Text with what breaks one format or another.
fn text() -> impl Strategy<Value = String> {
    let odd = "[\\x00-\\x1f\"',;=+@\\\\\u{202e}\u{feff}\u{fffd}\u{1f44d}a-z]{0,40}";
    prop_oneof![odd.prop_map(|text| text), any::<String>()]
}

fn decisions() -> impl Strategy<Value = Decided> {
    select(vec![
        Decided::Permitted,
        Decided::Denied,
        Decided::Limited,
        Decided::Undecided,
        Decided::Malformed,
        Decided::Unauthenticated,
        Decided::Noted,
    ])
}

fn opening() -> impl Strategy<Value = Opening> {
    let who = (option::of(text()), option::of(text()), text());
    let asked = (text(), text(), option::of(text()), option::of(text()), vec(text(), 0..5));
    let why = (text(), option::of(text()), option::of(any::<u32>()), text());
    let rest = (any::<u64>(), text(), option::of(any::<u16>()), any::<u64>());
    let at = -60_000_000_000_000_000_i64..250_000_000_000_000_000;
    (any::<u128>(), at, who, asked, decisions(), why, rest).prop_map(
        |(id, at, (agent, token, address), asked, decision, why, rest)| {
            let (method, path, operation, resource, targets) = asked;
            let (reason, file, line, fingerprint) = why;
            let (requests, sentence, status, duration_ms) = rest;
            let mut opening = Opening {
                id: RecordId::from_bytes(id.to_be_bytes()),
                at: Timestamp::from_microsecond(at).unwrap_or_default(),
                agent,
                token,
                address,
                method,
                path,
                operation,
                resource,
                targets,
                demands: Vec::new(),
                decision,
                reason,
                policy: PolicyLine { file, line, fingerprint },
                requests,
                detail: None,
                sentence,
                outcome: None,
            };
            opening.outcome = decision.outcome_at_once().map(|kind| Outcome {
                kind,
                status,
                duration_ms,
                bytes_in: 0,
                bytes_out: 0,
                sentence: opening.sentence.clone(),
            });
            opening
        },
    )
}

/// As a store keeps it: no NUL, and no number beyond 63 bits.
fn kept(mut opening: Opening) -> Opening {
    let most = |number: u64| number.min(i64::MAX.unsigned_abs());
    let cleaned = |text: &mut String| *text = clean(text).into_owned();
    let texts = [
        &mut opening.address,
        &mut opening.method,
        &mut opening.path,
        &mut opening.reason,
        &mut opening.sentence,
        &mut opening.policy.fingerprint,
    ];
    texts.into_iter().for_each(cleaned);
    let optional = [
        &mut opening.agent,
        &mut opening.token,
        &mut opening.operation,
        &mut opening.resource,
        &mut opening.policy.file,
    ];
    optional.into_iter().flatten().for_each(cleaned);
    opening.targets.iter_mut().for_each(cleaned);
    opening.requests = most(opening.requests);
    if let Some(outcome) = &mut opening.outcome {
        outcome.duration_ms = most(outcome.duration_ms);
        cleaned(&mut outcome.sentence);
    }
    opening
}

#[test]
fn a_record_is_read_back_as_it_was_written() {
    Effort::usual().check("records", &opening(), |opening| {
        let entry = Entry::opening(&opening);
        let cells = entry.cells().clone();
        prop_assert_eq!(cells.iter().count(), cells.table().columns().len());
        let read = record(&cells, None).map_err(|why| fail(why.to_string()))?;
        prop_assert_eq!(&read.opening, &kept(opening));
        // What is hashed is what is kept: writing it again gives the same cells.
        let again = Entry::opening(&read.opening);
        prop_assert_eq!(again.cells(), &cells);
        Ok(())
    });
}

#[test]
fn an_outcome_is_read_back_as_it_was_written() {
    let numbers = (any::<u64>(), any::<u64>(), any::<u64>(), option::of(any::<u16>()));
    let inputs = (any::<u128>(), select(OutcomeKind::ALL.to_vec()), numbers, text());
    Effort::usual().check("outcomes", &inputs, |(id, kind, numbers, sentence)| {
        let (duration_ms, bytes_in, bytes_out, status) = numbers;
        let id = RecordId::from_bytes(id.to_be_bytes());
        let outcome = Outcome { kind, status, duration_ms, bytes_in, bytes_out, sentence };
        let entry = Entry::outcome(id, &outcome);
        let (found, read) =
            audit::later_outcome(entry.cells()).map_err(|why| fail(why.to_string()))?;
        prop_assert_eq!((found, read.kind, read.status), (id, kind, status));
        prop_assert_eq!(read.sentence, clean(&outcome.sentence));
        let most = i64::MAX.unsigned_abs();
        prop_assert_eq!(read.bytes_in, bytes_in.min(most));
        Ok(())
    });
}
