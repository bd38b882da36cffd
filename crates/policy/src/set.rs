//! All policies of a gateway at one moment, and the fingerprint that tells which moment.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::hash::Hash;
use std::sync::Arc;

use catalogue::Catalogue;
use catalogue::diagnostic::Diagnostics;
use indexmap::IndexMap;
use sha2::{Digest, Sha256};

use crate::load::{Made, SourceKind};
use crate::{AgentId, Observing, Policy, Role, RoleId, Source, load};

/// The policies that are in force together, and the roles they are made of. Immutable: a change of a
/// file makes a new set.
#[derive(Debug, Clone)]
pub struct PolicySet {
    /// INVARIANT: in the order of the ids. A request finds its agent's by the hash, because each step of a
    /// search among very many is memory that is not at hand.
    pub(crate) policies: IndexMap<AgentId, Arc<Policy>>,
    pub(crate) roles: BTreeMap<RoleId, Arc<Role>>,
    pub(crate) fingerprint: Fingerprint,
    /// For the next set to share what its files say as well.
    pub(crate) made: Made,
}

impl PolicySet {
    /// Reads every source. Either all of them are good, or every problem of every one is returned.
    ///
    /// A policy of the mode `observe` is such a problem; [`PolicySet::load_with`] can let it pass.
    pub fn load(sources: &[Source], catalogue: &Catalogue) -> Result<Self, Diagnostics> {
        Self::load_with(sources, catalogue, Observing::Refused)
    }

    /// The same, where the settings say whether agents may be observed.
    pub fn load_with(
        sources: &[Source],
        catalogue: &Catalogue,
        observing: Observing,
    ) -> Result<Self, Diagnostics> {
        load::set(sources, catalogue, observing, &Made::default())
    }

    /// The same set, made with less: it shares with the one before every policy whose file, and whose
    /// roles' files, are as they were. `before` was made with the same catalogue and the same settings.
    pub fn load_after(
        before: &Self,
        sources: &[Source],
        catalogue: &Catalogue,
        observing: Observing,
    ) -> Result<Self, Diagnostics> {
        load::set(sources, catalogue, observing, &before.made)
    }

    /// The set without a policy: nobody may do anything.
    #[must_use]
    pub fn empty() -> Self {
        let (policies, roles, made) = Default::default();
        Self { policies, roles, fingerprint: Fingerprint::of(&[]), made }
    }

    /// The policy of an agent, asked for by its [`AgentId`] or by the id's text, as a store holds it.
    /// An agent without one may do nothing.
    #[must_use]
    pub fn policy<Q>(&self, agent: &Q) -> Option<&Arc<Policy>>
    where
        AgentId: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.policies.get(agent)
    }

    /// All policies, by the id of their agent.
    pub fn policies(&self) -> impl Iterator<Item = &Arc<Policy>> {
        self.policies.values()
    }

    /// All roles, by id; those that no policy takes too.
    pub fn roles(&self) -> impl Iterator<Item = &Arc<Role>> {
        self.roles.values()
    }

    /// What tells this set from any other.
    #[must_use]
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }
}

/// The SHA-256 of all files of policies and of roles, by which a record names the policies that were in
/// force.
///
/// It covers the name, the length and the bytes of each file in the order of their names, so that it
/// does not depend on the order in which a folder lists them, and moving text from one file to the
/// next changes it. A file counts as another where it is read as a role.
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
        sorted.sort_by_key(|source| (source.kind, &source.name, &source.text));
        let mut hash = Sha256::new();
        for source in sorted {
            if source.kind == SourceKind::Role {
                // No length is this long, so no policies' files hash the same stream.
                hash.update(u64::MAX.to_be_bytes());
            }
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
        let source = Source::policy::<&str, &str>;
        let two = Fingerprint::of(&[source("a", "one"), source("b", "two")]);
        let one = Fingerprint::of(&[source("a", "onebtwo")]);
        assert_ne!(one, two);
        assert_ne!(two, Fingerprint::of(&[source("a", "one"), Source::role("b", "two")]));
    }
}
