//! Looks everywhere and gathers what is wrong, instead of stopping at the first mistake.

use std::error::Error;

use catalogue::Catalogue;
use catalogue::diagnostic::{Code, Diagnostics, Severity};
use gateway::audit_key::{AuditKey, AuditKeyFailure};
use gateway::config::{ConfigFailure, Kustomer, StoreSettings, sqlite_file};
use gateway::edge::tls::Tls;
use gateway::policies::{LoadFailure, load_catalogue, load_policies};
use gateway::{Config, StartFailure};
use jiff::Timestamp;
use policy::PolicySet;
use secrecy::ExposeSecret as _;
use store::Store;

use super::issuers;
use super::odd::{self, Odd};
use super::problem::Problem;
use super::tokens;
use crate::failure::Failure;
use crate::rules::PolicyFolder;
use crate::settings::Settings;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What is wrong, in the order in which it was looked for.
    pub(super) problems: Vec<Problem>,
    /// The policies, where all of them are right.
    pub(super) policies: Option<PolicySet>,
    /// How many operations the catalogue holds.
    pub(super) operations: usize,
    /// The settings file, if there is one.
    pub(super) settings_file: Option<String>,
    /// What was not looked at, and why.
    pub(super) not_looked_at: Vec<String>,
}

impl Findings {
    /// Checks everything that is named by the settings; with a folder of policies, these alone.
    pub(super) fn look(
        settings: &Settings,
        folder: &PolicyFolder,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let file = settings.file().map(|file| file.display().to_string());
        let mut findings = Self { settings_file: file, ..Self::default() };
        let config = findings.settings(settings)?;
        if let (Some(config), None) = (&config, &folder.policies) {
            findings.start(config);
        }
        // With settings that cannot be read, a folder of policies must have been named to be found.
        if config.is_none() && folder.policies.is_none() {
            findings
                .not_looked_at
                .push("policies: the settings have to be mended first".to_owned());
            return Ok(findings);
        }
        let config = config.unwrap_or_default();
        if let Some(catalogue) = findings.catalogue(&config)
            && let Some(policies) = findings.policies(&config, folder, &catalogue)?
        {
            let mut odd = odd::look(&policies, &catalogue, now);
            if folder.policies.is_none() {
                odd.extend(certificates(&policies, &config));
                odd.extend(findings.tokens(&policies, &config, now));
                findings.problems.extend(issuers::warnings(&config, &policies));
            }
            findings.problems.extend(odd::shown(&policies, odd));
            findings.limits(&policies, &config.kustomer);
        }
        Ok(findings)
    }

    /// The agents with a policy.
    pub(super) fn agents(&self) -> Vec<&str> {
        let policies = self.policies.iter().flat_map(PolicySet::policies);
        policies.map(|policy| policy.agent().id().as_str()).collect()
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
            Err(failure @ ConfigFailure::Variable { .. }) => {
                self.problems.push(Problem::error(Code::InvalidVariable, &failure));
                Ok(None)
            }
            Err(failure @ ConfigFailure::Open(_)) => {
                self.problems.push(Problem::error(Code::CannotStart, &failure));
                Ok(None)
            }
        }
    }

    /// What the gateway looks at when it starts, as far as it needs neither network nor store.
    fn start(&mut self, config: &Config) {
        if let Some(address) = config.listen.shared() {
            let failure = StartFailure::SameListener(address);
            self.problems.push(Problem::error(Code::CannotStart, &failure));
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
            Err(failure) => return self.problems.push(Problem::error(Code::CannotStart, &failure)),
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
            self.problems.push(Problem::Elsewhere { code: Code::CannotStart, message, help: None });
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
        self.policies = Some(policies.clone());
        Ok(Some(policies))
    }

    /// Whether agents have tokens, as far as the store can be asked.
    fn tokens(&mut self, policies: &PolicySet, config: &Config, now: Timestamp) -> Vec<Odd> {
        match tokens::look(policies, config, now) {
            Ok((odd, problems)) => {
                self.problems.extend(problems);
                odd
            }
            Err(why) => {
                self.not_looked_at.push(format!("tokens: {why}"));
                Vec::new()
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
                Code::LimitsAbovePlan,
                format!(
                    "the agents' limits add up to {all} requests a minute, and Kustomer takes {most} \
                     on this plan (`kustomer.plan`); it may answer some with 429"
                ),
            ));
        }
    }

    fn files(&mut self, failure: LoadFailure) {
        match failure {
            LoadFailure::Wrong(mistakes) => self.add(mistakes),
            LoadFailure::Unreadable { .. } => {
                self.problems.push(Problem::error(Code::UnreadableFile, &failure));
            }
        }
    }

    fn add(&mut self, mistakes: Diagnostics) {
        self.problems.extend(mistakes.into_iter().map(Problem::from));
    }

    /// Keeps a failure; what succeeded is of no use here.
    fn note<T, E: Error>(&mut self, checked: Result<T, E>) {
        if let Err(failure) = checked {
            self.problems.push(Problem::error(Code::CannotStart, &failure));
        }
    }
}

/// Whether agents that are bound to a certificate can show it.
fn certificates(policies: &PolicySet, config: &Config) -> Vec<Odd> {
    let tls = config.listen.tls.as_ref();
    if tls.is_some_and(|tls| tls.client_ca.is_some()) {
        return Vec::new();
    }
    let bound = policies.policies().filter_map(|policy| {
        let (agent, name) = (policy.agent().id(), policy.agent().certificate()?);
        let message = format!(
            "agent `{agent}` is bound to the certificate {name}, and agents can show none: set \
             `listen.tls.client_ca`"
        );
        Some(Odd::new(Code::NoCertificate, policy.place(), message))
    });
    bound.collect()
}
