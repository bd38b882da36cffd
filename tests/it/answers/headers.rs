//! Which headers of an answer an agent gets, and which of a request Kustomer gets.

use super::{before, read};
use crate::support::client::Client;
use crate::support::upstream::Upstream;
use crate::support::world::{ID, Scene};

/// Cases 87 and 91.
#[tokio::test]
async fn what_speaks_to_browsers_or_of_kustomers_machines_stays_behind_the_gateway() {
    let removed = [
        ("set-cookie", "session=org"),
        ("www-authenticate", "Bearer realm=kustomer"),
        ("alt-svc", "h3=\":443\""),
        ("strict-transport-security", "max-age=1"),
        ("access-control-allow-origin", "*"),
        ("access-control-allow-credentials", "true"),
        ("server", "nginx"),
        ("via", "1.1 varnish"),
        ("x-powered-by", "Express"),
        ("link", "<https://elsewhere.example>; rel=next"),
        ("content-location", "https://elsewhere.example"),
        ("refresh", "0; url=https://elsewhere.example"),
        ("age", "7"),
        ("vary", "accept"),
        ("clear-site-data", "*"),
        ("x-accel-redirect", "/internal"),
        ("kustodian-decision", "denied"),
        ("kustodian-request-id", "another"),
    ];
    let kept = [
        ("content-type", "application/json"),
        ("content-language", "de"),
        ("etag", "\"1\""),
        ("last-modified", "Tue, 24 Nov 2026 00:00:00 GMT"),
        ("retry-after", "7"),
        ("x-ratelimit-limit", "1000"),
        ("x-ratelimit-remaining", "999"),
        ("x-ratelimit-reset", "1"),
        ("x-ratelimit-object-limit", "100"),
        ("x-ratelimit-object-remaining", "99"),
        ("x-ratelimit-object-reset", "2"),
    ];
    let lines = removed.iter().chain(&kept).map(|(name, value)| format!("{name}: {value}\r\n"));
    let head = format!(
        "HTTP/1.1 200 Fine\r\ncache-control: public, max-age=60\r\n{}content-length: 2\r\n\r\n{{}}",
        lines.collect::<String>()
    );
    let (_upstream, world) = before(&head).await;
    let answer = read(&world).await;
    for (name, value) in kept {
        assert_eq!(answer.header(name), value, "{name}");
    }
    for (name, value) in removed {
        assert_ne!(answer.header(name), value, "{name}");
    }
    assert_eq!(answer.header("kustodian-decision"), "permitted");
    assert_eq!(answer.headers.get_all("kustodian-request-id").iter().count(), 1);
    assert_eq!(answer.headers.get_all("cache-control").iter().collect::<Vec<_>>(), ["no-store"]);
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

/// Case 91: no answer may be kept for another agent, whoever gave it.
#[tokio::test]
async fn nobody_may_keep_an_answer_or_a_refusal() {
    let world = Scene::new().with_root().start().await;
    let admin = Client::new(world.running.admin);
    let token = Some(world.token("root"));
    let client = &world.client;
    for answer in [
        world.ask("root", "GET /v1/customers").await,
        world.ask("root", "GET /v1/nonsense").await,
        world.ask("root", "GET /v1/customers/../users").await,
        world.ask("root", "GET /_kustodian/access").await,
        world.ask("root", "GET /_kustodian/nothing").await,
        world.ask_as(None, "GET /_kustodian/health").await,
        world.ask_as(None, "GET /v1/customers").await,
        client.send("GET /v1/users", token, &[("content-encoding", "br")], Vec::new()).await,
        admin.send("GET /health", None, &[], Vec::new()).await,
        admin.send("GET /nothing", None, &[], Vec::new()).await,
    ] {
        assert_eq!(
            answer.header("cache-control"),
            "no-store",
            "{} {}",
            answer.status,
            answer.text()
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
}

/// Case 90: pieces and conditions would have Kustomer answer with less than the whole.
#[tokio::test]
async fn what_kustomer_gets_is_what_is_known_to_be_harmless_and_no_more() {
    let upstream = Upstream::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    let world = Scene::new().with_root().before(upstream.at).start().await;
    let headers = [
        ("accept", "application/json"),
        ("accept-encoding", "gzip, br"),
        ("accept-language", "de"),
        ("content-type", "application/json"),
        ("user-agent", "planner/2.0"),
        ("range", "bytes=0-1"),
        ("if-range", "\"x\""),
        ("if-match", "*"),
        ("if-none-match", "\"x\""),
        ("if-modified-since", "Tue, 24 Nov 2026 00:00:00 GMT"),
        ("if-unmodified-since", "Tue, 24 Nov 2026 00:00:00 GMT"),
        ("cache-control", "no-cache"),
        ("cookie", "a=b"),
        ("x-forwarded-for", "10.0.0.1"),
        ("forwarded", "for=10.0.0.1"),
        ("x-kustomer-app-token", "x"),
        ("x-kustomer-app-client-id", "x"),
        ("x-kustomer-app-visibility", "x"),
        ("tracestate", "vendor=user"),
        ("x_forwarded_user", "admin"),
    ];
    let line = format!("PUT /v1/customers/{ID}");
    let token = Some(world.token("root"));
    let answer = world.client.send(&line, token, &headers, b"{}".to_vec()).await;
    let received = upstream.all_received();
    let mut names: Vec<_> = received
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .map(|(name, _)| name)
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "accept",
            "accept-encoding",
            "accept-language",
            "authorization",
            "content-length",
            "content-type",
            "host",
            "kustodian-request-id",
            "user-agent",
        ]
    );
    assert!(received.contains("accept-encoding: identity\r\n"), "{received}");
    let id = format!("kustodian-request-id: {}\r\n", answer.request_id());
    assert!(received.contains(&id), "{received}");
}

#[tokio::test]
async fn a_compressed_body_and_a_header_that_is_there_twice_are_refused_and_never_forwarded() {
    let world = Scene::new().with_root().start().await;
    let line = format!("PUT /v1/customers/{ID}");
    let token = Some(world.token("root"));
    for (headers, status, code) in [
        (vec![("content-encoding", "gzip")], 415, "content_encoding"),
        (
            vec![("content-type", "application/json"), ("content-type", "text/plain")],
            400,
            "header_repeated",
        ),
        (vec![("idempotency-key", "1"), ("idempotency-key", "2")], 400, "header_repeated"),
    ] {
        let answer = world.client.send(&line, token, &headers, b"{}".to_vec()).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
        assert_eq!(world.record_of(&answer).await.opening.reason, code);
    }
    assert_eq!(world.received(), 0);
}

/// Case 89.
#[tokio::test]
async fn kustomers_own_limit_reaches_the_agent_with_the_time_to_wait() {
    let (_upstream, world) = before(
        "HTTP/1.1 429 Too Many Requests\r\nretry-after: 12\r\nx-ratelimit-remaining: 0\r\n\
         content-length: 2\r\n\r\n{}",
    )
    .await;
    let answer = read(&world).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "12"));
    assert_eq!(answer.header("x-ratelimit-remaining"), "0");
    assert_eq!(answer.header("kustodian-decision"), "permitted");
}
