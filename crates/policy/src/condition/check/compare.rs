//! Comparisons: which values can be compared, and which constants can be met at all.

use std::ops::Range;

use catalogue::{Number, ParameterKind};
use cel::IdedExpr;
use cel::common::ast::Expr;

use super::Checker;
use crate::condition::ConditionFault;
use crate::condition::kind::Kind;
use crate::condition::node::{Comparison, Form, Node, Said};

impl<'c> Checker<'c> {
    pub(super) fn compare(
        &mut self,
        at: Range<usize>,
        how: Comparison,
        one: &'c IdedExpr,
        other: &'c IdedExpr,
    ) -> Option<Node> {
        let (one, other) = (self.check(one), self.check(other));
        let (one, other) = (one?, other?);
        let equality = matches!(how, Comparison::Equal | Comparison::Different);
        let fits =
            if equality { one.kind.equals(&other.kind) } else { one.kind.orders(&other.kind) };
        if !fits {
            self.faults.push(unlike(at, &one, &other));
            return None;
        }
        if !equality {
            self.check_ordered(&one)?;
            self.check_ordered(&other)?;
        }
        self.check_met(&one, &other)?;
        self.check_met(&other, &one)?;
        Some(Said::Compare(how, Box::new([one, other])).at(at))
    }

    /// `item in [..]`, `item in request.body.tags`, `"key" in request.body`.
    pub(super) fn is_in(
        &mut self,
        at: Range<usize>,
        item: &'c IdedExpr,
        list: &'c IdedExpr,
    ) -> Option<Node> {
        let (item, list) = (self.check(item), self.check(list));
        let (item, list) = (item?, list?);
        match (&list.kind, &list.form) {
            (Kind::Open, _) if matches!(item.kind, Kind::Address | Kind::List(_)) => {
                self.faults.push(unlike(at, &item, &list));
                return None;
            }
            (Kind::Open, _) => {}
            (Kind::List(kind), Form::List(items)) => {
                if !item.kind.equals(kind) && !items.is_empty() {
                    self.faults.push(unlike(at, &item, items.first()?));
                    return None;
                }
                items.iter().try_for_each(|constant| self.check_met(&item, constant))?;
            }
            (Kind::Text, _) => {
                let help = "write `a.contains(b)` to look into a text";
                return self.fault(list.at, "`in` needs a list, and this is a text", help);
            }
            (kind, _) => {
                let message = format!("`in` needs a list, and this is {}", kind.a());
                return self.fault(list.at, message, "write one: [\"a\", \"b\"]");
            }
        }
        Some(Said::In(Box::new([item, list])).at(at))
    }

    pub(super) fn list(&mut self, at: Range<usize>, items: &'c [IdedExpr]) -> Option<Node> {
        let mut nodes = Vec::new();
        for item in items {
            if matches!(item.expr, Expr::List(_)) {
                let at = self.parsed.place(item);
                return self.fault(at, "a list within a list", "write one list");
            }
            nodes.extend(self.check(item));
        }
        if nodes.len() < items.len() {
            return None;
        }
        let Some(first) = nodes.first() else {
            return self.fault(at, "this list is empty", "nothing is in it: write what may be");
        };
        let kind = first.kind.clone();
        if let Some(odd) = nodes.iter().find(|node| node.kind != kind) {
            let message = format!("a list of {} and {}", kind.a(), odd.kind.a());
            return self.fault(odd.at.clone(), message, "keep to one kind in a list");
        }
        Some(Node { at, kind: Kind::List(Box::new(kind)), form: Form::List(nodes) })
    }

    /// Refuses to order a fact whose values are names.
    fn check_ordered(&mut self, side: &Node) -> Option<()> {
        let Form::Fact(fact) = &side.form else { return Some(()) };
        let Some(help) = fact.refuses_order() else { return Some(()) };
        let message = format!("{} has no order", side.name());
        self.fault(side.at.clone(), message, help);
        None
    }

    /// Refuses a constant that the other side can never have: it would be a slip of the pen.
    fn check_met(&mut self, side: &Node, constant: &Node) -> Option<()> {
        let why = match (&side.form, &constant.form) {
            (Form::Fact(fact), Form::Text(text)) => fact.refuses_text(text, self.catalogue),
            (Form::Fact(fact), Form::Number(Number::Whole(number))) => fact.refuses_number(*number),
            (Form::Path(name), Form::Text(text))
                if text.bytes().any(|b| b.is_ascii_uppercase()) && !self.is_word(name) =>
            {
                Some("ids and klasses of the path are compared in small letters".to_owned())
            }
            (Form::Path(_), Form::Text(text)) if text.contains([',', '/']) => {
                Some("a value of the path is one id or one word".to_owned())
            }
            _ => None,
        };
        let Some(help) = why else { return Some(()) };
        let message = format!("{} is never this", side.name());
        self.fault(constant.at.clone(), message, help);
        None
    }

    /// Whether some operation has a word, whose letters count as they are, in this place of its path.
    fn is_word(&self, name: &str) -> bool {
        let mut parameters = self.catalogue.operations().flat_map(|it| it.template().parameters());
        parameters.any(|it| it.name() == name && it.kind() == ParameterKind::Word)
    }
}

fn unlike(at: Range<usize>, one: &Node, other: &Node) -> ConditionFault {
    let (a, b) = (one.kind.a(), other.kind.a());
    let fault = ConditionFault::new(at, format!("{a} is compared with {b}"));
    match (&one.kind, &other.kind) {
        (Kind::Address, _) | (_, Kind::Address) => {
            fault.with_help("write in_network(request.address, \"10.0.0.0/8\")")
        }
        (Kind::List(_), _) | (_, Kind::List(_)) => {
            fault.with_help("write `in` to look into a list")
        }
        (Kind::Number, Kind::Text) | (Kind::Text, Kind::Number) => {
            fault.with_help("a number has no quotes, and a text has some")
        }
        (Kind::Truth, Kind::Number) => {
            fault.with_help("write two comparisons with `&&` between them: 9 <= x && x < 17")
        }
        (Kind::Null, _) | (_, Kind::Null) => fault
            .with_help("only what the body says may be null; has(...) asks whether it is there"),
        _ if one.kind == other.kind => fault.with_help("only numbers and texts have an order"),
        _ => fault.with_help("compare values of one kind"),
    }
}
