//! How long a property is tried.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use proptest::strategy::Strategy;
use proptest::test_runner::{
    Config, FileFailurePersistence, TestCaseError, TestCaseResult, TestError, TestRunner,
};

use crate::support::project::root;

/// Inputs between two looks at the clock.
const ROUND: u32 = 256;

/// How long, or with how many inputs, if that takes longer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    time: Duration,
    inputs: u64,
}

impl Effort {
    /// A second, or a minute in the long run.
    pub(super) fn usual() -> Self {
        let time = if is_long() { 60 } else { 1 };
        Self { time: Duration::from_secs(time), inputs: 0 }
    }

    /// At least so many inputs in the short run and in the long one.
    pub(super) fn of_inputs(short: u64, long: u64) -> Self {
        Self { inputs: if is_long() { long } else { short }, ..Self::usual() }
    }

    /// Tries a property with inputs of a strategy. Fails with the smallest input that fails.
    #[track_caller]
    pub(super) fn check<S>(
        self,
        name: &str,
        inputs: &S,
        property: impl Fn(S::Value) -> TestCaseResult,
    ) where
        S: Strategy,
        S::Value: Debug,
    {
        let (end, mut tried) = (Instant::now() + self.time, 0);
        while tried < self.inputs || Instant::now() < end {
            let mut runner = TestRunner::new(config(name));
            match runner.run(inputs, &property) {
                Ok(()) => tried += u64::from(ROUND),
                Err(TestError::Fail(why, input)) => panic!("{name}: {why}\nwith {input:#?}"),
                Err(TestError::Abort(why)) => panic!("{name}: {why}"),
            }
        }
        shown(name, tried);
    }
}

#[expect(clippy::print_stdout, reason = "how much was tried is what one asks of such a test")]
fn shown(name: &str, tried: u64) {
    println!("{name}: {tried} inputs");
}

fn config(name: &str) -> Config {
    let found = root().join(format!("tests/it/fuzz/corpus/{name}.found"));
    // Kept for as long as the tests run: the library takes no other.
    let found: &'static str = found.to_string_lossy().into_owned().leak();
    Config {
        cases: ROUND,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(found))),
        ..Config::default()
    }
}

/// Whether `./test --long` asks.
#[expect(clippy::disallowed_methods, reason = "a test's own setting, not the program's")]
fn is_long() -> bool {
    std::env::var("TEST_EFFORT").is_ok_and(|effort| effort == "long")
}

/// Fails a property with a reason.
pub(super) fn fail(why: impl Into<String>) -> TestCaseError {
    TestCaseError::fail(why.into())
}
