//! What was made of each file of a set, so that the next set makes anew only what was changed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::source::{Source, SourceKind};
use crate::{Policy, Role};

/// What tells a file from any other: the SHA-256 of its kind, its name and its text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileMark([u8; 32]);

/// The policies and roles of a set, by their files.
#[derive(Clone, Default)]
pub(crate) struct Made {
    policies: BTreeMap<FileMark, Arc<Policy>>,
    roles: BTreeMap<FileMark, Arc<Role>>,
}

impl FileMark {
    pub(super) fn of(source: &Source) -> Self {
        let mut hash = Sha256::new();
        hash.update(match source.kind {
            SourceKind::Policy => b"policy",
            SourceKind::Role => b"a role",
        });
        // The length goes in front: no two pairs of name and text are hashed as the same bytes.
        hash.update(u64::try_from(source.name.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(source.name.as_bytes());
        hash.update(source.text.as_bytes());
        Self(hash.finalize().into())
    }
}

impl Made {
    /// Whether it is of no file at all.
    pub(super) fn is_empty(&self) -> bool {
        self.policies.is_empty() && self.roles.is_empty()
    }

    pub(super) fn policy(&self, mark: &FileMark) -> Option<&Arc<Policy>> {
        self.policies.get(mark)
    }

    pub(super) fn role(&self, mark: &FileMark) -> Option<&Arc<Role>> {
        self.roles.get(mark)
    }

    pub(super) fn keep_policy(&mut self, mark: FileMark, policy: &Arc<Policy>) {
        self.policies.insert(mark, Arc::clone(policy));
    }

    pub(super) fn keep_role(&mut self, mark: FileMark, role: &Arc<Role>) {
        self.roles.insert(mark, Arc::clone(role));
    }
}

impl fmt::Debug for Made {
    /// The set shows them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Made({} policies, {} roles)", self.policies.len(), self.roles.len())
    }
}
