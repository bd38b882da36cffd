//! The `[agent]` table: who the policy is about.

use std::sync::Arc;

use catalogue::diagnostic::{Code, Diagnostic};
use catalogue::document::{Section, Span, Value, nearest};

use super::{Reading, Roles, text, window};
use crate::certificate::InvalidCertificateName;
use crate::{Agent, AgentId, CertificateName, Mode, Observing, Role, RoleId, TermBound};

/// What the table can hold.
pub(super) const KEYS: [&str; 9] = [
    "id",
    "name",
    "owner",
    "purpose",
    "roles",
    "mode",
    "not_before",
    "expires",
    "client_certificate",
];

/// Reads the table: the agent and the roles it takes. None where something in it is wrong, which the
/// document then knows.
pub(super) fn read(
    mut section: Section<'_>,
    reading: &mut Reading<'_>,
) -> Option<(Agent, Vec<Arc<Role>>)> {
    let document = section.document();
    let id = id(&mut section, reading);
    let name = section.string("name").map(|name| text::line(&section, &name, "name"));
    let owner = section.require_string("owner");
    let owner = owner.and_then(|owner| text::line(&section, &owner, "owner"));
    let purpose = section.string("purpose");
    let purpose = purpose.and_then(|purpose| text::line(&section, &purpose, "purpose"));
    let roles = roles(&mut section, reading);
    let mode = mode(&mut section, reading.observing);
    let window = window::read(&mut section);
    let certificate = certificate(&mut section);
    let own_place = document.place(section.span());
    report_guests(&mut section);
    section.finish();
    let (id, (mode, mode_span)) = (id?, mode?);
    let bound = |(bound, span)| Box::new(TermBound { bound, place: document.place(&span) });
    let agent = Agent {
        name: name.unwrap_or_else(|| Some(id.to_string()))?,
        owner: owner?,
        purpose,
        mode,
        mode_place: mode_span.map_or(own_place, |span| document.place(&span)),
        not_before: window.not_before.map(bound),
        expires: window.expires.map(bound),
        certificate: certificate.map(Box::new),
        id,
    };
    Some((agent, roles))
}

fn id(section: &mut Section<'_>, reading: &mut Reading<'_>) -> Option<AgentId> {
    let written = section.require_string("id")?;
    let id: AgentId = match written.value.parse() {
        Ok(id) => id,
        Err(error) => {
            let example = "write it like `support-agent`: lower-case letters, digits and `-`";
            report(section, &written.span, format!("{error}"), |fault| {
                fault.with_code(Code::InvalidId).with_help(example)
            });
            return None;
        }
    };
    if let Some(first) = reading.agents.get(&id) {
        let message = format!("agent `{id}` already has a policy at {}", first.place());
        let help = "an agent has one policy: merge the two files, or give one another id";
        let first = first.clone().with_label("first here");
        report(section, &written.span, message, |fault| {
            fault.with_code(Code::DuplicateAgent).with_also(first).with_help(help)
        });
        return None;
    }
    let place = section.document().mark(&written.span);
    reading.agents.insert(id.clone(), place);
    Some(id)
}

fn mode(section: &mut Section<'_>, observing: Observing) -> Option<(Mode, Option<Span>)> {
    let Some(written) = section.string("mode") else {
        // Where it is of a wrong type, the document knows.
        return Some((Mode::default(), None));
    };
    let Ok(mode) = written.value.parse::<Mode>() else {
        let help = nearest(&written.value.to_lowercase(), Mode::ALL.map(Mode::as_str)).map_or_else(
            || "enforce refuses what is not granted, suspended refuses everything".to_owned(),
            |word| format!("did you mean `{word}`?"),
        );
        let message = format!("unknown mode `{}`", written.value);
        report(section, &written.span, message, |fault| {
            let fault = fault.with_code(Code::InvalidMode).with_help(help);
            fault.with_label("expected enforce, observe or suspended")
        });
        return None;
    };
    if (mode, observing) == (Mode::Observe, Observing::Refused) {
        let message = "this gateway does not let agents be observed".to_owned();
        let help = "an observed agent is refused nothing for want of a grant, so the settings must \
                    allow it: `allow_observe = true` in [policies]; or write mode = \"enforce\"";
        report(section, &written.span, message, |fault| {
            fault.with_code(Code::ObserveNotAllowed).with_help(help)
        });
    }
    Some((mode, Some(written.span)))
}

/// The roles that `roles` lists; what is no role is reported.
fn roles(section: &mut Section<'_>, reading: &Reading<'_>) -> Vec<Arc<Role>> {
    let known = &reading.roles;
    let written = section.strings("roles").unwrap_or_default();
    let mut roles: Vec<Arc<Role>> = Vec::with_capacity(written.len());
    for (at, word) in written.iter().enumerate() {
        if written.iter().take(at).any(|earlier| earlier.value == word.value) {
            let message = format!("role `{}` is listed twice", word.value);
            let help = "a role that is taken twice gives no more than once: leave one out";
            report(section, &word.span, message, |fault| {
                fault.with_code(Code::DuplicateKey).with_help(help)
            });
            continue;
        }
        match known.get(word.value) {
            Some((_, role)) => roles.extend(role.clone()),
            // It may be the one whose id could not be read.
            None if reading.lost_role => {}
            None => report_unknown_role(section, word, known),
        }
    }
    roles
}

fn report_unknown_role(section: &Section<'_>, word: &Value<&str>, known: &Roles) {
    let ids = || known.keys().map(RoleId::as_str);
    let help = match nearest(&word.value.to_lowercase(), ids()) {
        Some(id) => format!("did you mean `{id}`?"),
        None if known.is_empty() => {
            "there are no roles: each is a file in the folder `roles` beside the policies"
                .to_owned()
        }
        None => format!("the roles are: {}", ids().collect::<Vec<_>>().join(", ")),
    };
    let message = format!("unknown role `{}`", word.value);
    report(section, &word.span, message, |fault| {
        fault.with_code(Code::UnknownRole).with_help(help)
    });
}

/// Keys of `[agent]` that stand at the top of the file, where they would say nothing.
pub(super) fn report_strays(root: &mut Section<'_>) {
    for key in KEYS {
        if let Some(span) = root.take(key) {
            let message = format!("`{key}` stands outside of every table");
            let help = "move it into [agent], below the line `[agent]`";
            report(root, &span, message, |fault| {
                fault.with_code(Code::MisplacedKey).with_help(help)
            });
        }
    }
}

/// Keys in `[agent]` that another table reads, and tables that are written as keys of it.
fn report_guests(section: &mut Section<'_>) {
    for key in section.keys() {
        let help = match key.value {
            "requests" | "in_flight" => "move it into [limits], below a line `[limits]`".to_owned(),
            "access" | "actions" | "operations" | "only" | "limits" => format!(
                "[{0}] is a table of its own: write a line `[{0}]`, and its keys beneath it",
                key.value
            ),
            _ => continue,
        };
        let message = format!("`{}` stands in [agent]", key.value);
        report(section, &key.span, message, |fault| {
            fault.with_code(Code::MisplacedKey).with_help(help)
        });
        section.take(key.value);
    }
}

fn certificate(section: &mut Section<'_>) -> Option<CertificateName> {
    let written = section.string("client_certificate")?;
    let name = written.value.parse();
    name.map_err(|invalid: InvalidCertificateName| {
        let help = "write it like \"sha256:<64 digits>\", \"dns:bot.example.com\" or \
                    \"uri:spiffe://example.com/bot\"";
        report(section, &written.span, invalid.to_string(), |fault| {
            fault.with_code(Code::InvalidCertificate).with_help(help)
        });
    })
    .ok()
}

fn report(
    section: &Section<'_>,
    span: &Span,
    message: String,
    add: impl FnOnce(Diagnostic) -> Diagnostic,
) {
    let document = section.document();
    document.report(add(document.diagnose(span, message)));
}
