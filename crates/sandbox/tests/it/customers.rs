//! Customers, and what all lists and records have in common.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_created_customer_can_be_read_found_changed_and_deleted() {
    let world = World::new();
    let body = json!({
        "name": "Ada Byron",
        "externalId": "books/1815",
        "emails": [{ "email": "ada@example.org" }],
        "phones": [{ "phone": "+12125550199" }],
        "custom": { "tierStr": "gold", "visitsNum": 1 },
    });
    let created = world.post("/v1/customers", body).await;
    assert_eq!(created.status, 201);
    let id = created.id();
    let path = format!("/v1/customers/{id}");
    assert_eq!(created.json["data"]["links"]["self"], path);
    assert_eq!(created.json["data"]["type"], "customer");
    assert_eq!(created.attribute("displayName"), "Ada Byron");
    assert_eq!(created.attribute("createdAt"), "2026-03-02T09:00:00.000Z");
    for found in [
        path.clone(),
        format!("/v1/customers/id={id}"),
        "/v1/customers/email=ADA@example.org".to_owned(),
        "/v1/customers/phone=%2B12125550199".to_owned(),
        "/v1/customers/externalId=books%2F1815".to_owned(),
    ] {
        assert_eq!(world.get(&found).await.id(), id, "{found}");
    }
    world.let_pass(5);
    let changed = world.put(&path, json!({ "custom": { "visitsNum": 2 } })).await;
    assert_eq!(changed.status, 200);
    assert_eq!(changed.attribute("name"), "Ada Byron");
    assert_eq!(changed.attribute("custom"), &json!({ "tierStr": "gold", "visitsNum": 2 }));
    assert_eq!(changed.attribute("updatedAt"), "2026-03-02T09:00:05.000Z");
    assert_eq!(changed.attribute("createdAt"), "2026-03-02T09:00:00.000Z");
    assert_eq!(world.delete(&path).await.status, 204);
    assert_eq!(world.get(&path).await.status, 404);
    assert_eq!(world.delete(&path).await.code(), "not_found");
}

#[tokio::test]
async fn replacing_a_customer_empties_what_the_body_leaves_out() {
    let world = World::new();
    let path = format!("/v1/customers/{}", world.sandbox.seeded().customers[0].id);
    let replaced = world.put(&format!("{path}?replace=true"), json!({ "name": "Ada" })).await;
    assert_eq!(replaced.attribute("name"), "Ada");
    assert_eq!(replaced.attribute("emails"), &json!([]));
    assert_eq!(replaced.attribute("createdAt"), "2025-06-11T14:20:00.000Z");
}

#[tokio::test]
async fn deleting_a_customer_deletes_the_timeline() {
    let world = World::new();
    let seeded = world.sandbox.seeded();
    world.delete(&format!("/v1/customers/{}", seeded.customers[0].id)).await;
    for path in [
        format!("/v1/conversations/{}", seeded.conversations[0]),
        format!("/v1/messages/{}", seeded.messages[0]),
        format!("/v1/notes/{}", seeded.notes[0]),
        format!("/v1/klasses/order/{}", seeded.objects[0].id),
    ] {
        assert_eq!(world.get(&path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_put_without_company_unlinks_it_and_a_patch_does_not() {
    let world = World::new();
    let company = world.post("/v1/companies", json!({ "name": "Acme" })).await.id();
    let path = format!("/v1/customers/{}", world.sandbox.seeded().customers[0].id);
    let linked = world.put(&path, json!({ "company": company })).await;
    assert_eq!(linked.json["data"]["relationships"]["company"]["data"]["id"], company.as_str());
    let patched = world.ask("PATCH", &path, "{\"name\": \"Ada\"}").await;
    assert_eq!(patched.json["data"]["relationships"]["company"]["data"]["id"], company.as_str());
    let put = world.put(&path, json!({ "name": "Ada" })).await;
    assert!(put.json["data"]["relationships"]["company"].is_null());
}

#[tokio::test]
async fn lists_come_in_pages_with_relative_links() {
    let world = World::new();
    let seeded: Vec<_> =
        world.sandbox.seeded().customers.iter().map(|one| one.id.as_str()).collect();
    let whole = world.get("/v1/customers").await;
    assert_eq!(whole.ids(), seeded);
    assert_eq!(
        whole.json["meta"],
        json!({ "page": 1, "pageSize": 100, "total": 12, "totalPages": 1 })
    );
    assert!(whole.json["links"]["next"].is_null() && whole.json["links"]["prev"].is_null());
    let second = world.get("/v1/customers?sort=name&page=2&pageSize=5").await;
    let links = json!({
        "self": "/v1/customers?sort=name&page=2&pageSize=5",
        "first": "/v1/customers?sort=name&page=1&pageSize=5",
        "prev": "/v1/customers?sort=name&page=1&pageSize=5",
        "next": "/v1/customers?sort=name&page=3&pageSize=5",
    });
    assert_eq!(second.json["links"], links);
    let mut walked = Vec::new();
    let mut next = Some("/v1/customers?pageSize=5".to_owned());
    while let Some(path) = next {
        let page = world.get(&path).await;
        walked.extend(page.ids().into_iter().map(str::to_owned));
        next = page.json["links"]["next"].as_str().map(str::to_owned);
    }
    assert_eq!(walked, seeded);
}

#[tokio::test]
async fn lists_can_be_narrowed_and_sorted() {
    let world = World::new();
    let path = "/v1/customers?filter[createdAt][gte]=2025-12-01&sort=-createdAt";
    let young = world.get(path).await;
    let seeded = &world.sandbox.seeded().customers;
    assert_eq!(young.ids(), [seeded[11].id.as_str(), seeded[10].id.as_str()]);
    let users = world.get("/v1/users?email=priya.raman@support.example.com").await;
    assert_eq!(users.ids(), [world.sandbox.seeded().users[2].as_str()]);
}

#[tokio::test]
async fn bad_parameters_are_400_and_name_the_parameter() {
    let world = World::new();
    for (query, parameter) in [
        ("page=0", "page"),
        ("page=x", "page"),
        ("pageSize=101", "pageSize"),
        ("filter[name][near]=x", "filter[name][near]"),
    ] {
        let answer = world.get(&format!("/v1/customers?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.json["errors"][0]["source"]["parameter"], parameter);
    }
    assert_eq!(world.get("/v1/users?pageSize=500").await.status, 200);
}

#[tokio::test]
async fn bad_bodies_are_400() {
    let world = World::new();
    for body in ["{", "[]", "", "\"text\"", "{\"nome\": \"Ada\"}", "{\"emails\": [1]}"] {
        let answer = world.ask("POST", "/v1/customers", body).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "bad_request"), "{body}");
    }
    let answer = world.post("/v1/customers", json!({ "custom": { "tier": "gold" } })).await;
    assert_eq!(answer.json["errors"][0]["source"]["pointer"], "/custom/tier");
    assert_eq!(world.get("/v1/customers").await.json["meta"]["total"], 12);
}

#[tokio::test]
async fn two_sandboxes_give_the_same_answers() {
    let (one, other) = (World::new(), World::new());
    let body = json!({ "name": "Ada" });
    let first = one.post("/v1/customers", body.clone()).await.json;
    assert_eq!(first, other.post("/v1/customers", body).await.json);
    assert_eq!(one.get("/v1/messages").await.json, other.get("/v1/messages").await.json);
}
