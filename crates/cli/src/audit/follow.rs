//! Follows the trail as it grows, for `audit tail -f` and the demo.
//!
//! Records have ids in the order of time, but they become durable in groups, and several gateways
//! may write to one store: a record can appear behind one that was seen already. So each look goes
//! back a little, and what was seen is remembered for that long.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use audit::{AuditReader, Cursor, Filter, Record, RecordId, StoreFailure};
use jiff::{SignedDuration, Timestamp};

/// Between two looks.
pub(crate) const EVERY: Duration = Duration::from_millis(250);

/// How far each look goes back: longer than a record may take to become durable by default.
const BACK: SignedDuration = SignedDuration::from_secs(6);

/// A request that is under way for longer is shown as it is.
const PATIENCE: SignedDuration = SignedDuration::from_secs(10);

/// The same where it is the outcome that is looked for: until then nobody can tell whether to show it.
const PATIENCE_FOR_OUTCOMES: SignedDuration = SignedDuration::from_mins(15);

/// The most records that are asked of the store at once.
const PAGE: u32 = 500;

/// What was seen of the trail so far.
#[derive(Debug)]
pub(crate) struct Follower {
    reader: Arc<dyn AuditReader>,
    filter: Filter,
    /// Where following began; what is older is no news.
    start: RecordId,
    /// Those of the last seconds, and those still awaited, each with the instant of its request.
    seen: BTreeMap<RecordId, Seen>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    at: Timestamp,
    /// Shown, or found not to be what is looked for.
    settled: bool,
}

impl Follower {
    /// Follows from `start` on, with the filter's criteria; its times and cursor are not looked at.
    pub(crate) fn new(reader: Arc<dyn AuditReader>, filter: Filter, start: Timestamp) -> Self {
        let filter = Filter { since: None, until: None, cursor: None, ..filter };
        Self { reader, filter, start: RecordId::floor(start), seen: BTreeMap::new() }
    }

    /// Leaves out a record that was shown otherwise.
    pub(crate) fn skip(&mut self, record: &Record) {
        let seen = Seen { at: record.opening.at, settled: true };
        self.seen.insert(record.opening.id, seen);
    }

    /// The records to show now, oldest first, each once: complete ones at once, one that stays open
    /// when it has been open for long.
    pub(crate) async fn look(&mut self, now: Timestamp) -> Result<Vec<Record>, StoreFailure> {
        let back = now.saturating_sub(BACK).unwrap_or(Timestamp::MIN);
        let floor = RecordId::floor(back).max(self.start);
        let mut news = self.awaited(floor).await?;
        self.recent(floor, &mut news).await?;
        news.retain(|record| self.is_due(record, now));
        self.seen.retain(|id, seen| !seen.settled || *id >= floor);
        Ok(news)
    }

    /// Records that were open when they were seen and have left the stretch that is looked at.
    async fn awaited(&mut self, floor: RecordId) -> Result<Vec<Record>, StoreFailure> {
        let mut records = Vec::new();
        for (id, seen) in self.seen.range(..floor) {
            if !seen.settled {
                records.extend(self.reader.find(*id).await?);
            }
        }
        Ok(records)
    }

    async fn recent(&self, floor: RecordId, news: &mut Vec<Record>) -> Result<(), StoreFailure> {
        let mut cursor = floor;
        loop {
            let cursor_after = Some(Cursor::After(cursor));
            let filter = Filter { cursor: cursor_after, ..self.filter.without_outcome() };
            let page = self.reader.list(&filter, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            cursor = last.opening.id;
            let whole = page.len() >= PAGE as usize;
            news.extend(page);
            if !whole {
                return Ok(());
            }
        }
    }

    /// Whether to show a record now; it is remembered either way.
    ///
    /// The store is not asked about the outcome: it comes later than its record, perhaps when the
    /// record has long left the stretch that is looked at.
    fn is_due(&mut self, record: &Record, now: Timestamp) -> bool {
        let at = record.opening.at;
        let seen = self.seen.entry(record.opening.id).or_insert(Seen { at, settled: false });
        let patience = if self.filter.awaits_outcome() { PATIENCE_FOR_OUTCOMES } else { PATIENCE };
        let due = record.outcome.is_some() || now.duration_since(seen.at) > patience;
        let news = due && !seen.settled;
        seen.settled |= due;
        news && self.filter.fits_outcome(record)
    }
}

#[cfg(test)]
pub(super) mod testing {
    //! A trail in a file of its own, written to directly.

    use audit::{Decided, Entry, Opening, Outcome, OutcomeKind, PolicyLine, Scribe};
    use store::Store;

    use super::*;

    /// 20 January 2026; every test counts seconds from here.
    pub(in crate::audit) fn at(second: u64) -> Timestamp {
        Timestamp::from_second(1_768_900_000 + i64::try_from(second).unwrap()).unwrap()
    }

    pub(in crate::audit) struct Trail {
        store: Store,
        ids: gateway::clock::Ids,
        scribe: tokio::sync::Mutex<Option<Scribe>>,
        _folder: tempfile::TempDir,
    }

    impl Trail {
        pub(in crate::audit) async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let url = format!("sqlite://{}/k.db", folder.path().display());
            let store = Store::open(&url).await.unwrap();
            let (ids, scribe) = (gateway::clock::Ids::default(), tokio::sync::Mutex::default());
            Self { store, ids, scribe, _folder: folder }
        }

        pub(in crate::audit) fn store(&self) -> &Store {
            &self.store
        }

        pub(in crate::audit) fn reader(&self) -> Arc<dyn AuditReader> {
            self.store.audit_reader()
        }

        /// Appends the record of a request that was refused.
        pub(in crate::audit) async fn refused(&self, second: u64) -> RecordId {
            let mut opening = self.opening(second, Decided::Denied);
            opening.outcome = Some(outcome(OutcomeKind::Refused, opening.sentence.clone()));
            self.append(opening).await
        }

        /// Appends the record of a request that is under way.
        pub(in crate::audit) async fn permitted(&self, second: u64) -> RecordId {
            self.append(self.opening(second, Decided::Permitted)).await
        }

        /// Appends the record of a request that came without a token.
        pub(in crate::audit) async fn unauthenticated(&self, second: u64) -> RecordId {
            let opening = self.opening(second, Decided::Unauthenticated);
            let refused = outcome(OutcomeKind::Refused, opening.sentence.clone());
            self.append(Opening { agent: None, token: None, outcome: Some(refused), ..opening })
                .await
        }

        pub(in crate::audit) async fn close(&self, id: RecordId) {
            let outcome = outcome(OutcomeKind::Answered, "It was answered.".to_owned());
            let mut scribe = self.scribe.lock().await;
            let scribe = scribe.as_mut().expect("a record comes before its outcome");
            scribe.append(vec![Entry::outcome(id, &outcome)]).await.unwrap();
        }

        async fn append(&self, opening: Opening) -> RecordId {
            let id = opening.id;
            let mut scribe = self.scribe.lock().await;
            match scribe.as_mut() {
                Some(scribe) => scribe.append(vec![Entry::opening(&opening)]).await.unwrap(),
                None => {
                    *scribe = Some(Scribe::open(self.store.audit_sink(), opening).await.unwrap());
                }
            }
            id
        }

        fn opening(&self, second: u64, decision: Decided) -> Opening {
            Opening {
                id: self.ids.record(at(second)),
                at: at(second),
                agent: Some("support-agent".to_owned()),
                token: Some("tok_1".to_owned()),
                address: "127.0.0.1".to_owned(),
                method: "GET".to_owned(),
                path: format!("/{second}"),
                operation: Some("customers.get".to_owned()),
                resource: Some("customers".to_owned()),
                targets: vec!["5f1a2b3c4d5e6f708192a3b4".to_owned()],
                demands: Vec::new(),
                decision,
                reason: "granted".to_owned(),
                policy: PolicyLine::default(),
                requests: 1,
                detail: None,
                sentence: format!("This is request {second}."),
                outcome: None,
            }
        }
    }

    fn outcome(kind: OutcomeKind, sentence: String) -> Outcome {
        let (duration_ms, bytes_in, bytes_out) = (3, 0, 17);
        Outcome { kind, status: Some(200), duration_ms, bytes_in, bytes_out, sentence }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{Trail, at};
    use super::*;

    fn follower(trail: &Trail) -> Follower {
        Follower::new(trail.reader(), Filter::default(), at(100))
    }

    async fn look(follower: &mut Follower, second: u64) -> Vec<RecordId> {
        let records = follower.look(at(second)).await.unwrap();
        records.into_iter().map(|record| record.opening.id).collect()
    }

    #[tokio::test]
    async fn a_refused_request_is_shown_at_once_and_once() {
        let trail = Trail::new().await;
        let mut follower = follower(&trail);
        let id = trail.refused(101).await;
        assert_eq!(look(&mut follower, 101).await, [id]);
        assert_eq!(look(&mut follower, 102).await, []);
        assert_eq!(look(&mut follower, 200).await, []);
    }

    #[tokio::test]
    async fn what_happened_before_is_no_news() {
        let trail = Trail::new().await;
        trail.refused(99).await;
        assert_eq!(look(&mut follower(&trail), 101).await, []);
    }

    #[tokio::test]
    async fn a_permitted_request_is_shown_when_it_is_closed() {
        let trail = Trail::new().await;
        let mut follower = follower(&trail);
        let id = trail.permitted(101).await;
        assert_eq!(look(&mut follower, 101).await, []);
        trail.close(id).await;
        assert_eq!(look(&mut follower, 102).await, [id]);
    }

    #[tokio::test]
    async fn one_that_closes_after_the_stretch_that_is_looked_at_is_not_lost() {
        let trail = Trail::new().await;
        let mut follower = follower(&trail);
        let id = trail.permitted(101).await;
        assert_eq!(look(&mut follower, 101).await, []);
        trail.close(id).await;
        assert_eq!(look(&mut follower, 109).await, [id]);
        assert_eq!(look(&mut follower, 110).await, []);
    }

    #[tokio::test]
    async fn one_that_stays_open_is_shown_as_it_is_once() {
        let trail = Trail::new().await;
        let mut follower = follower(&trail);
        let id = trail.permitted(101).await;
        assert_eq!(look(&mut follower, 101).await, []);
        assert_eq!(look(&mut follower, 111).await, []);
        assert_eq!(look(&mut follower, 112).await, [id]);
        trail.close(id).await;
        assert_eq!(look(&mut follower, 113).await, []);
    }

    #[tokio::test]
    async fn a_status_or_a_text_is_looked_for_in_what_came_in_the_end() {
        let answered = Filter { text: Some("WAS answered".to_owned()), ..Filter::default() };
        let fine = Filter { status: Some(200), ..Filter::default() };
        for filter in [answered, fine] {
            let trail = Trail::new().await;
            let mut follower = Follower::new(trail.reader(), filter, at(100));
            let id = trail.permitted(101).await;
            assert_eq!(look(&mut follower, 101).await, []);
            assert_eq!(look(&mut follower, 130).await, []);
            trail.close(id).await;
            assert_eq!(look(&mut follower, 131).await, [id]);
        }
        let trail = Trail::new().await;
        let failed = Filter { status: Some(500), ..Filter::default() };
        let mut follower = Follower::new(trail.reader(), failed, at(100));
        let id = trail.permitted(101).await;
        trail.close(id).await;
        assert_eq!(look(&mut follower, 101).await, []);
        assert_eq!(look(&mut follower, 109).await, []);
    }

    #[tokio::test]
    async fn a_record_that_appears_behind_a_later_one_is_not_lost() {
        let trail = Trail::new().await;
        let mut follower = follower(&trail);
        let later = trail.refused(104).await;
        assert_eq!(look(&mut follower, 104).await, [later]);
        let earlier = trail.refused(102).await;
        assert_eq!(look(&mut follower, 105).await, [earlier]);
    }

    #[tokio::test]
    async fn a_record_that_was_shown_otherwise_is_left_out() {
        let trail = Trail::new().await;
        let mut follower = follower(&trail);
        let id = trail.refused(101).await;
        follower.skip(&trail.reader().find(id).await.unwrap().unwrap());
        assert_eq!(look(&mut follower, 102).await, []);
    }
}
