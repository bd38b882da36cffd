//! Issuing, listing and revoking tokens.

use jiff::Timestamp;
use store::{Addresses, RevokedMint, TokenId, TokenRow, TokenUse};

use super::World;
use super::sample::{instant, token};

pub(super) async fn a_token_comes_back_as_it_was(world: &World) {
    let networks = ["2001:db8::/32", "10.0.0.0/8", "203.0.113.9"].map(|text| text.parse().unwrap());
    let full = TokenRow {
        revoked_at: Some(instant(500)),
        addresses: Addresses::of(networks.into()),
        replaced_by: Some(token(2).id),
        ..token(1)
    };
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

pub(super) async fn a_note_is_changed_and_taken_away(world: &World) {
    let agents = world.agents();
    for number in [1, 2] {
        agents.issue(&token(number)).await.unwrap();
    }
    for note in [Some("moved, größer 👍"), Some("a\0b"), None] {
        let row = agents.annotate("tok_001", note).await.unwrap().unwrap();
        let kept = note.map(|note| note.replace('\0', "\u{fffd}"));
        assert_eq!(row, TokenRow { note: kept, ..token(1) });
        assert_eq!(agents.tokens().await.unwrap(), [row, token(2)]);
    }
    assert_eq!(agents.annotate("tok_003", Some("x")).await.unwrap(), None);
}

pub(super) async fn a_token_is_retired_once_and_never_lives_longer_by_it(world: &World) {
    let agents = world.agents();
    let (now, successor) = (instant(50), token(9).id);
    let endless = TokenRow { expires_at: None, ..token(1) };
    let short = TokenRow { expires_at: Some(instant(60)), ..token(2) };
    let over = TokenRow { expires_at: Some(now), ..token(3) };
    let revoked = TokenRow { revoked_at: Some(instant(9)), ..token(4) };
    for row in [&endless, &short, &over, &revoked] {
        agents.issue(row).await.unwrap();
    }
    let retire = async |id: &str| agents.retire(id, &successor, instant(100), now).await.unwrap();
    assert!(retire("tok_001").await && retire("tok_002").await);
    for id in ["tok_001", "tok_002", "tok_003", "tok_004", "tok_005", ""] {
        assert!(!retire(id).await, "{id}");
    }
    let replaced_by = Some(successor.clone());
    let expected = [
        TokenRow { expires_at: Some(instant(100)), replaced_by: replaced_by.clone(), ..endless },
        TokenRow { replaced_by, ..short },
        over,
        revoked,
    ];
    assert_eq!(agents.tokens().await.unwrap(), expected);
}

pub(super) async fn the_last_use_of_each_token_is_kept_and_loads_no_tokens(world: &World) {
    let agents = world.agents();
    agents.issue(&token(1)).await.unwrap();
    let generation = agents.generation().await.unwrap();
    let used = |id: &str, second, address: &str| TokenUse {
        token: TokenId::new(id.to_owned()),
        at: instant(second),
        address: address.to_owned(),
    };
    agents.note_uses(&[]).await.unwrap();
    assert_eq!(agents.uses().await.unwrap(), []);
    let first = [
        used("tok_b", 5, "10.0.0.1"),
        used("tok_001", 7, "::1"),
        used("tok_001", 9, "10.0.0.9"),
        used("tok_B", 1, "10.0.0.2"),
    ];
    agents.note_uses(&first).await.unwrap();
    // What another gateway hands over late does not count.
    agents.note_uses(&[used("tok_001", 8, "::2"), used("tok_b", 6, "::3")]).await.unwrap();
    let expected =
        [used("tok_001", 9, "10.0.0.9"), used("tok_B", 1, "10.0.0.2"), used("tok_b", 6, "::3")];
    assert_eq!(agents.uses().await.unwrap(), expected);
    assert_eq!(agents.generation().await.unwrap(), generation);
}

pub(super) async fn a_minted_token_is_revoked_once_and_forgotten_a_day_after_its_end(
    world: &World,
) {
    let agents = world.agents();
    let revoked = |id: &str, at, end| RevokedMint {
        id: TokenId::new(id.to_owned()),
        agent: "support-agent".to_owned(),
        revoked_at: instant(at),
        expires_at: instant(end),
    };
    let before = agents.generation().await.unwrap();
    agents.revoke_minted(&revoked("mint_b", 10, 100)).await.unwrap();
    let after = agents.generation().await.unwrap();
    assert!(before < after, "gateways learn of it");
    agents.revoke_minted(&revoked("mint_b", 20, 900)).await.unwrap();
    assert_eq!(agents.generation().await.unwrap(), after);
    agents.revoke_minted(&revoked("mint_B", 20, 100)).await.unwrap();
    let both = [revoked("mint_B", 20, 100), revoked("mint_b", 10, 100)];
    assert_eq!(agents.revoked_minted().await.unwrap(), both);

    let day = 86_400;
    agents.revoke_minted(&revoked("mint_c", day + 99, day * 2)).await.unwrap();
    assert_eq!(agents.revoked_minted().await.unwrap().len(), 3);
    agents.revoke_minted(&revoked("mint_d", day + 100, day * 2)).await.unwrap();
    let left = agents.revoked_minted().await.unwrap();
    let left: Vec<_> = left.iter().map(|revoked| revoked.id.as_str()).collect();
    assert_eq!(left, ["mint_c", "mint_d"]);
}
