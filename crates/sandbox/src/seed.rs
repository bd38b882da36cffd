//! The data that every sandbox starts with: an outdoor shop's support desk.
//!
//! It is written in `data/organisation.json` and `data/customers.json`, and goes through the same
//! code as the records that requests create. Names, addresses and numbers are invented.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::record::{Kind, Related};
use crate::refusal::Refusal;
use crate::state::State;
use crate::write::{self, Author, New};

/// The id of the sandbox's organisation.
pub(crate) const ORG_ID: &str = "6613ff00a1b2c3d4e5000001";

/// The name of the sandbox's organisation.
pub(crate) const ORG_NAME: &str = "sandbox";

/// When users, teams, tags and klasses were made, in seconds since 1970: 1 June 2025.
const FOUNDED: i64 = 1_748_764_800;

/// The ids of the records that the sandbox starts with, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Seeded {
    /// The customers.
    pub customers: Vec<SeededCustomer>,
    /// Conversations in all states.
    pub conversations: Vec<String>,
    /// Messages, from customers and to them.
    pub messages: Vec<String>,
    /// Internal notes.
    pub notes: Vec<String>,
    /// The people of the support desk.
    pub users: Vec<String>,
    /// Their teams.
    pub teams: Vec<String>,
    /// Tags of conversations.
    pub tags: Vec<String>,
    /// Saved answers.
    pub shortcuts: Vec<String>,
    /// The klasses `order` and `return`, by name.
    pub klasses: BTreeMap<String, String>,
    /// Orders and returns.
    pub objects: Vec<SeededObject>,
}

/// A customer that the sandbox starts with, and the ways to look it up.
#[derive(Debug, Clone)]
pub struct SeededCustomer {
    /// The id.
    pub id: String,
    /// The full name.
    pub name: String,
    /// The first e-mail address.
    pub email: String,
    /// The first phone number.
    pub phone: String,
    /// The id in the shop's own books.
    pub external_id: String,
}

/// An order or a return that the sandbox starts with.
#[derive(Debug, Clone)]
pub struct SeededObject {
    /// `order` or `return`.
    pub klass: String,
    /// The id.
    pub id: String,
    /// The id in the shop's own books, such as `order/4417`.
    pub external_id: String,
}

/// `data/organisation.json`.
#[derive(Deserialize)]
struct Organisation {
    users: Vec<Map<String, Value>>,
    teams: Vec<Map<String, Value>>,
    tags: Vec<Map<String, Value>>,
    kb_tags: Vec<Map<String, Value>>,
    shortcuts: Vec<Map<String, Value>>,
    klasses: Vec<Map<String, Value>>,
}

/// An entry of `data/customers.json`.
#[derive(Deserialize)]
struct Customer {
    at: Timestamp,
    fields: Map<String, Value>,
    conversations: Vec<Conversation>,
    objects: Vec<Object>,
}

#[derive(Deserialize)]
struct Conversation {
    at: Timestamp,
    fields: Map<String, Value>,
    tags: Vec<String>,
    users: Vec<String>,
    teams: Vec<String>,
    timeline: Vec<Entry>,
}

/// A message or a note, so many minutes after the conversation began.
#[derive(Deserialize)]
struct Entry {
    minutes: i64,
    message: Option<Map<String, Value>>,
    note: Option<Map<String, Value>>,
    /// The user who wrote it, by display name.
    by: Option<String>,
}

#[derive(Deserialize)]
struct Object {
    at: Timestamp,
    klass: String,
    fields: Map<String, Value>,
}

/// Fills an empty state and tells what is in it.
#[expect(clippy::expect_used, reason = "the data is compiled in, and a test fills a state with it")]
pub(crate) fn fill(state: &mut State) -> Seeded {
    let mut seed = Seed { state, ids: BTreeMap::new(), seeded: Seeded::default() };
    seed.organisation(read(include_str!("../data/organisation.json"))).expect("the seed is valid");
    for customer in read::<Vec<Customer>>(include_str!("../data/customers.json")) {
        seed.customer(&customer).expect("the seed is valid");
    }
    let seeded = seed.seeded;
    // Nobody listens yet: what the seed created is no news.
    state.take_changes();
    seeded
}

#[expect(clippy::expect_used, reason = "the data is compiled in, and a test reads it")]
fn read<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).expect("the seed is valid JSON")
}

/// The state as it is being filled.
struct Seed<'a> {
    state: &'a mut State,
    /// The ids of users, teams and tags, by kind and by the name that the data uses for them.
    ids: BTreeMap<(Kind, String), String>,
    seeded: Seeded,
}

impl Seed<'_> {
    fn organisation(&mut self, organisation: Organisation) -> Result<(), Refusal> {
        self.seeded.users = self.each(Kind::User, organisation.users, "displayName")?;
        let mut teams = organisation.teams;
        for team in &mut teams {
            let members =
                team.get("members").and_then(Value::as_array).cloned().unwrap_or_default();
            let names = members.iter().filter_map(Value::as_str).map(str::to_owned);
            let members = self.ids_of(Kind::User, &names.collect::<Vec<_>>());
            team.insert("members".to_owned(), members);
        }
        self.seeded.teams = self.each(Kind::Team, teams, "name")?;
        self.seeded.tags = self.each(Kind::Tag, organisation.tags, "name")?;
        self.each(Kind::KbTag, organisation.kb_tags, "name")?;
        self.seeded.shortcuts = self.each(Kind::Shortcut, organisation.shortcuts, "name")?;
        let names: Vec<String> =
            organisation.klasses.iter().map(|klass| text(klass, "name")).collect();
        let ids = self.each(Kind::Klass, organisation.klasses, "name")?;
        self.seeded.klasses = names.into_iter().zip(ids).collect();
        Ok(())
    }

    /// Creates one record for each body and remembers its id under the name in `named_by`.
    fn each(
        &mut self,
        kind: Kind,
        bodies: Vec<Map<String, Value>>,
        named_by: &str,
    ) -> Result<Vec<String>, Refusal> {
        let founded = Timestamp::from_second(FOUNDED).unwrap_or_default();
        let mut ids = Vec::new();
        for body in bodies {
            let id = self.create(kind, founded, None, &body, Vec::new())?;
            self.ids.insert((kind, text(&body, named_by)), id.clone());
            ids.push(id);
        }
        Ok(ids)
    }

    fn customer(&mut self, customer: &Customer) -> Result<(), Refusal> {
        let id = self.create(Kind::Customer, customer.at, None, &customer.fields, Vec::new())?;
        let first = |list: &str, key: &str| {
            let address =
                customer.fields.get(list).and_then(|list| list.get(0)?.get(key)?.as_str());
            address.unwrap_or_default().to_owned()
        };
        self.seeded.customers.push(SeededCustomer {
            id: id.clone(),
            name: text(&customer.fields, "name"),
            email: first("emails", "email"),
            phone: first("phones", "phone"),
            external_id: text(&customer.fields, "externalId"),
        });
        for conversation in &customer.conversations {
            self.conversation(&id, conversation)?;
        }
        customer.objects.iter().try_for_each(|object| self.object(&id, object))
    }

    fn conversation(&mut self, customer: &str, conversation: &Conversation) -> Result<(), Refusal> {
        let mut fields = conversation.fields.clone();
        fields.insert("tags".to_owned(), self.ids_of(Kind::Tag, &conversation.tags));
        fields.insert("assignedUsers".to_owned(), self.ids_of(Kind::User, &conversation.users));
        fields.insert("assignedTeams".to_owned(), self.ids_of(Kind::Team, &conversation.teams));
        let of_customer = vec![link("customer", Kind::Customer, customer)];
        let id = self.create(Kind::Conversation, conversation.at, None, &fields, of_customer)?;
        self.seeded.conversations.push(id.clone());
        for entry in &conversation.timeline {
            let at = conversation.at + SignedDuration::from_mins(entry.minutes);
            self.entry(customer, &id, at, entry)?;
        }
        Ok(())
    }

    fn entry(
        &mut self,
        customer: &str,
        conversation: &str,
        at: Timestamp,
        entry: &Entry,
    ) -> Result<(), Refusal> {
        let links = || {
            vec![
                link("customer", Kind::Customer, customer),
                link("conversation", Kind::Conversation, conversation),
            ]
        };
        if let Some(message) = &entry.message {
            let id = self.create(Kind::Message, at, entry.by.as_ref(), message, links())?;
            self.seeded.messages.push(id);
        }
        if let Some(note) = &entry.note {
            let id = self.create(Kind::Note, at, entry.by.as_ref(), note, links())?;
            self.seeded.notes.push(id);
        }
        Ok(())
    }

    fn object(&mut self, customer: &str, object: &Object) -> Result<(), Refusal> {
        let author = self.author(object.at, None);
        let new = New {
            kind: Kind::Kobject,
            klass: Some(&object.klass),
            body: &object.fields,
            links: vec![link("customer", Kind::Customer, customer)],
        };
        let id = write::create(self.state, &author, new)?;
        let external_id = text(&object.fields, "externalId");
        self.seeded.objects.push(SeededObject { klass: object.klass.clone(), id, external_id });
        Ok(())
    }

    fn create(
        &mut self,
        kind: Kind,
        at: Timestamp,
        by: Option<&String>,
        body: &Map<String, Value>,
        links: Vec<(&'static str, Related)>,
    ) -> Result<String, Refusal> {
        let author = self.author(at, by);
        write::create(self.state, &author, New { kind, klass: None, body, links })
    }

    /// The named user; the first of all users where no name is given.
    fn author(&self, now: Timestamp, by: Option<&String>) -> Author {
        let named = by.and_then(|name| self.ids.get(&(Kind::User, name.clone())));
        let user = named.or_else(|| self.seeded.users.first()).cloned();
        Author { user: user.unwrap_or_else(|| ORG_ID.to_owned()), is_admin: false, now }
    }

    fn ids_of(&self, kind: Kind, names: &[String]) -> Value {
        let ids = names.iter().filter_map(|name| self.ids.get(&(kind, name.clone())));
        json!(ids.collect::<Vec<_>>())
    }
}

fn link(name: &'static str, kind: Kind, id: &str) -> (&'static str, Related) {
    (name, Related { kind, id: id.to_owned() })
}

fn text(body: &Map<String, Value>, name: &str) -> String {
    body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_is_as_large_as_promised_and_the_same_each_time() {
        let seeded = fill(&mut State::default());
        assert_eq!(seeded.customers.len(), 12);
        assert_eq!(seeded.conversations.len(), 20);
        assert_eq!(seeded.users.len(), 5);
        assert_eq!(seeded.teams.len(), 3);
        assert_eq!(seeded.klasses.keys().collect::<Vec<_>>(), ["order", "return"]);
        assert!(seeded.messages.len() > 30 && seeded.notes.len() > 5 && seeded.objects.len() > 10);
        assert_eq!(format!("{seeded:?}"), format!("{:?}", fill(&mut State::default())));
    }

    #[test]
    fn ids_are_24_hex_digits() {
        let seeded = fill(&mut State::default());
        for id in seeded.messages.iter().chain(&seeded.users) {
            assert!(id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        }
    }

    #[test]
    fn conversations_and_customers_count_what_belongs_to_them() {
        let mut state = State::default();
        let seeded = fill(&mut state);
        let conversation = state.get(Kind::Conversation, &seeded.conversations[0]).unwrap();
        assert_eq!(conversation.attributes["messageCount"], 3);
        assert_eq!(conversation.attributes["noteCount"], 1);
        assert_eq!(conversation.attributes["outboundMessageCount"], 1);
        let customer = state.get(Kind::Customer, &seeded.customers[0].id).unwrap();
        let counts = json!({ "all": 2, "snoozed": 0, "open": 1, "done": 1 });
        assert_eq!(customer.attributes["conversationCounts"], counts);
    }
}
