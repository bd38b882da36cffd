//! Which request is which operation: the routes that collide, and every known way to write a path so
//! that two readers disagree.

use catalogue::{Catalogue, Identified, Source};

const ID: &str = "5f1a2b3c4d5e6f708192a3b4";
const OTHER: &str = "5f1a2b3c4d5e6f708192a3b5";
const UUID: &str = "0190a2b3-c4d5-7e6f-8091-a2b3c4d5e6f7";

/// The id of the operation, `unknown`, or the code of the defect.
fn identify(method: &str, path: &str) -> String {
    match Catalogue::builtin().identify(method, path) {
        Ok(Identified::Known(asked)) => asked.operation().id().to_string(),
        Ok(Identified::Unknown(_)) => "unknown".to_owned(),
        Err(defect) => defect.code().to_owned(),
    }
}

#[track_caller]
fn check(method: &str, path: &str, expected: &str) {
    let path = path.replace("{id}", ID).replace("{other}", OTHER).replace("{uuid}", UUID);
    assert_eq!(identify(method, &path), expected, "{method} {path}");
}

#[test]
fn a_literal_is_never_taken_for_a_value() {
    check("GET", "/v1/brands/default", "brands.get_default");
    check("GET", "/v1/brands/{id}", "brands.get");
    check("PATCH", "/v1/brands/default", "unknown");
    check("GET", "/v1/schedules/default", "schedules.get_default");
    check("DELETE", "/v1/schedules/default", "unknown");
    check("PUT", "/v1/companies/bulk", "companies.bulk_update");
    check("GET", "/v1/companies/bulk", "unknown");
    check("PUT", "/v1/conversations/bulk", "conversations.bulk_update");
    check("DELETE", "/v1/conversations/bulk", "unknown");
    check("DELETE", "/v1/customers/bulk?ids={id},{other}", "customers.bulk_delete");
    check("DELETE", "/v1/customers/{id}", "customers.delete");
    check("PUT", "/v1/customers/bulk", "customers.bulk_update");
    check("PATCH", "/v1/customers/bulk", "unknown");
    check("DELETE", "/v1/klasses/order/bulk?ids={id}", "kobjects.bulk_delete");
    check("DELETE", "/v1/klasses/order/{id}", "kobjects.delete");
    check("PUT", "/v1/messages/bulk", "messages.bulk_update");
    check("PUT", "/v1/notes/bulk", "notes.bulk_update");
    check("GET", "/v1/auth/tokens/current", "api_tokens.get_current");
    check("DELETE", "/v1/auth/tokens/current", "api_tokens.delete_current");
    check("GET", "/v1/users/current", "users.get_current");
    check("PUT", "/v1/users/current", "users.update_current");
    check("GET", "/v1/kb/articles/search", "knowledge_base.search_articles");
    check("GET", "/v1/outbound-webhooks/events", "outbound_webhooks.list_events");
    check("DELETE", "/v1/outbound-webhooks/events", "unknown");
    check("GET", "/v1/apps/settings", "settings.get_apps");
    check("GET", "/v1/apps/available", "apps.list_available");
    check("GET", "/v1/apps/acme.orders", "apps.get");
    check("PUT", "/v1/routing/queue-rules/order", "routing.update_rule_order");
    check("POST", "/v1/customers/search", "search.customers");
    check("GET", "/v1/customers/search", "unknown");
    check("GET", "/v1/conversations/times/{id},{other}", "conversation_times.get");
}

#[test]
fn a_literal_of_any_method_is_reserved_for_all_methods() {
    let text = r#"
        [resource]
        id = "things"
        singular = "thing"
        about = "Things."
        [[operation]]
        id = "things.special"
        method = "GET"
        path = "/t/{id}/special"
        level = "read"
        phrase = "read special {id}"
        [[operation]]
        id = "things.name"
        method = "POST"
        path = "/t/{thing:word}/{name:word}"
        level = "write"
        phrase = "name thing {thing}"
    "#;
    let source = Source { name: "things.toml".to_owned(), text: text.to_owned() };
    let things = Catalogue::load(&[source]).unwrap();
    let is_known =
        |path: String| matches!(things.identify("POST", &path), Ok(Identified::Known(_)));
    assert!(is_known(format!("/t/{ID}/plain")));
    assert!(is_known("/t/other/special".to_owned()));
    // Here GET has a literal `special`, which no method takes for a word.
    assert!(!is_known(format!("/t/{ID}/special")));
}

#[test]
fn kinds_of_values_tell_routes_apart() {
    check("GET", "/v1/klasses/{id}", "klasses.get");
    check("GET", "/v1/klasses/order", "kobjects.list");
    check("GET", "/v1/users/{id}", "users.get");
    check("GET", "/v1/users/{uuid}", "users.get");
    check("GET", "/v1/users/{id},{other}", "users.get_many");
    check("GET", "/v1/users/{id}%2C{other}", "users.get_many");
    check("GET", "/v1/users/{id}%2c{other}", "users.get_many");
    check("GET", "/v1/conversations/{id}", "conversations.get");
    check("GET", "/v1/conversations/{id},{other}", "conversations.get");
    check("PUT", "/v1/conversations/{id},{other}", "unknown");
    check("GET", "/v1/customers/{id},{other}", "unknown");
    check("GET", "/v1/users/{id},", "unknown");
    check("GET", "/v1/users/,{id}", "unknown");
    check("GET", "/v1/customers/me", "unknown");
    check("GET", "/v1/customers/{id}0", "unknown");
}

#[test]
fn a_literal_in_another_case_is_never_a_value() {
    check("GET", "/v1/apps/settings", "settings.get_apps");
    check("GET", "/v1/apps/Settings", "unknown");
    check("GET", "/v1/apps/AVAILABLE", "unknown");
    check("GET", "/v1/apps/settings.", "unknown");
    check("GET", "/v1/apps/.settings", "unknown");
    check("DELETE", "/v1/klasses/order/Bulk", "unknown");
}

#[test]
fn keys_are_only_what_stands_behind_their_prefix() {
    check("GET", "/v1/customers/email=ada@example.com", "customers.get_by_email");
    check("GET", "/v1/customers/email=ada%40example.com", "customers.get_by_email");
    check("GET", "/v1/customers/email=ada%2Btest%40example.com", "customers.get_by_email");
    check("GET", "/v1/customers/phone=+15550100", "customers.get_by_phone");
    check("GET", "/v1/customers/id={id}", "customers.get_by_id_key");
    check("GET", "/v1/customers/id=me", "unknown");
    check("GET", "/v1/customers/externalId=A%2F1", "customers.get_by_external_id");
    check("GET", "/v1/conversations/externalId=A-1", "conversations.get_by_external_id");
    check("GET", "/v1/messages/externalid=A-1", "messages.get_by_external_id");
    check("GET", "/v1/messages/externalId=A-1", "unknown");
    check("GET", "/v1/klasses/order/externalId=A-1", "kobjects.get_by_external_id");
    check("GET", "/v1/customers/email=", "unknown");
    check("GET", "/v1/customers/externalId=", "unknown");
    check("GET", "/v1/customers/nick=ada", "unknown");
    check("PUT", "/v1/customers/email=ada@example.com", "unknown");
    check("GET", "/v1/customers/email=ada@example.com/notes", "unknown");
}

#[test]
fn an_encoded_separator_stands_only_in_an_external_id() {
    check("GET", "/v1/customers/email=a%2Fb", "encoded_separator");
    check("GET", "/v1/customers/email=a%3Fb", "encoded_separator");
    check("GET", "/v1/customers/phone=%23", "encoded_separator");
    check("GET", "/v1/customers/{id}%3fadmin=1", "encoded_separator");
    check("GET", "/v1/customers%2f{id}", "encoded_separator");
    check("GET", "/v1/customers%2f..%2fadmin", "encoded_separator");
    check("GET", "/v1/customers/externalId=A%3F%23", "customers.get_by_external_id");
    check("GET", "/v1/customers/externalId=%2e%2e%2Fadmin", "dot_segment");
    check("GET", "/v1/customers/externalId=A%2F..", "dot_segment");
    check("GET", "/v1/customers/externalId=A%2F.%2FB", "dot_segment");
    check("GET", "/v1/customers/externalId=..", "dot_segment");
}

#[test]
fn dot_segments_are_refused_in_every_spelling() {
    for segment in
        ["..", ".", "%2e%2e", ".%2e", "%2E.", "%2e", "..;", "..;x=1", ".;", "%2e%2e;x", "..%3Bx"]
    {
        check("GET", &format!("/v1/customers/{segment}/admin"), "dot_segment");
        check("GET", &format!("/v1/customers/{segment}"), "dot_segment");
    }
    check("GET", "/v1/customers/...", "unknown");
    check("GET", "/v1/customers/..%2f", "encoded_separator");
}

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    check("GET", "//v1/customers", "empty_segment");
    check("GET", "/v1//customers", "empty_segment");
    check("GET", "//evil.example/v1", "empty_segment");
    check("GET", "/v1/customers//", "empty_segment");
    check("GET", "//", "empty_segment");
    check("GET", "/v1/customers/\\..\\", "backslash");
    check("GET", "/v1/customers/%5c", "backslash");
    check("GET", "/v1/customers/email=a%5Cb", "backslash");
    check("GET", "/v1/customers/a\u{0}", "control_character");
    check("GET", "/v1/customers/%00", "control_character");
    check("GET", "/v1/customers/email=%0d%0aX:%201", "control_character");
    check("GET", "/v1/customers/email=%09", "control_character");
    check("GET", "/v1/customers/email=%7F", "control_character");
    check("GET", "/v1/customers/email=%C2%85", "control_character");
    check("GET", "/v1/customers/%252e%252e", "double_encoding");
    check("GET", "/v1/customers/externalId=a%252fb", "double_encoding");
    check("GET", "/v1/customers/externalId=a%25%32%66b", "double_encoding");
    check("GET", "/v1/customers/externalId=100%25", "customers.get_by_external_id");
    check("GET", "/v1/customers/%u002e", "malformed_escape");
    check("GET", "/v1/customers/%zz", "malformed_escape");
    check("GET", "/v1/customers/%", "malformed_escape");
    check("GET", "/v1/customers/%4", "malformed_escape");
    check("GET", "/v1/customers/email=%+4", "malformed_escape");
    check("GET", "/v1/customers/email=%c0%ae", "not_utf8");
    check("GET", "/v1/customers/email=%c0%af", "not_utf8");
    check("GET", "/v1/customers/email=%e0%80%af", "not_utf8");
    check("GET", "/v1/customers/email=%ff", "not_utf8");
    check("GET", "/v1/customers;a=b/{id}", "semicolon");
    check("GET", "/v1/customers/email=a%3bb", "semicolon");
    check("GET", "/v1/customers/email=zo\u{eb}", "not_ascii");
    check("GET", "/v1/customers/email=a b", "illegal_character");
    check("GET", "/v1/customers/{id}?page=1", "customers.get");
    check("GET", "/v1/customers/{id}%3Fpage=1", "encoded_separator");
    check("DELETE", "/v1/customers/bulk", "query_ids_missing");
    check("DELETE", "/v1/customers/{id}?ids={other}", "query_ids_not_taken");
    check("GET", "/v1/customers/{id}#x", "illegal_character");
    check("GET", "/v1/customers/<id>", "illegal_character");
    check("GET", "/v1/%63ustomers/{id}", "percent_encoding_in_literal");
    check("GET", "/v1/customers/bul%6b", "percent_encoding_in_literal");
    check("GET", "/v1/customers/email%3dada", "percent_encoding_in_literal");
    check("GET", "/v1/customers/{id}%20", "percent_encoding_in_literal");
    check("GET", "/v1/users/{id}%2C%35f1a2b3c4d5e6f708192a3b", "percent_encoding_in_literal");
    check("GET", "/v1/nothing/like%20this", "percent_encoding_in_literal");
    check("GET", "v1/customers", "no_leading_slash");
    check("GET", "*", "no_leading_slash");
    check("GET", "", "no_leading_slash");
    check("GET", "https://evil.example/v1/customers", "no_leading_slash");
}

#[test]
fn look_alikes_stay_text_in_one_value() {
    check("GET", "/v1/customers/externalId=%ef%bc%8e%ef%bc%8f", "customers.get_by_external_id");
    check("GET", "/v1/customers/%ef%bc%8e", "percent_encoding_in_literal");
}

#[test]
fn case_and_neighbours_do_not_match() {
    for path in
        ["/V1/customers", "/v1/Customers", "/v1/customers-export", "/v1/customersX", "/v1", "/"]
    {
        check("GET", path, "unknown");
    }
    check("GET", "/v1/customers/Email=ada@example.com", "unknown");
}

#[test]
fn a_trailing_slash_is_taken_only_where_a_client_sends_it() {
    check("GET", "/v1/users/current/", "users.get_current");
    check("GET", "/v1/users/current", "users.get_current");
    check("PUT", "/v1/users/current/", "empty_segment");
    check("GET", "/v1/customers/{id}/", "empty_segment");
    check("GET", "/v1/nothing/", "empty_segment");
}

#[test]
fn methods_that_the_catalogue_lacks_are_unknown() {
    for method in ["HEAD", "OPTIONS", "TRACE", "CONNECT", "get", "Get", "GET ", "", "PURGE"] {
        check(method, "/v1/customers", "unknown");
    }
}

#[test]
fn an_unknown_operation_names_the_methods_that_the_path_has() {
    let path = format!("/v1/conversations/{ID}");
    let Ok(Identified::Unknown(unknown)) = Catalogue::builtin().identify("HEAD", &path) else {
        panic!("HEAD is unknown");
    };
    assert_eq!((unknown.method.as_str(), unknown.path.as_str()), ("HEAD", path.as_str()));
    let methods: Vec<&str> = unknown.known_methods.iter().map(|method| method.as_str()).collect();
    assert_eq!(methods, ["GET", "PUT", "PATCH", "DELETE"]);
}

#[test]
fn sizes_are_bounded() {
    let key = |length: usize| format!("/v1/customers/email={}", "a".repeat(length));
    check("GET", &key(4096 - "/v1/customers/email=".len()), "customers.get_by_email");
    check("GET", &key(4097 - "/v1/customers/email=".len()), "path_too_long");
    check("GET", &"/a".repeat(64), "unknown");
    check("GET", &"/a".repeat(65), "too_many_segments");
    let ids = |count: usize| format!("/v1/users/{}", vec![ID; count].join(","));
    check("GET", &ids(100), "users.get_many");
    check("GET", &ids(101), "too_many_ids");
    check("GET", &ids(101).replace(',', "%2C"), "too_many_ids");
}

#[test]
fn every_id_and_key_of_a_path_is_a_target() {
    let targets = |path: &str| match Catalogue::builtin().identify("GET", path) {
        Ok(Identified::Known(asked)) => asked.targets().join(" "),
        other => panic!("{other:?}"),
    };
    assert_eq!(targets(&format!("/v1/customers/{}", ID.to_uppercase())), ID);
    assert_eq!(targets(&format!("/v1/users/{ID}%2C{OTHER}")), format!("{ID} {OTHER}"));
    assert_eq!(targets("/v1/customers/email=ada%40example.com"), "email=ada@example.com");
    assert_eq!(targets(&format!("/v1/customers/id={ID}")), ID);
    assert_eq!(targets(&format!("/v1/klasses/order/{ID}")), ID);
    assert_eq!(targets("/v1/klasses/order"), "");
}

#[test]
fn values_are_decoded_once_and_named() {
    let Ok(Identified::Known(asked)) =
        Catalogue::builtin().identify("GET", "/v1/klasses/order/externalId=A%2F1%25")
    else {
        panic!("known");
    };
    let values: Vec<(&str, &str)> = asked.values().collect();
    assert_eq!(values, [("name", "order"), ("externalId", "A/1%")]);
}
