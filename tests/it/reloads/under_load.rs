//! Sets that are swapped without end, under load: no request fails, and each is decided by one set.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use audit::{Decided, Filter};

use super::{LINE, NOTHING, READ, file, reload, unwatched};
use crate::support::upstream::Upstream;
use crate::support::world::{Scene, World, policy_of};

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

/// How many requests are made, and how many at once.
const REQUESTS: usize = 4000;
const AT_ONCE: usize = 32;

#[tokio::test(flavor = "multi_thread")]
async fn no_request_fails_and_the_set_on_each_record_is_the_one_that_decided() {
    let upstream = Upstream::answering(ANSWER).await;
    let world = Scene::bot(READ).before(upstream.at).with(unwatched).start().await;
    let world = Arc::new(world);
    let left = Arc::new(AtomicUsize::new(REQUESTS));
    let asking: Vec<_> = (0..AT_ONCE)
        .map(|_| tokio::spawn(ask_until_none_is_left(Arc::clone(&world), Arc::clone(&left))))
        .collect();
    let verdicts = swap_while(&world, &left).await;
    let mut answered = BTreeMap::new();
    for task in asking {
        for status in task.await.expect("no request fails") {
            *answered.entry(status).or_insert(0) += 1;
        }
    }
    assert_eq!(answered.keys().copied().collect::<Vec<_>>(), [200, 403], "{answered:?}");
    assert_eq!(answered.values().sum::<usize>(), REQUESTS);

    let records = world.store.audit_reader().list(&Filter::default(), 100_000).await;
    let mut records = records.expect("the trail");
    records.retain(|record| record.opening.decision != Decided::Noted);
    assert_eq!(records.len(), REQUESTS);
    for record in &records {
        let expected = verdicts.get(&record.opening.policy.fingerprint);
        let decided = record.opening.decision;
        assert_eq!(expected, Some(&decided), "{} by no such set", record.sentence());
    }
    let swaps = super::noted(&world).await.len();
    assert!(swaps >= 10, "the sets were swapped {swaps} times only");
}

async fn ask_until_none_is_left(world: Arc<World>, left: Arc<AtomicUsize>) -> Vec<u16> {
    let mut statuses = Vec::new();
    let take = |left: usize| left.checked_sub(1);
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
        statuses.push(world.ask("bot", LINE).await.status);
    }
    statuses
}

/// Swaps the sets for as long as requests are made; gives what each set decides, by its fingerprint.
async fn swap_while(world: &World, left: &AtomicUsize) -> BTreeMap<String, Decided> {
    let mut verdicts = BTreeMap::new();
    let sets = [(NOTHING, Decided::Denied), (READ, Decided::Permitted)];
    for (tables, verdict) in sets.into_iter().rev().chain(sets.into_iter().cycle()) {
        let beside = world.folder().join("policies/.new");
        fs::write(&beside, policy_of("bot", tables)).expect("a file is written");
        fs::rename(&beside, file(world, "bot")).expect("a file takes its place");
        let answer = reload(world).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let fingerprint = answer.json()["fingerprint"].as_str().expect("a text").to_owned();
        verdicts.insert(fingerprint, verdict);
        if left.load(Ordering::Relaxed) == 0 {
            break;
        }
    }
    verdicts
}
