//! What a decision takes among ten thousand agents with twenty entries each, every time by another, so
//! that what is needed is seldom near at hand: `cargo bench -p policy`.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "the measurement stands on policies and requests of its own"
)]

use std::cell::Cell;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use catalogue::{Catalogue, Identified};
use divan::{Bencher, black_box};
use jiff::Timestamp;
use policy::{Decision, Facts, Policy, PolicySet, Source, decide};

const AGENTS: usize = 10_000;
const ENTRIES: usize = 20;

/// Steps from one agent to the next: far apart, and every agent's turn comes.
const STRIDE: usize = 7919;

static SET: LazyLock<PolicySet> = LazyLock::new(|| {
    let sources: Vec<_> = (0..AGENTS).map(source).collect();
    PolicySet::load(&sources, Catalogue::builtin()).expect("good policies")
});

/// What is asked: some of it is granted, some is not.
static ASKED: LazyLock<Vec<Identified>> = LazyLock::new(|| {
    let id = "5f1a2b3c4d5e6f708192a3b4";
    let asked = [
        ("GET", format!("/v1/customers/{id}")),
        ("GET", format!("/v1/conversations/{id}/messages")),
        ("DELETE", format!("/v1/customers/{id}")),
        ("GET", "/v1/users".to_owned()),
    ];
    let identify = |(method, path): &(&str, String)| {
        Catalogue::builtin().identify(method, path).expect("a path of the catalogue")
    };
    asked.iter().map(identify).collect()
});

fn main() {
    divan::main();
}

/// The decision alone.
#[divan::bench]
fn decided(bencher: Bencher<'_, '_>) {
    let policies: Vec<_> = SET.policies().collect();
    let turn = Turn::default();
    let inputs = || (policies[turn.next()], turn.asked());
    bencher.with_inputs(inputs).bench_local_values(|(policy, asked)| decision(policy, asked));
}

/// The same, with the look-up of the agent's policy.
#[divan::bench]
fn looked_up_and_decided(bencher: Bencher<'_, '_>) {
    let turn = Turn::default();
    let inputs = || (id(turn.next()), turn.asked());
    bencher.with_inputs(inputs).bench_local_values(|(id, asked)| {
        decision(SET.policy(id.as_str()).expect("a policy"), asked)
    });
}

fn decision(policy: &Arc<Policy>, asked: Identified) -> Decision {
    decide(policy, asked, &black_box(Facts::at(Timestamp::UNIX_EPOCH)))
}

/// Whose turn it is, and with what.
#[derive(Default)]
struct Turn(Cell<usize>);

impl Turn {
    fn next(&self) -> usize {
        self.0.set((self.0.get() + STRIDE) % AGENTS);
        self.0.get()
    }

    fn asked(&self) -> Identified {
        ASKED[self.0.get() % ASKED.len()].clone()
    }
}

fn id(number: usize) -> String {
    format!("agent-{number}")
}

/// The policy of one agent: each on resources of its own, of which the asked ones are some.
fn source(number: usize) -> Source {
    let id = id(number);
    let mut text = format!("[agent]\nid = \"{id}\"\nowner = \"ops@example.com\"\n[access]\n");
    let resources: Vec<_> = Catalogue::builtin().resources().map(|it| it.id().as_str()).collect();
    let levels = ["read", "write", "full", "off"];
    let mut named: Vec<_> = ["customers", "messages", "users"].to_vec();
    let others = resources.iter().cycle().skip(number % resources.len());
    named.extend(
        others.filter(|it| !["customers", "messages", "users"].contains(*it)).take(ENTRIES - 3),
    );
    for (at, resource) in named.iter().enumerate() {
        let level = levels[(number + at) % levels.len()];
        writeln!(text, "{resource} = \"{level}\"").expect("text takes text");
    }
    Source::policy(format!("policies/{id}.toml"), text)
}
