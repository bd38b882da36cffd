//! What comes into the trail while it is walked: a gateway's rows are no fault, and planted ones are.

use std::sync::Mutex as Held;

use audit::{
    Against, AuditReader, ChainState, Entry, Filter, Place, Record, Row, Scribe, StoreFailure,
    Summary, Verification, verify,
};
use tokio::sync::Mutex;

use super::tampering::{codes, copied, id, opening, outcome, place, trail};
use super::*;

/// The trail, to which a gateway appends just after its chains were first read.
#[derive(Debug)]
struct Meanwhile {
    store: Arc<Sqlite>,
    open: Mutex<Option<Scribe>>,
    /// What somebody does to the trail after that.
    deeds: Held<Vec<String>>,
}

impl Meanwhile {
    /// A chain 4 that is open and has one row; the trail gets four more of it, and a whole chain 5.
    async fn of(folder: &TempDir, deeds: &[String]) -> Self {
        let store = trail(folder).await;
        let first = Event::Continued.record(id(8, 0), Timestamp::UNIX_EPOCH);
        let open = Scribe::open(Arc::<Sqlite>::clone(&store), first).await.unwrap();
        Self { store, open: Mutex::new(Some(open)), deeds: Held::new(deeds.to_vec()) }
    }

    async fn happen(&self) {
        let Some(mut open) = self.open.lock().await.take() else { return };
        let [one, two] = [1, 2].map(|request| opening(8, request));
        open.append(vec![Entry::opening(&one), Entry::opening(&two)]).await.unwrap();
        let outcomes = [1, 2].map(|request| Entry::outcome(id(8, request), &outcome()));
        open.append(outcomes.into()).await.unwrap();
        let other = Event::Continued.record(id(9, 0), Timestamp::UNIX_EPOCH);
        Scribe::note(Arc::<Sqlite>::clone(&self.store), other).await.unwrap();
        let deeds = std::mem::take(&mut *self.deeds.lock().unwrap());
        for deed in deeds {
            assert_ne!(run(&self.store, &deed).await.unwrap(), 0, "nothing was done by {deed}");
        }
    }

    async fn verified(&self) -> Verification {
        verify(self, Against::default(), &mut |_, _| ()).await.unwrap()
    }
}

#[async_trait::async_trait]
impl AuditReader for Meanwhile {
    async fn list(&self, filter: &Filter, limit: u32) -> Result<Vec<Record>, StoreFailure> {
        self.store.list(filter, limit).await
    }

    async fn find(&self, id: RecordId) -> Result<Option<Record>, StoreFailure> {
        self.store.find(id).await
    }

    async fn last_noted(&self, reason: &str) -> Result<Option<Record>, StoreFailure> {
        self.store.last_noted(reason).await
    }

    async fn summarise(&self, filter: &Filter) -> Result<Summary, StoreFailure> {
        self.store.summarise(filter).await
    }

    async fn chains(&self) -> Result<Vec<ChainState>, StoreFailure> {
        let chains = self.store.chains().await;
        self.happen().await;
        chains
    }

    async fn rows(&self, from: Place, limit: u32) -> Result<Vec<Row>, StoreFailure> {
        self.store.rows(from, limit).await
    }
}

#[tokio::test]
async fn what_is_written_while_the_trail_is_walked_is_no_fault() {
    let folder = tempfile::tempdir().unwrap();
    let trail = Meanwhile::of(&folder, &[]).await;
    let verification = trail.verified().await;
    assert_eq!(verification.findings, []);
    assert_eq!((verification.chains, verification.rows), (5, 17));
}

#[tokio::test]
async fn what_is_done_to_rows_that_were_written_meanwhile_is_found() {
    let change = format!("UPDATE records SET sentence = 'x' WHERE place = {}", place(4, 2));
    let remove = format!("DELETE FROM outcomes WHERE place = {}", place(4, 3));
    let cut = format!("DELETE FROM outcomes WHERE place = {}", place(4, 4));
    let begun = format!("UPDATE records SET sentence = 'x' WHERE place = {}", place(5, 0));
    let copy = |to| copied(audit::Table::Records, place(1, 1), to);
    for (deed, expected) in [
        (change, "changed 4:2"),
        (remove, "removed 4:3"),
        (cut, "cut_off 4:4"),
        (begun, "changed 5:0"),
        // Where an outcome stands: that is the one which belongs there.
        (copy(place(4, 3)), "reordered 4:3"),
        (copy(place(4, 5)), "inserted 4:5"),
        (copy(place(5, 1)), "inserted 5:1"),
        (copy(place(6, 0)), "unknown_chain 6:0"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let trail = Meanwhile::of(&folder, std::slice::from_ref(&deed)).await;
        let found = codes(&trail.verified().await);
        assert_eq!(found.first().map(String::as_str), Some(expected), "{deed}: {found:?}");
    }
}

#[tokio::test]
async fn a_walk_ends_behind_the_greatest_place_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = trail(&folder).await;
    let plant = copied(audit::Table::Records, place(1, 1), i64::MAX);
    assert_eq!(run(&store, &plant).await.unwrap(), 1);
    let verification = verify(&*store, Against::default(), &mut |_, _| ()).await.unwrap();
    let last = Place::from_i64(i64::MAX);
    assert_eq!(codes(&verification), [format!("unknown_chain {last}")]);
}

#[tokio::test]
async fn an_address_is_found_in_the_form_of_earlier_records_too() {
    let folder = tempfile::tempdir().unwrap();
    let store = trail(&folder).await;
    let earlier = audit::Opening { address: "::ffff:203.0.113.9".into(), ..opening(9, 1) };
    Scribe::note(Arc::<Sqlite>::clone(&store), earlier).await.unwrap();
    let filter = Filter { address: Some("203.0.113.9".into()), ..Filter::default() };
    assert_eq!(store.list(&filter, 9).await.unwrap().len(), 1);
}
