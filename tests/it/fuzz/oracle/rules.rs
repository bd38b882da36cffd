//! The rules of docs/policies.md once more, written from that page alone and without a thought of speed:
//! what the program decides has to be what they say.

use std::collections::BTreeSet;

use catalogue::{ActionId, Demand, Klass, Level, Operation};
use policy::Mode;

use super::asked::Question;
use super::drawn::{Line, Lines, Name, Span, Tick, Written};

/// What the rules come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Suspended,
    NotYet,
    Expired,
    UnknownOperation,
    Permitted,
    /// What lacks, and is forwarded all the same.
    Observed(BTreeSet<String>),
    NotGranted(BTreeSet<String>),
    /// The token lacks it.
    Narrowed(BTreeSet<String>),
}

/// When it is asked, and which conditions are true.
pub(super) struct Occasion<'o> {
    pub(super) at: Tick,
    /// The question whose conditions are asked; none where all are taken as true.
    pub(super) question: Option<&'o Question>,
}

impl Occasion<'_> {
    fn is_within(&self, span: Span) -> bool {
        span.first().is_none_or(|first| self.at >= first)
            && span.end().is_none_or(|end| self.at < end)
    }

    /// What a line gives: nothing outside of its window, and nothing unless its condition is true.
    fn gives(&self, line: &Line) -> Level {
        let holds = line.when.is_none_or(|when| {
            self.question.is_none_or(|it| when.truth(it, self.at) == Some(true))
        });
        if holds && self.is_within(line.window) { line.level } else { Level::Off }
    }

    fn covers(&self, line: &Line, needed: Level) -> bool {
        let given = self.gives(line);
        given != Level::Off && given >= needed
    }

    /// The most specific line of a file that speaks of a demand, for objects of a klass or of none that
    /// is named.
    fn settles<'l>(
        &self,
        lines: &'l Lines,
        operation: &Operation,
        demand: &Demand,
        klass: Option<&Klass>,
    ) -> Option<&'l Line> {
        let resource = demand.resource.to_string();
        let of_klass =
            klass.and_then(|klass| lines.get(&Name::Klass(resource.clone(), klass.to_string())));
        let of_access = of_klass.or_else(|| lines.get(&Name::Resource(resource)));
        let named = |id: &str| lines.get(&Name::Operation(id.to_owned()));
        // What it does in effect is settled as if that operation had been asked for.
        if let Some(effect) = &demand.acts_as {
            let own = named(effect.operation().as_str());
            return own.or_else(|| self.strictest(lines, effect.actions())).or(of_access);
        }
        if demand.resource != *operation.resource() {
            return of_access;
        }
        let own = named(operation.id().as_str());
        if operation.only_by_name().is_some() {
            return own;
        }
        own.or_else(|| self.strictest(lines, operation.actions())).or(of_access)
    }

    fn strictest<'l>(&self, lines: &'l Lines, actions: &[ActionId]) -> Option<&'l Line> {
        let spoken = actions.iter().filter_map(|id| lines.get(&Name::Action(id.to_string())));
        spoken.min_by_key(|line| self.gives(line))
    }

    /// Whether a demand is covered by layers, of which the first is the policy's own.
    fn is_covered(&self, layers: &[&Lines], operation: &Operation, demand: &Demand) -> bool {
        if demand.klass.is_some() {
            return self.is_klass_covered(layers, operation, demand, demand.klass.as_ref());
        }
        let resource = demand.resource.to_string();
        let klasses = layers.iter().flat_map(|lines| lines.keys()).filter_map(|name| match name {
            Name::Klass(of, klass) if *of == resource => Some(Some(Klass::new(klass))),
            Name::Klass(..) | Name::Resource(_) | Name::Action(_) | Name::Operation(_) => None,
        });
        klasses
            .chain([None])
            .all(|klass| self.is_klass_covered(layers, operation, demand, klass.as_ref()))
    }

    fn is_klass_covered(
        &self,
        layers: &[&Lines],
        operation: &Operation,
        demand: &Demand,
        klass: Option<&Klass>,
    ) -> bool {
        let settles = |lines| self.settles(lines, operation, demand, klass);
        let (own, roles) = layers.split_first().expect("a layer");
        if let Some(line) = settles(own) {
            return self.covers(line, demand.level);
        }
        let of_roles: Vec<&Line> = roles.iter().filter_map(|lines| settles(lines)).collect();
        !of_roles.iter().any(|line| line.level == Level::Off)
            && of_roles.iter().any(|line| self.covers(line, demand.level))
    }

    /// The demands that are not covered, in words.
    pub(super) fn lacks(
        &self,
        layers: &[&Lines],
        operation: &Operation,
        demands: &[Demand],
    ) -> BTreeSet<String> {
        let lacking = demands.iter().filter(|it| !self.is_covered(layers, operation, it));
        lacking.map(words).collect()
    }

    /// What comes of a request that makes these demands.
    pub(super) fn verdict(
        &self,
        written: &Written,
        narrowing: Option<&Lines>,
        operation: &Operation,
        demands: &[Demand],
    ) -> Verdict {
        if let Some(shut_out) = self.shut_out(written) {
            return shut_out;
        }
        let lacks = self.lacks(&written.layers(), operation, demands);
        if !lacks.is_empty() && written.mode != Mode::Observe {
            return Verdict::NotGranted(lacks);
        }
        // A narrowed token holds an agent that is observed to what it names, too.
        if let Some(narrowing) = narrowing {
            let beyond = self.lacks(&[narrowing], operation, demands);
            if !beyond.is_empty() {
                return Verdict::Narrowed(beyond);
            }
        }
        if lacks.is_empty() { Verdict::Permitted } else { Verdict::Observed(lacks) }
    }

    /// Why the agent may do nothing at all.
    pub(super) fn shut_out(&self, written: &Written) -> Option<Verdict> {
        if written.mode == Mode::Suspended {
            return Some(Verdict::Suspended);
        }
        if written.term.first().is_some_and(|first| self.at < first) {
            return Some(Verdict::NotYet);
        }
        written.term.end().is_some_and(|end| self.at >= end).then_some(Verdict::Expired)
    }
}

impl Written {
    /// Its own lines, then those of its roles.
    pub(super) fn layers(&self) -> Vec<&Lines> {
        std::iter::once(&self.own).chain(&self.roles).collect()
    }
}

/// What tells one demand from another, but not by which operation it has its effect: a refusal says that
/// once.
pub(super) fn words(demand: &Demand) -> String {
    format!("{} on {}, {}", demand.level, demand.on(), demand.because.as_str())
}
