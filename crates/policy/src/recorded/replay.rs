//! What a policy would have said to a request of which a record is left.

use std::collections::{BTreeMap, BTreeSet};

use catalogue::{BodyUse, ScopeId};

use crate::decide::{cover, shut_out};
use crate::recorded::{Recorded, Rest, ids};
use crate::{Facts, HeldEntry, Policy, Reason};

/// The answer of a policy to a request of which a record is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replayed {
    /// It would be permitted: an entry for each demand.
    Permitted(Vec<HeldEntry>),
    /// It would be refused, whatever the record does not tell.
    Refused(Reason),
    /// It depends on what the record does not tell.
    CannotTell(Untold),
}

/// What a record would have to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Untold {
    /// What else the request demanded: a denial has only what was lacking on record, and may have been
    /// decided before the body was read.
    Demands,
    /// Whether a condition was true that looks into the query, the body, or what stands there masked.
    Condition,
    /// Which records the query and the body named.
    Names,
    /// Whose records the path named: it stands there masked or hashed.
    Path,
}

impl Untold {
    /// Why it cannot be told, as a fragment.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Demands => {
                "the record of a denial holds only what was lacking, not what query and body demanded beside"
            }
            Self::Condition => {
                "a condition asks for what is not kept: query, body, or a masked identifier"
            }
            Self::Names => "[only] may decide by what query and body name, which is not kept",
            Self::Path => {
                "[only] may decide by the path, which was recorded with masked identifiers"
            }
        }
    }
}

impl Policy {
    /// What this policy would have said to a request, as far as its record tells.
    #[must_use]
    pub fn replay(&self, recorded: &Recorded, facts: &Facts<'_>) -> Replayed {
        if let Some(reason) = shut_out(self.agent(), facts) {
            return Replayed::Refused(reason);
        }
        let weighed = |taken_for| {
            let occasion = recorded.occasion(self, facts, taken_for);
            cover(self, &recorded.operation, &recorded.demands, &occasion)
        };
        let grants = match weighed(true) {
            Ok(grants) => grants,
            Err(lacks) => return Replayed::Refused(Reason::NotGranted(lacks)),
        };
        if let Some(answer) = self.replay_only(recorded) {
            return answer;
        }
        if weighed(false).is_err() {
            return Replayed::CannotTell(Untold::Condition);
        }
        if self.covers_rest(recorded, facts) {
            Replayed::Permitted(grants)
        } else {
            Replayed::CannotTell(Untold::Demands)
        }
    }

    /// Whether whatever the request may have demanded beside is covered too.
    fn covers_rest(&self, recorded: &Recorded, facts: &Facts<'_>) -> bool {
        let occasion = recorded.occasion(self, facts, false);
        match &recorded.rest {
            Rest::Nothing => true,
            Rest::AnyOf(demands) => cover(self, &recorded.operation, demands, &occasion).is_ok(),
            Rest::Anything => false,
        }
    }

    /// What `[only]` makes of it; none where the request keeps to it.
    ///
    /// A path tells for certain what it names. A body can name records in ways that leave no trace in a
    /// record, and of a target that is not the path's nobody knows of which kind it is.
    fn replay_only(&self, recorded: &Recorded) -> Option<Replayed> {
        self.only().next()?;
        if recorded.kept.as_ref().is_some_and(|kept| self.is_as_wide_as(kept)) {
            return None;
        }
        let Some(asked) = &recorded.asked else {
            return Some(Replayed::CannotTell(Untold::Path));
        };
        let refused = |outside| Replayed::Refused(Reason::Outside(outside));
        if let Some(outside) = self.only().find_map(|only| only.named_outside(asked)) {
            return Some(refused(outside));
        }
        let is_read = matches!(recorded.operation.body_use(), BodyUse::Read(_));
        if is_read || recorded.names_more {
            return Some(Replayed::CannotTell(Untold::Names));
        }
        self.only().find_map(|only| only.untold(asked, self)).map(refused)
    }

    /// Whether its `[only]` speaks of the same kinds of records, and of all of these.
    fn is_as_wide_as(&self, kept: &BTreeMap<ScopeId, BTreeSet<String>>) -> bool {
        let own = ids(self);
        own.keys().eq(kept.keys())
            && own.iter().zip(kept.values()).all(|((_, own), kept)| own.is_superset(kept))
    }
}
