//! Functions: which there are, and what each takes.

use std::ops::Range;

use catalogue::document::did_you_mean;
use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, LiteralValue};
use regex::RegexBuilder;

use super::Checker;
use crate::condition::kind::Kind;
use crate::condition::network::Network;
use crate::condition::node::{Form, Node, Said, Test};

/// How much memory one pattern may take once it is compiled.
const LARGEST_PATTERN: usize = 1 << 18;

/// Every function, as it is written.
const FUNCTIONS: [&str; 9] =
    ["startsWith", "endsWith", "contains", "matches", "size", "has", "exists", "all", "in_network"];

impl<'c> Checker<'c> {
    /// `target.name(...)`.
    pub(super) fn method(
        &mut self,
        part: &'c IdedExpr,
        at: Range<usize>,
        call: &'c CallExpr,
        target: &'c IdedExpr,
    ) -> Option<Node> {
        let name = self.parsed.method(part, &call.func_name);
        match (call.func_name.as_str(), call.args.as_slice()) {
            ("startsWith", [what]) => self.test(at, Test::StartsWith, target, what),
            ("endsWith", [what]) => self.test(at, Test::EndsWith, target, what),
            ("contains", [what]) => self.test(at, Test::Contains, target, what),
            ("matches", [pattern]) => self.matches(at, target, pattern),
            ("size", []) => self.size(at, target),
            (other, _) => self.unknown(name, other, true),
        }
    }

    /// `name(...)`.
    pub(super) fn function(
        &mut self,
        name: Range<usize>,
        at: Range<usize>,
        call: &'c CallExpr,
    ) -> Option<Node> {
        match (call.func_name.as_str(), call.args.as_slice()) {
            ("size", [of]) => self.size(at, of),
            ("in_network", [address, networks]) => self.in_network(at, address, networks),
            (other, _) => self.unknown(name, other, false),
        }
    }

    fn unknown(&mut self, at: Range<usize>, name: &str, is_method: bool) -> Option<Node> {
        let usage = match name {
            "startsWith" | "endsWith" | "contains" => {
                Some(format!("write it as request.body.subject.{name}(\"...\")"))
            }
            "matches" => Some("write it as request.body.subject.matches(\"^[a-z]+$\")".to_owned()),
            "size" => Some("write it as size(request.body.tags)".to_owned()),
            "has" => Some("write it as has(request.body.channel)".to_owned()),
            "exists" | "all" => {
                Some(format!("write it as request.body.tags.{name}(tag, tag == \"vip\")"))
            }
            "in_network" => {
                Some("write it as in_network(request.address, \"10.0.0.0/8\")".to_owned())
            }
            _ => None,
        };
        if let Some(help) = usage {
            return self.fault(at, format!("`{name}` is not written like this"), help);
        }
        let what = if is_method { "method" } else { "function" };
        let help = did_you_mean(name, FUNCTIONS)
            .unwrap_or_else(|| format!("there are: {}", FUNCTIONS.join(", ")));
        self.fault(at, format!("there is no {what} `{name}`"), help)
    }

    fn text(&mut self, part: &'c IdedExpr, whose: &str) -> Option<Node> {
        let node = self.check(part)?;
        self.needs(node, &Kind::Text, whose, None)
    }

    fn test(
        &mut self,
        at: Range<usize>,
        test: Test,
        target: &'c IdedExpr,
        what: &'c IdedExpr,
    ) -> Option<Node> {
        let name = match test {
            Test::StartsWith => "`startsWith`",
            Test::EndsWith => "`endsWith`",
            Test::Contains => "`contains`",
        };
        let (target, what) = (self.text(target, name), self.text(what, name));
        Some(Said::Test(test, Box::new([target?, what?])).at(at))
    }

    fn matches(
        &mut self,
        at: Range<usize>,
        target: &'c IdedExpr,
        pattern: &'c IdedExpr,
    ) -> Option<Node> {
        let target = self.text(target, "`matches`");
        let place = self.parsed.place(pattern);
        let Expr::Literal(LiteralValue::String(text)) = &pattern.expr else {
            let help = "write it out, so that it can be checked now: matches(\"^[a-z]+$\")";
            return self.fault(place, "the pattern must be a text that is written out", help);
        };
        match RegexBuilder::new(text.inner()).size_limit(LARGEST_PATTERN).build() {
            Ok(regex) => Some(Said::Matches(Box::new(target?), regex).at(at)),
            Err(regex::Error::CompiledTooBig(_)) => {
                self.fault(place, "this pattern is too large", "ask for less repetition")
            }
            Err(error) => {
                let said = error.to_string();
                let why = said.lines().last().unwrap_or_default().trim_start_matches("error: ");
                self.fault(place, format!("this is no pattern: {why}"), "see the syntax of RE2")
            }
        }
    }

    fn size(&mut self, at: Range<usize>, of: &'c IdedExpr) -> Option<Node> {
        let of = self.check(of)?;
        if !matches!(of.kind, Kind::Text | Kind::Open) {
            let message =
                format!("`size` takes a text, a list or an object, and this is {}", of.kind.a());
            return self.fault(
                of.at,
                message,
                "ask for the size of a text, or of what the body says",
            );
        }
        Some(Node { at, kind: Kind::Number, form: Form::Size(Box::new(of)) })
    }

    fn in_network(
        &mut self,
        at: Range<usize>,
        address: &'c IdedExpr,
        networks: &'c IdedExpr,
    ) -> Option<Node> {
        let address = self.check(address);
        let address = address.and_then(|it| {
            let help = Some("write in_network(request.address, \"10.0.0.0/8\")");
            self.needs(it, &Kind::Address, "`in_network`", help)
        });
        let written = if let Expr::List(list) = &networks.expr {
            list.elements.as_slice()
        } else {
            std::slice::from_ref(networks)
        };
        let mut read = Vec::new();
        for network in written {
            let place = self.parsed.place(network);
            let Expr::Literal(LiteralValue::String(text)) = &network.expr else {
                let help = "write it like \"10.0.0.0/8\", or a list of such";
                self.fault(place, "a network must be a text that is written out", help);
                continue;
            };
            match Network::read(text.inner()) {
                Ok(network) => read.push(network),
                Err(help) => {
                    self.fault(place, format!("`{}` is no network", text.inner()), help);
                }
            }
        }
        if read.is_empty() || read.len() < written.len() {
            return if written.is_empty() {
                self.fault(at, "this list is empty", "name the networks")
            } else {
                None
            };
        }
        let address = address?;
        if address.kind == Kind::Open {
            let message = "an address that a body says proves nothing";
            return self.fault(address.at, message, "write request.address");
        }
        Some(Said::InNetwork(Box::new(address), read).at(at))
    }
}
