//! What is wrong with a catalogue file is said with its place, and an operator's file cannot change
//! what is built in.

use catalogue::{Catalogue, Identified, Source};

const RESOURCE: &str = "[resource]\nid = \"orders\"\nsingular = \"order\"\nabout = \"Orders.\"\n";

fn operation(id: &str, method: &str, path: &str, rest: &str) -> String {
    format!(
        "[[operation]]\nid = \"{id}\"\nmethod = \"{method}\"\npath = \"{path}\"\nlevel = \"read\"\n\
         phrase = \"read order\"\n{rest}\n"
    )
}

fn source(name: &str, text: impl Into<String>) -> Source {
    Source { name: name.to_owned(), text: text.into() }
}

/// Every fault of a file that is loaded by itself, one a line.
fn faults(text: &str) -> String {
    match Catalogue::load(&[source("orders.toml", text)]) {
        Ok(_) => "none".to_owned(),
        Err(faults) => faults.to_string(),
    }
}

/// Every fault of a file that extends the built-in catalogue.
fn extension_faults(text: &str) -> String {
    match Catalogue::builtin().extended(&[source("acme.toml", text)]) {
        Ok(_) => "none".to_owned(),
        Err(faults) => faults.to_string(),
    }
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(faults(text), expected);
}

#[test]
fn a_sound_file_has_no_faults() {
    check(&format!("{RESOURCE}{}", operation("orders.get", "GET", "/v1/orders/{id}", "")), "none");
}

#[test]
fn all_faults_of_a_file_are_told_at_once() {
    let text = format!(
        "{RESOURCE}colour = 1\n[[operation]]\nid = \"orders.get\"\nmethod = \"FETCH\"\n\
         path = \"/v1/orders/{{id}}\"\nlevel = \"reed\"\nphrases = \"read order\"\n"
    );
    check(
        &text,
        "orders.toml:5:1: error: unknown key `colour` ([resource] takes: id, singular, about, klasses, within)\n\
         orders.toml:6:1: error: [[operation]] lacks the key `phrase` (add: phrase = \"...\")\n\
         orders.toml:8:10: error: `FETCH` is no method\n\
         orders.toml:10:9: error: `reed` is no level (did you mean `read`?)\n\
         orders.toml:11:1: error: unknown key `phrases` (did you mean `phrase`?)",
    );
}

#[test]
fn a_file_that_is_no_toml_is_told_with_its_place() {
    check(
        "[resource]\nid = \"orders\"\nid = \"again\"\n",
        "orders.toml:3:1: error: `id` stands twice in one table (keep one of the two lines)",
    );
    assert!(
        faults("[resource\n")
            .starts_with("orders.toml:1:1: error: the header of a table is not closed")
    );
}

#[test]
fn a_duplicate_id_names_both_places() {
    let first = operation("orders.get", "GET", "/v1/orders/{id}", "");
    let second = operation("orders.get", "GET", "/v1/orders", "");
    check(
        &format!("{RESOURCE}{first}{second}"),
        "orders.toml:13:6: error: there is already an operation `orders.get`, at orders.toml:6 \
         (choose another id; what is there cannot be changed)",
    );
}

#[test]
fn overlapping_paths_of_one_method_name_both_places() {
    let overlaps = |left: &str, right: &str| {
        let left = operation("orders.one", "GET", left, "");
        let right = operation("orders.two", "GET", right, "");
        faults(&format!("{RESOURCE}{left}{right}"))
    };
    assert_eq!(
        overlaps("/v1/orders/{id}", "/v1/orders/{name:word}"),
        "orders.toml:15:8: error: the path overlaps that of `orders.one`, at orders.toml:6 \
         (a request must match one operation; give the parameter another kind)",
    );
    for (left, right) in [
        ("/o", "/o"),
        ("/o/{id}", "/o/{other}"),
        ("/o/{id}", "/o/{ids:ids}"),
        ("/o/{ids:ids}", "/o/{ids:id-list}"),
        ("/o/{name:klass}", "/o/{name:word}"),
        ("/o/n={name:key}", "/o/n={id}"),
        ("/o/{id}/{a:word}", "/o/{w:word}/{b:klass}"),
    ] {
        assert!(overlaps(left, right).contains("overlaps"), "{left} {right}");
        assert!(overlaps(right, left).contains("overlaps"), "{right} {left}");
    }
    for (left, right) in [
        ("/o/{id}", "/o/{name:klass}"),
        ("/o/{id}", "/o/{ids:id-list}"),
        ("/o/{ids:ids}", "/o/{name:klass}"),
        ("/o/{w:word}", "/o/{ids:id-list}"),
        ("/o/{id}", "/o/bulk"),
        ("/o/{w:word}", "/o/bulk"),
        ("/o/{w:word}", "/o/n={name:key}"),
        ("/o/n={name:key}", "/o/m={name:key}"),
        ("/o/{id}/a", "/o/{id}/b"),
        ("/o/{id}", "/o/{id}/a"),
    ] {
        assert_eq!(overlaps(left, right), "none", "{left} {right}");
    }
}

#[test]
fn what_an_operation_says_has_to_make_sense() {
    let fault = |id: &str, path: &str, rest: &str| {
        let text = operation(id, "GET", path, rest);
        faults(&format!("{RESOURCE}{text}"))
    };
    let path = "/v1/orders/{id}";
    for (rest, expected) in [
        ("success = 99", "`success` is out of range"),
        ("success = \"ok\"", "`success` must be a whole number, not a string"),
        ("guide = 29", "`guide` is out of range"),
        ("trailing_slash = 1", "`trailing_slash` must be true or false, not a whole number"),
        ("roles = { legcy = [] }", "unknown key `legcy` (did you mean `legacy`?)"),
        ("roles = { legacy = [1] }", "`legacy` must be a list of strings, not a whole number"),
        ("object_limit = { calls = 1 }", "[object_limit] lacks the key `per`"),
        ("resource = \"orders\"", "unknown key `resource`"),
    ] {
        let found = fault("orders.get", path, rest);
        assert!(found.contains(expected), "{rest}: {found}");
    }
    for (id, path, expected) in [
        ("customers.get", path, "`customers.get` is no id of an operation here"),
        ("orders", path, "`orders` is no id of an operation here"),
        ("orders.Get", path, "`orders.Get` is no id of an operation here"),
        ("orders.get", "v1/orders", "a path begins with `/`"),
        ("orders.get", "/v1/orders/", "a path begins with `/` and does not end with one"),
        ("orders.get", "/v1//orders", "`` is no segment of a path"),
        ("orders.get", "/v1/../orders", "`..` is no segment of a path"),
        ("orders.get", "/v1/orders?x", "`orders?x` is neither"),
        ("orders.get", "/v1/{id}x", "`{id}x` is neither"),
        ("orders.get", "/v1/{id}/{id}", "two parameters are called `id`"),
        ("orders.get", "/v1/{id:number}", "`number` is no kind of parameter"),
        ("orders.get", "/v1/{}", "`` is no name for a parameter"),
        ("orders.get", "/v1/{name:key}", "the key `name` needs a prefix"),
        ("orders.get", "/v1/x{id}", "`x` must be letters or digits and end with `=`"),
    ] {
        let found = fault(id, path, "");
        assert!(found.contains(expected), "{id} {path}: {found}");
    }
}

#[test]
fn a_value_of_a_wrong_type_is_told_once() {
    check(
        &format!(
            "{RESOURCE}[[operation]]\nid = \"orders.get\"\nmethod = \"GET\"\npath = 5\n\
             level = 1\nphrase = \"read order\"\n"
        ),
        "orders.toml:8:8: error: `path` must be a string, not a whole number (write it in quotes: path = \"5\")\n\
         orders.toml:9:9: error: `level` must be a string, not a whole number (write it in quotes: level = \"1\")",
    );
}

#[test]
fn a_phrase_must_be_one_that_sentences_can_use() {
    let fault = |phrase: &str, level: &str| {
        faults(&format!(
            "{RESOURCE}[[operation]]\nid = \"orders.get\"\nmethod = \"GET\"\n\
             path = \"/v1/orders/{{id}}\"\nlevel = \"{level}\"\nphrase = \"{phrase}\"\n"
        ))
    };
    assert_eq!(fault("read order {id}", "read"), "none");
    assert!(fault("read order {name}", "read").contains("the path has no parameter `name`"));
    assert!(fault("read order {id", "read").contains("do not pair up"));
    assert!(fault("read order.", "read").contains("no full stop"));
    assert!(fault("Read order", "read").contains("first word are not known"));
    assert!(fault("blup order", "read").contains("first word are not known"));
    assert!(fault("read order", "off").contains("cannot need the level `off`"));
}

#[test]
fn an_action_names_operations_that_are_there() {
    let get = operation("orders.get", "GET", "/v1/orders/{id}", "");
    let action = "[[action]]\nid = \"see_orders\"\ntitle = \"See orders\"\nabout = \"Look.\"\n";
    check(&format!("{RESOURCE}{get}{action}operations = [\"orders.get\"]\n"), "none");
    check(
        &format!("{RESOURCE}{get}{action}operations = [\"orders.got\"]\n"),
        "orders.toml:16:15: error: there is no operation `orders.got` (did you mean `orders.get`?)",
    );
    check(
        &format!("{RESOURCE}{get}{action}operations = [\"orders.get\", \"orders.get\"]\n"),
        "orders.toml:16:29: error: the operation `orders.get` is named twice (name it once)",
    );
}

#[test]
fn the_endpoints_of_the_reference_can_be_added() {
    let page = include_str!("../../../docs/policies.md");
    let chapter = page.split("## Endpoints of your own").nth(1).unwrap();
    let sample = chapter.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let extended = Catalogue::builtin().extended(&[source("own.toml", sample)]).unwrap();
    assert_eq!(extended.operations().count(), Catalogue::builtin().operations().count() + 2);
}

#[test]
fn an_operators_file_adds_resources_operations_and_actions() {
    let text = format!(
        "{RESOURCE}{}[[action]]\nid = \"see_orders\"\ntitle = \"See orders\"\nabout = \"Look.\"\n\
         operations = [\"orders.get\", \"customers.get\"]\n",
        operation("orders.get", "GET", "/v1/orders/{id}", ""),
    );
    let extended = Catalogue::builtin().extended(&[source("acme.toml", text)]).unwrap();
    let path = "/v1/orders/5f1a2b3c4d5e6f708192a3b4";
    let Ok(Identified::Known(asked)) = extended.identify("GET", path) else {
        panic!("the new operation is known");
    };
    assert_eq!(asked.operation().place().to_string(), "acme.toml:6");
    assert_eq!(extended.operations().count(), Catalogue::builtin().operations().count() + 1);
    let customers = extended.operation("customers.get").unwrap();
    assert!(customers.actions().iter().any(|action| action.as_str() == "see_orders"));
}

#[test]
fn an_operators_file_without_a_resource_names_an_existing_one() {
    let add = |rest: &str| {
        extension_faults(&operation("customers.photo", "GET", "/v1/customers/{id}/photo", rest))
    };
    assert_eq!(add("resource = \"customers\""), "none");
    assert!(add("").contains("[[operation]] lacks the key `resource`"));
    assert!(add("resource = \"custmers\"").contains("did you mean `customers`?"));
}

#[test]
fn an_operators_file_cannot_change_what_is_built_in() {
    let add = |id: &str, method: &str, path: &str| {
        extension_faults(&operation(id, method, path, "resource = \"customers\""))
    };
    let taken = add("customers.get", "GET", "/v1/customers/{id}/photo");
    assert!(taken.starts_with("acme.toml:2:6: error: there is already an operation"), "{taken}");
    assert!(taken.contains("at catalogue/data/customers.toml:"), "{taken}");
    let overlapping = add("customers.look", "GET", "/v1/customers/{customer}");
    assert!(
        overlapping.contains("overlaps that of `customers.get`, at catalogue/data/customers.toml:")
    );
    let resource = extension_faults(&RESOURCE.replace("orders", "customers"));
    assert!(resource.contains("there is already a resource `customers`"), "{resource}");
    let action = extension_faults(
        "[[action]]\nid = \"delete_customers\"\ntitle = \"x\"\nabout = \"x\"\noperations = []\n",
    );
    assert!(action.contains("there is already an action `delete_customers`"), "{action}");
}

#[test]
fn an_operators_literal_cannot_take_a_value_from_a_built_in_operation() {
    let add = |method: &str, path: &str| {
        extension_faults(&operation("customers.new", method, path, "resource = \"customers\""))
    };
    // `beta` is an app version to GET /v1/apps/{appVersion}; a literal, of any method, would hide it.
    let shadowing = add("POST", "/v1/apps/beta");
    assert!(shadowing.contains("takes a value of `apps.get` away"), "{shadowing}");
    assert!(add("GET", "/v1/klasses/order").contains("takes a value of"));
    assert!(add("PUT", "/v1/customers/5f1a2b3c4d5e6f708192a3b4").contains("takes a value of"));
    assert!(
        add("GET", "/v1/klasses/{name:klass}/5f1a2b3c4d5e6f708192a3b4")
            .contains("takes a value of")
    );
    assert!(add("GET", "/v1/apps/available/all/versions").contains("takes a value of"));
    // These hide nothing: the word is a literal there already, or is no value of the parameter.
    assert_eq!(add("POST", "/v1/apps/settings"), "none");
    assert_eq!(add("GET", "/v1/customers/photos"), "none");
    assert_eq!(add("GET", "/v1/customers/nick={nick:key}"), "none");
}
