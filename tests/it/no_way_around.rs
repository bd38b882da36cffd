//! Promise: no way around the policy through the query, the body or the ids that a request names.
//!
//! `pitfalls` and `searches` have a test for each known pitfall of Kustomer's API, `writes` what more a
//! write can do, `bodies` each way to write a body so that two readers differ, `confined` holds `[only]`. All go through a running gateway.

mod bodies;
mod confined;
mod pitfalls;
mod searches;
mod writes;

use serde_json::Value;

use crate::support::answer::Answer;
use crate::support::upstream::Upstream;
use crate::support::world::{Scene, World};

/// An answer that fits any request.
const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

/// Ids of the right shape beside [`crate::support::world::ID`].
const OTHER: &str = "5f1a2b3c4d5e6f708192a3b5";
const THIRD: &str = "5f1a2b3c4d5e6f708192a3b6";

/// No body.
const NONE: Option<Value> = None;

/// A gateway with one agent, and what its upstream saw.
struct Trial {
    world: World,
    upstream: Upstream,
}

impl Trial {
    async fn of(tables: &str) -> Self {
        let upstream = Upstream::answering(OK).await;
        let world = Scene::bot(tables).before(upstream.at).start().await;
        Self { world, upstream }
    }

    async fn ask(&self, line: &str, body: Option<&Value>) -> Answer {
        match body {
            Some(body) => self.world.ask_with("bot", line, body).await,
            None => self.world.ask("bot", line).await,
        }
    }

    /// Asks, and gives the code of the refusal; `permitted` where there was none. What is refused never
    /// reaches Kustomer.
    async fn code(&self, line: &str, body: Option<&Value>) -> String {
        let before = self.upstream.request_lines().len();
        let answer = self.ask(line, body).await;
        if answer.header("kustodian-decision") == "permitted" {
            assert_eq!(answer.status, 200, "{line}: {}", answer.text());
            return "permitted".to_owned();
        }
        assert_eq!(self.upstream.request_lines().len(), before, "{line} was sent on");
        answer.code()
    }

    #[track_caller]
    fn check<'t>(
        &'t self,
        line: &'t str,
        body: impl Into<Option<Value>>,
        expected: &'t str,
    ) -> impl Future<Output = ()> + 't {
        let caller = std::panic::Location::caller();
        let body = body.into();
        async move {
            let code = self.code(line, body.as_ref()).await;
            assert_eq!(code, expected, "{line} {body:?} at {caller}");
        }
    }

    /// What a refusal says.
    async fn sentence(&self, line: &str, body: Option<&Value>) -> String {
        let answer = self.ask(line, body).await;
        let record = self.world.record_of(&answer).await;
        self.world.tidy(record.sentence())
    }
}
