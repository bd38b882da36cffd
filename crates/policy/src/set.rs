//! All policies of a gateway at one moment, and the fingerprint that tells which moment.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use catalogue::Catalogue;
use catalogue::diagnostic::Diagnostics;
use sha2::{Digest, Sha256};

use crate::{AgentId, Policy, Source, load};

/// The policies that are in force together. Immutable: a change of a file makes a new set.
#[derive(Debug, Clone)]
pub struct PolicySet {
    policies: BTreeMap<AgentId, Arc<Policy>>,
    fingerprint: Fingerprint,
}

impl PolicySet {
    /// Reads every source. Either all of them are good, or every problem of every one is returned.
    pub fn load(sources: &[Source], catalogue: &Catalogue) -> Result<Self, Diagnostics> {
        let policies = load::policies(sources, catalogue)?;
        Ok(Self { policies, fingerprint: Fingerprint::of(sources) })
    }

    /// The set without a policy: nobody may do anything.
    #[must_use]
    pub fn empty() -> Self {
        Self { policies: BTreeMap::new(), fingerprint: Fingerprint::of(&[]) }
    }

    /// The policy of an agent, asked for by its [`AgentId`] or by the id's text, as a store holds it.
    /// An agent without one may do nothing.
    #[must_use]
    pub fn policy<Q>(&self, agent: &Q) -> Option<&Arc<Policy>>
    where
        AgentId: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.policies.get(agent)
    }

    /// All policies, by the id of their agent.
    pub fn policies(&self) -> impl Iterator<Item = &Arc<Policy>> {
        self.policies.values()
    }

    /// What tells this set from any other.
    #[must_use]
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }
}

/// The SHA-256 of all policy files, by which a record names the policies that were in force.
///
/// It covers the name, the length and the bytes of each file in the order of their names, so that it
/// does not depend on the order in which a folder lists them, and moving text from one file to the
/// next changes it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(Arc<str>);

impl Fingerprint {
    /// Its 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 12 of its 64 digits: enough to tell sets apart where people read.
    #[must_use]
    pub fn short(&self) -> String {
        self.0.chars().take(12).collect()
    }

    /// The fingerprint of the set that these files make, if they make one.
    #[must_use]
    pub fn of(sources: &[Source]) -> Self {
        let mut sorted: Vec<&Source> = sources.iter().collect();
        sorted.sort_by_key(|source| (&source.name, &source.text));
        let mut hash = Sha256::new();
        for source in sorted {
            absorb(&mut hash, source.name.as_bytes());
            absorb(&mut hash, source.text.as_bytes());
        }
        let mut digits = String::with_capacity(64);
        for byte in hash.finalize() {
            // Writing to a `String` cannot fail.
            let _ = write!(digits, "{byte:02x}");
        }
        Self(digits.into())
    }
}

/// The length goes in front of the bytes: two different lists of files never hash the same stream.
fn absorb(hash: &mut Sha256, bytes: &[u8]) {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    hash.update(length.to_be_bytes());
    hash.update(bytes);
}

impl fmt::Display for Fingerprint {
    /// 64 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl serde::Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_tells_one_file_from_two_with_the_same_bytes_in_all() {
        let source = |name: &str, text: &str| Source { name: name.into(), text: text.into() };
        let two = Fingerprint::of(&[source("a", "one"), source("b", "two")]);
        let one = Fingerprint::of(&[source("a", "onebtwo")]);
        assert_ne!(one, two);
    }
}
