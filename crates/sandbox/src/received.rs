//! What the sandbox received, for tests that ask what really went upstream.

use std::collections::VecDeque;

use bytes::Bytes;
use http::{HeaderMap, Method, header};

/// So many requests are kept, and so many bytes of their bodies: a load test must not fill the
/// memory.
const KEPT: usize = 10_000;
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// One request, as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// The method.
    pub method: Method,
    /// The path and the query, byte for byte.
    pub path_and_query: String,
    /// The id of the operation that the sandbox took it for.
    pub operation: Option<&'static str>,
    /// All headers. `Authorization` is marked sensitive, so that printing them does not show it.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// The requests received last, and how many there were in all.
#[derive(Debug, Default)]
pub(crate) struct Log {
    kept: VecDeque<Received>,
    /// The bytes of the bodies that are kept.
    bytes: usize,
    count: u64,
}

impl Log {
    pub(crate) fn add(&mut self, mut received: Received) {
        if let Some(value) = received.headers.get_mut(header::AUTHORIZATION) {
            value.set_sensitive(true);
        }
        self.bytes += received.body.len();
        self.kept.push_back(received);
        self.count += 1;
        while self.kept.len() > KEPT || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.bytes -= oldest.body.len();
        }
    }

    pub(crate) fn all(&self) -> Vec<Received> {
        self.kept.iter().cloned().collect()
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_body(length: usize) -> Received {
        Received {
            method: Method::POST,
            path_and_query: "/".to_owned(),
            operation: None,
            headers: HeaderMap::new(),
            body: Bytes::from(vec![0; length]),
        }
    }

    #[test]
    fn the_oldest_requests_make_room_and_are_still_counted() {
        let mut log = Log::default();
        for _ in 0..KEPT + 5 {
            log.add(with_body(0));
        }
        assert_eq!((log.all().len(), log.count()), (KEPT, KEPT as u64 + 5));
        for _ in 0..3 {
            log.add(with_body(KEPT_BYTES / 2));
        }
        assert_eq!(log.all().len(), 2);
    }
}
