//! Dropping what is old, so that the rest can still be proven whole.

use audit::{
    About, Against, Cut, Decided, Entry, Finding, Keep, Opening, Outcome, Place, Prune, RecordId,
    Scribe, Signed, Verification, heads, verify,
};
use gateway::audit_key::{AuditKey, SigningSeed};
use gateway::clock::{Clock as _, SystemClock};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use store::Store;

use super::World;
use super::sample::{entry, opening, outcome, refused, scribe_on};

/// So many seconds after the start of this month, or of the one so many months on. Postgres keeps months
/// apart, this one and the next two.
pub(super) fn at(month: i32, second: i64) -> Timestamp {
    let now = SystemClock.now().to_zoned_datetime(TimeZone::UTC);
    let start = now.first_of_month().and_then(|day| day.start_of_day()).unwrap();
    let start = start.checked_add(month.months()).unwrap().timestamp();
    start.checked_add(SignedDuration::from_secs(second)).unwrap()
}

pub(super) fn id(month: i32, second: i64) -> RecordId {
    let mut bytes = *RecordId::floor(at(month, second)).as_bytes();
    bytes[15] = 7;
    RecordId::from_bytes(bytes)
}

/// A request that is under way.
pub(super) fn request(month: i32, second: i64) -> Entry {
    entry(&Opening { id: id(month, second), at: at(month, second), ..opening(1) })
}

pub(super) fn answer(month: i32, second: i64) -> Entry {
    Entry::outcome(id(month, second), &outcome())
}

fn refusal(month: i32, second: i64) -> Entry {
    entry(&Opening { id: id(month, second), at: at(month, second), ..refused(1) })
}

fn key() -> SigningSeed {
    AuditKey::generate().unwrap().signing_seed()
}

async fn closed(store: &Store, entries: Vec<Entry>) -> u32 {
    let scribe = scribe_on(store).await;
    let ordinal = scribe.ordinal();
    scribe.close(entries).await.unwrap();
    ordinal
}

async fn opened(store: &Store, entries: Vec<Entry>) -> Scribe {
    let mut scribe = scribe_on(store).await;
    scribe.append(entries).await.unwrap();
    scribe
}

/// A prune and what is needed for it.
pub(super) struct Pruning<'a> {
    store: &'a Store,
    key: SigningSeed,
}

impl<'a> Pruning<'a> {
    pub(super) fn of(store: &'a Store) -> Self {
        Self { store, key: key() }
    }

    /// What is from before the start of a month.
    pub(super) async fn plan(&self, month: i32) -> Prune {
        let (reader, pruner) = (self.store.audit_reader(), self.store.audit_pruner());
        let before = RecordId::floor(at(month, 0));
        Prune::plan(&*reader, &*pruner, before, &self.key.public_key()).await.unwrap()
    }

    /// Puts it on record, at the end of the last month that Postgres keeps apart, signed by this key.
    async fn note(&self, prune: &Prune, second: i64, key: &SigningSeed) {
        let (keep, at): (Keep, _) = ("400d".parse().unwrap(), at(2, second));
        let record = prune.event(at, keep, &key.signing_key()).record(id(2, second), at);
        Scribe::note(self.store.audit_sink(), record).await.unwrap();
    }

    async fn carry_out(&self, prune: &Prune) {
        let (reader, pruner) = (self.store.audit_reader(), self.store.audit_pruner());
        prune.carry_out(&*reader, &*pruner).await.unwrap();
    }

    pub(super) async fn prune(&self, month: i32, second: i64) -> Prune {
        let prune = self.plan(month).await;
        self.note(&prune, second, &self.key).await;
        self.carry_out(&prune).await;
        prune
    }

    /// Drops the first rows of a chain without a word.
    async fn drop_in_silence(&self, ordinal: u32, rows: u64) {
        let ends = vec![Place::new(ordinal, rows)];
        let cut = Cut { before: RecordId::floor(at(2, 0)), ends, forgotten: Vec::new() };
        self.store.audit_pruner().drop_rows(&cut).await.unwrap();
    }

    pub(super) async fn verified(&self) -> Verification {
        let public_key = self.key.public_key();
        let against = Against { public_key: Some(&public_key), ..Against::default() };
        self.verified_against(against).await
    }

    async fn verified_against(&self, against: Against<'_>) -> Verification {
        verify(&*self.store.audit_reader(), against, &mut |_, _| ()).await.unwrap()
    }

    /// The chains that the newest statement speaks of.
    async fn stated(&self) -> Vec<RecordId> {
        let record = self.store.audit_reader().last_noted("trail_pruned").await.unwrap().unwrap();
        let signed: Signed = record.opening.detail.unwrap().part("dropped").unwrap();
        assert_eq!(signed.about, About::Dropped);
        assert!(signed.is_signed_by(&self.key.public_key()));
        signed.heads.iter().map(|head| head.chain).collect()
    }

    async fn chains(&self) -> Vec<u32> {
        let chains = self.store.audit_reader().chains().await.unwrap();
        chains.iter().map(|chain| chain.ordinal).collect()
    }

    /// The places that there are of a chain.
    async fn numbers(&self, ordinal: u32) -> Vec<u64> {
        let rows = self.store.audit_reader().rows(Place::new(ordinal, 0), 1000).await.unwrap();
        let of_chain = rows.iter().map(|row| row.place).filter(|place| place.ordinal() == ordinal);
        of_chain.map(Place::number).collect()
    }
}

fn codes(verification: &Verification) -> Vec<&'static str> {
    verification.findings.iter().map(Finding::code).collect()
}

pub(super) async fn a_prune_drops_what_is_old_and_keeps_what_is_not(world: &World) {
    let pruning = Pruning::of(&world.store);
    let entries = vec![request(0, 1), answer(0, 1), refusal(0, 2), request(1, 3), answer(1, 3)];
    let ordinal = closed(&world.store, entries).await;
    let prune = pruning.prune(1, 0).await;
    assert_eq!((prune.records(), prune.rows(), prune.chains()), (3, 4, 1));
    assert_eq!(prune.before(), at(1, 0));
    assert_eq!(pruning.numbers(ordinal).await, [4, 5]);
    for second in [1, 2] {
        assert_eq!(world.find(id(0, second)).await, None);
    }
    let kept = world.find(id(1, 3)).await.unwrap();
    assert_eq!(kept.outcome, Some(outcome()));
    let verification = pruning.verified().await;
    assert_eq!((verification.findings, verification.dropped), (Vec::new(), 4));
}

pub(super) async fn the_record_of_a_prune_says_how_much_and_from_before_when(world: &World) {
    let pruning = Pruning::of(&world.store);
    closed(&world.store, vec![refusal(0, 1), refusal(0, 2), refusal(1, 0)]).await;
    pruning.prune(1, 0).await;
    let record = world.store.audit_reader().last_noted("trail_pruned").await.unwrap().unwrap();
    let day = at(1, 0).strftime("%Y-%m-%d");
    let sentence = format!("The gateway dropped 3 records from before {day} (kept are 400 days).");
    assert_eq!(record.sentence(), sentence);
    let detail = record.opening.detail.unwrap().value();
    assert_eq!((&detail["records"], &detail["rows"]), (&3.into(), &3.into()));
    assert_eq!(
        (&detail["before"], &detail["keep"]),
        (&at(1, 0).to_string().into(), &"400 days".into())
    );
}

pub(super) async fn a_second_prune_right_after_finds_nothing_to_drop(world: &World) {
    let pruning = Pruning::of(&world.store);
    closed(&world.store, vec![refusal(0, 1)]).await;
    opened(&world.store, vec![refusal(0, 2), refusal(1, 0)]).await;
    assert!(!pruning.prune(1, 0).await.is_empty());
    let again = pruning.plan(1).await;
    assert!(again.is_empty() && again.left_alone().is_empty(), "{again:?}");
    let less = pruning.plan(0).await;
    assert!(less.is_empty() && less.left_alone().is_empty(), "{less:?}");
}

pub(super) async fn a_request_under_way_keeps_its_chain_from_there_on(world: &World) {
    let pruning = Pruning::of(&world.store);
    let mut scribe = opened(&world.store, vec![refusal(0, 1), request(0, 2), refusal(0, 3)]).await;
    pruning.prune(1, 0).await;
    assert_eq!(pruning.numbers(scribe.ordinal()).await, [2, 3]);
    scribe.append(vec![answer(0, 2), refusal(1, 4)]).await.unwrap();
    assert_eq!(pruning.verified().await.findings, []);
    pruning.prune(1, 1).await;
    assert_eq!(pruning.numbers(scribe.ordinal()).await, [5]);
    assert_eq!(pruning.verified().await.findings, []);
}

pub(super) async fn the_last_row_of_an_open_chain_stays(world: &World) {
    let pruning = Pruning::of(&world.store);
    let mut scribe = opened(&world.store, vec![refusal(0, 1), refusal(0, 2)]).await;
    pruning.prune(1, 0).await;
    assert_eq!(pruning.numbers(scribe.ordinal()).await, [2]);
    scribe.append(vec![refusal(1, 3)]).await.unwrap();
    assert_eq!(pruning.verified().await.findings, []);
}

pub(super) async fn a_chain_that_is_gone_is_forgotten_once_nobody_names_it(world: &World) {
    let pruning = Pruning::of(&world.store);
    // Each chain names the one before it.
    let first = closed(&world.store, vec![refusal(0, 1)]).await;
    let second = closed(&world.store, vec![refusal(0, 2)]).await;
    let third = closed(&world.store, vec![refusal(1, 3)]).await;
    let named = |ordinal: u32| async move {
        let chains = world.store.audit_reader().chains().await.unwrap();
        let state = chains.iter().find(|chain| chain.ordinal == ordinal).unwrap();
        state.head.unwrap().chain
    };
    let ids = [named(first).await, named(second).await, named(third).await];
    pruning.prune(1, 0).await;
    assert_eq!(pruning.stated().await, ids, "all of which something is dropped");
    let chains = pruning.chains().await;
    // The third has lost its first row, but not its last.
    assert_eq!(&chains[..1], [third], "{chains:?}");
    assert_eq!(pruning.verified().await.findings, []);

    closed(&world.store, vec![refusal(0, 4), refusal(1, 5)]).await;
    pruning.prune(1, 1).await;
    let stated = pruning.stated().await;
    assert_eq!((stated.len(), stated[0]), (2, ids[2]), "of the other two nobody speaks any more");
    assert_eq!(pruning.verified().await.findings, []);
}

pub(super) async fn a_later_statement_repeats_what_still_matters(world: &World) {
    let pruning = Pruning::of(&world.store);
    let gone = closed(&world.store, vec![refusal(0, 1)]).await;
    let begins_young = {
        let first = Opening { id: id(1, 9), at: at(1, 9), ..refused(1) };
        Scribe::open(world.store.audit_sink(), first).await.unwrap()
    };
    let mut lasting = opened(&world.store, vec![refusal(0, 2), refusal(1, 3)]).await;
    pruning.prune(1, 0).await;
    let stated = pruning.stated().await;
    assert_eq!(stated.len(), 2);
    assert!(pruning.chains().await.contains(&gone), "a first row that is there names it");
    assert!(stated.contains(&lasting.head().chain));

    // Of the lasting chain nothing is dropped this time.
    let other = closed(&world.store, vec![refusal(0, 5)]).await;
    lasting.append(vec![refusal(1, 6)]).await.unwrap();
    pruning.prune(1, 1).await;
    let again = pruning.stated().await;
    assert!(stated.iter().all(|chain| again.contains(chain)), "{again:?}");
    assert_eq!(again.len(), 3, "and chain {other}: {again:?}");
    assert_eq!(pruning.verified().await.findings, []);
    drop(begins_young);
}

pub(super) async fn what_was_put_on_record_and_not_dropped_is_dropped_by_the_next(world: &World) {
    let pruning = Pruning::of(&world.store);
    let ordinal = closed(&world.store, vec![refusal(0, 1), refusal(0, 2), refusal(1, 3)]).await;
    let interrupted = pruning.plan(1).await;
    pruning.note(&interrupted, 0, &pruning.key).await;
    let verification = pruning.verified().await;
    assert_eq!((verification.findings, verification.left_over), (Vec::new(), 3));
    let prune = pruning.prune(1, 1).await;
    assert_eq!(prune.rows(), 3);
    assert_eq!(pruning.numbers(ordinal).await, [3]);
    let verification = pruning.verified().await;
    assert_eq!((verification.findings, verification.left_over), (Vec::new(), 0));
}

pub(super) async fn what_goes_without_a_statement_is_found(world: &World) {
    let pruning = Pruning::of(&world.store);
    let entries = vec![refusal(0, 1), refusal(0, 2), refusal(1, 3), refusal(1, 4)];
    let ordinal = closed(&world.store, entries).await;
    pruning.prune(1, 0).await;
    assert_eq!(codes(&pruning.verified().await), [""; 0]);
    // One more than was said.
    pruning.drop_in_silence(ordinal, 4).await;
    let verification = pruning.verified().await;
    assert_eq!(codes(&verification), ["removed"]);
    assert_eq!(verification.findings[0].place, Some(Place::new(ordinal, 3)));
}

pub(super) async fn a_statement_that_another_key_signed_hides_nothing(world: &World) {
    let pruning = Pruning::of(&world.store);
    closed(&world.store, vec![refusal(0, 1), refusal(1, 2), refusal(1, 3)]).await;
    let forged = pruning.plan(2).await;
    pruning.note(&forged, 0, &key()).await;
    pruning.carry_out(&forged).await;
    let found = codes(&pruning.verified().await);
    assert!(found.contains(&"bad_statement"), "{found:?}");
    assert!(found.contains(&"not_as_named"), "the chain is gone: {found:?}");
    let on_its_own_word = pruning.verified_against(Against::default()).await;
    assert_eq!(on_its_own_word.findings, []);
}

pub(super) async fn a_statement_without_a_good_signature_is_found_without_the_key(world: &World) {
    let pruning = Pruning::of(&world.store);
    closed(&world.store, vec![refusal(0, 1), refusal(1, 2)]).await;
    let forged = pruning.plan(1).await;
    let keep: Keep = "1d".parse().unwrap();
    let mut record =
        forged.event(at(2, 0), keep, &pruning.key.signing_key()).record(id(2, 0), at(2, 0));
    let mut detail = record.detail.unwrap().value();
    detail["dropped"]["heads"][0]["rows"] = 3.into();
    record.detail = Some(audit::Detail::of(&detail));
    Scribe::note(world.store.audit_sink(), record).await.unwrap();
    let verification = pruning.verified_against(Against::default()).await;
    assert_eq!(codes(&verification), ["bad_statement"]);
}

pub(super) async fn a_chain_in_which_rows_are_missing_is_left_alone(world: &World) {
    let pruning = Pruning::of(&world.store);
    let broken = closed(&world.store, vec![refusal(0, 1), refusal(0, 2), refusal(1, 3)]).await;
    closed(&world.store, vec![refusal(0, 4), refusal(1, 5)]).await;
    pruning.drop_in_silence(broken, 1).await;
    let prune = pruning.prune(1, 0).await;
    assert_eq!((prune.left_alone(), prune.records()), ([broken].as_slice(), 2));
    assert_eq!(pruning.numbers(broken).await, [1, 2, 3]);
    assert_eq!(codes(&pruning.verified().await), ["removed"]);
}

pub(super) async fn a_checkpoint_from_before_a_prune_still_holds(world: &World) {
    let pruning = Pruning::of(&world.store);
    let ordinal = closed(&world.store, vec![refusal(0, 1), refusal(1, 2), refusal(1, 3)]).await;
    closed(&world.store, vec![refusal(0, 4)]).await;
    let heads = heads(&*world.store.audit_reader()).await.unwrap();
    let checkpoint = Signed::new(About::Checkpoint, at(1, 5), heads, &pruning.key.signing_key());
    let public_key = pruning.key.public_key();
    let against = Against { public_key: Some(&public_key), checkpoint: Some(&checkpoint) };
    pruning.prune(1, 0).await;
    assert_eq!(pruning.verified_against(against).await.findings, []);
    pruning.drop_in_silence(ordinal, 4).await;
    let found = codes(&pruning.verified_against(against).await);
    assert_eq!(found, ["cut_off", "not_as_named"], "the second is by the checkpoint");
    assert_eq!(codes(&pruning.verified().await), ["cut_off"]);
}

/// The outcome of a request may stand in the chain of the gateway that found it left behind.
pub(super) async fn a_record_that_another_chain_completed_goes_like_any_other(world: &World) {
    let pruning = Pruning::of(&world.store);
    let left_behind = closed(&world.store, vec![request(0, 1), refusal(1, 2)]).await;
    let sink = world.store.audit_sink();
    assert_eq!(sink.abandoned(std::time::Duration::ZERO, 0, 10).await.unwrap().len(), 1);
    assert_eq!(pruning.plan(1).await.rows(), 1, "it still waits for its outcome");
    let stopped = Outcome { kind: audit::OutcomeKind::GatewayStopped, ..outcome() };
    let completion = Entry::outcome(id(0, 1), &stopped);
    let heir = closed(&world.store, vec![completion, refusal(1, 3)]).await;
    sink.abandoned(std::time::Duration::ZERO, 0, 10).await.unwrap();
    pruning.prune(1, 0).await;
    assert_eq!(pruning.numbers(left_behind).await, [2]);
    assert_eq!(pruning.numbers(heir).await, [2]);
    assert_eq!(pruning.verified().await.findings, []);
}

/// It was forwarded as much as what was permitted, so its outcome is as much awaited.
pub(super) async fn an_observed_request_left_behind_is_found_and_kept_like_a_permitted_one(
    world: &World,
) {
    let pruning = Pruning::of(&world.store);
    let (id, at) = (id(0, 1), at(0, 1));
    let observed = Opening { id, at, decision: Decided::Observed, ..opening(1) };
    closed(&world.store, vec![entry(&observed), refusal(1, 2)]).await;
    let sink = world.store.audit_sink();
    let left = sink.abandoned(std::time::Duration::ZERO, 0, 10).await.unwrap();
    assert_eq!(left.iter().map(|left| left.id).collect::<Vec<_>>(), [id]);
    assert_eq!(pruning.plan(1).await.rows(), 1, "it still waits for its outcome");
}
