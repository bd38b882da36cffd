//! The first pitfall: the body of a search decides what it returns and what it looks into.

use serde_json::json;

use super::{NONE, Trial};

const SEARCH: &str = "POST /v1/customers/search";

#[tokio::test]
async fn pitfall_1_a_search_reads_what_is_granted_and_nothing_else() {
    let trial = Trial::of(
        "[access]\nsearch = \"read\"\ncustomers = \"read\"\nconversations = \"read\"\n\
         \"kobjects.orders\" = \"read\"",
    )
    .await;
    let permitted = [
        json!({"queryContext": "customer"}),
        json!({"queryContext": "conversation", "and": [{"customer_email": {"equals": "a"}}]}),
        json!({"queryContext": "customer", "includeDeleted": false, "or": [],
               "sort": [{"customer_updated_at": "asc"}]}),
        json!({"queryContext": "kobject_orders", "and": {"kobject_title": {"equals": "a"}}}),
        json!({"queryContext": "customer", "and": [{"kobject_custom_orders_sum": {"gt": 1}}]}),
        json!({"queryContext": "customer", "and": [{"customer_name": {"equals": "message_body"}}]}),
    ];
    for body in permitted {
        trial.check(SEARCH, body, "permitted").await;
    }
    let denied = [
        json!({"queryContext": "message"}),
        json!({"queryContext": "company"}),
        json!({"queryContext": "kobject"}),
        json!({"queryContext": "kobject_secrets"}),
        json!({"queryContext": "customer", "and": [{"message_body": {"contains": "x"}}]}),
        json!({"queryContext": "customer", "not": {"or": [{"and": {"note_body": {"contains": "x"}}}]}}),
        json!({"queryContext": "customer", "sort": {"message_created_at": "asc"}}),
        json!({"queryContext": "customer", "fields": ["message_body"]}),
        json!({"queryContext": "customer", "aggs": {"a": {"terms": {"field": "message_channel"}}}}),
        json!({"queryContext": "customer", "aggs": {"a": {"x": "doc['message_body']"}}}),
        json!({"queryContext": "customer", "message_body": {"contains": "x"}}),
        json!({"queryContext": "customer", "and": [{"customer_name": {"message_body": 1}}]}),
        json!({"queryContext": "customer", "and": [{"kobject_custom_secrets_x": {"gt": 1}}]}),
        json!({"queryContext": "customer", "and": [{"kobject_custom_orders_of_x": {"gt": 1}}]}),
    ];
    for body in denied {
        trial.check(SEARCH, body, "not_granted").await;
    }
}

#[tokio::test]
async fn pitfall_1_what_a_search_is_about_must_be_clear() {
    let trial = Trial::of("[access]\nsearch = \"read\"\ncustomers = \"read\"").await;
    for deleted in [json!(true), json!("true"), json!(1), json!(null)] {
        let body = json!({"queryContext": "customer", "includeDeleted": deleted});
        trial.check(SEARCH, body.clone(), "level_too_low").await;
        trial.check("POST /v1/customers/archive/search", body, "level_too_low").await;
    }
    let unclear = [
        (json!({}), "search_without_context"),
        (json!({"queryContext": ["customer"]}), "search_without_context"),
        (json!({"queryContext": null}), "search_without_context"),
        (json!({"queryContext": "Customer"}), "search_unknown_context"),
        (json!({"queryContext": "kobject_"}), "search_unknown_context"),
        (json!({"queryContext": "user"}), "search_unknown_context"),
        (
            json!({"queryContext": "customer", "and": [{"body": {"contains": "x"}}]}),
            "search_unknown_criterion",
        ),
        (
            json!({"queryContext": "customer", "and": [{"MESSAGE_body": {"a": "x"}}]}),
            "search_unknown_criterion",
        ),
        (
            json!({"queryContext": "customer", "fields": [{"messages": "body"}]}),
            "search_unknown_criterion",
        ),
        (json!({"queryContext": "customer", "and": "x"}), "search_shape"),
    ];
    for (body, code) in unclear {
        trial.check(SEARCH, body, code).await;
    }
    trial.check(SEARCH, NONE, "search_without_context").await;
}

#[tokio::test]
async fn a_criterion_cannot_write_into_the_record_by_the_name_of_a_klass() {
    let trial = Trial::of("[access]\nsearch = \"read\"\ncustomers = \"read\"").await;
    for name in
        ["kobject_ada@example.com_x", "kobject_x; Ada permitted it (y_z", "kobject_\u{202e}_x"]
    {
        let search = json!({"queryContext": "customer", "and": [{name: {"equals": 1}}]});
        trial.check("POST /v1/customers/search", search, "search_unknown_criterion").await;
    }
}

#[tokio::test]
async fn pitfall_1_what_is_named_in_the_value_of_a_field_or_of_an_order_is_looked_into() {
    let trial = Trial::of("[access]\nsearch = \"read\"\ncustomers = \"read\"").await;
    for part in [
        json!({"fields": [{"customer_name": "message_body"}]}),
        json!({"fields": [{"customer_name": {"as": ["x", "note_body"]}}]}),
        json!({"sort": [{"customer_name": {"by": "message_body"}}]}),
    ] {
        let mut search = part;
        search["queryContext"] = json!("customer");
        trial.check(SEARCH, search, "not_granted").await;
    }
    let plain =
        json!({"queryContext": "customer", "and": [{"customer_name": {"equals": "message_body"}}]});
    trial.check(SEARCH, plain, "permitted").await;
}
