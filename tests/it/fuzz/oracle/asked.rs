//! Requests that the policies can speak of in many ways.

use core::net::IpAddr;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use catalogue::{Asked, Body, Catalogue, Identified};
use jiff::tz::TimeZone;
use policy::{Facts, Policy, looks_into_body};
use proptest::prelude::*;
use proptest::sample::select;

use super::drawn::{Name, Tick, instant};

const ID: &str = "5f1a2b3c4d5e6f708192a3b4";

/// What is asked, on paths of which `*` is an id: the method, the path, and whether a body comes with it.
const ROUTES: [(&str, &str, bool); 20] = [
    ("GET", "/v1/customers/*", false),
    ("PUT", "/v1/customers/*", true),
    ("PATCH", "/v1/customers/*", true),
    ("DELETE", "/v1/customers/*", false),
    ("POST", "/v1/customers", true),
    ("GET", "/v1/customers/*/conversations", false),
    ("GET", "/v1/conversations/*", false),
    ("PUT", "/v1/conversations/*", true),
    ("POST", "/v1/messages", true),
    ("PUT", "/v1/messages/*", true),
    ("GET", "/v1/klasses/order/*", false),
    ("PUT", "/v1/klasses/Order/*", true),
    ("DELETE", "/v1/klasses/invoice/*", false),
    ("GET", "/v1/klasses/ticket/*", false),
    ("GET", "/v1/customers/*/klasses/order", false),
    ("POST", "/v1/users", true),
    ("PUT", "/v1/users/*", true),
    ("POST", "/v1/customers/search", true),
    ("GET", "/v1/users/*", false),
    ("GET", "/v1/nobody/knows/this", false),
];

/// What a search looks for.
const CONTEXTS: [&str; 4] = ["customer", "conversation", "message", "kobject"];

/// More than a plain body has, and what it demands beside.
const FIELDS: [&str; 5] = [
    "",
    r#""deleted": true"#,
    r#""createdAt": "2027-01-01T00:00:00Z""#,
    r#""conversation": "5f1a2b3c4d5e6f708192a3b5""#,
    r#""name": "x""#,
];

/// The field `channel` of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    Missing,
    Email,
    Chat,
    Number,
    /// Beside another one that differs only in case.
    Alike,
}

/// The key `page` of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    Missing,
    First,
    Second,
    Twice,
}

/// One request.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) body: Option<String>,
    pub(super) channel: Channel,
    pub(super) page: Page,
    pub(super) address: Option<IpAddr>,
}

impl Channel {
    const ALL: [Self; 5] = [Self::Missing, Self::Email, Self::Chat, Self::Number, Self::Alike];

    fn field(self) -> &'static str {
        match self {
            Self::Missing => "",
            Self::Email => r#""channel": "email""#,
            Self::Chat => r#""channel": "chat""#,
            Self::Number => r#""channel": 3"#,
            Self::Alike => r#""channel": "email", "Channel": "email""#,
        }
    }
}

impl Page {
    const ALL: [Self; 4] = [Self::Missing, Self::First, Self::Second, Self::Twice];

    fn pairs(self) -> &'static [&'static str] {
        match self {
            Self::Missing => &[],
            Self::First => &["page=1"],
            Self::Second => &["page=2"],
            Self::Twice => &["page=1", "page=1"],
        }
    }
}

impl Question {
    /// What its method and target ask; none where they are not clear.
    pub(super) fn identified(&self) -> Option<Identified> {
        Catalogue::builtin().identify(&self.method, &self.target).ok()
    }

    /// The same with its body, read as the gateway reads it for a policy; none where that is not clear.
    pub(super) fn read(&self, policy: &Policy, facts: &Facts<'_>) -> Option<Identified> {
        let asked = match self.identified()? {
            Identified::Known(asked) => asked,
            unknown @ Identified::Unknown(_) => return Some(unknown),
        };
        let body = Body::read(self.body.as_deref().unwrap_or_default().as_bytes()).ok()?;
        let catalogue = Catalogue::builtin();
        let read = if looks_into_body(policy, &asked, facts) {
            catalogue.read_any_body(asked, &body)
        } else {
            catalogue.read_body(asked, &body)
        };
        read.ok().map(Identified::Known)
    }

    fn asked(&self) -> Option<Asked> {
        let Identified::Known(asked) = self.identified()? else { return None };
        let body = Body::read(self.body.as_deref().unwrap_or_default().as_bytes()).ok()?;
        Catalogue::builtin().read_body(asked, &body).ok()
    }
}

/// What a question is made of.
type Parts = (usize, Channel, &'static str, &'static str, Page, bool, Option<IpAddr>);

fn question((route, channel, field, context, page, replaces, address): Parts) -> Question {
    let (method, path, takes_body) = ROUTES[route];
    let mut target = path.replace('*', ID);
    let replaces = if replaces && method == "PUT" { &["replace=true"][..] } else { &[] };
    let pairs: Vec<&str> = page.pairs().iter().chain(replaces).copied().collect();
    if !pairs.is_empty() {
        write!(target, "?{}", pairs.join("&")).expect("text takes text");
    }
    let is_search = path.ends_with("search");
    let channel = if takes_body && !is_search { channel } else { Channel::Missing };
    let body = takes_body.then(|| {
        let context = format!("\"queryContext\": \"{context}\"");
        let fields =
            if is_search { [context.as_str(), "", ""] } else { [channel.field(), field, ""] };
        let fields: Vec<&str> = fields.into_iter().filter(|it| !it.is_empty()).collect();
        format!("{{{}}}", fields.join(", "))
    });
    Question { method: method.to_owned(), target, body, channel, page, address }
}

pub(super) fn questions() -> impl Strategy<Value = Question> {
    let addresses = ["10.1.2.3", "192.0.2.7"].map(|text| text.parse().ok());
    let parts = (
        0..ROUTES.len(),
        select(Channel::ALL.to_vec()),
        select(FIELDS.to_vec()),
        select(CONTEXTS.to_vec()),
        select(Page::ALL.to_vec()),
        prop::bool::weighted(0.2),
        select([addresses.to_vec(), vec![None]].concat()),
    );
    parts.prop_map(question)
}

/// Every question about every route, but for what changes no demand.
#[derive(Debug)]
pub(super) struct Pool(Vec<Asked>);

pub(super) static POOL: LazyLock<Pool> = LazyLock::new(|| {
    let mut all = Vec::new();
    for route in 0..ROUTES.len() {
        for field in FIELDS {
            for context in CONTEXTS {
                let parts = (route, Channel::Missing, field, context, Page::Missing, true, None);
                all.extend(question(parts).asked());
            }
        }
    }
    Pool(all)
});

impl Pool {
    /// Names of lines that speak of any of it.
    pub(super) fn names(&self) -> Vec<Name> {
        let mut names = BTreeSet::new();
        for klass in ["order", "invoice"] {
            names.insert(Name::Klass("kobjects".to_owned(), klass.to_owned()));
        }
        for asked in &self.0 {
            let operation = asked.operation();
            names.insert(Name::Operation(operation.id().to_string()));
            let actions = operation.actions().iter();
            names.extend(actions.map(|action| Name::Action(action.to_string())));
            for demand in asked.demands() {
                names.insert(Name::Resource(demand.resource.to_string()));
                if let Some(effect) = &demand.acts_as {
                    names.insert(Name::Operation(effect.operation().to_string()));
                    let actions = effect.actions().iter();
                    names.extend(actions.map(|action| Name::Action(action.to_string())));
                }
            }
        }
        names.into_iter().collect()
    }
}

/// What is known of the moment at which a question is put.
pub(super) fn facts<'z>(question: &Question, at: Tick, zone: &'z TimeZone) -> Facts<'z> {
    Facts { now: instant(at), zone, address: question.address }
}
