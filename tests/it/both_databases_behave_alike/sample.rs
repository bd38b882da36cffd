//! Records and tokens to try things on.

use std::sync::atomic::{AtomicU64, Ordering};

use audit::{
    Decided, Entry, Event, Filter, Opening, Outcome, OutcomeKind, PolicyLine, Record, RecordId,
    RecordedDemand, Scribe, StoreFailure,
};
use jiff::Timestamp;
use store::{Addresses, Fingerprint, Store, TokenId, TokenRow};

/// The instant of the sample record with this number: one a second.
pub(crate) fn instant(number: i64) -> Timestamp {
    Timestamp::from_microsecond(1_790_000_000_000_000 + number * 1_000_000).unwrap()
}

/// The id of the sample record with this number.
pub(crate) fn id(number: i64) -> RecordId {
    let mut bytes = *RecordId::floor(instant(number)).as_bytes();
    bytes[15] = 7;
    RecordId::from_bytes(bytes)
}

/// A permitted request by `support-agent`, with every field set.
pub(crate) fn opening(number: i64) -> Opening {
    Opening {
        id: id(number),
        at: instant(number),
        agent: Some("support-agent".to_owned()),
        token: Some("tok_8f3k2q9d1x7".to_owned()),
        address: "2001:db8::7".to_owned(),
        method: "POST".to_owned(),
        path: "/v1/customers/5f1a2b/notes".to_owned(),
        operation: Some("customers.notes.create".to_owned()),
        resource: Some("notes".to_owned()),
        targets: vec!["5f1a2b".to_owned(), "email=ann@example.com".to_owned()],
        demands: vec![covered(), uncovered()],
        decision: Decided::Permitted,
        reason: "granted".to_owned(),
        policy: PolicyLine {
            file: Some("policies/support-agent.toml".to_owned()),
            line: Some(9),
            fingerprint: "ab".repeat(32),
        },
        requests: 1,
        detail: None,
        sentence: "Support Agent asked to write a note on customer 5f1a2b.".to_owned(),
        outcome: None,
    }
}

fn covered() -> RecordedDemand {
    RecordedDemand {
        resource: "notes".to_owned(),
        level: "write".to_owned(),
        because: "the operation itself".to_owned(),
        granted: Some("full".to_owned()),
        entry: Some("add_internal_notes".to_owned()),
        role: Some("writer".to_owned()),
        unmet: None,
    }
}

fn uncovered() -> RecordedDemand {
    RecordedDemand {
        resource: "customers".to_owned(),
        level: "read".to_owned(),
        because: "it names a customer".to_owned(),
        granted: None,
        entry: None,
        role: None,
        unmet: None,
    }
}

/// A request of which nothing is known, with every field that can be missing missing.
pub(crate) fn bare(number: i64) -> Opening {
    Opening {
        agent: None,
        token: None,
        operation: None,
        resource: None,
        targets: Vec::new(),
        demands: Vec::new(),
        decision: Decided::Unauthenticated,
        reason: "token_missing".to_owned(),
        policy: PolicyLine { file: None, line: None, fingerprint: "cd".repeat(32) },
        ..refused(number)
    }
}

/// A request that the gateway refused by itself.
pub(crate) fn refused(number: i64) -> Opening {
    let outcome = Outcome {
        kind: OutcomeKind::Refused,
        status: Some(403),
        bytes_in: 0,
        bytes_out: 0,
        sentence: "Support Agent was refused.".to_owned(),
        ..outcome()
    };
    Opening {
        decision: Decided::Denied,
        reason: "level_too_low".to_owned(),
        sentence: outcome.sentence.clone(),
        outcome: Some(outcome),
        ..opening(number)
    }
}

/// Kustomer answered.
pub(crate) fn outcome() -> Outcome {
    Outcome {
        kind: OutcomeKind::Answered,
        status: Some(201),
        duration_ms: 131,
        bytes_in: 42,
        bytes_out: 917,
        sentence: "Support Agent wrote a note; Kustomer answered 201 in 131 ms.".to_owned(),
    }
}

/// A writer of a chain of its own, whose first record is older than every sample.
pub(crate) async fn try_scribe_on(store: &Store) -> Result<Scribe, StoreFailure> {
    static CHAINS: AtomicU64 = AtomicU64::new(1);
    let mut id = [0; 16];
    id[8..].copy_from_slice(&CHAINS.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    let first = Event::Continued.record(RecordId::from_bytes(id), Timestamp::UNIX_EPOCH);
    Scribe::open(store.audit_sink(), first).await
}

pub(crate) async fn scribe_on(store: &Store) -> Scribe {
    try_scribe_on(store).await.unwrap()
}

/// Appends by a chain of its own.
pub(crate) async fn append_to(store: &Store, entries: &[Entry]) {
    scribe_on(store).await.append(entries.to_vec()).await.unwrap();
}

/// The requests on record that fit the filter, without the first records of the chains.
pub(crate) async fn list(store: &Store, filter: &Filter, limit: u32) -> Vec<Record> {
    let mut records = store.audit_reader().list(filter, limit).await.unwrap();
    records.retain(|record| record.opening.requests > 0);
    records
}

/// The opening as an entry.
pub(crate) fn entry(opening: &Opening) -> Entry {
    Entry::opening(opening)
}

/// Which of the sample records these are, in their order.
pub(crate) fn numbers(records: &[Record]) -> Vec<i64> {
    let number = |record: &Record| record.opening.at.as_second() - instant(0).as_second();
    records.iter().map(number).collect()
}

/// The sample token with this number: issued one a second, everything set but the revocation.
pub(crate) fn token(number: u8) -> TokenRow {
    TokenRow {
        id: TokenId::new(format!("tok_{number:03}")),
        agent: "support-agent".to_owned(),
        fingerprint: Fingerprint::from_bytes([number; 32]),
        note: Some("for the inbox, größer 👍".to_owned()),
        issued_at: instant(i64::from(number)),
        expires_at: Some(instant(i64::from(number) + 86_400)),
        revoked_at: None,
        addresses: Addresses::Anywhere,
        replaced_by: None,
    }
}
