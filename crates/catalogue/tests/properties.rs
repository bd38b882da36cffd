//! What holds for every operation and every path.

use std::collections::BTreeSet;

use catalogue::{
    Asked, Catalogue, Identified, Level, Operation, Parameter, ParameterKind, RawPath,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};

fn known(method: &str, path: &str) -> Option<Asked> {
    match Catalogue::builtin().identify(method, path) {
        Ok(Identified::Known(asked)) => Some(asked),
        Ok(Identified::Unknown(_)) | Err(_) => None,
    }
}

#[test]
fn the_catalogue_holds_all_270_operations() {
    let catalogue = Catalogue::builtin();
    assert_eq!(catalogue.operations().count(), 270);
    let requests: BTreeSet<(String, String)> = catalogue
        .operations()
        .map(|operation| (operation.method().to_string(), operation.template().to_string()))
        .collect();
    assert_eq!(requests.len(), 270, "each has a method and path of its own");
}

#[test]
fn the_example_of_every_operation_identifies_to_it() {
    for operation in Catalogue::builtin().operations() {
        let path = operation.example_target();
        let asked = known(operation.method().as_str(), &path);
        let found = asked.as_ref().map(|asked| asked.operation().id());
        assert_eq!(found, Some(operation.id()), "{} {path}", operation.method());
    }
}

#[test]
fn every_request_demands_its_operations_own_level_first() {
    for operation in Catalogue::builtin().operations() {
        let asked = known(operation.method().as_str(), &operation.example_target()).unwrap();
        let demand = &asked.demands()[0];
        assert_eq!((&demand.resource, demand.level), (operation.resource(), operation.level()));
        assert_ne!(demand.level, Level::Off);
    }
}

#[test]
fn deleting_and_changing_in_bulk_need_full() {
    for operation in Catalogue::builtin().operations() {
        let id = operation.id().as_str();
        let destroys = id.contains(".delete") || id.contains("bulk_") || id.contains("merge.");
        let is_read = operation.method().as_str() == "GET";
        if destroys && !is_read {
            assert_eq!(operation.level(), Level::Full, "{id}");
        }
    }
}

#[test]
fn what_is_said_to_delete_cannot_be_undone_and_what_sends_to_customers_is_said_to_send() {
    let catalogue = Catalogue::builtin();
    let deletes = |id: &str| catalogue.operation(id).unwrap().deletes();
    for id in ["customers.delete", "customers.bulk_delete", "messages.redact", "teams.delete"] {
        assert!(deletes(id), "{id}");
    }
    for id in ["conversations.remove_tags", "customers.update", "customers.bulk_update"] {
        assert!(!deletes(id), "{id}");
    }
    for action in ["send_outbound", "forward_conversations"] {
        for id in catalogue.action(action).unwrap().operations() {
            let operation = catalogue.operation(id.as_str()).unwrap();
            assert!(operation.sends() || operation.deletes(), "{id} is part of {action}");
        }
    }
    assert!(catalogue.operations().all(|it| !it.sends() || it.level() >= Level::Write));
}

#[test]
fn every_resource_has_operations_and_every_action_agrees_with_them() {
    let catalogue = Catalogue::builtin();
    for resource in catalogue.resources() {
        let id = resource.id();
        assert!(catalogue.operations().any(|operation| operation.resource() == id), "{id}");
    }
    for action in catalogue.actions() {
        assert!(!action.operations().is_empty(), "{}", action.id());
        for id in action.operations() {
            let operation = catalogue.operation(id.as_str()).unwrap();
            assert!(operation.actions().contains(action.id()), "{id}");
        }
    }
}

/// A value of a kind, decoded.
fn value_of(kind: ParameterKind) -> BoxedStrategy<String> {
    let id = "[0-9a-fA-F]{24}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
    let ids = |least: usize| prop::collection::vec(id, least..5).prop_map(|ids| ids.join(","));
    match kind {
        ParameterKind::Id => id.boxed(),
        ParameterKind::Ids => ids(1).boxed(),
        ParameterKind::IdList => ids(2).boxed(),
        // A leading `x_` keeps clear of literals such as `bulk` and of what is shaped like an id.
        ParameterKind::Klass => "x_[a-zA-Z0-9_-]{0,20}".boxed(),
        ParameterKind::Word => "x_[a-zA-Z0-9_.-]{0,20}[a-zA-Z0-9_-]".boxed(),
        ParameterKind::Key => "[a-zA-Z0-9@+ \u{e4}\u{202e}%'\"=&-]{1,30}".boxed(),
        ParameterKind::KeyWithSlash => "[a-z@%\u{e4}/?#]{1,30}".boxed(),
    }
}

fn operation_and_values() -> impl Strategy<Value = (&'static Operation, Vec<String>)> {
    let operations: Vec<&'static Operation> =
        Catalogue::builtin().operations().map(|operation| &**operation).collect();
    select(operations).prop_flat_map(|operation| {
        let values: Vec<_> =
            operation.template().parameters().iter().map(|p| value_of(p.kind())).collect();
        (Just(operation), values)
    })
}

fn fill(operation: &Operation, values: &[String]) -> String {
    let mut values = values.iter();
    operation.template().fill(|_: &Parameter| values.next().cloned().unwrap_or_default())
}

/// Whether a value, encoded once, looks as if it had been encoded twice; such paths are refused.
fn looks_encoded(value: &str) -> bool {
    value.split('%').skip(1).any(|behind| {
        let mut bytes = behind.bytes();
        [bytes.next(), bytes.next()].iter().all(|byte| byte.is_some_and(|b| b.is_ascii_hexdigit()))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_filled_template_gives_its_operation_and_values_back((operation, values) in operation_and_values()) {
        prop_assume!(!values.iter().any(|value| looks_encoded(value)));
        let path = fill(operation, &values);
        let query = operation.example_target();
        let query = query.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
        let asked = known(operation.method().as_str(), &format!("{path}{query}"));
        prop_assert!(asked.is_some(), "{} {path}", operation.method());
        let asked = asked.unwrap();
        prop_assert_eq!(asked.operation().id(), operation.id());
        let found: Vec<String> = asked.values().map(|(_, value)| value.to_owned()).collect();
        prop_assert_eq!(&found, &values);
        prop_assert_eq!(fill(operation, &found), path);
    }

    #[test]
    fn no_value_of_an_accepted_path_holds_what_could_mislead(
        (operation, values) in operation_and_values(),
        at in any::<Index>(),
        insert in select(vec!["%00", "%0a", "%2F", "%2e%2e", "%5c", "/", "..", ";", "%", "%41", ",", "%2C", "=", "\u{e4}"]),
    ) {
        let mut path = fill(operation, &values);
        let at = at.index(path.len() + 1);
        path.insert_str(at, insert);
        if let Some(asked) = known(operation.method().as_str(), &path) {
            for (name, value) in asked.values() {
                prop_assert!(!value.is_empty());
                prop_assert!(!value.contains(|c: char| c.is_control() || c == '\\' || c == ';'));
                prop_assert!(!value.split('/').any(|part| part == "." || part == ".."));
                let parameters = asked.operation().template().parameters();
                let parameter = parameters.iter().find(|p| p.name() == name);
                prop_assert!(parameter.is_some_and(|p| p.kind().accepts(value)));
                let takes_slash = parameter.is_some_and(|p| p.kind() == ParameterKind::KeyWithSlash);
                prop_assert!(takes_slash || !value.contains(['/', '?', '#']));
            }
            prop_assert_eq!(RawPath::parse(&path).map(|raw| raw.as_str().to_owned()), Ok(path));
        }
    }

    #[test]
    fn no_text_makes_it_panic(method in ".{0,8}", path in "\\PC{0,60}|/[a-z0-9%/.;=,~\\\\]{0,60}") {
        let _ = Catalogue::builtin().identify(&method, &path);
        let _ = Catalogue::builtin().identify("GET", &format!("/v1/customers/{path}"));
    }

    #[test]
    fn a_path_means_the_same_for_every_method(path in "/v1/[a-z]{1,12}(/([0-9a-f]{24}|[a-z]{1,8})){0,3}") {
        // The methods that an unknown request is told are exactly those that are known.
        let Ok(Identified::Unknown(unknown)) = Catalogue::builtin().identify("HEAD", &path) else {
            return Err(TestCaseError::fail("HEAD is never known"));
        };
        for method in catalogue::Method::ALL {
            let is_known = known(method.as_str(), &path).is_some();
            prop_assert_eq!(is_known, unknown.known_methods.contains(&method));
        }
    }
}
