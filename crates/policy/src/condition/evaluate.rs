//! Whether a condition is true for a request. Every part is looked at, whatever stands beside it.
//!
//! CEL lets `true || nosuch` be true. For a grant that is the wrong way round: a request of which
//! something cannot be told must not pass because something else could. So `&&` and `||` look at all
//! their parts, and one that has no value denies. Two things are taken out of that, and say so
//! themselves: what `has(...)` finds missing may be missing beside it, and `a ? b : c` looks only at the
//! side that is chosen.

mod compare;
mod fact;

use std::borrow::Cow;
use std::collections::BTreeMap;

use catalogue::{Json, ParameterKind};
use jiff::civil::DateTime;

use super::Case;
use super::node::{Each, Form, Node, Said, Test};
use super::unmet::{Problem, Unmet};
use super::value::{Met, Value, field, work_of};

/// How much work one condition may make: a unit for each part that is looked at, each item of a list,
/// each 64 fields of an object, each 64 bytes of a text or a long key, and each 8 bytes of the query.
const MOST_WORK: usize = 100_000;

/// The value of a part, or all that stands in the way of one.
type Found<'v> = Result<Value<'v>, Vec<Problem>>;

/// Evaluates a condition.
pub(super) fn holds(node: &Node, case: &Case<'_>) -> Result<bool, Unmet> {
    let mut evaluation = Evaluation { case, moment: None, items: Vec::new(), work: 0 };
    evaluation.truth(node).map_err(Unmet::new)
}

struct Evaluation<'v> {
    case: &'v Case<'v>,
    /// The time of the request in the organisation's zone, once somebody asked.
    moment: Option<DateTime>,
    /// What `exists` and `all` are looking at, from the outermost on.
    items: Vec<&'v Json>,
    work: usize,
}

impl<'v> Evaluation<'v> {
    fn value(&mut self, node: &'v Node) -> Found<'v> {
        self.spend(1)?;
        match &node.form {
            Form::Truth(truth) => Ok(Value::Truth(*truth)),
            Form::Number(number) => Ok(Value::Number(*number)),
            Form::Text(text) => Ok(Value::Text(Cow::Borrowed(text))),
            Form::Null => Ok(Value::Null),
            Form::Fact(fact) => self.fact(*fact),
            Form::Path(name) => self.parameter(node, name),
            Form::Query(key) => self.query(node, key)?.ok_or_else(|| missing(node)),
            Form::Body => self.body()?.map(Value::of).ok_or_else(|| missing(node)),
            Form::Item(at, _) => {
                self.items.get(*at).map(|item| Value::of(item)).ok_or_else(|| missing(node))
            }
            Form::Field(..) if self.lacks_body(node) => Err(missing(node)),
            Form::Field(of, name) => {
                let fields = self.object(of)?;
                self.field(node, fields, name)?.map(Value::of).ok_or_else(|| missing(node))
            }
            Form::Index(of, at) => {
                self.list(of)?.get(*at).map(Value::of).ok_or_else(|| missing(node))
            }
            Form::Choice(parts) => {
                let [test, yes, no] = &**parts;
                if self.truth(test)? { self.value(yes) } else { self.value(no) }
            }
            Form::Size(of) => self.size(of),
            Form::Said(said) => self.said(said).map(Value::Truth),
            // INVARIANT: `in` looks at a written list by itself.
            Form::List(_) => Err(vec![Problem::Unfit("a list stands alone".to_owned())]),
        }
    }

    fn truth(&mut self, node: &'v Node) -> Result<bool, Vec<Problem>> {
        let value = self.value(node)?;
        let Value::Truth(truth) = value else { return Err(unfit(node, &value, "true or false")) };
        Ok(truth)
    }

    /// What is true or false by its form.
    fn said(&mut self, said: &'v Said) -> Result<bool, Vec<Problem>> {
        match said {
            Said::Has(part) => self.has(part),
            Said::Not(part) => self.truth(part).map(|truth| !truth),
            Said::And(parts) => self.junction(parts, false),
            Said::Or(parts) => self.junction(parts, true),
            Said::Compare(how, parts) => self.compare(*how, parts),
            Said::In(parts) => self.is_in(parts),
            Said::Test(test, parts) => self.test(*test, parts),
            Said::Matches(of, pattern) => {
                let text = self.text(of)?;
                Ok(pattern.is_match(&text))
            }
            Said::InNetwork(part, networks) => {
                let value = self.value(part)?;
                let Value::Address(address) = value else {
                    return Err(unfit(part, &value, "an address"));
                };
                Ok(networks.iter().any(|it| it.contains(address)))
            }
            Said::Each(each, parts) => self.each(*each, parts),
        }
    }

    /// `||`, or else `&&`: every part is looked at.
    fn junction(&mut self, parts: &'v [Node], is_or: bool) -> Result<bool, Vec<Problem>> {
        let mut result = !is_or;
        let mut problems = Vec::new();
        for part in parts {
            match self.truth(part) {
                Ok(truth) if is_or => result |= truth,
                Ok(truth) => result &= truth,
                Err(found) => problems.extend(found),
            }
        }
        if !problems.is_empty() {
            let absent: Vec<_> =
                parts.iter().filter_map(|part| self.said_absent(part, is_or)).collect();
            // Beside `!has(x) ||` and `has(x) &&`, x may be missing: the result is settled by that.
            problems.retain(|problem| !problem.is_missing_of(&absent));
        }
        if problems.is_empty() { Ok(result) } else { Err(problems) }
    }

    /// What a part of `||` or `&&` says is not there, if that alone settles the result.
    fn said_absent(&mut self, part: &'v Node, is_or: bool) -> Option<String> {
        let part = if is_or {
            let Form::Said(Said::Not(inner)) = &part.form else { return None };
            inner
        } else {
            part
        };
        let Form::Said(Said::Has(asked)) = &part.form else { return None };
        match self.has(asked) {
            Ok(false) => Some(asked.name()),
            Ok(true) | Err(_) => None,
        }
    }

    /// Whether something is there. A field of a body that is not there is not there either.
    fn has(&mut self, node: &'v Node) -> Result<bool, Vec<Problem>> {
        self.spend(1)?;
        if self.lacks_body(node) {
            return Ok(false);
        }
        match &node.form {
            Form::Field(of, name) => {
                let fields = self.object(of)?;
                self.field(node, fields, name).map(|it| it.is_some())
            }
            Form::Query(key) => self.query(node, key).map(|it| it.is_some()),
            Form::Path(name) => Ok(self.case.asked.parameter(name).is_some()),
            Form::Body => self.body().map(|it| it.is_some()),
            Form::Truth(_)
            | Form::Number(_)
            | Form::Text(_)
            | Form::Null
            | Form::List(_)
            | Form::Fact(_)
            | Form::Item(..)
            | Form::Index(..)
            | Form::Choice(_)
            | Form::Size(_)
            | Form::Said(_) => self.value(node).map(|_| true),
        }
    }

    /// Whether it is a field of the body itself, and the request has been read and has none.
    fn lacks_body(&self, node: &Node) -> bool {
        let Form::Field(of, _) = &node.form else { return false };
        matches!(of.form, Form::Body)
            && self.case.asked.body().is_some_and(catalogue::Body::is_empty)
    }

    fn body(&self) -> Result<Option<&'v Json>, Vec<Problem>> {
        let unread = || vec![Problem::Unfit("request.body was not read".to_owned())];
        Ok(self.case.asked.body().ok_or_else(unread)?.json())
    }

    fn list(&mut self, node: &'v Node) -> Result<&'v [Json], Vec<Problem>> {
        let value = self.value(node)?;
        let Value::List(items) = value else { return Err(unfit(node, &value, "a list")) };
        Ok(items)
    }

    fn object(&mut self, node: &'v Node) -> Result<&'v BTreeMap<String, Json>, Vec<Problem>> {
        let value = self.value(node)?;
        let Value::Object(fields) = value else { return Err(unfit(node, &value, "an object")) };
        Ok(fields)
    }

    fn field(
        &mut self,
        node: &Node,
        fields: &'v BTreeMap<String, Json>,
        name: &str,
    ) -> Result<Option<&'v Json>, Vec<Problem>> {
        self.spend(work_of(fields))?;
        match field(fields, name) {
            Met::There(value) => Ok(Some(value)),
            Met::Missing => Ok(None),
            Met::Alike => {
                let why = format!("another field could be taken for {}", node.name());
                Err(vec![Problem::Unfit(why)])
            }
        }
    }

    fn query(&mut self, node: &Node, key: &str) -> Result<Option<Value<'v>>, Vec<Problem>> {
        // It is read anew each time it is asked for.
        self.spend(self.case.asked.query_length() / 8)?;
        let value = self.case.asked.query_value(key).map_err(|_| {
            let why = format!("{} is there twice, or spelled in an odd way", node.name());
            vec![Problem::Unfit(why)]
        })?;
        Ok(value.map(|value| Value::Text(Cow::Owned(value))))
    }

    /// A value of the path. Ids and klasses are the same in large and small letters.
    fn parameter(&self, node: &Node, name: &str) -> Found<'v> {
        let (parameter, value) = self.case.asked.parameter(name).ok_or_else(|| missing(node))?;
        if parameter.prefix().ends_with('=') {
            let why = format!("{} may name a customer", node.name());
            return Err(vec![Problem::Unfit(why)]);
        }
        let text = match parameter.kind() {
            ParameterKind::Id | ParameterKind::Klass => Cow::Owned(value.to_ascii_lowercase()),
            ParameterKind::Ids | ParameterKind::IdList if !value.contains(',') => {
                Cow::Owned(value.to_ascii_lowercase())
            }
            ParameterKind::Word => Cow::Borrowed(value),
            ParameterKind::Ids | ParameterKind::IdList => {
                let why = format!("{} names several records", node.name());
                return Err(vec![Problem::Unfit(why)]);
            }
            ParameterKind::Key | ParameterKind::KeyWithSlash => {
                let why = format!("{} may name a customer", node.name());
                return Err(vec![Problem::Unfit(why)]);
            }
        };
        Ok(Value::Text(text))
    }

    fn text(&mut self, node: &'v Node) -> Result<Cow<'v, str>, Vec<Problem>> {
        let value = self.value(node)?;
        let Value::Text(text) = value else { return Err(unfit(node, &value, "a text")) };
        self.spend(text.len() / 64)?;
        Ok(text)
    }

    fn test(&mut self, test: Test, parts: &'v [Node; 2]) -> Result<bool, Vec<Problem>> {
        let [of, what] = parts;
        let (of, what) = both(self.text(of), self.text(what))?;
        Ok(match test {
            Test::StartsWith => of.starts_with(&*what),
            Test::EndsWith => of.ends_with(&*what),
            Test::Contains => of.contains(&*what),
        })
    }

    fn size(&mut self, of: &'v Node) -> Found<'v> {
        let size = match self.value(of)? {
            Value::Text(text) => {
                self.spend(text.len() / 64)?;
                text.chars().count()
            }
            Value::List(items) => items.len(),
            Value::Object(fields) => fields.len(),
            other @ (Value::Truth(_) | Value::Number(_) | Value::Null | Value::Address(_)) => {
                return Err(unfit(of, &other, "a text, a list or an object"));
            }
        };
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        Ok(Value::Number(catalogue::Number::of_whole(size)))
    }

    /// `exists` and `all`: every item is looked at.
    fn each(&mut self, each: Each, parts: &'v [Node; 2]) -> Result<bool, Vec<Problem>> {
        let [over, test] = parts;
        let items = self.list(over)?;
        let mut result = each == Each::All;
        let mut problems = Vec::new();
        for item in items {
            self.spend(1)?;
            self.items.push(item);
            let found = self.truth(test);
            self.items.pop();
            match (found, each) {
                (Ok(truth), Each::Some) => result |= truth,
                (Ok(truth), Each::All) => result &= truth,
                // One of a kind is enough: a list may have very many.
                (Err(found), _) if problems.is_empty() => problems = found,
                (Err(_), _) => {}
            }
        }
        if problems.is_empty() { Ok(result) } else { Err(problems) }
    }

    fn spend(&mut self, units: usize) -> Result<(), Vec<Problem>> {
        self.work = self.work.saturating_add(units);
        if self.work <= MOST_WORK {
            return Ok(());
        }
        Err(vec![Problem::Unfit("the request is too large for it".to_owned())])
    }
}

fn missing(node: &Node) -> Vec<Problem> {
    vec![Problem::Missing(node.name())]
}

fn unfit(node: &Node, met: &Value<'_>, needed: &str) -> Vec<Problem> {
    vec![Problem::Unfit(format!("{} is {} and not {needed}", node.name(), met.a()))]
}

/// Two values, or all that stands in the way of either.
fn both<A, B>(
    one: Result<A, Vec<Problem>>,
    other: Result<B, Vec<Problem>>,
) -> Result<(A, B), Vec<Problem>> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(mut problems), Err(more)) => {
            problems.extend(more);
            Err(problems)
        }
        (Err(problems), Ok(_)) | (Ok(_), Err(problems)) => Err(problems),
    }
}
