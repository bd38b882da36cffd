//! The 28 rows of the guide that the project was started from, and where Kustomer's own material
//! says otherwise. Kustomer's side is what the catalogue holds.

#![expect(clippy::panic, reason = "what stops a test may stand in the functions beside it")]

use catalogue::{Catalogue, Level, Operation};

/// One row of the guide.
struct Row {
    number: u8,
    group: &'static str,
    method: &'static str,
    path: &'static str,
    access: Access,
    /// The role that the guide names.
    role: &'static str,
    /// Calls, seconds and what they count for, as the guide has it.
    limit: Option<(u32, u32, &'static str)>,
    event: Option<&'static str>,
    /// Where Kustomer differs, and what of the catalogue shows it.
    deviations: &'static [Deviation],
}

/// The guide knows two kinds of access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

/// A point on which Kustomer's own material differs from the guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deviation {
    /// The role named by the guide is not the one that Kustomer asks for; these are.
    Roles(&'static [&'static str]),
    /// The guide gives no limit of its own, Kustomer has one.
    Limit(u32, u32, &'static str),
    /// What the guide calls a write cannot be undone, or is administration: the catalogue asks for full.
    NeedsFull,
    /// The row is not what the guide says it is; the word stands in the catalogue's notes.
    Meaning(&'static str),
}

use Access::{Read, Write};
use Deviation::{Limit, Meaning, NeedsFull, Roles};

const CUSTOMER_READ: &str = "org.user.customer.read";
const CUSTOMER_WRITE: &str = "org.user.customer.write";
const CONVERSATION_READ: &str = "org.user.conversation.read";
const CONVERSATION_WRITE: &str = "org.user.conversation.write";
const MESSAGE_WRITE: &str = "org.user.message.write";

#[rustfmt::skip]
const ROWS: [Row; 28] = [
    Row { number: 1, group: "Customers", method: "POST", path: "/v1/customers", access: Write, role: CUSTOMER_WRITE, limit: None, event: Some("kustomer.customer.create"), deviations: &[] },
    Row { number: 2, group: "Customers", method: "GET", path: "/v1/customers/{id}", access: Read, role: CUSTOMER_READ, limit: None, event: None, deviations: &[] },
    Row { number: 3, group: "Customers", method: "GET", path: "/v1/customers/email={email}", access: Read, role: CUSTOMER_READ, limit: None, event: None, deviations: &[] },
    Row { number: 4, group: "Customers", method: "GET", path: "/v1/customers/externalId={externalId}", access: Read, role: CUSTOMER_READ, limit: None, event: None, deviations: &[] },
    Row { number: 5, group: "Customers", method: "PUT", path: "/v1/customers/{id}", access: Write, role: CUSTOMER_WRITE, limit: Some((600, 600, "customer")), event: Some("kustomer.customer.update"), deviations: &[Roles(&["org.permission.customer.update"])] },
    Row { number: 6, group: "Customers", method: "DELETE", path: "/v1/customers/{id}", access: Write, role: CUSTOMER_WRITE, limit: None, event: None, deviations: &[NeedsFull, Roles(&["org.user.customer.delete", "org.permission.customer.delete"])] },
    Row { number: 7, group: "Conversations", method: "POST", path: "/v1/conversations", access: Write, role: CONVERSATION_WRITE, limit: None, event: Some("kustomer.conversation.create"), deviations: &[Limit(120, 60, "customer")] },
    Row { number: 8, group: "Conversations", method: "POST", path: "/v1/customers/{id}/conversations", access: Write, role: CONVERSATION_WRITE, limit: Some((120, 60, "customer")), event: Some("kustomer.conversation.create"), deviations: &[] },
    Row { number: 9, group: "Conversations", method: "GET", path: "/v1/conversations/{id}", access: Read, role: CONVERSATION_READ, limit: None, event: None, deviations: &[] },
    Row { number: 10, group: "Conversations", method: "GET", path: "/v1/customers/{id}/conversations", access: Read, role: CONVERSATION_READ, limit: None, event: None, deviations: &[] },
    Row { number: 11, group: "Conversations", method: "PUT", path: "/v1/conversations/{id}", access: Write, role: CONVERSATION_WRITE, limit: Some((100, 600, "conversation")), event: Some("kustomer.conversation.update"), deviations: &[Roles(&["org.permission.conversation.update"])] },
    Row { number: 12, group: "Conversations", method: "DELETE", path: "/v1/conversations/{id}", access: Write, role: CONVERSATION_WRITE, limit: None, event: None, deviations: &[NeedsFull, Roles(&["org.user.conversation.delete", "org.permission.conversation.delete"])] },
    Row { number: 13, group: "Messages", method: "POST", path: "/v1/messages", access: Write, role: MESSAGE_WRITE, limit: Some((120, 60, "customer")), event: Some("kustomer.message.create"), deviations: &[Meaning("record")] },
    Row { number: 14, group: "Messages", method: "POST", path: "/v1/conversations/{id}/messages", access: Write, role: MESSAGE_WRITE, limit: Some((120, 60, "customer")), event: Some("kustomer.message.create"), deviations: &[Meaning("record")] },
    Row { number: 15, group: "Messages", method: "GET", path: "/v1/conversations/{id}/messages", access: Read, role: "org.user.message.read", limit: None, event: None, deviations: &[] },
    Row { number: 16, group: "Messages", method: "PUT", path: "/v1/messages/{id}", access: Write, role: MESSAGE_WRITE, limit: Some((100, 600, "message")), event: Some("kustomer.message.update"), deviations: &[Roles(&["org.permission.message.update"])] },
    Row { number: 17, group: "Notes", method: "POST", path: "/v1/conversations/{id}/notes", access: Write, role: "org.user.note.write", limit: Some((120, 60, "customer")), event: None, deviations: &[Roles(&["org.user.note.read", "org.permission.note.create"])] },
    Row { number: 18, group: "Notes", method: "GET", path: "/v1/conversations/{id}/notes", access: Read, role: "org.user.note.read", limit: None, event: None, deviations: &[] },
    Row { number: 19, group: "KObjects", method: "POST", path: "/v1/klasses/{name}", access: Write, role: "org.user.kobject.write", limit: Some((120, 60, "customer")), event: None, deviations: &[] },
    Row { number: 20, group: "KObjects", method: "GET", path: "/v1/klasses/{name}/{id}", access: Read, role: "org.user.kobject.read", limit: None, event: None, deviations: &[] },
    Row { number: 21, group: "Users & teams", method: "GET", path: "/v1/users", access: Read, role: "org.user.user.read", limit: None, event: None, deviations: &[Roles(&["org.user.read", "org.permission.user.read"])] },
    Row { number: 22, group: "Users & teams", method: "GET", path: "/v1/teams", access: Read, role: "org.user.team.read", limit: None, event: None, deviations: &[Roles(&["org.permission.team.read"])] },
    Row { number: 23, group: "Users & teams", method: "GET", path: "/v1/teams/{id}", access: Read, role: "org.user.team.read", limit: None, event: None, deviations: &[Roles(&["org.permission.team.read"])] },
    Row { number: 24, group: "Tags & shortcuts", method: "POST", path: "/v3/kb/tags", access: Write, role: "org.user.tag.write", limit: None, event: None, deviations: &[Roles(&["org.admin.content.kb.write", "org.admin.kb.write", "org.permission.kb.create"])] },
    Row { number: 25, group: "Tags & shortcuts", method: "POST", path: "/v1/shortcuts", access: Write, role: "org.user.shortcut.write", limit: None, event: None, deviations: &[Roles(&["org.admin.content.shortcut.write", "org.admin.shortcut.write", "org.permission.shortcut.create"])] },
    Row { number: 26, group: "Search", method: "POST", path: "/v1/customers/search", access: Read, role: CUSTOMER_READ, limit: Some((100, 60, "machine user")), event: None, deviations: &[Roles(&["org.user.search.read", "org.admin.search.read", "org.permission.search.create"])] },
    Row { number: 27, group: "Webhooks", method: "GET", path: "/v1/hooks/web", access: Read, role: "org.admin", limit: None, event: None, deviations: &[Meaning("inbound"), Roles(&["org.admin.hook.read", "org.permission.hook.read"])] },
    Row { number: 28, group: "Webhooks", method: "POST", path: "/v1/hooks/web", access: Write, role: "org.admin", limit: None, event: None, deviations: &[Meaning("inbound"), NeedsFull, Roles(&["org.admin.hook.write", "org.permission.hook.create"])] },
];

fn operation_of(row: &Row) -> &'static Operation {
    let mut operations = Catalogue::builtin().operations();
    let found = operations.find(|operation| operation.guide_row() == Some(row.number));
    found.unwrap_or_else(|| panic!("row {} is in no file", row.number))
}

fn roles_of(operation: &Operation) -> Vec<&str> {
    let roles = operation.roles();
    let all = [&roles.legacy, &roles.permission_set, &roles.other];
    all.into_iter().flatten().map(String::as_str).collect()
}

#[test]
fn each_row_is_exactly_one_operation() {
    for row in &ROWS {
        let operation = operation_of(row);
        assert_eq!(operation.method().as_str(), row.method, "row {}", row.number);
        assert_eq!(operation.template().as_str(), row.path, "row {}", row.number);
    }
    let rows =
        Catalogue::builtin().operations().filter(|operation| operation.guide_row().is_some());
    assert_eq!(rows.count(), 28);
}

#[test]
fn the_groups_and_accesses_add_up_as_the_guide_says() {
    let groups = [
        ("Customers", 6),
        ("Conversations", 6),
        ("Messages", 4),
        ("Notes", 2),
        ("KObjects", 2),
        ("Users & teams", 3),
        ("Tags & shortcuts", 2),
        ("Search", 1),
        ("Webhooks", 2),
    ];
    for (group, count) in groups {
        assert_eq!(ROWS.iter().filter(|row| row.group == group).count(), count, "{group}");
    }
    assert_eq!(ROWS.iter().filter(|row| row.access == Read).count(), 13);
    assert_eq!(ROWS.iter().filter(|row| row.access == Write).count(), 15);
}

#[test]
fn levels_are_the_guides_but_for_what_cannot_be_undone() {
    for row in &ROWS {
        let expected = match (row.access, row.deviations.contains(&NeedsFull)) {
            (Read, _) => Level::Read,
            (Write, false) => Level::Write,
            (Write, true) => Level::Full,
        };
        assert_eq!(operation_of(row).level(), expected, "row {}", row.number);
    }
}

#[test]
fn limits_and_events_are_kustomers() {
    for row in &ROWS {
        let operation = operation_of(row);
        let vendors = row.deviations.iter().find_map(|deviation| match deviation {
            Limit(calls, seconds, per) => Some((*calls, *seconds, *per)),
            Roles(_) | NeedsFull | Meaning(_) => None,
        });
        let found =
            operation.object_limit().map(|limit| (limit.calls, limit.seconds, limit.per.as_str()));
        assert_eq!(found, vendors.or(row.limit), "row {}", row.number);
        assert_eq!(operation.event(), row.event, "row {}", row.number);
    }
}

#[test]
fn roles_are_kustomers_where_the_guide_names_others() {
    for row in &ROWS {
        let roles = roles_of(operation_of(row));
        let vendors = row.deviations.iter().find_map(|deviation| match deviation {
            Roles(vendors) => Some(*vendors),
            Limit(..) | NeedsFull | Meaning(_) => None,
        });
        match vendors {
            Some(vendors) => {
                assert!(
                    vendors.iter().all(|role| roles.contains(role)),
                    "row {}: {roles:?}",
                    row.number
                );
            }
            None => assert!(roles.contains(&row.role), "row {}: {roles:?}", row.number),
        }
    }
}

#[test]
fn the_notes_say_where_the_guide_is_mistaken() {
    for row in &ROWS {
        let operation = operation_of(row);
        let notes = operation.notes().unwrap_or_default().to_lowercase();
        for deviation in row.deviations {
            match deviation {
                Meaning(word) => assert!(notes.contains(word), "row {}: {notes}", row.number),
                Roles(_) | Limit(..) | NeedsFull => {
                    assert!(notes.contains("guide"), "row {}: {notes}", row.number);
                }
            }
        }
    }
}
