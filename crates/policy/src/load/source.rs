//! A file of a policy set, as it is handed in.

/// One file of a policy or of a role, already read into memory: this crate does no I/O.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub(crate) kind: SourceKind,
    pub(crate) name: String,
    pub(crate) text: String,
}

/// What a file is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SourceKind {
    /// The policy of an agent.
    Policy,
    /// A role that policies take.
    Role,
}

impl Source {
    /// The policy of an agent. The name is the path to show, such as `policies/support-agent.toml`.
    pub fn policy<N: Into<String>, T: Into<String>>(name: N, text: T) -> Self {
        Self { kind: SourceKind::Policy, name: name.into(), text: text.into() }
    }

    /// A role. The name is the path to show, such as `policies/roles/reader.toml`.
    pub fn role<N: Into<String>, T: Into<String>>(name: N, text: T) -> Self {
        Self { kind: SourceKind::Role, name: name.into(), text: text.into() }
    }

    /// The path to show.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the file holds.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}
