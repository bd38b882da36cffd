//! An answer as a client got it, whole.

use audit::RecordId;
use http::HeaderMap;
use serde_json::Value;

/// Status, headers and body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|why| panic!("no JSON ({why}): {} {}", self.status, self.text()))
    }

    /// A header's text; empty where the header is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The stable code of a refusal; empty where the body is none.
    pub(crate) fn code(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The id under which the request is on record.
    #[track_caller]
    pub(crate) fn request_id(&self) -> RecordId {
        let id = self.header("kustodian-request-id");
        id.parse().unwrap_or_else(|_| panic!("no request id: {} {}", self.status, self.text()))
    }

    /// Reads an answer of HTTP/1.1 from its bytes.
    #[track_caller]
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let (head, body) = split_head(bytes).unwrap_or_else(|| {
            panic!("no whole head of an answer: {}", String::from_utf8_lossy(bytes))
        });
        let head = String::from_utf8_lossy(head).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
        let mut headers = HeaderMap::new();
        for line in lines.filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').expect("a header");
            let name = name.parse::<http::HeaderName>().expect("a header's name");
            headers.append(name, value.trim().parse().expect("a header's value"));
        }
        let chunked = headers.get("transfer-encoding").is_some_and(|value| value == "chunked");
        let body = if chunked { unchunked(body) } else { body.to_vec() };
        Self { status: status.parse().expect("a status"), headers, body }
    }
}

/// A message's head, with the empty line that ends it, and what follows.
pub(crate) fn split_head(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    Some(bytes.split_at(end))
}

/// The body behind the chunks, as far as it came.
pub(crate) fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") {
        let size = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let size = usize::from_str_radix(size.trim(), 16).expect("the size of a chunk");
        let rest = &bytes[end + 2..];
        body.extend_from_slice(&rest[..size.min(rest.len())]);
        if size == 0 || rest.len() < size + 2 {
            break;
        }
        bytes = &rest[size + 2..];
    }
    body
}
