//! One test for each pitfall of Kustomer's API, by which an agent could reach what it was not given.

use catalogue::Catalogue;
use serde_json::{Value, json};

use super::{NONE, OTHER, THIRD, Trial};
use crate::support::world::{ID, everything};

#[tokio::test]
async fn pitfall_2_an_update_that_deletes_needs_full() {
    let trial =
        Trial::of("[access]\nconversations = \"write\"\nnotes = \"write\"\ncompanies = \"write\"")
            .await;
    let conversation = format!("PUT /v1/conversations/{ID}");
    trial.check(&conversation, json!({"status": "done"}), "permitted").await;
    trial.check(&conversation, json!({"deleted": false}), "permitted").await;
    for line in [
        format!("PUT /v1/conversations/{ID}"),
        format!("PATCH /v1/conversations/{ID}"),
        format!("PUT /v1/companies/{ID}"),
        format!("PUT /v1/notes/{ID}"),
        format!("PATCH /v1/notes/{ID}"),
    ] {
        for deleted in
            [json!(true), json!("true"), json!("false"), json!(1), json!(null), json!([])]
        {
            trial.check(&line, json!({"status": "x", "deleted": deleted}), "level_too_low").await;
        }
    }
    let patch = format!("PATCH /v1/conversations/{ID}");
    for operations in [
        json!([{"op": "replace", "path": "/deleted", "value": true}]),
        json!([{"op": "add", "path": "", "value": {"deleted": true}}]),
        json!([{"op": "copy", "from": "/locked", "path": "/deleted"}]),
        json!([{"op": "move", "from": "/deleted", "path": "/name"}]),
        json!([{"op": "remove", "path": "/deleted"}]),
        json!([{"op": "add", "path": "", "value": {"name": "all that is left"}}]),
    ] {
        trial.check(&patch, operations, "level_too_low").await;
    }
    trial
        .check(&patch, json!([{"op": "replace", "path": "/name", "value": "x"}]), "permitted")
        .await;
    for operations in [
        json!([{"op": "replace", "path": "deleted", "value": true}]),
        json!([{"op": "replace", "path": "/d~0eleted", "value": true}]),
        json!([{"op": "Replace", "path": "/deleted", "value": true}]),
        json!([{"deleted": true}]),
        json!([["replace"]]),
    ] {
        trial.check(&patch, operations, "body_no_patch").await;
    }
    trial.check(&conversation, json!([{"deleted": true}]), "body_no_object").await;
}

#[tokio::test]
async fn pitfall_2_a_delete_that_is_off_is_off_by_an_update_too() {
    let trial = Trial::of(
        "[access]\nconversations = \"full\"\nnotes = \"full\"\nkobjects = \"full\"\n\
         [actions]\ndelete_conversations = \"off\"\n\
         [operations]\n\"notes.delete\" = \"off\"",
    )
    .await;
    for line in [
        format!("PUT /v1/conversations/{ID}"),
        format!("PATCH /v1/conversations/{ID}"),
        format!("PUT /v1/conversations/bulk?ids={ID}"),
        format!("PUT /v1/notes/{ID}"),
        format!("PUT /v1/notes/bulk?ids={ID}"),
    ] {
        trial.check(&line, json!({"deleted": true}), "level_too_low").await;
        trial.check(&line, json!({"externalId": "x"}), "permitted").await;
    }
    let object = format!("PUT /v1/klasses/order/{ID}");
    trial.check(&object, json!({"deleted": true}), "permitted").await;
    let sentence = trial
        .sentence(&format!("PUT /v1/conversations/{ID}"), Some(&json!({"deleted": true})))
        .await;
    assert_eq!(
        sentence,
        format!(
            "Agent bot was refused: updating conversation {ID} needs full on conversations, because the \
             body marks it as deleted; its policy sets delete_conversations to off (policies/bot.toml:10)."
        )
    );
}

#[tokio::test]
async fn pitfall_3_an_update_that_moves_a_record_needs_full() {
    let trial =
        Trial::of("[access]\nconversations = \"write\"\nmessages = \"write\"\nnotes = \"write\"\ndrafts = \"write\"").await;
    for (line, body) in [
        (format!("PUT /v1/conversations/{ID}"), json!({"customer": OTHER})),
        (format!("PATCH /v1/conversations/{ID}"), json!({"customer": null})),
        (format!("PUT /v1/messages/{ID}"), json!({"conversation": OTHER})),
        (format!("PATCH /v1/messages/{ID}"), json!({"conversation": {"id": OTHER}})),
        (format!("PUT /v1/notes/{ID}"), json!({"conversation": OTHER})),
        (format!("PUT /v1/drafts/{ID}"), json!({"customer": OTHER})),
    ] {
        trial.check(&line, body, "level_too_low").await;
    }
    let sentence = trial
        .sentence(&format!("PUT /v1/messages/{ID}"), Some(&json!({"conversation": OTHER})))
        .await;
    assert_eq!(
        sentence,
        format!(
            "Agent bot was refused: updating message {ID} needs full on messages, because the body moves \
             it to another customer or conversation; its policy grants write (policies/bot.toml:7)."
        )
    );
}

#[tokio::test]
async fn pitfall_4_a_bulk_call_is_no_call_on_one_record() {
    let trial = Trial::of("[access]\ncustomers = \"write\"\nkobjects = \"write\"").await;
    trial.check(&format!("PUT /v1/customers/{ID}"), json!({"name": "x"}), "permitted").await;
    trial
        .check(&format!("PUT /v1/customers/bulk?ids={ID}"), json!({"name": "x"}), "level_too_low")
        .await;
    trial.check(&format!("DELETE /v1/customers/bulk?ids={ID}"), NONE, "level_too_low").await;
    trial.check(&format!("DELETE /v1/klasses/order/bulk?ids={ID}"), NONE, "level_too_low").await;
    let line = format!("PUT /v1/customers/{ID}?ids={OTHER}");
    trial.check(&line, json!({"name": "x"}), "query_ids_not_taken").await;
}

#[tokio::test]
async fn pitfall_5_every_id_of_a_list_is_a_target_of_the_record() {
    let trial = Trial::of("[access]\nconversations = \"full\"\ncustomers = \"full\"").await;
    let targets = async |line: &str, body: Option<&Value>| {
        let answer = trial.ask(line, body).await;
        assert_eq!(answer.status, 200, "{line}: {}", answer.text());
        trial.world.record_of(&answer).await.opening.targets
    };
    let all = [ID, OTHER, THIRD];
    let listed = format!("GET /v1/conversations/{ID}%2C{OTHER},{THIRD}");
    assert_eq!(targets(&listed, None).await, all);
    let queried = format!("DELETE /v1/customers/bulk?ids={ID},{OTHER}%2c{THIRD}");
    assert_eq!(targets(&queried, None).await, all);
    let items = json!(all.map(|id| json!({"id": id, "name": "x"})));
    assert_eq!(targets("PUT /v1/customers/bulk", Some(&items)).await, all);
    let merge = json!({"source": ID, "target": OTHER});
    let trial_merge = Trial::of("[access]\ncustomer_merges = \"full\"\ncustomers = \"full\"").await;
    let answer = trial_merge.ask("POST /v1/customers/merges", Some(&merge)).await;
    assert_eq!(trial_merge.world.record_of(&answer).await.opening.targets, [ID, OTHER]);
    let many = json!(vec![json!({"id": ID}); 101]);
    trial.check("PUT /v1/customers/bulk", many, "body_too_many_items").await;
    let ids = [ID; 101].join(",");
    trial.check(&format!("DELETE /v1/customers/bulk?ids={ids}"), NONE, "query_too_many_ids").await;
    trial.check("DELETE /v1/customers/bulk?ids=all", NONE, "query_no_ids").await;
    trial.check("DELETE /v1/customers/bulk", NONE, "query_ids_missing").await;
}

#[tokio::test]
async fn pitfall_6_a_look_up_by_key_is_a_read_of_the_customer() {
    let trial = Trial::of("[access]\nconversations = \"full\"").await;
    for key in ["email=ada@example.com", "phone=+15550100", "externalId=A%2F1"] {
        trial.check(&format!("GET /v1/customers/{key}"), NONE, "not_granted").await;
    }
    trial.check(&format!("GET /v1/customers/id={ID}"), NONE, "not_granted").await;
}

#[tokio::test]
async fn pitfall_7_sending_is_not_under_messages() {
    let trial =
        Trial::of("[access]\nmessages = \"full\"\nconversations = \"full\"\ncustomers = \"full\"")
            .await;
    let recorded = format!("POST /v1/conversations/{ID}/messages");
    trial.check(&recorded, json!({"channel": "email"}), "permitted").await;
    for line in [
        format!("POST /v1/customers/{ID}/drafts"),
        format!("PUT /v1/drafts/{ID}"),
        format!("POST /v1/conversations/{ID}/forwards"),
        format!("PUT /v1/forwards/{ID}"),
        "POST /v2.1/chat/outbound/messages".to_owned(),
        "POST /v2.1/chat/outbound/assistant/messages".to_owned(),
        "POST /v2.1/chat/messages".to_owned(),
    ] {
        trial.check(&line, json!({"body": "x"}), "not_granted").await;
    }
}

#[tokio::test]
async fn pitfall_8_path_and_body_name_the_same_record_or_the_body_names_none() {
    let trial = Trial::of(&everything("full")).await;
    for (line, body) in [
        (format!("POST /v1/conversations/{ID}/messages"), json!({"conversation": OTHER})),
        (format!("POST /v1/conversations/{ID}/notes"), json!({"conversation": {"id": ID}})),
        (format!("POST /v1/conversations/{ID}/notes"), json!({"conversation": null})),
        (format!("POST /v1/customers/{ID}/messages"), json!({"customer": OTHER})),
        (format!("POST /v1/customers/{ID}/drafts"), json!({"customerId": OTHER})),
        (format!("POST /v1/customers/{ID}/klasses/order"), json!({"customer": OTHER})),
        (format!("PUT /v1/conversations/{ID}"), json!({"id": OTHER})),
        (
            format!("PATCH /v1/conversations/{ID}"),
            json!([{"op": "replace", "path": "/id", "value": OTHER}]),
        ),
        (format!("PUT /v1/notes/{ID}"), json!({"_id": OTHER})),
        (format!("PUT /v1/customers/bulk?ids={ID}"), json!({"id": OTHER})),
        // These need full whatever they say, and still speak of one record.
        (format!("POST /v1/customers/{ID}/unmasking-windows"), json!({"customer": OTHER})),
        (format!("PATCH /c/v1/conversations/{ID}"), json!({"conversationId": OTHER})),
    ] {
        trial.check(&line, body, "body_names_another_record").await;
    }
    let same = json!({"conversation": ID.to_ascii_uppercase(), "id": OTHER});
    trial.check(&format!("POST /v1/conversations/{ID}/messages"), same, "permitted").await;
}

#[tokio::test]
async fn pitfall_9_what_returns_the_records_of_another_resource_needs_both() {
    for (line, own, other) in [
        (format!("GET /v1/customers/{ID}/klasses/order"), "kobjects", "customers"),
        (format!("GET /v1/companies/{ID}/klasses/order"), "kobjects", "companies"),
        (
            format!("GET /v1/conversations/{ID}/messages?include=attachments"),
            "messages",
            "attachments",
        ),
        (format!("GET /v1/conversations/{ID}/attachments"), "attachments", "conversations"),
        (format!("GET /v1/conversations/{ID}/times"), "conversation_times", "conversations"),
    ] {
        let one = Trial::of(&format!("[access]\n{own} = \"read\"")).await;
        one.check(&line, NONE, "not_granted").await;
        let two = Trial::of(&format!("[access]\n{other} = \"read\"")).await;
        two.check(&line, NONE, "not_granted").await;
        let both = Trial::of(&format!("[access]\n{own} = \"read\"\n{other} = \"read\"")).await;
        both.check(&line, NONE, "permitted").await;
    }
    let trial = Trial::of(
        "[access]\nbulk_jobs = \"full\"\naudit_logs = \"full\"\nai = \"full\"\nconversations = \"full\"\n\
         comments = \"full\"\nkobjects = \"full\"",
    )
    .await;
    trial.check(&format!("GET /v1/bulk/{ID}"), NONE, "not_granted").await;
    trial.check("GET /v1/audit-logs", NONE, "not_granted").await;
    trial.check("GET /v1/ai/summaries", NONE, "not_granted").await;
    trial.check(&format!("GET /v1/conversations/{ID}/events"), NONE, "not_granted").await;
    trial
        .check(&format!("POST /v1/kobjects/{ID}/comments"), json!({"body": "x"}), "not_granted")
        .await;
    let all = Trial::of(&everything("full")).await;
    let line = format!("GET /v1/conversations/{ID}/messages?include");
    all.check(&format!("{line}=attachments,customer"), NONE, "query_unknown_include").await;
    all.check(&format!("{line}[]=attachments"), NONE, "query_spelling").await;
    all.check("GET /v1/customers?include=conversations", NONE, "query_unknown_include").await;
}

#[tokio::test]
async fn pitfall_10_levels_go_by_effect_and_not_by_the_names_of_roles() {
    let trial = Trial::of("[access]\nconversations = \"write\"\nnotes = \"read\"").await;
    trial.check(&format!("DELETE /v1/conversations/{ID}/tags"), json!(["vip"]), "permitted").await;
    trial
        .check(&format!("POST /v1/conversations/{ID}/notes"), json!({"body": "x"}), "level_too_low")
        .await;
    let merges = Trial::of("[access]\ncustomers = \"write\"\ncustomer_merges = \"full\"").await;
    merges.check(&format!("GET /v1/customers/merges/{ID}"), NONE, "permitted").await;
    let merge = json!({"source": ID, "target": OTHER});
    merges.check("POST /v1/customers/merges", merge, "level_too_low").await;
}

#[tokio::test]
async fn pitfall_11_unmasking_is_no_write_to_a_customer() {
    let trial = Trial::of("[access]\ncustomers = \"full\"\nconversations = \"full\"").await;
    let line = format!("POST /v1/customers/{ID}/unmasking-windows");
    trial.check(&line, NONE, "not_granted").await;
    let read = Trial::of("[access]\ncustomers = \"write\"\ndata_masking = \"full\"").await;
    read.check(&line, NONE, "level_too_low").await;
}

#[tokio::test]
async fn pitfall_12_a_secret_is_no_read() {
    let trial = Trial::of(&everything("write")).await;
    for line in [
        "GET /v1/auth/customer/settings".to_owned(),
        "GET /v1/outbound-webhooks".to_owned(),
        format!("GET /v1/outbound-webhooks/{ID}"),
        format!("GET /v1/workflow-variables/{ID}"),
        "GET /v1/workflows".to_owned(),
        "GET /v1/settings/app/category/name".to_owned(),
        "GET /v1/apps/settings".to_owned(),
        "GET /v1/auth/tokens/current".to_owned(),
    ] {
        trial.check(&line, NONE, "level_too_low").await;
    }
}

#[tokio::test]
async fn pitfall_13_what_harms_or_widens_the_key_has_to_be_named() {
    let actions: Vec<String> = Catalogue::builtin()
        .actions()
        .map(|action| format!("{} = \"full\"\n", action.id()))
        .collect();
    let trial = Trial::of(&format!("{}[actions]\n{}", everything("full"), actions.concat())).await;
    for line in [
        "DELETE /v1/auth/tokens/current".to_owned(),
        format!("DELETE /v1/auth/tokens/{ID}"),
        "POST /v1/auth/tokens".to_owned(),
        "PUT /v1/users/current".to_owned(),
        format!("PUT /v1/users/{ID}"),
        "POST /v1/users".to_owned(),
        "POST /v1/role-groups".to_owned(),
        format!("POST /v1/teams/{ID}/members"),
        format!("PUT /v1/teams/{ID}"),
        format!("POST /v1/conversations/{ID}/forwards"),
        "PUT /v1/auth/settings".to_owned(),
    ] {
        trial.check(&line, NONE, "not_granted").await;
    }
    let sentence = trial.sentence("DELETE /v1/auth/tokens/current", None).await;
    assert!(sentence.contains("only a line of its own in [operations] can grant it"), "{sentence}");
    let sent = Trial::of("[access]\ndrafts = \"write\"").await;
    let draft = format!("POST /v1/customers/{ID}/drafts");
    sent.check(&draft, json!({"body": "x"}), "permitted").await;
    sent.check(&draft, json!({"body": "x", "bcc": [{"email": "a@example.com"}]}), "level_too_low")
        .await;
    let named = Trial::of("[operations]\n\"users.update_current\" = \"full\"").await;
    named.check("PUT /v1/users/current", json!({"name": "x"}), "permitted").await;
}

#[tokio::test]
async fn pitfall_14_what_starts_workflows_or_sends_data_away_needs_full() {
    let trial = Trial::of(&everything("write")).await;
    for line in [
        "POST /v1/hooks/form/abc",
        "POST /v1/hooks/form/org/abc",
        "POST /v1/hooks/web/abc",
        "POST /v1/hooks/web",
        "POST /v1/outbound-webhooks",
        "POST /v1/workflows",
    ] {
        trial.check(line, json!({"url": "https://example.com"}), "level_too_low").await;
    }
}

#[tokio::test]
async fn pitfall_15_a_bulk_call_takes_one_of_the_limit_for_each_record() {
    let tables =
        "[access]\ncustomers = \"full\"\nmessages = \"write\"\n[limits]\nrequests = \"10/day\"";
    let trial = Trial::of(tables).await;
    let items = json!(vec![json!({"name": "x"}); 8]);
    trial.check("POST /v1/customers/bulk", items.clone(), "permitted").await;
    trial.check("POST /v1/customers/bulk", items, "limit_reached").await;
    trial.check(&format!("GET /v1/customers/{ID}"), NONE, "permitted").await;
    trial
        .check(&format!("DELETE /v1/customers/bulk?ids={ID},{OTHER}"), NONE, "limit_reached")
        .await;
    trial.check(&format!("GET /v1/customers/{ID}"), NONE, "permitted").await;
    trial.check(&format!("GET /v1/customers/{ID}"), NONE, "limit_reached").await;
    let line = format!("POST /v1/conversations/{ID}/messages");
    let imported = json!({"importedAt": "2020-01-01T00:00:00Z"});
    trial.check(&line, imported, "level_too_low").await;
}

#[tokio::test]
async fn pitfall_16_method_and_body_are_what_they_seem() {
    let trial = Trial::of(&everything("full")).await;
    let customer = format!("/v1/customers/{ID}");
    trial.check(&format!("GET {customer}?_method=DELETE"), NONE, "method_override").await;
    trial.check(&format!("PUT {customer}"), json!({"_method": "DELETE"}), "method_override").await;
    trial.check(&format!("GET {customer}"), json!({"deleted": true}), "body_not_allowed").await;
    trial.check(&format!("DELETE {customer}"), json!([ID]), "body_not_allowed").await;
    trial.check(&format!("DELETE /v1/teams/{ID}/members"), json!([OTHER]), "permitted").await;
    trial
        .check(
            &format!("DELETE /v1/conversations/{ID}/tags"),
            json!([{"id": OTHER}]),
            "body_no_names",
        )
        .await;
    trial.check("GET /v1/users/current/", NONE, "permitted").await;
}

#[tokio::test]
async fn pitfall_17_replacing_a_record_needs_full() {
    let trial = Trial::of("[access]\ncustomers = \"write\"\nmessages = \"write\"").await;
    let line = |query: &str| format!("PUT /v1/customers/{ID}?{query}");
    trial.check(&line("page=1"), json!({"name": "x"}), "permitted").await;
    trial.check(&line("replace=false"), json!({"name": "x"}), "permitted").await;
    for query in ["replace=true", "replace", "replace=1", "a=b&replace=FALSE"] {
        trial.check(&line(query), json!({"name": "x"}), "level_too_low").await;
    }
    for query in ["Replace=true", "replace[]=true", "%72eplace=true", "a=b;replace=true"] {
        trial.check(&line(query), json!({"name": "x"}), "query_spelling").await;
    }
    trial.check(&line("replace=false&replace=true"), json!({}), "query_duplicate_key").await;
}

#[tokio::test]
async fn pitfall_18_a_message_that_starts_a_conversation_needs_it() {
    let trial = Trial::of("[access]\nmessages = \"write\"\nconversations = \"read\"").await;
    let line = format!("POST /v1/customers/{ID}/messages");
    trial.check(&line, json!({"conversation": OTHER}), "permitted").await;
    trial.check(&line, json!({"channel": "email"}), "level_too_low").await;
    trial.check("POST /v1/messages", json!({"customer": ID}), "level_too_low").await;
}

#[tokio::test]
async fn pitfall_19_ending_or_rating_a_conversation_needs_full() {
    let trial = Trial::of("[access]\nconversations = \"write\"").await;
    for line in [format!("PUT /v1/conversations/{ID}"), format!("PATCH /v1/conversations/{ID}")] {
        trial.check(&line, json!({"status": "done"}), "permitted").await;
        trial.check(&line, json!({"ended": true}), "level_too_low").await;
        trial.check(&line, json!({"locked": "yes"}), "level_too_low").await;
        trial.check(&line, json!({"satisfaction": 1}), "level_too_low").await;
        trial.check(&line, json!({"satisfactionLevel": null}), "level_too_low").await;
    }
}

#[tokio::test]
async fn pitfall_18_a_conversation_that_is_none_is_created_and_needs_its_grant() {
    let trial = Trial::of("[access]\nmessages = \"write\"").await;
    let named = json!({"customer": ID, "conversation": OTHER});
    trial.check("POST /v1/messages", named, "permitted").await;
    for none in [json!(null), json!(""), json!(" "), json!(0), json!([]), json!({})] {
        let body = json!({"customer": ID, "conversation": none});
        trial.check("POST /v1/messages", body, "not_granted").await;
    }
}

#[tokio::test]
async fn pitfall_7_a_draft_of_a_note_is_one_in_a_list_too() {
    let trial = Trial::of("[access]\ndrafts = \"write\"").await;
    for channel in [json!("note"), json!(["note"]), json!({"name": "note"})] {
        let body = json!({"channel": channel});
        trial.check(&format!("PUT /v1/drafts/{ID}"), body, "not_granted").await;
    }
    trial.check(&format!("PUT /v1/drafts/{ID}"), json!({"channel": "email"}), "permitted").await;
}
