//! A gateway that trusts one issuer, with an agent `bot` that may read customers.

use gateway::clock::Clock as _;
use gateway::config::IssuerSettings;
use serde_json::Value;

use crate::support::issuer::{KeyServer, SigningKey, claims, issuer_at};
use crate::support::world::{Scene, World};

pub(super) const LINE: &str = "GET /v1/customers";

pub(super) struct Stage {
    pub(super) world: World,
    pub(super) server: KeyServer,
    pub(super) key: SigningKey,
}

impl Stage {
    /// With a key for this algorithm.
    pub(super) async fn with(algorithm: &str) -> Self {
        Self::set(SigningKey::new("k1", algorithm), &[algorithm], |_| {}).await
    }

    /// With a key, and the settings changed.
    pub(super) async fn set(
        key: SigningKey,
        algorithms: &[&str],
        change: impl FnOnce(&mut IssuerSettings),
    ) -> Self {
        let server = KeyServer::listing(&[&key]).await;
        let mut issuer = issuer_at(&server.url(), algorithms);
        change(&mut issuer);
        let scene = Scene::bot("[access]\ncustomers = \"read\"").agent("root", "");
        let world = scene.with(|config| config.issuers = vec![issuer]).start().await;
        Self { world, server, key }
    }

    /// The claims of an honest token of `bot`, with some of them others.
    pub(super) fn claims(&self, changes: &Value) -> Value {
        let mut claims = claims("bot", self.world.clock.now());
        for (name, value) in changes.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        claims
    }

    /// A token of `bot`, with some claims others.
    pub(super) fn token(&self, changes: &Value) -> String {
        self.key.sign(&self.claims(changes))
    }

    /// Shows a token and demands that it is good.
    #[track_caller]
    pub(super) fn good<'a>(&'a self, token: &'a str) -> impl Future<Output = ()> + 'a {
        let place = std::panic::Location::caller();
        async move {
            let answer = self.world.ask_as(Some(token), LINE).await;
            if answer.status != 200 {
                let record = self.world.record_of(&answer).await;
                panic!("{place}: {}", record.opening.sentence);
            }
        }
    }

    /// Shows a token and demands that it is refused for this reason, and that nothing is told of it.
    #[track_caller]
    pub(super) fn bad<'a>(
        &'a self,
        token: &'a str,
        reason: &'a str,
    ) -> impl Future<Output = ()> + 'a {
        let place = std::panic::Location::caller();
        async move {
            let before = self.world.received();
            let answer = self.world.ask_as(Some(token), LINE).await;
            assert_eq!(answer.status, 401, "{place}: {token}");
            assert!(!answer.text().contains("jwt"), "{place}: {}", answer.text());
            let record = self.world.record_of(&answer).await;
            assert_eq!(record.opening.reason, reason, "{place}: {}", record.opening.sentence);
            assert_eq!(self.world.received(), before, "{place}: Kustomer saw nothing");
        }
    }
}
