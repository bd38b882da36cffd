//! Issuing, listing and revoking tokens.

use jiff::Timestamp;
use store::{TokenId, TokenRow};

use super::World;
use super::sample::{instant, token};

pub(super) async fn a_token_comes_back_as_it_was(world: &World) {
    let full = TokenRow { revoked_at: Some(instant(500)), ..token(1) };
    let bare = TokenRow { note: None, expires_at: None, ..token(2) };
    world.agents().issue(&full).await.unwrap();
    world.agents().issue(&bare).await.unwrap();
    assert_eq!(world.agents().tokens().await.unwrap(), [full, bare]);
}

pub(super) async fn tokens_are_listed_oldest_first(world: &World) {
    // Two of one instant are in the order of their ids, letter by letter.
    let together = |id: &str, number| TokenRow {
        id: TokenId::new(id.to_owned()),
        issued_at: instant(2),
        ..token(number)
    };
    for row in [token(3), together("tok_b", 20), together("tok_B", 21), token(1)] {
        world.agents().issue(&row).await.unwrap();
    }
    let rows = world.agents().tokens().await.unwrap();
    let ids: Vec<_> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, ["tok_001", "tok_B", "tok_b", "tok_003"]);
}

pub(super) async fn an_id_or_fingerprint_is_issued_once(world: &World) {
    world.agents().issue(&token(1)).await.unwrap();
    let same_id = TokenRow { fingerprint: token(2).fingerprint, ..token(1) };
    let same_fingerprint = TokenRow { id: token(2).id, ..token(1) };
    for row in [same_id, same_fingerprint] {
        let failure = world.agents().issue(&row).await.unwrap_err();
        assert_eq!(failure.doing, "issue a token");
    }
    assert_eq!(world.agents().tokens().await.unwrap(), [token(1)]);
}

pub(super) async fn a_revoked_token_keeps_its_first_time(world: &World) {
    world.agents().issue(&token(1)).await.unwrap();
    world.agents().issue(&token(2)).await.unwrap();
    let revoked = TokenRow { revoked_at: Some(instant(100)), ..token(1) };
    for at in [100, 50, 200] {
        let row = world.agents().revoke("tok_001", instant(at)).await.unwrap();
        assert_eq!(row.as_ref(), Some(&revoked), "revoked at {at}");
    }
    assert_eq!(world.agents().tokens().await.unwrap(), [revoked, token(2)]);
}

pub(super) async fn an_unknown_token_cannot_be_revoked(world: &World) {
    world.agents().issue(&token(1)).await.unwrap();
    for id in ["tok_002", "TOK_001", "", "tok\0", "tok_001 ", "' OR '1' = '1"] {
        assert_eq!(world.agents().revoke(id, Timestamp::UNIX_EPOCH).await.unwrap(), None, "{id}");
    }
    assert_eq!(world.agents().tokens().await.unwrap(), [token(1)]);
}

pub(super) async fn the_generation_changes_with_every_change_and_only_then(world: &World) {
    let agents = world.agents();
    let mut seen = vec![agents.generation().await.unwrap()];
    agents.issue(&token(1)).await.unwrap();
    seen.push(agents.generation().await.unwrap());
    agents.issue(&token(2)).await.unwrap();
    seen.push(agents.generation().await.unwrap());
    agents.revoke("tok_001", instant(9)).await.unwrap();
    seen.push(agents.generation().await.unwrap());
    assert!(seen.is_sorted_by(|one, next| one < next), "{seen:?}");

    agents.revoke("tok_001", instant(10)).await.unwrap();
    agents.revoke("tok_unknown", instant(10)).await.unwrap();
    agents.issue(&token(2)).await.unwrap_err();
    agents.tokens().await.unwrap();
    assert_eq!(Some(&agents.generation().await.unwrap()), seen.last());
}

pub(super) async fn a_nul_in_a_note_is_replaced(world: &World) {
    let row = TokenRow { note: Some("a\0b".to_owned()), ..token(1) };
    world.agents().issue(&row).await.unwrap();
    let rows = world.agents().tokens().await.unwrap();
    assert_eq!(rows.first().and_then(|row| row.note.as_deref()), Some("a\u{fffd}b"));
}
