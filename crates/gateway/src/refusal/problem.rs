//! The body of a refusal: an RFC 9457 problem that is also a list of errors in Kustomer's form.

use policy::{Denial, Lack};
use serde::Serialize;

use super::{CROWDED_WAIT, Refusal, seconds_up};
use crate::arrival::Arrival;

/// The whole body. What stands in `meta` of the one error stands at the top too.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: String,
    instance: String,
    code: &'static str,
    #[serde(flatten)]
    meta: Meta,
    errors: [ErrorItem; 1],
}

/// One item of Kustomer's `errors` list.
#[derive(Debug, Serialize)]
struct ErrorItem {
    status: u16,
    code: &'static str,
    title: &'static str,
    detail: String,
    meta: Meta,
}

/// Who refused, under which id, and what would help.
#[derive(Debug, Clone, Serialize)]
struct Meta {
    source: &'static str,
    decision: &'static str,
    request_id: String,
    /// What the policy would have to grant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    needed: Vec<Needed>,
    /// The agent's owner, who can have the policy changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    ask: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u64>,
}

#[derive(Debug, Clone, Serialize)]
struct Needed {
    resource: String,
    level: String,
    because: String,
    granted: Option<String>,
    entry: Option<String>,
}

impl Problem {
    /// Describes a refusal; `sentence` is its record's.
    pub(super) fn of(refusal: &Refusal, arrival: &Arrival, sentence: &str) -> Self {
        let (status, code, title) = (refusal.status().as_u16(), refusal.code(), refusal.title());
        let detail = refusal.detail(sentence);
        let meta = Meta::of(refusal, arrival);
        Self {
            r#type: format!("urn:kustodian:refusal:{code}"),
            title,
            status,
            detail: detail.clone(),
            instance: format!("urn:uuid:{}", arrival.id),
            code,
            meta: meta.clone(),
            errors: [ErrorItem { status, code, title, detail, meta }],
        }
    }

    /// The body's bytes.
    pub(super) fn to_json(&self) -> String {
        // Plain texts and numbers cannot fail to serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Meta {
    fn of(refusal: &Refusal, arrival: &Arrival) -> Self {
        let mut meta = Self {
            source: "kustodian",
            decision: refusal.decision_word(),
            request_id: arrival.id.to_string(),
            needed: Vec::new(),
            ask: None,
            retry_after_seconds: None,
        };
        if let Refusal::Denied { denial, .. } = refusal {
            meta.needed = needed(denial);
            meta.ask = Some(denial.policy().agent().owner().to_owned());
        }
        if let Refusal::Limited { permit, wait, .. } = refusal {
            meta.retry_after_seconds = Some(seconds_up(*wait));
            meta.ask = Some(permit.policy().agent().owner().to_owned());
        }
        if let Refusal::Crowded { policy, .. } = refusal {
            meta.retry_after_seconds = Some(seconds_up(CROWDED_WAIT));
            meta.ask = Some(policy.agent().owner().to_owned());
        }
        meta
    }
}

fn needed(denial: &Denial) -> Vec<Needed> {
    denial.reason().lacks().iter().map(Needed::of).collect()
}

impl Needed {
    fn of(lack: &Lack) -> Self {
        Self {
            resource: lack.demand.on(),
            level: lack.demand.level.to_string(),
            because: lack.demand.because.as_str().to_owned(),
            granted: lack.entry.as_ref().map(|entry| entry.level.to_string()),
            entry: lack.entry.as_ref().map(|entry| entry.name.to_string()),
        }
    }
}
