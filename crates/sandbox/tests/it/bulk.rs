//! Bulk jobs.

use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn customers_are_created_changed_and_deleted_in_bulk() {
    let world = World::new();
    let items = json!([{ "name": "One" }, { "name": "Two" }, { "name": 3 }]);
    let job = world.post("/v1/customers/bulk", items.clone()).await;
    assert_eq!(job.status, 201);
    assert_eq!(job.json["data"]["type"], "bulk");
    assert_eq!(job.attribute("context"), "api.sobjects.customers.bulk-create");
    assert_eq!(job.attribute("payload")["api"]["data"], items);
    let ids: Vec<&str> =
        job.attribute("ids").as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(world.get(&format!("/v1/bulk/{}", job.id())).await.json, job.json);

    let each = json!([{ "id": ids[0], "name": "Uno" }, { "id": ids[1], "name": "Due" }]);
    assert_eq!(world.put("/v1/customers/bulk", each).await.status, 201);
    let first = format!("/v1/customers/{}", ids[0]);
    assert_eq!(world.get(&first).await.attribute("name"), "Uno");
    let all = format!("/v1/customers/bulk?ids={}", ids.join(","));
    assert_eq!(world.put(&all, json!({ "name": "Both" })).await.status, 201);
    assert_eq!(world.get(&first).await.attribute("name"), "Both");

    let deleted = world.delete(&all).await;
    assert_eq!((deleted.status.as_u16(), deleted.attribute("ids")), (201, &json!(ids)));
    assert_eq!(world.get(&first).await.status, 404);
}

#[tokio::test]
async fn a_job_has_at_most_a_hundred_items() {
    let world = World::new();
    let items: Vec<Value> = (0..101).map(|number| json!({ "name": number.to_string() })).collect();
    assert_eq!(world.post("/v1/customers/bulk", json!(items)).await.status, 400);
    assert_eq!(world.get("/v1/customers").await.json["meta"]["total"], 12);
    assert_eq!(world.delete("/v1/customers/bulk").await.status, 400);
}

#[tokio::test]
async fn a_bulk_delete_of_objects_keeps_to_its_klass() {
    let world = World::new();
    let object = &world.sandbox.seeded().objects[0];
    assert_eq!(object.klass, "order");
    let wrong = world.delete(&format!("/v1/klasses/return/bulk?ids={}", object.id)).await;
    assert_eq!(wrong.attribute("ids"), &json!([]));
    assert_eq!(world.get(&format!("/v1/klasses/order/{}", object.id)).await.status, 200);
    world.delete(&format!("/v1/klasses/order/bulk?ids={}", object.id)).await;
    assert_eq!(world.get(&format!("/v1/klasses/order/{}", object.id)).await.status, 404);
}
