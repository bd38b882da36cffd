//! Whose signed tokens are trusted: what would stop the gateway, and what is odd.

use catalogue::diagnostic::Code;
use gateway::Config;
use gateway::clock::{Clock as _, SystemClock};
use gateway::config::IssuerSettings;
use gateway::issuers::Issuers;
use policy::PolicySet;

use super::problem::Problem;

/// Files of issuers that the gateway would not start with. No issuer is asked for anything.
pub(super) fn errors(config: &Config) -> Option<Problem> {
    let opened = Issuers::open(&config.issuers, SystemClock.now());
    opened.err().map(|failure| Problem::error(Code::CannotStart, &failure))
}

/// What is legal, but lets in other agents than was meant, or none.
pub(super) fn warnings(config: &Config, policies: &PolicySet) -> Vec<Problem> {
    let odd = config.issuers.iter().flat_map(|settings| odd(settings, policies));
    odd.map(|(code, message)| Problem::warning(code, message)).collect()
}

fn odd(settings: &IssuerSettings, policies: &PolicySet) -> Vec<(Code, String)> {
    let name = &settings.name;
    let Some(agents) = &settings.agents else {
        let trusting = settings.required_claims.is_empty();
        let message = format!(
            "issuer `{name}` alone decides who is which agent: whoever it gives a token with an agent's id \
             in it is that agent"
        );
        return trusting.then_some((Code::TrustingIssuer, message)).into_iter().collect();
    };
    let without = agents.iter().filter(|(_, agent)| policies.policy(agent.as_str()).is_none());
    let message = |(value, agent): (&String, &String)| {
        let message =
            format!("issuer `{name}` has `{value}` for agent `{agent}`, which has no policy");
        (Code::IssuerWithoutPolicy, message)
    };
    without.map(message).collect()
}
