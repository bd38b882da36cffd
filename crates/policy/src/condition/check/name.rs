//! Names: which there are, and what stands behind a dot or in brackets.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the tree is the parser's; a new part of the language is refused like any that is not known"
)]

use std::ops::Range;
use std::sync::Arc;

use catalogue::Parameter;
use catalogue::document::did_you_mean;
use cel::IdedExpr;
use cel::common::ast::{Expr, LiteralValue};

use super::Checker;
use crate::condition::fact::Fact;
use crate::condition::kind::Kind;
use crate::condition::node::{Form, Node};

/// What a name stands for that is no value itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    Agent,
    Request,
    Time,
    Path,
    Query,
}

impl Room {
    const OUTER: [Self; 3] = [Self::Agent, Self::Request, Self::Time];

    fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Request => "request",
            Self::Time => "time",
            Self::Path => "request.path",
            Self::Query => "request.query",
        }
    }

    /// What there is in it; none where that depends on the request.
    fn members(self) -> Vec<&'static str> {
        let facts = Fact::ALL.iter().filter(|(of, ..)| *of == self.name());
        let mut members: Vec<_> = facts.map(|(_, name, _)| *name).collect();
        if self == Self::Request {
            members.extend(["path", "query", "body"]);
        }
        members
    }

    fn example(self) -> &'static str {
        match self {
            Self::Agent => "agent.id",
            Self::Request => "request.operation",
            Self::Time => "time.hour",
            Self::Path => "request.path.id",
            Self::Query => "request.query.status",
        }
    }
}

impl<'c> Checker<'c> {
    pub(super) fn is_taken(&self, name: &str) -> bool {
        Room::OUTER.iter().any(|room| room.name() == name) || self.items.contains(&name)
    }

    pub(super) fn ident(&mut self, at: Range<usize>, name: &str) -> Option<Node> {
        if let Some(item) = self.items.iter().position(|it| *it == name) {
            let form = Form::Item(item, Arc::from(name));
            return Some(Node { at, kind: Kind::Open, form });
        }
        if let Some(room) = Room::OUTER.into_iter().find(|room| room.name() == name) {
            let message = format!("`{name}` is no value by itself");
            return self.fault(
                at,
                message,
                format!("name one of it, such as `{}`", room.example()),
            );
        }
        let rooms = Room::OUTER.map(Room::name);
        let known = self.items.iter().copied().chain(rooms);
        let inside = Fact::ALL.iter().find(|(_, member, _)| *member == name);
        let help = match (inside, did_you_mean(name, known)) {
            (Some((of, member, _)), _) => format!("did you mean `{of}.{member}`?"),
            (None, Some(help)) => help,
            (None, None) if matches!(name, "body" | "path" | "query") => {
                format!("did you mean `request.{name}`?")
            }
            (None, None) => {
                "names begin with `request.`, `agent.` or `time.`; a text has quotes".into()
            }
        };
        self.fault(at, format!("there is no `{name}`"), help)
    }

    /// `of.name`, whether it is asked for with a dot or in brackets.
    pub(super) fn member(
        &mut self,
        at: Range<usize>,
        of: &'c IdedExpr,
        name: &str,
    ) -> Option<Node> {
        match self.room(of) {
            Some(Room::Path) => self.parameter(at, name),
            Some(Room::Query) => self.query(at, name),
            Some(room) => self.fact(at, room, name),
            None => {
                let of = self.check(of)?;
                self.field(at, of, name)
            }
        }
    }

    /// `of["name"]` or `of[0]`.
    pub(super) fn index(
        &mut self,
        at: Range<usize>,
        of: &'c IdedExpr,
        index: &'c IdedExpr,
    ) -> Option<Node> {
        match &index.expr {
            Expr::Literal(LiteralValue::String(name)) => self.member(at, of, name.inner()),
            Expr::Literal(LiteralValue::Int(index)) => {
                let of = self.check(of)?;
                let index = usize::try_from(*index.inner()).ok();
                match (index, &of.kind) {
                    (Some(index), Kind::Open) => {
                        let form = Form::Index(Box::new(of), index);
                        Some(Node { at, kind: Kind::Open, form })
                    }
                    (None, _) => {
                        self.fault(at, "items are counted from 0", "write 0 for the first")
                    }
                    (_, kind) => {
                        let message = format!("{} has no items", kind.a());
                        self.fault(at, message, "only a list of the body has them")
                    }
                }
            }
            _ => {
                let at = self.parsed.place(index);
                let help =
                    "write a text or a number: request.body[\"first-name\"], request.body.tags[0]";
                self.fault(at, "what stands in brackets must be written out", help)
            }
        }
    }

    fn room(&self, part: &IdedExpr) -> Option<Room> {
        match &part.expr {
            Expr::Ident(name) if !self.items.contains(&name.as_str()) => {
                Room::OUTER.into_iter().find(|room| room.name() == name)
            }
            Expr::Select(select) if !select.test => {
                let outer = self.room(&select.operand)?;
                match (outer, select.field.as_str()) {
                    (Room::Request, "path") => Some(Room::Path),
                    (Room::Request, "query") => Some(Room::Query),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn fact(&mut self, at: Range<usize>, room: Room, name: &str) -> Option<Node> {
        let known = Fact::ALL.iter().find(|(of, member, _)| *of == room.name() && *member == name);
        if let Some((_, _, fact)) = known {
            return Some(Node { at, kind: fact.kind(), form: Form::Fact(*fact) });
        }
        match (room, name) {
            (Room::Request, "body") => Some(Node { at, kind: Kind::Open, form: Form::Body }),
            (Room::Request, "path" | "query") => {
                let inner = if name == "path" { Room::Path } else { Room::Query };
                let message = format!("`{}` is no value by itself", inner.name());
                self.fault(at, message, format!("name one of it, such as `{}`", inner.example()))
            }
            _ => {
                let members = room.members();
                let help = did_you_mean(name, members.iter().copied())
                    .unwrap_or_else(|| format!("there are: {}", members.join(", ")));
                self.fault(at, format!("there is no `{name}` in `{}`", room.name()), help)
            }
        }
    }

    /// `request.path.name`, where some operation has a parameter of that name.
    fn parameter(&mut self, at: Range<usize>, name: &str) -> Option<Node> {
        let parameters = self.catalogue.operations().flat_map(|it| it.template().parameters());
        let mut of_name = parameters.filter(|it| it.name() == name).peekable();
        let is_known = of_name.peek().is_some();
        if is_known && of_name.all(names_a_person) {
            let message = format!("`request.path.{name}` names a customer, and is never kept");
            let help =
                "the gateway hides it before anything is decided; confine the agent by [only]";
            return self.fault(at, message, help);
        }
        if is_known {
            let form = Form::Path(Arc::from(name));
            return Some(Node { at, kind: Kind::Text, form });
        }
        let mut names: Vec<_> = self
            .catalogue
            .operations()
            .flat_map(|it| it.template().parameters())
            .map(Parameter::name)
            .collect();
        names.sort_unstable();
        names.dedup();
        let help = did_you_mean(name, names.iter().copied()).unwrap_or_else(|| {
            "`kustodian catalogue show OPERATION` names the parameters of its path".to_owned()
        });
        self.fault(at, format!("no operation has `{{{name}}}` in its path"), help)
    }

    /// `request.query.name`.
    fn query(&mut self, at: Range<usize>, name: &str) -> Option<Node> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if name.is_empty() || !name.bytes().all(plain) {
            let message = format!("`{name}` is no plain key of a query");
            let help = "a condition can ask for keys of letters, digits, `_` and `-`";
            return self.fault(at, message, help);
        }
        Some(Node { at, kind: Kind::Text, form: Form::Query(Arc::from(name)) })
    }

    fn field(&mut self, at: Range<usize>, of: Node, name: &str) -> Option<Node> {
        if of.kind != Kind::Open {
            let message = format!("{} has no fields", of.kind.a());
            return self.fault(at, message, "only what the body says has fields");
        }
        let form = Form::Field(Box::new(of), Arc::from(name));
        Some(Node { at, kind: Kind::Open, form })
    }
}

/// Whether what stands there may be a customer's address or number: it is hidden before the decision.
fn names_a_person(parameter: &Parameter) -> bool {
    parameter.prefix().ends_with('=')
}
