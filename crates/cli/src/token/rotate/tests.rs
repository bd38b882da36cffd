//! What cannot be seen from outside, because it takes two who rotate one token at the same instant.

use gateway::token::Token;
use jiff::SignedDuration;
use store::Store;

use super::*;

async fn given_out(store: &Store) -> TokenRow {
    let token = Token::generate().unwrap();
    let row = new_row(&token, "support-agent", None, time::now(), None).unwrap();
    give_out(&Shown { token: token.reveal(), of: None }, &row, store, &mut Vec::new())
        .await
        .unwrap();
    row
}

#[tokio::test]
async fn of_two_who_rotate_a_token_at_once_one_has_a_successor_and_the_others_is_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&format!("sqlite://{}/k.db", folder.path().display())).await.unwrap();
    let old = given_out(&store).await;
    let (first, second) = (given_out(&store).await, given_out(&store).await);
    let over = time::now() + SignedDuration::from_hours(1);
    assert!(retire(&old, &first, over, &store).await.unwrap());
    assert!(!retire(&old, &second, over, &store).await.unwrap());
    let rows = store.agents().tokens().await.unwrap();
    let now = |row: &TokenRow| rows.iter().find(|it| it.id == row.id).unwrap();
    assert_eq!(now(&old).replaced_by.as_ref(), Some(&first.id));
    assert!(now(&first).revoked_at.is_none());
    assert!(now(&second).revoked_at.is_some(), "nobody has seen it to be a successor");
}
