//! Every operation of the catalogue has an answer.

use catalogue::Catalogue;
use sandbox::Settings;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn every_operation_of_the_catalogue_is_answered_and_never_with_a_server_error() {
    let settings = Settings { requests_per_minute: u32::MAX, ..Settings::default() };
    let world = World::with(settings);
    for operation in Catalogue::builtin().operations() {
        let answer =
            world.ask(operation.method().as_str(), &operation.example_target(), "{}").await;
        let id = operation.id();
        assert!(![401, 403, 429].contains(&answer.status.as_u16()), "{id}: {}", answer.status);
        assert!(answer.status.as_u16() < 500, "{id}: {}", answer.status);
        if answer.header("x-sandbox-simulated") == "envelope" {
            assert!(answer.status.is_success(), "{id}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn an_operation_without_state_gets_a_plain_envelope() {
    let world = World::new();
    let answer = world.get("/v1/brands/66140000c0ffee0000000001").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-sandbox-simulated"), "envelope");
    let data = json!({
        "type": "brand",
        "id": "66140000c0ffee0000000001",
        "attributes": {},
        "relationships": {},
        "links": { "self": "/v1/brands/66140000c0ffee0000000001" },
    });
    assert_eq!(answer.json["data"], data);
    assert_eq!(world.get("/v1/customers").await.header("x-sandbox-simulated"), "");
}

#[tokio::test]
async fn unknown_paths_are_404_and_ambiguous_ones_400() {
    let world = World::new();
    for path in ["/", "/v1/unheard-of", "/v9/customers"] {
        assert_eq!(world.get(path).await.status, 404, "{path}");
    }
    for path in ["/v1/customers/../users", "/v1//customers", "/v1/customers/%2e%2e/users"] {
        assert_eq!(world.get(path).await.status, 400, "{path}");
    }
    assert_eq!(world.ask("HEAD", "/v1/customers", "").await.status, 404);
}
