//! What a write can do by its body beyond its level, and the klasses of custom objects.

use std::sync::Arc;

use catalogue::{Body, Catalogue, Identified, Level};
use policy::{Decision, Facts, decide, matrix};
use serde_json::json;

use super::{NONE, OTHER, Trial};
use crate::support::clock::MORNING;
use crate::support::world::{ID, everything};

#[test]
fn every_write_of_the_catalogue_demands_full_when_it_deletes() {
    let policy = Arc::new(matrix::level_on_everything(Catalogue::builtin(), Level::Write));
    let facts = Facts::at(MORNING.parse().expect("an instant"));
    let mut writes = 0;
    for operation in Catalogue::builtin().operations() {
        let method = operation.method().as_str();
        if method == "GET" || operation.is_search() {
            continue;
        }
        let target = operation.example_target();
        let Ok(Identified::Known(asked)) = Catalogue::builtin().identify(method, &target) else {
            panic!("{target}")
        };
        let body = Body::read(br#"{"deleted":true}"#).expect("a body");
        // A shape that has no such field is refused, which is as good.
        let Ok(asked) = Catalogue::builtin().read_body(asked, &body) else { continue };
        let decision = decide(&policy, Identified::Known(asked), &facts);
        assert!(matches!(decision, Decision::Denial(_)), "{}", operation.id());
        writes += 1;
    }
    assert!(writes > 90, "{writes} operations");
}

#[tokio::test]
async fn what_only_an_administrator_may_set_needs_full() {
    let trial = Trial::of(&everything("write")).await;
    for field in ["createdAt", "createdBy", "modifiedAt", "modifiedBy", "updatedAt", "importedAt"] {
        let body = json!({ field: "2020-01-01T00:00:00Z", "conversation": OTHER });
        trial.check("POST /v1/messages", body, "level_too_low").await;
        let line = format!("PUT /v1/customers/{ID}");
        trial.check(&line, json!({ field: null }), "level_too_low").await;
    }
    let bulk = json!([{"id": ID}, {"id": OTHER, "deleted": true}]);
    trial.check("PUT /v1/notes/bulk", bulk, "level_too_low").await;
}

#[tokio::test]
async fn a_klass_is_granted_by_itself_and_the_most_specific_line_wins() {
    let trial = Trial::of(
        "[access]\nkobjects = \"read\"\n\"kobjects.orders\" = \"write\"\n\"kobjects.Secrets\" = \"off\"",
    )
    .await;
    trial.check(&format!("PUT /v1/klasses/orders/{ID}"), json!({"title": "x"}), "permitted").await;
    trial
        .check(&format!("PUT /v1/klasses/orders/{ID}"), json!({"deleted": true}), "level_too_low")
        .await;
    trial.check(&format!("GET /v1/klasses/other/{ID}"), NONE, "permitted").await;
    trial
        .check(&format!("PUT /v1/klasses/other/{ID}"), json!({"title": "x"}), "level_too_low")
        .await;
    trial.check(&format!("GET /v1/klasses/secrets/{ID}"), NONE, "level_too_low").await;
    trial.check(&format!("GET /v1/klasses/SECRETS/{ID}"), NONE, "level_too_low").await;
    let sentence = trial.sentence(&format!("GET /v1/klasses/SECRETS/{ID}"), None).await;
    assert_eq!(
        sentence,
        format!(
            "Agent bot was refused: reading SECRETS object {ID} needs read on kobjects.secrets; its policy \
             sets kobjects.secrets to off (policies/bot.toml:8)."
        )
    );
    let dotted = Trial::of("[access]\nkobjects.orders = \"read\"").await;
    dotted.check(&format!("GET /v1/klasses/orders/{ID}"), NONE, "permitted").await;
    dotted.check(&format!("GET /v1/klasses/other/{ID}"), NONE, "not_granted").await;
}
