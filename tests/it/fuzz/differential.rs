//! The gateway and a server behind it never take one request for two things: whatever the gateway lets
//! through as an operation, the sandbox's own router, which is another implementation and more lenient,
//! takes for the same. Else a policy would be checked against one call and another would be made.

use catalogue::{Catalogue, Identified, Operation, ParameterKind};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{TestCaseResult, TestRunner};
use sandbox::operation_of;

use super::effort::Effort;
use super::mutation::{changed, corpus, mutated};
use super::paths::{PARTS, method};
use crate::support::answer::Answer;
use crate::support::dice::Dice;
use crate::support::raw::RawClient;
use crate::support::world::{Scene, World};

/// A request: a method, a path and a query.
type Call = (String, String, String);

/// A value for a parameter: one of its kind, or of another, or an odd one.
fn value() -> impl Strategy<Value = String> {
    let id = "[0-9a-fA-F]{24}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
    let odd =
        ["bulk", "current", "search", "email=a@b.c", "id=1", "externalId=", "Bulk", "a/b", "%2e"];
    prop_oneof![
        4 => id,
        1 => vec(id, 2..5).prop_map(|ids| ids.join(",")),
        2 => "[a-zA-Z0-9_.-]{1,20}",
        1 => "[ -~]{1,20}",
        1 => select(odd.to_vec()).prop_map(ToOwned::to_owned),
    ]
}

fn operations() -> Vec<&'static Operation> {
    Catalogue::builtin().operations().map(|operation| &**operation).collect()
}

/// A path of an operation, or nearly so.
fn path() -> impl Strategy<Value = (String, String)> {
    let filled = (select(operations()), vec(value(), 4)).prop_map(|(operation, values)| {
        let mut values = values.into_iter();
        let path = operation.template().fill(|_| values.next().unwrap_or_default());
        (operation.method().as_str().to_owned(), path)
    });
    let near = filled.prop_flat_map(|(method, path)| {
        (Just(method), prop_oneof![Just(path.clone()), changed(Just(path), &PARTS)])
    });
    prop_oneof![6 => near, 1 => (method(), mutated(corpus("paths"), &PARTS))]
}

fn call() -> impl Strategy<Value = Call> {
    let query = prop_oneof![
        4 => Just(String::new()),
        1 => "\\?[a-z]{1,8}=[a-zA-Z0-9%+.,;/]{0,12}(&[a-z_\\[\\]]{1,8}=[^ -~]{0,4})?",
        1 => select(vec!["?", "??", "?_method=DELETE", "?/../users", "?ids=1,2&replace=true"])
            .prop_map(ToOwned::to_owned),
    ];
    (path(), prop_oneof![9 => Just(None), 1 => method().prop_map(Some)], query)
        .prop_map(|((own, path), other, query)| (other.unwrap_or(own), path, query))
}

/// How many variants of each call are tried: making a call takes longer than reading one.
const VARIANTS: u64 = 64;

#[test]
fn what_the_gateway_takes_for_an_operation_every_reader_of_paths_takes_for_the_same() {
    let effort = Effort::of_inputs(20_000 / VARIANTS, 1_000_000 / VARIANTS);
    effort.check("differential", &(call(), any::<u64>()), |((method, path, _), seed)| {
        let mut dice = Dice::new(seed);
        agree(&method, &path)?;
        (1..VARIANTS).try_for_each(|_| agree(&method, &varied(&path, &mut dice)))
    });
}

/// A path with one change, or two.
fn varied(path: &str, dice: &mut Dice) -> String {
    let mut path = path.to_owned();
    for _ in 0..=dice.below(2) {
        let places: Vec<usize> = (0..=path.len()).filter(|at| path.is_char_boundary(*at)).collect();
        let at = places[pick(dice, places.len())];
        let end = places[pick(dice, places.len())].max(at);
        match dice.below(5) {
            0..=2 => path.insert_str(at, PARTS[pick(dice, PARTS.len())]),
            3 if at < path.len() => drop(path.remove(at)),
            _ => path.replace_range(at..end, &path[at..end].to_ascii_uppercase()),
        }
    }
    path
}

fn pick(dice: &mut Dice, count: usize) -> usize {
    usize::try_from(dice.below(count as u64)).unwrap_or_default()
}

/// Whether both readers of paths take a request for the same, where the gateway takes it for anything.
fn agree(method: &str, path: &str) -> TestCaseResult {
    let Ok(Identified::Known(asked)) = Catalogue::builtin().identify_parts(method, path, None)
    else {
        // It is refused, whatever a server would have made of it.
        return Ok(());
    };
    let operation = asked.operation();
    let own = operation.id().as_str();
    prop_assert_eq!(operation_of(method, path), Some(own), "{} {}", method, path);
    // A server that tidies a path first, as many do, finds nothing to tidy. What stands behind
    // `externalId=` may hold an encoded slash, which some would tidy: its operations are told apart.
    let parameters = operation.template().parameters();
    if !parameters.iter().any(|parameter| parameter.kind() == ParameterKind::KeyWithSlash) {
        let tidied = tidied(path);
        prop_assert_eq!(operation_of(method, &tidied), Some(own), "{} {}", method, path);
    }
    Ok(())
}

/// A path as eager servers make it of one: escapes of slashes and dots undone, backslashes turned, dot
/// segments resolved, doubled slashes merged, what is behind a semicolon or a hash dropped.
fn tidied(path: &str) -> String {
    let mut path = path.replace('\\', "/");
    for (escape, plain) in
        [("%2f", "/"), ("%2F", "/"), ("%5c", "/"), ("%5C", "/"), ("%2e", "."), ("%2E", ".")]
    {
        path = path.replace(escape, plain);
    }
    let mut segments = Vec::new();
    for segment in path.split(['#', '?']).next().unwrap_or_default().split('/') {
        match segment.split(';').next().unwrap_or_default() {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    format!("/{}", segments.join("/"))
}

/// The same through sockets, with the sandbox behind a real gateway: it receives what was asked byte for
/// byte, or nothing, and takes it for what is on record.
#[tokio::test]
async fn what_reaches_the_sandbox_is_what_is_on_record() {
    let world = Scene::new().with_root().start().await;
    let mut answers = Vec::new();
    let mut calls = Vec::new();
    while calls.len() < CALLS {
        calls.push(call().new_tree(&mut TestRunner::default()).expect("a call").current());
    }
    for (method, path, query) in &calls {
        // What would end the request line makes it another request than is meant.
        if format!("{method}{path}{query}").contains([' ', '\r', '\n', '\t']) {
            continue;
        }
        // A fragment is none of a request's business: the HTTP library drops it before anything is read,
        // so neither the decision nor Kustomer sees it.
        let target = format!("{path}{query}");
        if let Some(answer) = send(&world, method, &target).await {
            answers.push((method.clone(), target, answer));
        }
    }
    let received = world.sandbox.received();
    let of = |answer: &Answer| {
        let id = answer.header("kustodian-request-id").to_owned();
        received
            .iter()
            .filter(move |one| one.headers["kustodian-request-id"] == *id)
            .collect::<Vec<_>>()
    };
    let mut forwarded = 0;
    for (method, target, answer) in &answers {
        let seen = of(answer);
        if answer.header("kustodian-decision") != "permitted" {
            assert!(seen.is_empty(), "{method} {target} was refused and sent");
            continue;
        }
        let record = world.record_of(answer).await;
        let [seen] = seen[..] else { panic!("{method} {target} was sent {} times", seen.len()) };
        forwarded += 1;
        let sent = target.split('#').next().unwrap_or_default();
        assert_eq!((seen.method.as_str(), &*seen.path_and_query), (method.as_str(), sent));
        assert_eq!(seen.operation, record.opening.operation.as_deref(), "{method} {target}");
    }
    assert_eq!(received.len(), forwarded, "requests that no answer speaks of");
    assert!(forwarded > CALLS / 20, "{forwarded} of {} were permitted", answers.len());
}

/// How many requests go through sockets.
const CALLS: usize = 400;

/// Sends a request of exactly these bytes; none where the gateway closes the connection without a word.
async fn send(world: &World, method: &str, target: &str) -> Option<Answer> {
    let head = format!(
        "{method} {target} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}",
        world.token("root")
    );
    let mut agent = RawClient::connect(world.running.agents).await;
    agent.send(head.as_bytes()).await;
    let bytes = agent.rest().await;
    let answer = (!bytes.is_empty()).then(|| Answer::parse(&bytes));
    // What is no HTTP is answered by the HTTP library, and never gets to be a request.
    answer.filter(|answer| answer.headers.contains_key("kustodian-request-id"))
}
