//! Compares the trail with what the agents sent and were told, and with what Kustomer saw.

use std::collections::BTreeMap;

use audit::{OutcomeKind, Record};

use super::call::{Call, Told};
use super::tally::Tally;
use super::whole::flaws;

/// The status of the gateway's answer where a record could not be written.
const UNRECORDED: u16 = 503;

/// Compares; `seen` are the request lines that Kustomer received.
pub(crate) fn compare(calls: &[Call], seen: &[String], records: &[Record]) -> Tally {
    let mut tally = Tally { calls: calls.len(), seen: seen.len(), ..Tally::default() };
    tally.records = records.len();
    tally.open = records.iter().filter(|record| record.outcome.is_none()).count();
    let mut by_path: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in records {
        by_path.entry(&record.opening.path).or_default().push(record);
    }
    let mut by_line: BTreeMap<&str, usize> = BTreeMap::new();
    for line in seen {
        *by_line.entry(line).or_default() += 1;
    }
    for call in calls {
        let line = format!("{} {} HTTP/1.1", call.kind.method(), call.path);
        let trace = Trace {
            call,
            seen: by_line.remove(line.as_str()).unwrap_or(0),
            records: by_path.remove(call.path.as_str()).unwrap_or_default(),
        };
        trace.count(&mut tally);
        tally.faults.extend(trace.faults().into_iter().map(|fault| format!("{fault}: {line}")));
    }
    let invented =
        by_path.keys().map(|path| format!("a record of a call that nobody made: {path}"));
    tally.faults.extend(invented);
    let forged = by_line.keys().map(|line| format!("Kustomer saw what no agent sent: {line}"));
    tally.faults.extend(forged);
    tally
}

/// All that is left of one call.
struct Trace<'a> {
    call: &'a Call,
    /// How often Kustomer saw it.
    seen: usize,
    records: Vec<&'a Record>,
}

impl Trace<'_> {
    fn count(&self, tally: &mut Tally) {
        match self.call.told {
            Some(Told { status: UNRECORDED, .. }) => {
                tally.turned_away += 1;
                tally.unclear += self.records.len();
            }
            Some(_) if !self.call.kind.is_permitted() => tally.refused += 1,
            Some(_) | None => {}
        }
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut fault = |wrong: bool, words: &str| {
            if wrong {
                faults.push(words.to_owned());
            }
        };
        let refused = !self.call.kind.is_permitted();
        fault(self.records.len() > 1, "it has more than one record");
        fault(self.seen > 1, "it was sent to Kustomer more than once");
        fault(self.seen > 0 && self.records.is_empty(), "Kustomer saw it, and it has no record");
        fault(self.seen > 0 && refused, "it was to be refused, and Kustomer saw it");
        fault(self.seen > 0 && self.is_denied_by_its_record(), "its record says it was not sent");
        faults.extend(self.answer());
        faults.extend(self.records.iter().flat_map(|record| {
            flaws(record, self.call)
                .into_iter()
                .map(move |field| format!("its record is not whole, see `{field}` in {record:?}"))
        }));
        faults
    }

    fn is_denied_by_its_record(&self) -> bool {
        let mut outcomes = self.records.iter().filter_map(|record| record.outcome.as_ref());
        outcomes.any(|outcome| outcome.kind == OutcomeKind::NotForwarded)
    }

    /// What the agent was told must be so. One that was told nothing may or may not be on record.
    fn answer(&self) -> Option<String> {
        let told = self.call.told?;
        if told.status == UNRECORDED {
            // Its record may be there: the database may have crashed between taking it and saying so.
            return (self.seen > 0)
                .then(|| "Kustomer saw it, though it was turned away".to_owned());
        }
        if told.status != self.call.kind.status() {
            return Some(format!("it was answered with {}", told.status));
        }
        if self.call.kind.is_permitted() && self.seen == 0 {
            return Some("it was answered, and Kustomer never saw it".to_owned());
        }
        let on_record = self.records.iter().any(|record| record.opening.id == told.id);
        (!on_record).then(|| format!("it was answered, and there is no record {}", told.id))
    }
}

#[cfg(test)]
mod tests {
    use audit::{Decided, Opening, Outcome, PolicyLine, RecordId, RecordedDemand};
    use jiff::Timestamp;

    use super::super::call::Kind;
    use super::*;

    const LINE: &str = "GET /v1/customers/5f1a HTTP/1.1";

    fn call(kind: Kind, status: u16) -> Call {
        let id = RecordId::floor(Timestamp::UNIX_EPOCH);
        Call { kind, path: kind.path("5f1a"), told: Some(Told { status, id }) }
    }

    /// The record of a read that Kustomer answered.
    fn answered() -> Record {
        let customers = || "customers".to_owned();
        let demand = RecordedDemand {
            resource: customers(),
            level: "read".to_owned(),
            because: "the operation itself".to_owned(),
            granted: Some("write".to_owned()),
            entry: Some(customers()),
            role: None,
            unmet: None,
        };
        let opening = Opening {
            id: RecordId::floor(Timestamp::UNIX_EPOCH),
            at: Timestamp::UNIX_EPOCH,
            agent: Some("bot".to_owned()),
            token: Some("tok_1".to_owned()),
            address: "127.0.0.1".to_owned(),
            method: "GET".to_owned(),
            path: "/v1/customers/5f1a".to_owned(),
            operation: Some("customers.get".to_owned()),
            resource: Some(customers()),
            targets: vec!["5f1a".to_owned()],
            demands: vec![demand],
            decision: Decided::Permitted,
            reason: "granted".to_owned(),
            policy: PolicyLine {
                file: Some("policies/bot.toml".to_owned()),
                line: Some(6),
                fingerprint: "0".repeat(64),
            },
            requests: 1,
            detail: None,
            sentence: "It was permitted.".to_owned(),
            outcome: None,
        };
        Record { opening, outcome: Some(outcome(OutcomeKind::Answered, Some(200))) }
    }

    fn outcome(kind: OutcomeKind, status: Option<u16>) -> Outcome {
        let sentence = "It was answered.".to_owned();
        Outcome { kind, status, duration_ms: 1, bytes_in: 0, bytes_out: 10, sentence }
    }

    #[track_caller]
    fn check(call: Call, seen: &[&str], records: &[Record], expected: &str) {
        let seen: Vec<_> = seen.iter().map(|line| (*line).to_owned()).collect();
        let faults = compare(&[call], &seen, records).faults.join("\n");
        if expected.is_empty() {
            assert_eq!(faults, "");
        }
        assert!(faults.contains(expected), "{faults}");
    }

    #[test]
    fn a_request_with_its_one_record_is_in_order() {
        check(call(Kind::Read, 200), &[LINE], &[answered()], "");
    }

    #[test]
    fn an_outcome_that_came_too_late_is_no_fault() {
        let open = Record { outcome: None, ..answered() };
        check(call(Kind::Read, 200), &[LINE], &[open], "");
    }

    #[test]
    fn a_call_that_was_told_nothing_may_have_left_nothing() {
        let untold = Call { told: None, ..call(Kind::Read, 0) };
        check(untold, &[], &[], "");
    }

    #[test]
    fn a_request_that_kustomer_saw_needs_its_record_even_if_nobody_was_told() {
        let untold = Call { told: None, ..call(Kind::Read, 0) };
        check(untold, &[LINE], &[], "Kustomer saw it, and it has no record");
    }

    #[test]
    fn a_refusal_needs_its_record() {
        check(call(Kind::Delete, 403), &[], &[], "there is no record");
    }

    #[test]
    fn a_second_record_of_a_request_is_a_fault() {
        let twice = [answered(), answered()];
        check(call(Kind::Read, 200), &[LINE], &twice, "it has more than one record");
    }

    #[test]
    fn a_request_that_was_sent_on_twice_is_a_fault() {
        let seen = [LINE, LINE];
        check(call(Kind::Read, 200), &seen, &[answered()], "to Kustomer more than once");
    }

    #[test]
    fn a_record_that_denies_what_kustomer_saw_is_a_fault() {
        let outcome = Some(outcome(OutcomeKind::NotForwarded, None));
        let denies = Record { outcome, ..answered() };
        check(call(Kind::Read, 200), &[LINE], &[denies], "its record says it was not sent");
    }

    #[test]
    fn a_request_that_was_turned_away_must_not_reach_kustomer() {
        check(call(Kind::Read, 503), &[LINE], &[answered()], "though it was turned away");
    }

    #[test]
    fn a_record_that_lacks_a_field_is_a_fault() {
        let mut torn = answered();
        torn.opening.targets.clear();
        check(call(Kind::Read, 200), &[LINE], &[torn], "not whole, see `targets`");
    }

    #[test]
    fn a_record_of_no_call_is_a_fault() {
        let mut stray = answered();
        "/v1/users".clone_into(&mut stray.opening.path);
        let records = [answered(), stray];
        check(call(Kind::Read, 200), &[LINE], &records, "a call that nobody made: /v1/users");
    }
}
