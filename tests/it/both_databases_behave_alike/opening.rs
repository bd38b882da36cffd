//! Opening a store, once and again; what it says of itself; closing it.

use audit::{Entry, Filter};
use store::Store;

use super::World;
use super::sample::{
    append_to, entry, id, instant, list, numbers, opening, outcome, refused, token,
};

pub(super) async fn a_store_is_ready_and_readiness_leaves_nothing(world: &World) {
    world.append(&[entry(&opening(1))]).await;
    for _ in 0..3 {
        world.store.ready().await.unwrap();
    }
    let all = world.list(&Filter::default(), 10).await;
    assert_eq!(numbers(&all), [1]);
    assert_eq!(all.first().and_then(|record| record.outcome.clone()), None);
}

pub(super) async fn a_reopened_store_has_everything(world: &World) {
    world
        .append(&[entry(&opening(1)), entry(&refused(2)), Entry::outcome(id(1), &outcome())])
        .await;
    world.agents().issue(&token(1)).await.unwrap();
    let generation = world.agents().generation().await.unwrap();
    let before = world.list(&Filter::default(), 10).await;
    world.store.close().await;

    let again = world.open_again().await;
    assert_eq!(list(&again, &Filter::default(), 10).await, before);
    assert_eq!(again.agents().tokens().await.unwrap(), [token(1)]);
    assert_eq!(again.agents().generation().await.unwrap(), generation);
}

pub(super) async fn two_handles_see_each_others_writes(world: &World) {
    let other = world.open_again().await;
    let generation = other.agents().generation().await.unwrap();
    world.append(&[entry(&opening(1))]).await;
    world.agents().issue(&token(1)).await.unwrap();
    assert!(other.audit_reader().find(id(1)).await.unwrap().is_some());
    assert_ne!(other.agents().generation().await.unwrap(), generation);

    append_to(&other, &[Entry::outcome(id(1), &outcome())]).await;
    other.agents().revoke("tok_001", instant(5)).await.unwrap();
    assert_eq!(world.find(id(1)).await.unwrap().outcome, Some(outcome()));
    let revoked: Vec<_> =
        world.agents().tokens().await.unwrap().into_iter().map(|row| row.revoked_at).collect();
    assert_eq!(revoked, [Some(instant(5))]);
}

pub(super) async fn many_may_open_a_new_store_at_once(world: &World) {
    let place = world.another_place();
    let mut opened = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let url = place.url.clone();
        opened.spawn(async move { Store::open(&url).await });
    }
    for store in opened.join_all().await {
        store.unwrap().ready().await.unwrap();
    }
}

pub(super) async fn the_kind_is_the_urls(world: &World) {
    assert_eq!(world.store.kind(), world.kind);
}

pub(super) async fn a_closed_store_fails_and_does_not_hang(world: &World) {
    world.append(&[]).await;
    world.store.close().await;
    let failure = world.try_append(&[entry(&opening(1))]).await.unwrap_err();
    assert_eq!(failure.doing, "append to the trail");
    world.store.ready().await.unwrap_err();
    world.agents().generation().await.unwrap_err();
}

pub(super) async fn what_it_shows_of_itself_is_no_secret(world: &World) {
    let shown = format!("{:?} {:?}", world.store, world.store.audit_sink());
    assert!(shown.contains(world.kind), "{shown}");
    assert!(!shown.to_lowercase().contains("password"), "{shown}");
}
