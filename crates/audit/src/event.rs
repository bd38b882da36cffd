//! What the gateway notes of itself: starts and stops, the policies it goes by, the tokens it gives out.
//!
//! An event is a record like any other, in the same trail and the same chain; it stands for no request.
//! To add one: a variant, its code and its sentence here, and a row in docs/audit-record.md.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sentence::grouped;
use crate::{Decided, Detail, Keep, Opening, Outcome, OutcomeKind, PolicyLine, RecordId, Signed};

/// Something that the gateway did, or an operator through it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A gateway of this version started.
    Started {
        /// Its version.
        version: String,
        /// The name of the machine that it runs on, where the system tells it.
        host: Option<String>,
    },
    /// A gateway that was silent for too long goes on in a new chain.
    Continued,
    /// A gateway was told to stop, and did.
    Stopped,
    /// The policies were loaded.
    PoliciesLoaded {
        /// Their files.
        files: Vec<String>,
        /// The fingerprint of all of them.
        fingerprint: String,
        /// What is different from those loaded before, in plain English; none where none were.
        changes: Option<Vec<String>>,
        /// Who may do what by them, to compare the next ones with.
        outline: KeptOutline,
    },
    /// The policy files were changed and cannot be used; those that were loaded before stay in force.
    PoliciesRefused {
        /// What is wrong with them.
        problems: Vec<String>,
        /// The fingerprint of those in force.
        fingerprint: String,
    },
    /// The policy files can be used again, and say what is in force.
    PoliciesMended {
        /// Their fingerprint.
        fingerprint: String,
    },
    /// A token was issued.
    TokenIssued {
        /// Its public name.
        token: String,
        /// For which agent.
        agent: String,
        /// When it ends, if it does.
        expires: Option<Timestamp>,
        /// The networks that it may come from, if not all.
        from: Option<Vec<String>>,
    },
    /// A token that was to be issued was not: the record before says that it was.
    TokenNotIssued {
        /// Its public name.
        token: String,
        /// For which agent.
        agent: String,
    },
    /// A token was revoked.
    TokenRevoked {
        /// Its public name.
        token: String,
        /// Of which agent.
        agent: String,
    },
    /// A token was rotated: another takes its place, and it ends at this instant, if not before.
    TokenRotated {
        /// Its public name.
        token: String,
        /// Of which agent.
        agent: String,
        /// The public name of the other.
        successor: String,
        /// When the old one ends.
        ends: Timestamp,
    },
    /// A token was signed for one task.
    TokenMinted {
        /// Its id.
        token: String,
        /// For which agent.
        agent: String,
        /// When it ends.
        expires: Timestamp,
        /// What it is narrowed to, such as `messages=read`, if it is.
        only: Option<Vec<String>>,
        /// The networks that it may come from, if not all.
        from: Option<Vec<String>>,
    },
    /// Records are dropped because of their age; they go once this is on record.
    Pruned {
        /// How many records.
        records: u64,
        /// How many rows of both tables.
        rows: u64,
        /// They are from before this instant.
        before: Timestamp,
        /// For how long records are kept.
        keep: Keep,
        /// Up to where each chain is dropped, now or before.
        dropped: Signed,
    },
}

/// What is kept of who may do what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptOutline {
    /// All of it.
    Whole(Detail),
    /// What is other than at an earlier record, where all of it is long.
    Since {
        /// The earlier record.
        record: RecordId,
        /// What is other.
        patch: Detail,
    },
}

impl Event {
    /// The stable code in records.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Started { .. } => "gateway_started",
            Self::Continued => "gateway_continued",
            Self::Stopped => "gateway_stopped",
            Self::PoliciesLoaded { .. } => POLICIES_LOADED,
            Self::PoliciesRefused { .. } => "policies_refused",
            Self::PoliciesMended { .. } => "policies_mended",
            Self::TokenIssued { .. } => "token_issued",
            Self::TokenNotIssued { .. } => "token_not_issued",
            Self::TokenRevoked { .. } => "token_revoked",
            Self::TokenRotated { .. } => "token_rotated",
            Self::TokenMinted { .. } => TOKEN_MINTED,
            Self::Pruned { .. } => "trail_pruned",
        }
    }

    /// The record of it.
    #[must_use]
    pub fn record(self, id: RecordId, at: Timestamp) -> Opening {
        let sentence = self.sentence();
        let (agent, token) = self.whose();
        Opening {
            id,
            at,
            agent,
            token,
            address: String::new(),
            method: String::new(),
            path: String::new(),
            operation: None,
            resource: None,
            targets: Vec::new(),
            demands: Vec::new(),
            decision: Decided::Noted,
            reason: self.code().to_owned(),
            policy: PolicyLine { fingerprint: self.fingerprint(), ..PolicyLine::default() },
            requests: 0,
            detail: self.into_detail(),
            outcome: Some(Outcome {
                kind: OutcomeKind::Noted,
                status: None,
                duration_ms: 0,
                bytes_in: 0,
                bytes_out: 0,
                sentence: sentence.clone(),
            }),
            sentence,
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Started { version, .. } => format!("The gateway started (Kustodian {version})."),
            Self::Continued => {
                "The gateway goes on in a new chain: it had been silent for so long \
                                that it was taken for dead."
                    .to_owned()
            }
            Self::Stopped => "The gateway stopped.".to_owned(),
            Self::PoliciesLoaded { files, changes, .. } => loaded(files, changes.as_deref()),
            Self::PoliciesRefused { problems, .. } => refused(problems),
            Self::PoliciesMended { .. } => "The policy files can be used again, and say what has \
                                            been in force all the while."
                .to_owned(),
            Self::TokenIssued { token, agent, expires, .. } => match expires {
                Some(end) => format!("A token was issued to {agent}: {token}, until {end:.0}."),
                None => format!("A token was issued to {agent}: {token}, without an end."),
            },
            Self::TokenNotIssued { token, agent } => {
                format!("The token {token} was not issued to {agent} after all.")
            }
            Self::TokenRevoked { token, agent } => {
                format!("The token {token} of {agent} was revoked.")
            }
            Self::TokenRotated { token, agent, successor, ends } => format!(
                "The token {token} of {agent} was rotated: {successor} takes its place, and it ends at \
                 {ends:.0}."
            ),
            Self::TokenMinted { token, agent, expires, only, .. } => {
                let only = only.as_ref().map(|only| format!(", for {} only", only.join(", ")));
                let only = only.unwrap_or_default();
                format!("A token was minted for {agent}: {token}, until {expires:.0}{only}.")
            }
            Self::Pruned { records, before, keep, .. } => pruned(*records, *before, *keep),
        }
    }

    fn whose(&self) -> (Option<String>, Option<String>) {
        match self {
            Self::Started { .. }
            | Self::Continued
            | Self::Stopped
            | Self::PoliciesLoaded { .. }
            | Self::PoliciesRefused { .. }
            | Self::PoliciesMended { .. }
            | Self::Pruned { .. } => (None, None),
            Self::TokenIssued { token, agent, .. }
            | Self::TokenNotIssued { token, agent }
            | Self::TokenRevoked { token, agent }
            | Self::TokenMinted { token, agent, .. }
            | Self::TokenRotated { token, agent, .. } => (Some(agent.clone()), Some(token.clone())),
        }
    }

    fn fingerprint(&self) -> String {
        match self {
            Self::PoliciesLoaded { fingerprint, .. }
            | Self::PoliciesRefused { fingerprint, .. }
            | Self::PoliciesMended { fingerprint } => fingerprint.clone(),
            Self::Started { .. }
            | Self::Continued
            | Self::Stopped
            | Self::TokenIssued { .. }
            | Self::TokenNotIssued { .. }
            | Self::TokenRevoked { .. }
            | Self::TokenRotated { .. }
            | Self::TokenMinted { .. }
            | Self::Pruned { .. } => String::new(),
        }
    }

    fn into_detail(self) -> Option<Detail> {
        let of = |value: Value| Some(Detail::of(&value));
        match self {
            Self::PoliciesLoaded { files, changes, outline, .. } => Some(match outline {
                KeptOutline::Whole(outline) => Detail::object([
                    ("files", Detail::of(&files)),
                    ("changes", Detail::of(&changes)),
                    ("outline", outline),
                ]),
                KeptOutline::Since { record, patch } => Detail::object([
                    ("changes", Detail::of(&changes)),
                    ("since", Detail::of(&record)),
                    ("patch", patch),
                ]),
            }),
            Self::PoliciesRefused { problems, .. } => of(json!({ "problems": problems })),
            Self::Started { version, host } => of(json!({ "version": version, "host": host })),
            Self::TokenIssued { expires, from, .. } => {
                of(json!({ "expires": expires, "only_from": from }))
            }
            Self::TokenRotated { successor, ends, .. } => {
                of(json!({ "successor": successor, "ends": ends }))
            }
            Self::TokenMinted { expires, only, from, .. } => {
                of(json!({ "expires": expires, "only": only, "only_from": from }))
            }
            Self::Pruned { records, rows, before, keep, dropped } => of(json!({
                "records": records, "rows": rows, "before": before, "keep": keep, "dropped": dropped
            })),
            Self::Continued
            | Self::Stopped
            | Self::PoliciesMended { .. }
            | Self::TokenNotIssued { .. }
            | Self::TokenRevoked { .. } => None,
        }
    }
}

/// The code of [`Event::TokenMinted`], to look one up.
pub const TOKEN_MINTED: &str = "token_minted";

/// How many changes or problems a sentence names.
const MOST_SAID: usize = 20;

/// The code of [`Event::PoliciesLoaded`], to look the last one up.
pub const POLICIES_LOADED: &str = "policies_loaded";

fn loaded(files: &[String], changes: Option<&[String]>) -> String {
    let policies = match files {
        [] => "no policies (nobody may do anything)".to_owned(),
        [one] => format!("1 policy ({one})"),
        [first, .., last] => format!("{} policies ({first} to {last})", files.len()),
    };
    match changes {
        None => format!("The gateway loaded {policies}, the first on record."),
        Some([]) => format!("The gateway loaded {policies}; nothing has changed."),
        Some(changes) => format!("The gateway loaded {policies}; {}.", some_of(changes, "change")),
    }
}

fn refused(problems: &[String]) -> String {
    let problems = some_of(problems, "problem");
    format!("The policy files cannot be used, so what was in force stays: {problems}.")
}

/// The first of many, and how many more there are: a sentence has an end.
fn some_of(all: &[String], what: &str) -> String {
    match all.split_at_checked(MOST_SAID) {
        Some((said, left)) if !left.is_empty() => {
            let plural = if left.len() == 1 { "" } else { "s" };
            let more = grouped(u64::try_from(left.len()).unwrap_or(u64::MAX));
            format!("{}; and {more} more {what}{plural}", said.join("; "))
        }
        Some(_) | None => all.join("; "),
    }
}

fn pruned(records: u64, before: Timestamp, keep: Keep) -> String {
    let plural = if records == 1 { "" } else { "s" };
    let (records, day) = (grouped(records), before.strftime("%Y-%m-%d"));
    format!("The gateway dropped {records} record{plural} from before {day} (kept are {keep}).")
}
