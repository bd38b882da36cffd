//! The `[agent]` table: who the policy is about.

use catalogue::diagnostic::Diagnostic;
use catalogue::document::{Section, Span, Value};
use jiff::civil::Date;

use super::Taken;
use crate::agent::Expiry;
use crate::certificate::InvalidCertificateName;
use crate::{Agent, AgentId, CertificateName};

/// The longest name, owner or purpose, in characters: they stand in every sentence and record.
const LONGEST_TEXT: usize = 200;

/// Reads the table; none where something in it is wrong, which the document then knows.
pub(super) fn read(mut section: Section<'_>, taken: &mut Taken) -> Option<Agent> {
    let id = id(&mut section, taken);
    let name = section.string("name").map(|name| text(&section, &name, "name"));
    let owner = section.require_string("owner").and_then(|owner| text(&section, &owner, "owner"));
    let purpose = section.string("purpose").map(|purpose| text(&section, &purpose, "purpose"));
    let expires = expires(&mut section);
    let certificate = certificate(&mut section);
    section.finish();
    let id = id?;
    Some(Agent {
        name: name.unwrap_or_else(|| Some(id.to_string()))?,
        owner: owner?,
        purpose: purpose.flatten(),
        expires,
        certificate,
        id,
    })
}

fn id(section: &mut Section<'_>, taken: &mut Taken) -> Option<AgentId> {
    let written = section.require_string("id")?;
    let id: AgentId = match written.value.parse() {
        Ok(id) => id,
        Err(error) => {
            let example = "write it like `support-agent`: lower-case letters, digits and `-`";
            report(section, &written.span, format!("{error}"), |fault| fault.with_help(example));
            return None;
        }
    };
    let place = section.document().place(&written.span);
    if let Some(first) = taken.get(&id) {
        let message = format!("agent `{id}` already has a policy at {first}");
        let help = "an agent has one policy: merge the two files, or give one another id";
        report(section, &written.span, message, |fault| fault.with_help(help));
        return None;
    }
    taken.insert(id.clone(), place);
    Some(id)
}

/// A text for sentences: not empty, on one line, and with nothing in it that cannot be seen.
fn text(section: &Section<'_>, written: &Value<&str>, key: &str) -> Option<String> {
    let message = if written.value.trim().is_empty() {
        format!("`{key}` is empty")
    } else if written.value.chars().any(is_unseen) {
        format!("`{key}` holds a line break or another character that cannot be seen")
    } else if written.value.chars().count() > LONGEST_TEXT {
        format!("`{key}` is longer than {LONGEST_TEXT} characters")
    } else {
        return Some(written.value.trim().to_owned());
    };
    report(section, &written.span, message, |fault| fault.with_label("expected a line of text"));
    None
}

/// Control characters, and those that reorder or hide text: a name must not make a record lie.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}')
        || matches!(character, '\u{2060}'..='\u{206f}')
}

fn expires(section: &mut Section<'_>) -> Option<Expiry> {
    let written = section.datetime("expires")?;
    let place = section.document().place(&written.span);
    if let Some(last_day) = date(&written.value) {
        return Some(Expiry { last_day, place });
    }
    report(section, &written.span, "`expires` must be a date alone".to_owned(), |fault| {
        fault
            .with_label("expected a date")
            .with_help("write the last day, which counts in full and in UTC: expires = 2027-06-30")
    });
    None
}

fn certificate(section: &mut Section<'_>) -> Option<CertificateName> {
    let written = section.string("client_certificate")?;
    let name = written.value.parse();
    name.map_err(|invalid: InvalidCertificateName| {
        let help = "write it like \"sha256:<64 digits>\", \"dns:bot.example.com\" or \
                    \"uri:spiffe://example.com/bot\"";
        report(section, &written.span, invalid.to_string(), |fault| fault.with_help(help));
    })
    .ok()
}

fn date(written: &toml::value::Datetime) -> Option<Date> {
    if written.time.is_some() || written.offset.is_some() {
        return None;
    }
    let date = written.date?;
    let (month, day) = (i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
    Date::new(i16::try_from(date.year).ok()?, month, day).ok()
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
