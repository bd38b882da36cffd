//! Policies as somebody could write them, with everything at once: roles, windows, conditions, modes.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::{Arc, LazyLock};

use catalogue::{BodyUse, Catalogue, Level};
use jiff::Timestamp;
use jiff::tz::Offset;
use policy::{Mode, Narrowing, Observing, Policy, PolicySet, Source};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::asked::POOL;
use super::when::When;

/// What a line speaks of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    Resource(String),
    Klass(String, String),
    Action(String),
    Operation(String),
}

/// What a line gives, and when.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) level: Level,
    pub(super) window: Span,
    pub(super) when: Option<When>,
}

/// The lines of one file.
pub(super) type Lines = BTreeMap<Name, Line>;

/// A policy, its roles, and the agent that it is about.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) mode: Mode,
    pub(super) term: Span,
    pub(super) own: Lines,
    pub(super) roles: Vec<Lines>,
}

/// Half a step of time: `2 * n` is the beginning of hour `n` since 2027 began, and the odd one before it
/// the last nanosecond before that.
pub(super) type Tick = i64;

/// A day, or the beginning of an hour as it is written in some place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Edge {
    Day(i64),
    Hour(i64, i8),
}

/// From when and until when.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Span {
    pub(super) not_before: Option<Edge>,
    pub(super) expires: Option<Edge>,
}

impl Span {
    /// The first tick within.
    pub(super) fn first(self) -> Option<Tick> {
        self.not_before.map(|edge| match edge {
            Edge::Day(day) => 2 * 24 * day,
            Edge::Hour(hour, _) => 2 * hour,
        })
    }

    /// The first tick behind.
    pub(super) fn end(self) -> Option<Tick> {
        self.expires.map(|edge| match edge {
            Edge::Day(day) => 2 * 24 * (day + 1),
            Edge::Hour(hour, _) => 2 * hour,
        })
    }

    fn is_ever_open(self) -> bool {
        self.first().zip(self.end()).is_none_or(|(first, end)| first < end)
    }
}

/// The instant that a tick is.
pub(super) fn instant(tick: Tick) -> Timestamp {
    const NEW_YEAR: i64 = 1_798_761_600;
    let hour = (tick + 1).div_euclid(2);
    let start = Timestamp::from_second(NEW_YEAR + hour * 3600).expect("an instant");
    let before = jiff::SignedDuration::from_nanos(tick.rem_euclid(2));
    start - before
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "2027-01-{:02}", day + 1),
            Self::Hour(hour, offset) => {
                let offset = Offset::constant(*offset);
                write!(f, "{}", instant(2 * hour).display_with_offset(offset))
            }
        }
    }
}

impl Name {
    fn table(&self) -> &'static str {
        match self {
            Self::Resource(_) | Self::Klass(..) => "access",
            Self::Action(_) => "actions",
            Self::Operation(_) => "operations",
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::Resource(name) | Self::Action(name) | Self::Operation(name) => name.clone(),
            Self::Klass(resource, klass) => format!("{resource}.{klass}"),
        }
    }

    /// Whether a request that it speaks of can have a body at all.
    fn takes_body(&self) -> bool {
        let Self::Operation(id) = self else { return true };
        let operation = Catalogue::builtin().operation(id).expect("the operation");
        operation.body_use() != BodyUse::Refused
    }
}

impl Line {
    fn text(&self) -> String {
        let mut text = format!("level = \"{}\"", self.level);
        if let Some(edge) = self.window.not_before {
            write!(text, ", not_before = {edge}").expect("text takes text");
        }
        if let Some(edge) = self.window.expires {
            write!(text, ", expires = {edge}").expect("text takes text");
        }
        if let Some(when) = self.when {
            write!(text, ", when = '{}'", when.text()).expect("text takes text");
        }
        format!("{{ {text} }}")
    }
}

fn tables(lines: &Lines) -> String {
    let mut text = String::new();
    for table in ["access", "actions", "operations"] {
        writeln!(text, "[{table}]").expect("text takes text");
        for (name, line) in lines.iter().filter(|(name, _)| name.table() == table) {
            writeln!(text, "\"{}\" = {}", name.text(), line.text()).expect("text takes text");
        }
    }
    text
}

impl Written {
    /// Its files: the policy of an agent of this name, and its roles.
    pub(super) fn files(&self, id: &str) -> Vec<(String, String)> {
        let names: Vec<String> = (0..self.roles.len()).map(|at| format!("{id}-{at}")).collect();
        let mut head = format!(
            "[agent]\nid = \"{id}\"\nowner = \"ops\"\nmode = \"{}\"\nroles = {names:?}\n",
            self.mode
        );
        for (key, edge) in [("not_before", self.term.not_before), ("expires", self.term.expires)] {
            if let Some(edge) = edge {
                writeln!(head, "{key} = {edge}").expect("text takes text");
            }
        }
        let own = (format!("{id}.toml"), format!("{head}{}", tables(&self.own)));
        let role = |(name, lines): (&String, &Lines)| {
            let text = format!("[role]\nid = \"{name}\"\n{}", tables(lines));
            (format!("roles/{name}.toml"), text)
        };
        std::iter::once(own).chain(names.iter().zip(&self.roles).map(role)).collect()
    }

    /// It as a set of its own.
    pub(super) fn set(&self) -> PolicySet {
        let source = |(name, text): (String, String)| {
            if name.starts_with("roles/") {
                Source::role(name, text)
            } else {
                Source::policy(name, text)
            }
        };
        let sources: Vec<Source> = self.files("bot").into_iter().map(source).collect();
        PolicySet::load_with(&sources, Catalogue::builtin(), Observing::Allowed)
            .unwrap_or_else(|found| panic!("the files are good, yet: {}", found.render(false)))
    }

    pub(super) fn policy(&self) -> Arc<Policy> {
        Arc::clone(self.set().policy("bot").expect("the policy of the bot"))
    }
}

/// A policy for a token with these lines alone.
pub(super) fn narrowed(policy: &Arc<Policy>, to: &Lines) -> Arc<Policy> {
    let items: Vec<String> =
        to.iter().map(|(name, line)| format!("{}={}", name.text(), line.level)).collect();
    let narrowing = Narrowing::read(items.iter().map(String::as_str), Catalogue::builtin());
    Arc::new(policy.narrowed(Arc::new(narrowing.expect("a narrowing"))))
}

/// Ticks at which something can change, and those beside them.
pub(super) fn ticks() -> impl Strategy<Value = Tick> {
    prop_oneof![
        select(vec![2 * 24_i64, 2 * 30, 2 * 48, 2 * 55, 2 * 72])
            .prop_flat_map(|at: Tick| at - 1..=at + 1),
        2 * 20..2 * 80_i64,
    ]
}

fn edge() -> impl Strategy<Value = Edge> {
    prop_oneof![
        (0..4_i64).prop_map(Edge::Day),
        (select(vec![24, 30, 48, 55, 72]), select(vec![0, 2, -5]))
            .prop_map(|(hour, offset)| Edge::Hour(hour, offset)),
    ]
}

fn span() -> impl Strategy<Value = Span> {
    let edge = || option::weighted(0.5, edge());
    let spans = (edge(), edge()).prop_map(|(not_before, expires)| Span { not_before, expires });
    // One that is never open is not loaded: then the end is left out.
    spans.prop_map(|span| if span.is_ever_open() { span } else { Span { expires: None, ..span } })
}

fn level() -> impl Strategy<Value = Level> {
    prop_oneof![
        2 => Just(Level::Off), 3 => Just(Level::Read), 3 => Just(Level::Write), 4 => Just(Level::Full)
    ]
}

/// A line of a file. What it gives under no terms comes as often as with some.
fn line() -> impl Strategy<Value = Line> {
    let terms = prop_oneof![
        3 => Just((Span::default(), None)),
        1 => span().prop_map(|span| (span, None)),
        1 => select(When::ALL.to_vec()).prop_map(|when| (Span::default(), Some(when))),
        1 => (span(), select(When::ALL.to_vec())).prop_map(|(span, when)| (span, Some(when))),
    ];
    (level(), terms).prop_map(|(level, (window, when))| Line { level, window, when })
}

/// What the loader would refuse is left out: terms of `off`, and the body of what takes none.
fn fit(lines: Lines) -> Lines {
    let fit = |(name, line): (Name, Line)| {
        let line = match line.level {
            Level::Off => Line { level: Level::Off, window: Span::default(), when: None },
            Level::Read | Level::Write | Level::Full => line,
        };
        let when = line.when.filter(|when| name.takes_body() || !when.is_about_the_body());
        (name, Line { when, ..line })
    };
    lines.into_iter().map(fit).collect()
}

/// Names that speak of what is asked in these tests.
static NAMES: LazyLock<Vec<Name>> = LazyLock::new(|| POOL.names());

/// The lines of one file, up to so many.
pub(super) fn lines(most: usize) -> impl Strategy<Value = Lines> {
    btree_map(select(&**NAMES), line(), 0..=most).prop_map(fit)
}

/// Lines that mean the same at all times, as a token can be narrowed to.
pub(super) fn plain_lines() -> impl Strategy<Value = Lines> {
    let plain = |level| Line { level, window: Span::default(), when: None };
    btree_map(select(&**NAMES), level().prop_map(plain), 0..12)
}

/// A policy whose files have up to so many lines each.
pub(super) fn written(most: usize) -> impl Strategy<Value = Written> {
    let mode = prop_oneof![
        6 => Just(Mode::Enforce), 2 => Just(Mode::Observe), 1 => Just(Mode::Suspended)
    ];
    let term = prop_oneof![4 => Just(Span::default()), 1 => span()];
    (mode, term, lines(most), vec(lines(most), 0..4)).prop_map(|(mode, term, own, roles)| Written {
        mode,
        term,
        own,
        roles,
    })
}

/// The same of an agent that is enforced and has no end.
pub(super) fn enforced(most: usize) -> impl Strategy<Value = Written> {
    (lines(most), vec(lines(most), 0..3)).prop_map(|(own, roles)| Written {
        mode: Mode::Enforce,
        term: Span::default(),
        own,
        roles,
    })
}
