//! Whatever a careless server could be made to do by a request, the gateway has demanded, where it
//! permits the request at all: at least that level on that resource, and every record is named.

mod making;
mod server;

use std::cell::Cell;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use catalogue::{Asked, Body, BodyUse, Catalogue, Identified, Level};
use jiff::Timestamp;
use policy::{Decision, Facts, Policy, PolicySet, Source, decide};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::effort::Effort;
use crate::support::dice::Dice;
use making::{ingredients, made};
use server::{Request, Treatment, treatment};

/// How many requests are made of each set of ingredients: choosing those takes longest.
const VARIANTS: u64 = 16;

/// How many policies the requests are tried with.
const POLICIES: u64 = 32;

/// Policies with a random level on each resource; those that grant little are seldom, as they permit
/// little.
static SOME_POLICIES: LazyLock<Vec<Arc<Policy>>> = LazyLock::new(|| {
    let mut dice = Dice::new(4);
    (0..POLICIES).map(|at| policy(at % 8, &mut dice)).collect()
});

fn policy(generosity: u64, dice: &mut Dice) -> Arc<Policy> {
    let mut text = "[agent]\nid = \"bot\"\nowner = \"ops@example.com\"\n[access]\n".to_owned();
    for resource in Catalogue::builtin().resources() {
        let level = match dice.below(8) {
            at if at < generosity => Level::Full,
            at => Level::ALL[usize::try_from(at % 4).unwrap_or_default()],
        };
        writeln!(text, "{} = \"{level}\"", resource.id()).expect("text takes text");
    }
    let source = Source::policy("policies/bot.toml", text);
    let set = PolicySet::load(&[source], Catalogue::builtin()).expect("a good policy");
    Arc::clone(set.policy("bot").expect("the policy of the bot"))
}

/// What is known of a request when it is decided; none where it is refused before.
fn asked(request: &Request) -> Option<Asked> {
    let catalogue = Catalogue::builtin();
    let query = Some(request.query.as_str());
    let Ok(Identified::Known(asked)) =
        catalogue.identify_parts(&request.method, &request.path, query)
    else {
        return None;
    };
    if asked.operation().body_use() == BodyUse::Streamed {
        return Some(asked);
    }
    catalogue.read_body(asked, &Body::read(&request.body).ok()?).ok()
}

/// How many requests came how far: a property that no request gets to holds nothing.
#[derive(Debug, Default)]
struct Count {
    made: Cell<u64>,
    read: Cell<u64>,
    permitted: Cell<u64>,
    /// Permitted although a server would do more than the path says.
    doing_more: Cell<u64>,
}

fn one_more(count: &Cell<u64>) {
    count.set(count.get() + 1);
}

#[test]
fn whatever_a_careless_server_would_do_is_demanded_of_the_policy() {
    let count = Count::default();
    let effort = Effort::of_inputs(20_000 / VARIANTS, 1_000_000 / VARIANTS);
    effort.check("demands", &(ingredients(), any::<u64>()), |(ingredients, seed)| {
        let mut dice = Dice::new(seed);
        (0..VARIANTS).try_for_each(|_| {
            let request = made(&ingredients, &mut dice);
            let policy = &SOME_POLICIES[usize::try_from(dice.below(POLICIES)).unwrap_or_default()];
            check(&request, policy, &count)
        })
    });
    let Count { made, read, permitted, doing_more } = count;
    let (made, read) = (made.get(), read.get());
    assert!(read > made / 10, "{read} of {made} requests were read");
    assert!(permitted.get() > made / 50, "{permitted:?} of {made} requests were permitted");
    assert!(doing_more.get() > made / 500, "{doing_more:?} of {made} permitted requests do more");
}

fn check(request: &Request, policy: &Arc<Policy>, count: &Count) -> TestCaseResult {
    one_more(&count.made);
    let Some(asked) = asked(request) else { return Ok(()) };
    one_more(&count.read);
    let done = treatment(request);
    demanded(&asked, &done, request)?;
    let now = Facts { now: Timestamp::UNIX_EPOCH };
    let Decision::Permit(permit) = decide(policy, Identified::Known(asked), &now) else {
        return Ok(());
    };
    one_more(&count.permitted);
    if done.effects.len() > 1 {
        one_more(&count.doing_more);
    }
    for effect in &done.effects {
        let granted = Catalogue::builtin()
            .resource(&effect.resource)
            .and_then(|resource| permit.policy().own().on_resource(resource.id()))
            .map_or(Level::Off, |entry| entry.level);
        prop_assert!(granted >= effect.level, "{:?} by {} of {}", effect, granted, shown(request));
    }
    Ok(())
}

/// Whether what a server would do is among the demands, and the records among the targets.
fn demanded(asked: &Asked, done: &Treatment, request: &Request) -> TestCaseResult {
    for effect in &done.effects {
        let covers = |demand: &catalogue::Demand| {
            demand.resource.as_str() == effect.resource && demand.level >= effect.level
        };
        prop_assert!(asked.demands().iter().any(covers), "{:?} of {}", effect, shown(request));
    }
    for record in &done.records {
        prop_assert!(asked.targets().contains(record), "{} of {}", record, shown(request));
    }
    let objects = usize::try_from(asked.objects()).unwrap_or(usize::MAX);
    prop_assert!(objects >= done.touched, "{} records of {}", done.touched, shown(request));
    Ok(())
}

fn shown(request: &Request) -> String {
    let Request { method, path, query, body } = request;
    format!("{method} {path}?{query}\n{}", String::from_utf8_lossy(body))
}
