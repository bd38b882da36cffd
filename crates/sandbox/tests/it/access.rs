//! Keys and roles: who is let in, and to what.

use axum::body::Body;
use http::Request;
use sandbox::{Sandbox, Settings};
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_request_without_a_valid_key_is_401_in_kustomers_form() {
    let world = World::new();
    let foreign = Settings { key_secret: "another secret".to_owned(), ..Settings::default() };
    let foreign = Sandbox::new(foreign, std::sync::Arc::new(|| jiff::Timestamp::UNIX_EPOCH));
    let key = world.sandbox.admin_key();
    let unsigned = format!("{}.", key.rsplit_once('.').unwrap().0);
    for wrong in ["", "nonsense", &unsigned, &foreign.admin_key()] {
        let answer = world.ask_with(wrong, "GET", "/v1/customers", "").await;
        assert_eq!(answer.status, 401, "{wrong}");
        assert_eq!(answer.code(), "unauthorized");
    }
    let bare = Request::get("/v1/customers").body(Body::empty()).unwrap();
    assert_eq!(world.send(bare).await.status, 401);
}

#[tokio::test]
async fn two_authorization_headers_are_401() {
    let world = World::new();
    let bearer = format!("Bearer {}", world.sandbox.admin_key());
    let request = Request::get("/v1/customers").header("authorization", &bearer);
    let request = request.header("authorization", &bearer).body(Body::empty()).unwrap();
    assert_eq!(world.send(request).await.status, 401);
}

#[tokio::test]
async fn a_key_may_do_what_its_roles_cover_and_nothing_else() {
    let world = World::new();
    let customer = world.sandbox.seeded().customers[0].id.clone();
    let path = format!("/v1/customers/{customer}");
    let check = async |roles: &[&str], method: &str, expected: u16| {
        let key = world.sandbox.key("tried", roles);
        let answer = world.ask_with(&key, method, &path, "{}").await;
        assert_eq!(answer.status, expected, "{roles:?} {method}");
    };
    check(&["org.user.customer.read"], "GET", 200).await;
    check(&["org.permission.customer.read"], "GET", 200).await;
    check(&["org.user.customer"], "GET", 200).await;
    check(&["org.user"], "GET", 200).await;
    check(&["org.user.custom"], "GET", 403).await;
    check(&["org.user.customer.read.more"], "GET", 403).await;
    check(&["org.user.customer.write"], "GET", 403).await;
    check(&["org.user.customer.read"], "PUT", 403).await;
    check(&["org.user.customer.write"], "PUT", 200).await;
    check(&["org.user.customer.write"], "DELETE", 403).await;
    check(&["org.user.customer.delete"], "DELETE", 204).await;
}

#[tokio::test]
async fn a_role_for_one_klass_opens_that_klass() {
    let world = World::new();
    let key = world.sandbox.key("orders", &["org.permission.kobject.kobject_order.create"]);
    let body = json!({ "title": "Order #1" }).to_string();
    assert_eq!(world.ask_with(&key, "POST", "/v1/klasses/order", &body).await.status, 201);
    assert_eq!(world.ask_with(&key, "POST", "/v1/klasses/return", &body).await.status, 403);
}

#[tokio::test]
async fn what_needs_no_role_is_open_to_any_key_and_what_is_unpublished_to_broad_ones() {
    let world = World::new();
    let narrow = world.sandbox.key("narrow", &[]);
    let broad = world.sandbox.key("broad", &["org.user"]);
    assert_eq!(world.ask_with(&narrow, "GET", "/v1/chat/settings", "").await.status, 200);
    assert_eq!(world.ask_with(&narrow, "GET", "/v1/tags", "").await.status, 403);
    assert_eq!(world.ask_with(&broad, "GET", "/v1/tags", "").await.status, 200);
}

#[tokio::test]
async fn a_key_can_ask_who_it_is() {
    let world = World::new();
    let key = world.sandbox.key("curious", &["org.user"]);
    let user = world.ask_with(&key, "GET", "/v1/users/current/", "").await;
    assert_eq!(user.attribute("userType"), "machine");
    let token = world.ask_with(&key, "GET", "/v1/auth/tokens/current", "").await;
    assert_eq!(token.attribute("roles"), &json!(["org.user"]));
    assert_eq!(token.json["data"]["relationships"]["user"]["data"]["id"], user.json["data"]["id"]);
}

#[tokio::test]
async fn what_was_received_is_kept_byte_for_byte_and_hides_the_key_when_printed() {
    let world = World::new();
    world.ask("GET", "/v1/customers/email=a%2Bb@example.com?x=%20", "").await;
    world.ask("POST", "/v1/customers", "{\"name\": \"Ada\"}").await;
    let received = world.sandbox.received();
    assert_eq!(world.sandbox.received_count(), 2);
    assert_eq!(received[0].method, "GET");
    assert_eq!(received[0].path_and_query, "/v1/customers/email=a%2Bb@example.com?x=%20");
    assert_eq!(received[1].body, "{\"name\": \"Ada\"}");
    let key = world.sandbox.admin_key();
    assert_eq!(received[1].headers["authorization"], format!("Bearer {key}"));
    assert!(!format!("{received:?}").contains(&key));
}
