//! Case 86: the real key in an answer, in every form, never reaches the agent.

use audit::OutcomeKind;

use super::{before, before_bytes, check, read, request};
use crate::support::answer::Answer;
use crate::support::client::Client;
use crate::support::raw::RawClient;
use crate::support::upstream::{Connection, Upstream};
use crate::support::world::{ID, Scene, World};

/// The key in forms that an echo, an error or a dump of a request would have it in.
fn forms(key: &str) -> Vec<String> {
    let each = |way: &dyn Fn(u8) -> String| key.bytes().map(way).collect::<String>();
    let bearer = format!("{BEFORE_KEY}{key}\r\n");
    vec![
        key.to_owned(),
        each(&|byte| format!("\\u{byte:04x}")),
        each(&|byte| format!("\\u{byte:04X}")),
        each(&|byte| format!("%{byte:02X}")),
        each(&|byte| if byte % 2 == 0 { format!("%{byte:02x}") } else { char::from(byte).into() }),
        each(&|byte| format!("{byte:02x}")),
        each(&|byte| format!("{byte:02X}")),
        base64(bearer.as_bytes()),
        base64(&bearer.as_bytes()[1..]),
        base64(&bearer.as_bytes()[2..]),
        base64(bearer.as_bytes()).replace('/', "\\/"),
        base64(key.as_bytes()).replace('+', "-").replace('/', "_"),
    ]
}

/// The number of the first form that is base64.
const FIRST_BASE64: usize = 7;

const BEFORE_KEY: &str = "Authorization: Bearer ";

fn base64(bytes: &[u8]) -> String {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |group: &[u8]| {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        let digit = |place: usize| char::from(digits[(bits >> (18 - 6 * place)) as usize & 63]);
        (0..4).map(|at| if at <= group.len() { digit(at) } else { '=' }).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

/// A Kustomer that answers with its own key, as `write` puts it.
async fn echo(write: impl Fn(&str) -> Vec<Vec<u8>> + Send + Sync + 'static) -> World {
    let upstream = Upstream::start(move |mut connection: Connection| {
        let write = &write;
        // The pieces are made before anything is awaited, so that the script borrows nothing.
        let pieces = write(KEY);
        async move {
            connection.request().await;
            for piece in pieces {
                connection.send(&piece).await;
            }
            connection.hold().await;
        }
    })
    .await;
    let scene = Scene::new().with_root().before(upstream.at);
    scene.with(|config| config.kustomer.api_key = Some(KEY.into())).start().await
}

const KEY: &str = "eyJhbGciOiJub25lIn0.bm90IGEgcmVhbCBrZXk.bm90LWEtcmVhbC1zaWc_";

fn body(form: &str) -> String {
    format!("{{\"errors\": [{{\"title\": \"bad\", \"meta\": \"{form}\", \"more\": true}}]}}")
}

#[tokio::test]
async fn the_real_key_in_a_body_is_cut_off_before_its_first_byte() {
    for (number, form) in forms(KEY).into_iter().enumerate() {
        let text = body(&form);
        let head = format!("HTTP/1.1 400 Bad\r\ncontent-length: {}\r\n\r\n", text.len());
        let world = echo(move |_| vec![format!("{head}{text}").into_bytes()]).await;
        let answer = read(&world).await;
        assert_eq!(answer.status, 400);
        assert!(answer.body.len() < answer.header("content-length").parse().expect("a length"));
        assert_clean(&answer, &form);
        let record = world.record_of(&answer).await;
        check(&record, OutcomeKind::KeyInAnswer, 400);
        let said = record.sentence();
        assert!(
            said.contains("held the organisation's own key and was cut off"),
            "{number} {said}"
        );
        assert!(!said.contains(KEY));
    }
}

#[tokio::test]
async fn the_real_key_in_pieces_is_cut_off_wherever_it_is_cut_into_two() {
    for (number, form) in forms(KEY).into_iter().enumerate() {
        let (text, middle) = (body(&form), form.len() / 2);
        for at in [1, 2, middle, form.len() - 1] {
            let begin = text.find(&form).expect("it is there");
            let at = begin + at;
            let (first, second) = (text[..at].to_owned(), text[at..].to_owned());
            let world = echo(move |_| {
                let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len()).into_bytes();
                let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
                vec![head, chunk(&first), chunk(&second), b"0\r\n\r\n".to_vec()]
            })
            .await;
            let answer = read(&world).await;
            assert_clean(&answer, &form);
            // Base64 begins with what stands before the key, which is no secret.
            let unrelated = if number < FIRST_BASE64 { 0 } else { BEFORE_KEY.len() * 4 / 3 + 1 };
            let came = answer.body.len();
            assert!(came <= begin + unrelated, "{} of `{form}`", came - begin);
            check(&world.record_of(&answer).await, OutcomeKind::KeyInAnswer, 200);
        }
    }
}

#[tokio::test]
async fn the_real_key_is_cut_off_over_http2_too() {
    let text = body(KEY);
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", text.len());
    let world = echo(move |_| vec![format!("{head}{text}").into_bytes()]).await;
    let client = Client::http2(world.running.agents);
    let line = format!("GET /v1/customers/{ID}");
    let broken = client.broken_body(&line, world.token("root")).await;
    assert!(!String::from_utf8_lossy(&broken).contains("eyJ"));
    check(&world.only_record().await, OutcomeKind::KeyInAnswer, 200);
}

#[tokio::test]
async fn the_real_key_in_a_header_is_an_answer_that_is_not_handed_on() {
    for name in ["etag", "x-request-id", "content-type", "location"] {
        let world = echo(move |key| {
            let head =
                format!("HTTP/1.1 200 OK\r\n{name}: /{key}\r\ncontent-length: 2\r\n\r\n{{}}");
            vec![head.into_bytes()]
        })
        .await;
        let answer = read(&world).await;
        assert_eq!((answer.status, answer.code().as_str()), (502, "key_in_answer"), "{name}");
        assert_clean(&answer, KEY);
        check(&world.record_of(&answer).await, OutcomeKind::KeyInAnswer, 502);
    }
}

#[tokio::test]
async fn the_real_key_in_a_reason_a_trailer_or_a_header_that_stays_behind_reaches_nobody() {
    let world = echo(|key| {
        let head = format!(
            "HTTP/1.1 200 {key}\r\nx-debug: {key}\r\nset-cookie: {key}\r\ntrailer: x-late\r\n\
             transfer-encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\nx-late: {key}\r\n\r\n"
        );
        vec![head.into_bytes()]
    })
    .await;
    let mut agent = RawClient::connect(world.running.agents).await;
    let request = request(&world).replace("connection: close", "te: trailers\r\nconnection: close");
    agent.send(request.as_bytes()).await;
    let bytes = agent.rest().await;
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(!text.contains("eyJ") && !text.contains("x-late"), "{text}");
    assert_eq!(Answer::parse(&bytes).text(), "{}");
}

#[tokio::test]
async fn an_answer_that_cannot_be_searched_for_the_key_is_not_handed_on() {
    for coding in ["gzip", "br", "identity, gzip", "deflate", "zstd"] {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-encoding: {coding}\r\ncontent-length: 4\r\n\r\nbody"
        );
        let (upstream, world) = before(&head).await;
        let answer = read(&world).await;
        assert_eq!((answer.status, answer.code().as_str()), (502, "upstream_encoded"), "{coding}");
        check(&world.record_of(&answer).await, OutcomeKind::UpstreamEncoded, 502);
        assert!(upstream.all_received().contains("accept-encoding: identity\r\n"));
    }
    let (_upstream, world) =
        before("HTTP/1.1 200 OK\r\ncontent-encoding: identity\r\ncontent-length: 4\r\n\r\nbody")
            .await;
    let answer = read(&world).await;
    assert_eq!((answer.text().as_str(), answer.header("content-encoding")), ("body", ""));
}

#[tokio::test]
async fn an_answer_that_only_looks_like_the_key_comes_whole_and_byte_for_byte() {
    let nearly = "eyJhbGciOiJub25lIn0.bm90IGEgcmVhbCBrZXk.bm90LWEtcmVhbC1zaW";
    let text = format!("{nearly} \\u0065\\u0079 %65%79 {nearly}% \\ e ey eyJ").into_bytes();
    let mut answer =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", text.len()).into_bytes();
    answer.extend(&text);
    let (_upstream, world) = before_bytes(answer).await;
    assert_eq!(read(&world).await.body, text);
    let mut chunks: Vec<Vec<u8>> =
        text.chunks(3).map(|piece| [b"3\r\n", piece, b"\r\n"].concat()).collect();
    if let Some(last) = chunks.last_mut() {
        *last = format!("{:x}", text.len() % 3).into_bytes();
        let piece = &text[text.len() - text.len() % 3..];
        last.extend([b"\r\n", piece, b"\r\n"].concat());
    }
    chunks.insert(0, b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec());
    chunks.push(b"0\r\n\r\n".to_vec());
    let world = echo(move |_| chunks.clone()).await;
    let answer = read(&world).await;
    assert_eq!(String::from_utf8_lossy(&answer.body), String::from_utf8_lossy(&text));
    check(&world.record_of(&answer).await, OutcomeKind::Answered, 200);
}

/// Nothing of the key's form is there, but what may stand there by chance.
#[track_caller]
fn assert_clean(answer: &Answer, form: &str) {
    let shown = format!("{:?}{}", answer.headers, answer.text());
    assert!(!shown.contains(KEY), "{shown}");
    let tail = &form[form.len() - 12..];
    assert!(!shown.contains(tail), "{shown}");
    assert!(!shown.contains("more"), "{shown}");
}
