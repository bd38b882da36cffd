//! From a parsed text to a condition of which every name exists and every part fits the next.
//!
//! What cannot be checked is refused. What the body says is known only when there is one; where such a
//! value is used, its kind is checked then, and a wrong one denies.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the tree is the parser's; a new part of the language is refused like any that is not known"
)]

mod call;
mod compare;
mod name;

use std::ops::Range;
use std::sync::Arc;

use catalogue::{Catalogue, Number};
use cel::IdedExpr;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, SelectExpr, operators};

use super::ConditionFault;
use super::kind::Kind;
use super::node::{Comparison, Each, Form, Node, Said};
use super::parse::Parsed;

/// Checks a parsed text: a condition that is true or false, or every fault of it.
pub(super) fn check(
    parsed: &Parsed<'_>,
    catalogue: &Catalogue,
) -> Result<Node, Vec<ConditionFault>> {
    let mut checker = Checker { parsed, catalogue, items: Vec::new(), faults: Vec::new() };
    let node = checker.check(&parsed.tree);
    let whole = 0..parsed.text.len();
    let node = node.and_then(|node| {
        let help = to_compare(&node.kind);
        checker.needs(node, &Kind::Truth, "a condition", Some(help))
    });
    match node {
        Some(node) if checker.faults.is_empty() => Ok(node),
        _ if checker.faults.is_empty() => {
            Err(vec![ConditionFault::new(whole, "this is no condition in CEL")])
        }
        _ => Err(checker.faults),
    }
}

/// How to make something true or false of a value.
fn to_compare(kind: &Kind) -> &'static str {
    match kind {
        Kind::Number => "compare it with something, such as `... >= 9`",
        Kind::Address => "write in_network(request.address, \"10.0.0.0/8\")",
        Kind::List(_) => "write `... in [...]`",
        Kind::Truth | Kind::Text | Kind::Null | Kind::Open => {
            "compare it with something, such as `... == \"email\"`"
        }
    }
}

/// What is known while a text is checked. A part that is wrong is reported and gives none.
struct Checker<'c> {
    parsed: &'c Parsed<'c>,
    catalogue: &'c Catalogue,
    /// The names that `exists` and `all` around the part give to items.
    items: Vec<&'c str>,
    faults: Vec<ConditionFault>,
}

impl<'c> Checker<'c> {
    fn check(&mut self, part: &'c IdedExpr) -> Option<Node> {
        let at = self.parsed.place(part);
        match &part.expr {
            Expr::Literal(literal) => self.literal(at, literal),
            Expr::Ident(name) => self.ident(at, name),
            Expr::Select(select) => self.select(at, select),
            Expr::Call(call) => self.call(part, at, call),
            Expr::List(list) => self.list(at, &list.elements),
            Expr::Comprehension(each) => self.each(part, at, each),
            Expr::Map(_) | Expr::Struct(_) => {
                self.fault(at, "a condition has no maps and no messages", "compare single fields")
            }
            Expr::Unspecified => self.fault(at, "something is missing here", "complete it"),
        }
    }

    fn literal(&mut self, at: Range<usize>, literal: &LiteralValue) -> Option<Node> {
        let (kind, form) = match literal {
            LiteralValue::Boolean(value) => (Kind::Truth, Form::Truth(**value)),
            LiteralValue::String(text) => (Kind::Text, Form::Text(Arc::from(text.inner()))),
            LiteralValue::Null => (Kind::Null, Form::Null),
            LiteralValue::Int(value) => {
                (Kind::Number, Form::Number(Number::of_whole(*value.inner())))
            }
            LiteralValue::Double(value) => {
                (Kind::Number, Form::Number(Number::of_double(*value.inner())))
            }
            LiteralValue::Bytes(_) | LiteralValue::UInt(_) => {
                return self.fault(
                    at,
                    "a condition has no bytes and no `u`",
                    "leave the letter out",
                );
            }
        };
        if matches!(form, Form::Number(Number::Unclear)) {
            let help = "numbers go up to 9007199254740992; beyond, programs read different ones";
            return self.fault(at, "this number is too large", help);
        }
        Some(Node { at, kind, form })
    }

    /// `a.b`, or `has(a.b)`.
    fn select(&mut self, at: Range<usize>, select: &'c SelectExpr) -> Option<Node> {
        let node = self.member(at.clone(), &select.operand, &select.field)?;
        if !select.test {
            return Some(node);
        }
        let may_lack =
            matches!(node.form, Form::Field(..) | Form::Path(_) | Form::Query(_) | Form::Body);
        if may_lack {
            return Some(Said::Has(Box::new(node)).at(at));
        }
        let message = format!("{} is always there", node.name());
        self.fault(at, message, "`has` asks for a field of the body, path or query")
    }

    fn call(&mut self, part: &'c IdedExpr, at: Range<usize>, call: &'c CallExpr) -> Option<Node> {
        if let Some(target) = &call.target {
            return self.method(part, at, call, target);
        }
        let sign = self.parsed.sign(part);
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND, [_, _]) => {
                let parts = self.operands(call)?;
                Some(Said::And(parts).at(at))
            }
            (operators::LOGICAL_OR, [_, _]) => {
                let parts = self.operands(call)?;
                Some(Said::Or(parts).at(at))
            }
            (operators::LOGICAL_NOT, [part]) => {
                let part = self.truth(part, "`!`")?;
                Some(Said::Not(Box::new(part)).at(at))
            }
            (operators::CONDITIONAL, [test, yes, no]) => self.choice(at, test, yes, no),
            (operators::INDEX, [of, index]) => self.index(at, of, index),
            (operators::IN, [item, list]) => self.is_in(at, item, list),
            (operators::EQUALS, [one, other]) => self.compare(at, Comparison::Equal, one, other),
            (operators::NOT_EQUALS, [one, other]) => {
                self.compare(at, Comparison::Different, one, other)
            }
            (operators::LESS, [one, other]) => self.compare(at, Comparison::Less, one, other),
            (operators::LESS_EQUALS, [one, other]) => {
                self.compare(at, Comparison::AtMost, one, other)
            }
            (operators::GREATER, [one, other]) => self.compare(at, Comparison::More, one, other),
            (operators::GREATER_EQUALS, [one, other]) => {
                self.compare(at, Comparison::AtLeast, one, other)
            }
            (operators::NEGATE | operators::SUBSTRACT, _) => {
                let message = "a condition compares and does not compute";
                self.fault(sign, message, "write out the result")
            }
            _ => self.function(sign, at, call),
        }
    }

    /// The operands of `&&` and `||`, those of the same sign in a row as one list.
    fn operands(&mut self, call: &'c CallExpr) -> Option<Vec<Node>> {
        let sign = call.func_name.trim_matches('_');
        let mut nodes = Vec::new();
        let mut complete = true;
        for part in &call.args {
            let part = match &part.expr {
                Expr::Call(inner) if inner.func_name == call.func_name => self.operands(inner),
                _ => self.truth(part, &format!("`{sign}`")).map(|node| vec![node]),
            };
            complete &= part.is_some();
            nodes.extend(part.into_iter().flatten());
        }
        complete.then_some(nodes)
    }

    fn truth(&mut self, part: &'c IdedExpr, whose: &str) -> Option<Node> {
        let node = self.check(part)?;
        let help = to_compare(&node.kind);
        self.needs(node, &Kind::Truth, whose, Some(help))
    }

    fn choice(
        &mut self,
        at: Range<usize>,
        test: &'c IdedExpr,
        yes: &'c IdedExpr,
        no: &'c IdedExpr,
    ) -> Option<Node> {
        let test = self.truth(test, "what stands before `?`");
        let (yes, no) = (self.check(yes), self.check(no));
        let (test, yes, no) = (test?, yes?, no?);
        let kind = match (&yes.kind, &no.kind) {
            (one, other) if one == other => one.clone(),
            (Kind::Open, other) | (other, Kind::Open) => other.clone(),
            (one, other) => {
                let message =
                    format!("`? :` gives {} or {}, which do not go together", one.a(), other.a());
                return self.fault(at, message, "give the same kind on both sides of `:`");
            }
        };
        if matches!(kind, Kind::List(_)) {
            return self.fault(at, "`? :` cannot give a list", "write `in` with each list");
        }
        Some(Node { at, kind, form: Form::Choice(Box::new([test, yes, no])) })
    }

    /// `exists` and `all`, which the parser has taken apart.
    fn each(
        &mut self,
        part: &'c IdedExpr,
        at: Range<usize>,
        each: &'c ComprehensionExpr,
    ) -> Option<Node> {
        let truth = match &each.accu_init.expr {
            Expr::Literal(LiteralValue::Boolean(truth)) => Some(**truth),
            _ => None,
        };
        let (test, quantity) = match (truth, &each.loop_step.expr) {
            (Some(false), Expr::Call(step)) if step.func_name == operators::LOGICAL_OR => {
                (step.args.get(1)?, Each::Some)
            }
            (Some(true), Expr::Call(step)) if step.func_name == operators::LOGICAL_AND => {
                (step.args.get(1)?, Each::All)
            }
            _ => {
                let open = self.parsed.sign(part).start;
                let before = self.parsed.text.get(..open).unwrap_or_default().trim_end();
                let word = before.rfind('.').map_or(open, |dot| dot + 1);
                let sign = word..before.len().max(word);
                let help =
                    "`exists` and `all` are there: request.body.tags.exists(tag, tag == \"vip\")";
                return self.fault(
                    sign,
                    "`map`, `filter` and `exists_one` have no place in a condition",
                    help,
                );
            }
        };
        let over = self.check(&each.iter_range);
        if let Some(over) = &over
            && over.kind != Kind::Open
        {
            let message = format!("{} has no items to look at", over.kind.a());
            let help = "`exists` and `all` look at a list of the body";
            return self.fault(over.at.clone(), message, help);
        }
        if self.is_taken(&each.iter_var) {
            let message = format!("`{}` has a meaning already", each.iter_var);
            return self.fault(at, message, "choose another name for the item");
        }
        self.items.push(&each.iter_var);
        let test = self.truth(test, "what is asked of each item");
        self.items.pop();
        Some(Said::Each(quantity, Box::new([over?, test?])).at(at))
    }

    /// The part, if it is of the kind that is needed or of one that nobody knows yet.
    fn needs(
        &mut self,
        node: Node,
        needed: &Kind,
        whose: &str,
        help: Option<&str>,
    ) -> Option<Node> {
        if node.kind.fits(needed) {
            return Some(node);
        }
        let message = format!("{whose} needs {}, and this is {}", needed.a(), node.kind.a());
        let fault = ConditionFault::new(node.at, message).with_help_if(help.map(str::to_owned));
        self.faults.push(fault);
        None
    }

    fn fault(
        &mut self,
        at: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Option<Node> {
        self.faults.push(ConditionFault::new(at, message).with_help(help));
        None
    }
}
