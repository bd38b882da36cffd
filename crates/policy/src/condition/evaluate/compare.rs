//! Comparisons of values that are there. Two that are not of one kind are not different: they have no
//! answer, and deny.

use std::cmp::Ordering;

use super::{Evaluation, both, unfit};
use crate::condition::node::{Comparison, Form, Node};
use crate::condition::unmet::Problem;
use crate::condition::value::{Met, Value, field, work_of};

impl<'v> Evaluation<'v> {
    pub(super) fn compare(
        &mut self,
        how: Comparison,
        parts: &'v [Node; 2],
    ) -> Result<bool, Vec<Problem>> {
        let [one, other] = parts;
        let (a, b) = both(self.value(one), self.value(other))?;
        match how {
            Comparison::Equal => self.equal(one, &a, other, &b),
            Comparison::Different => self.equal(one, &a, other, &b).map(|equal| !equal),
            Comparison::Less => self.order(one, &a, other, &b).map(Ordering::is_lt),
            Comparison::AtMost => self.order(one, &a, other, &b).map(Ordering::is_le),
            Comparison::More => self.order(one, &a, other, &b).map(Ordering::is_gt),
            Comparison::AtLeast => self.order(one, &a, other, &b).map(Ordering::is_ge),
        }
    }

    fn order(
        &mut self,
        one: &Node,
        a: &Value<'v>,
        other: &Node,
        b: &Value<'v>,
    ) -> Result<Ordering, Vec<Problem>> {
        self.spend(a.weight().min(b.weight()) / 64)?;
        a.order(b).ok_or_else(|| unlike(one, a, other, b))
    }

    fn equal(
        &mut self,
        one: &Node,
        a: &Value<'v>,
        other: &Node,
        b: &Value<'v>,
    ) -> Result<bool, Vec<Problem>> {
        let is_null = |value: &Value<'_>| matches!(value, Value::Null);
        // Whoever writes `null` asks for it; elsewhere null is a value that should be another.
        if matches!(one.form, Form::Null) || matches!(other.form, Form::Null) {
            return Ok(is_null(a) && is_null(b));
        }
        self.spend(a.weight().min(b.weight()) / 64)?;
        a.equals(b).ok_or_else(|| unlike(one, a, other, b))
    }

    /// `item in list`, or `"key" in object`.
    pub(super) fn is_in(&mut self, parts: &'v [Node; 2]) -> Result<bool, Vec<Problem>> {
        let [item, list] = parts;
        if let Form::List(constants) = &list.form {
            return self.is_in_written(item, constants);
        }
        let (value, among) = both(self.value(item), self.value(list))?;
        match among {
            Value::List(items) => {
                let mut found = false;
                for met in items {
                    self.spend(1)?;
                    found |= self.equal(item, &value, list, &Value::of(met))?;
                }
                Ok(found)
            }
            Value::Object(fields) => {
                let Value::Text(key) = &value else { return Err(unfit(item, &value, "a text")) };
                self.spend(work_of(fields))?;
                match field(fields, key) {
                    Met::There(_) => Ok(true),
                    Met::Missing => Ok(false),
                    Met::Alike => {
                        let why = format!("two fields of {} could be taken for one", list.name());
                        Err(vec![Problem::Unfit(why)])
                    }
                }
            }
            other @ (Value::Truth(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Null
            | Value::Address(_)) => Err(unfit(list, &other, "a list or an object")),
        }
    }

    fn is_in_written(
        &mut self,
        item: &'v Node,
        constants: &'v [Node],
    ) -> Result<bool, Vec<Problem>> {
        let value = self.value(item)?;
        let mut found = false;
        for constant in constants {
            let met = self.value(constant)?;
            found |= self.equal(item, &value, constant, &met)?;
        }
        Ok(found)
    }
}

/// Why two values have no answer: the kinds of those that the request brings.
fn unlike(one: &Node, a: &Value<'_>, other: &Node, b: &Value<'_>) -> Vec<Problem> {
    let same = matches!((a, b), (Value::Number(_), Value::Number(_)));
    let why = if same {
        format!("{} is a number that programs read differently", side(one, other).name())
    } else if a.a() == b.a() {
        format!("{} is {}, which has no such comparison", side(one, other).name(), a.a())
    } else if is_open(one) {
        format!("{} is {} and not {}", one.name(), a.a(), b.a())
    } else {
        format!("{} is {} and not {}", other.name(), b.a(), a.a())
    };
    vec![Problem::Unfit(why)]
}

/// The side that the request brings.
fn side<'n>(one: &'n Node, other: &'n Node) -> &'n Node {
    if is_open(one) { one } else { other }
}

fn is_open(node: &Node) -> bool {
    !matches!(
        node.form,
        Form::Truth(_) | Form::Number(_) | Form::Text(_) | Form::Null | Form::Fact(_)
    )
}
