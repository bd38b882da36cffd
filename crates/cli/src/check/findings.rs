//! Looks everywhere and gathers what is wrong, instead of stopping at the first mistake.

use std::error::Error;

use catalogue::diagnostic::{Diagnostics, Severity};
use catalogue::{Action, Catalogue};
use gateway::audit_key::{AuditKey, AuditKeyFailure};
use gateway::config::{ConfigFailure, Kustomer, StoreSettings, sqlite_file};
use gateway::edge::tls::Tls;
use gateway::policies::{LoadFailure, load_catalogue, load_policies};
use gateway::{Config, StartFailure};
use jiff::Timestamp;
use policy::{Layer, Mode, PolicySet};
use secrecy::ExposeSecret as _;
use store::Store;

use super::issuers;
use super::problem::Problem;
use crate::failure::Failure;
use crate::rules::PolicyFolder;
use crate::settings::Settings;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What is wrong, in the order in which it was looked for.
    pub(super) problems: Vec<Problem>,
    /// The agents with a policy.
    pub(super) agents: Vec<String>,
    /// How many operations the catalogue holds.
    pub(super) operations: usize,
}

impl Findings {
    /// Checks everything that is named by the settings; with a folder of policies, these alone.
    pub(super) fn look(
        settings: &Settings,
        folder: &PolicyFolder,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let mut findings = Self::default();
        let config = findings.settings(settings)?;
        if let (Some(config), None) = (&config, &folder.policies) {
            findings.start(config);
        }
        // With settings that cannot be read, a folder of policies must have been named to be found.
        if config.is_none() && folder.policies.is_none() {
            return Ok(findings);
        }
        let config = config.unwrap_or_default();
        if let Some(catalogue) = findings.catalogue(&config)
            && let Some(policies) = findings.policies(&config, folder, &catalogue)?
        {
            findings.terms(&policies, now);
            findings.modes(&policies);
            findings.certificates(&policies, &config, folder);
            if folder.policies.is_none() {
                findings.problems.extend(issuers::warnings(&config, &policies));
            }
            findings.actions(&policies, &catalogue);
            findings.limits(&policies, &config.kustomer);
        }
        Ok(findings)
    }

    pub(super) fn errors(&self) -> usize {
        self.count(Severity::Error)
    }

    pub(super) fn warnings(&self) -> usize {
        self.count(Severity::Warning)
    }

    fn count(&self, severity: Severity) -> usize {
        self.problems.iter().filter(|problem| problem.severity() == severity).count()
    }

    fn settings(&mut self, settings: &Settings) -> Result<Option<Config>, Failure> {
        match settings.read() {
            Ok(config) => Ok(Some(config)),
            Err(failure @ ConfigFailure::Unreadable { .. }) => Err(failure.into()),
            Err(ConfigFailure::Wrong(mistakes)) => {
                self.add(mistakes);
                Ok(None)
            }
            Err(failure @ (ConfigFailure::Variable { .. } | ConfigFailure::Open(_))) => {
                self.problems.push(Problem::error(&failure));
                Ok(None)
            }
        }
    }

    /// What the gateway looks at when it starts, as far as it needs neither network nor store.
    fn start(&mut self, config: &Config) {
        if let Some(address) = config.listen.shared() {
            let failure = StartFailure::SameListener(address);
            self.problems.push(Problem::error(&failure));
        }
        self.note(config.limits.check());
        self.note(config.listen.tls.as_ref().map(Tls::load).transpose());
        self.problems.extend(issuers::errors(config));
        self.note(config.kustomer.base());
        self.note(config.kustomer.key());
        self.store(&config.store);
        self.audit_key(config);
    }

    /// The audit key, unless the gateway would make it.
    fn audit_key(&mut self, config: &Config) {
        // What is wrong with the URL has been said.
        let Ok(url) = config.store.url() else { return };
        let url = url.expose_secret();
        match AuditKey::read(&config.audit.key_path(url)) {
            Err(AuditKeyFailure::Missing { .. }) if sqlite_file(url).is_some() => {}
            answer => self.note(answer),
        }
    }

    fn store(&mut self, settings: &StoreSettings) {
        let url = match settings.url() {
            Ok(url) => url,
            Err(failure) => return self.problems.push(Problem::error(&failure)),
        };
        let url = url.expose_secret();
        self.note(Store::check_url(url));
        let folder = sqlite_file(url).and_then(|file| file.parent());
        if let Some(folder) =
            folder.filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir())
        {
            let message = format!(
                "the store's folder `{}` does not exist; create it, or set `store.url`",
                folder.display()
            );
            self.problems.push(Problem::Elsewhere {
                severity: Severity::Error,
                message,
                place: None,
            });
        }
    }

    fn catalogue(&mut self, config: &Config) -> Option<Catalogue> {
        let catalogue = load_catalogue(&config.catalogue.extend);
        let catalogue = catalogue.map_err(|failure| self.files(failure)).ok()?;
        self.operations = catalogue.operations().count();
        Some(catalogue)
    }

    fn policies(
        &mut self,
        config: &Config,
        folder: &PolicyFolder,
        catalogue: &Catalogue,
    ) -> Result<Option<PolicySet>, Failure> {
        let policies =
            match load_policies(folder.or_settings(config), catalogue, config.policies.observing())
            {
                Ok(policies) => policies,
                // A folder that was asked for by name and is not there: there is nothing to answer.
                Err(failure @ LoadFailure::Unreadable { .. }) if folder.policies.is_some() => {
                    return Err(failure.into());
                }
                Err(failure) => {
                    self.files(failure);
                    return Ok(None);
                }
            };
        self.agents = policies.policies().map(|policy| policy.agent().id().to_string()).collect();
        Ok(Some(policies))
    }

    fn terms(&mut self, policies: &PolicySet, now: Timestamp) {
        for policy in policies.policies() {
            if let Some(end) = policy.agent().expired_at(now) {
                let (agent, bound) = (policy.agent().id(), end.bound);
                let message =
                    format!("the term of agent `{agent}` ended on {bound}; it may do nothing");
                self.problems.push(Problem::warning(message, Some(end.place.clone())));
            }
        }
    }

    /// Agents for whom their policy is not enforced as it stands.
    fn modes(&mut self, policies: &PolicySet) {
        for agent in policies.policies().map(|policy| policy.agent()) {
            let message = match agent.mode() {
                Mode::Enforce => continue,
                Mode::Observe => format!(
                    "agent `{}` is only observed: what its policy does not grant is forwarded all the same",
                    agent.id()
                ),
                Mode::Suspended => {
                    format!("agent `{}` is suspended; it may do nothing", agent.id())
                }
            };
            self.problems.push(Problem::warning(message, Some(agent.mode_place().clone())));
        }
    }

    /// Whether agents that are bound to a certificate can show it.
    fn certificates(&mut self, policies: &PolicySet, config: &Config, folder: &PolicyFolder) {
        let tls = config.listen.tls.as_ref();
        // Policies alone are asked about without the settings that they will meet.
        if folder.policies.is_some() || tls.is_some_and(|tls| tls.client_ca.is_some()) {
            return;
        }
        for policy in policies.policies() {
            if let Some(name) = policy.agent().certificate() {
                let agent = policy.agent().id();
                let message = format!(
                    "agent `{agent}` is bound to the certificate {name}, and agents can show none: set \
                     `listen.tls.client_ca`"
                );
                self.problems.push(Problem::warning(message, Some(policy.place().clone())));
            }
        }
    }

    /// Actions that seem to grant what only a line of its own can.
    fn actions(&mut self, policies: &PolicySet, catalogue: &Catalogue) {
        for policy in policies.policies() {
            for entry in policy.layers().flat_map(Layer::actions) {
                let action = catalogue.action(entry.name.as_str());
                let operations = action.into_iter().flat_map(Action::operations);
                let unnamed: Vec<&str> = operations
                    .filter_map(|id| catalogue.operation(id.as_str()))
                    .filter(|operation| {
                        operation.only_by_name().is_some()
                            && entry.level >= operation.level()
                            && policy.layers().all(|it| it.on_operation(operation.id()).is_none())
                    })
                    .map(|operation| operation.id().as_str())
                    .collect();
                if !unnamed.is_empty() {
                    let message = format!(
                        "`{}` does not grant {}: only a line of its own in [operations] does",
                        entry.name,
                        unnamed.join(", ")
                    );
                    self.problems.push(Problem::warning(message, Some(entry.place.clone())));
                }
            }
        }
    }

    /// Whether all agents together may ask more than Kustomer takes from the organisation.
    fn limits(&mut self, policies: &PolicySet, kustomer: &Kustomer) {
        let limits = policies.policies().filter_map(|policy| policy.limits().requests.as_ref());
        let a_minute = limits.map(|limit| u64::from(limit.count) * 60 / limit.per.as_secs().max(1));
        let (all, most) = (a_minute.sum::<u64>(), kustomer.plan.requests_per_minute());
        if all > u64::from(most) {
            self.problems.push(Problem::warning(
                format!(
                    "the agents' limits add up to {all} requests a minute, and Kustomer takes {most} \
                     on this plan (`kustomer.plan`); it may answer some with 429"
                ),
                None,
            ));
        }
    }

    fn files(&mut self, failure: LoadFailure) {
        match failure {
            LoadFailure::Wrong(mistakes) => self.add(mistakes),
            LoadFailure::Unreadable { .. } => self.problems.push(Problem::error(&failure)),
        }
    }

    fn add(&mut self, mistakes: Diagnostics) {
        self.problems.extend(mistakes.into_iter().map(Problem::InFile));
    }

    /// Keeps a failure; what succeeded is of no use here.
    fn note<T, E: Error>(&mut self, checked: Result<T, E>) {
        if let Err(failure) = checked {
            self.problems.push(Problem::error(&failure));
        }
    }
}
