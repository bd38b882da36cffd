//! How often an agent may call: one bucket per agent, filled evenly, as large as its limit.
//!
//! The generic cell rate algorithm: instead of counting, one instant per agent is kept, the time at
//! which its bucket would be full again. Exact, constant in memory, and it tells how long to wait.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use policy::{AgentId, RequestLimit};

/// What each agent has spent of its limit, in this process.
#[derive(Debug, Default)]
pub struct Budget {
    /// The instant at which each agent's bucket is full again.
    full_at: Mutex<HashMap<AgentId, Timestamp>>,
}

impl Budget {
    /// Takes so many requests out of the agent's bucket, or says how long to wait for them. One that is
    /// for more records than the bucket holds takes all of it, else it could never be made.
    pub fn take(
        &self,
        agent: &AgentId,
        limit: &RequestLimit,
        objects: u32,
        now: Timestamp,
    ) -> Result<(), Duration> {
        let per = SignedDuration::try_from(limit.per).unwrap_or(SignedDuration::MAX);
        let one = per / i32::try_from(limit.count).unwrap_or(i32::MAX).max(1);
        let objects = objects.clamp(1, limit.count.max(1));
        let taken = one * i32::try_from(objects).unwrap_or(i32::MAX);
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = full_at.entry(agent.clone()).or_insert(now);
        // At least now, and at most one period ahead: a clock that was set back locks nobody out.
        let latest = now.saturating_add(per).unwrap_or(Timestamp::MAX);
        let full = (*bucket).max(now).min(latest);
        let missing = full.duration_since(now);
        let room = per - taken;
        if missing > room {
            return Err((missing - room).unsigned_abs());
        }
        *bucket = full.saturating_add(taken).unwrap_or(Timestamp::MAX);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use catalogue::Catalogue;
    use policy::{PolicySet, Source};

    use super::*;

    fn limit(text: &str) -> (AgentId, RequestLimit) {
        let text = format!(
            "[agent]\nid = \"bot\"\nowner = \"ops@example.com\"\n[limits]\nrequests = \"{text}\"\n"
        );
        let source = Source::policy("bot.toml", text);
        let set = PolicySet::load(&[source], Catalogue::builtin()).unwrap();
        let policy = set.policy("bot").unwrap();
        (policy.agent().id().clone(), policy.limits().requests.clone().unwrap())
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
    }

    #[test]
    fn a_limit_gives_so_many_at_once_and_then_one_each_interval() {
        let (agent, limit) = limit("3/min");
        let budget = Budget::default();
        for _ in 0..3 {
            budget.take(&agent, &limit, 1, at(0)).unwrap();
        }
        assert_eq!(budget.take(&agent, &limit, 1, at(0)), Err(Duration::from_secs(20)));
        assert_eq!(budget.take(&agent, &limit, 1, at(19_000)), Err(Duration::from_secs(1)));
        budget.take(&agent, &limit, 1, at(20_000)).unwrap();
        assert!(budget.take(&agent, &limit, 1, at(20_000)).is_err());
    }

    #[test]
    fn a_refused_request_takes_nothing() {
        let (agent, limit) = limit("1/sec");
        let budget = Budget::default();
        budget.take(&agent, &limit, 1, at(0)).unwrap();
        for _ in 0..10 {
            budget.take(&agent, &limit, 1, at(500)).unwrap_err();
        }
        budget.take(&agent, &limit, 1, at(1000)).unwrap();
    }

    #[test]
    fn a_request_for_many_records_takes_one_for_each() {
        let (agent, limit) = limit("100/min");
        let budget = Budget::default();
        budget.take(&agent, &limit, 90, at(0)).unwrap();
        assert_eq!(budget.take(&agent, &limit, 20, at(0)), Err(Duration::from_secs(6)));
        budget.take(&agent, &limit, 10, at(0)).unwrap();
        assert!(budget.take(&agent, &limit, 1, at(0)).is_err());
        budget.take(&agent, &limit, 1000, at(60_000)).unwrap();
        assert!(budget.take(&agent, &limit, 1, at(60_000)).is_err());
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_away_and_locks_nobody_out() {
        let (agent, limit) = limit("1/min");
        let budget = Budget::default();
        budget.take(&agent, &limit, 1, at(600_000)).unwrap();
        assert_eq!(budget.take(&agent, &limit, 1, at(0)), Err(Duration::from_mins(1)));
    }
}
