//! What is legal but odd in a set of policies: each with its place, why, and how to mend or allow it.
//!
//! A comment allows a warning where it is meant: `# kustodian: allow(widening-action)` behind the line or
//! on the line above it, or, for the whole file, in the comment that the file begins with. To add a
//! warning: its code in the catalogue's table of codes, and a function in one of the files here.

mod agents;
mod grants;
mod set;

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use catalogue::Catalogue;
use catalogue::diagnostic::{Code, Diagnostic, Place};
use jiff::Timestamp;
use policy::PolicySet;

use super::problem::Problem;

/// One odd thing, before it is known whether somebody meant it.
#[derive(Debug)]
pub(super) struct Odd {
    pub(super) code: Code,
    pub(super) place: Place,
    pub(super) message: String,
    pub(super) help: String,
}

impl Odd {
    pub(super) fn new(code: Code, place: &Place, message: String) -> Self {
        Self { code, place: place.clone(), message, help: code.help() }
    }
}

/// What is odd in a set of policies by itself.
pub(super) fn look(policies: &PolicySet, catalogue: &Catalogue, now: Timestamp) -> Vec<Odd> {
    let mut odd = agents::look(policies, now);
    odd.extend(grants::look(policies, catalogue, now));
    odd.extend(set::look(policies));
    odd
}

/// Each odd thing with its line, without those that a comment allows; and the comments that allow
/// nothing.
pub(super) fn shown(policies: &PolicySet, odd: Vec<Odd>) -> Vec<Problem> {
    let mut files = Files::of(policies);
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    for odd in odd {
        let file = files.0.entry(Arc::clone(&odd.place.file)).or_default();
        if !file.allows(&odd) {
            diagnostics.push(file.picture(&odd));
        }
    }
    for (name, file) in &files.0 {
        diagnostics.extend(file.useless(name));
    }
    diagnostics.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
    diagnostics.dedup_by(|later, first| later == first);
    diagnostics.into_iter().map(Problem::from).collect()
}

/// The files of a set, with their lines.
struct Files(BTreeMap<Arc<str>, File>);

/// The lines of a file, and the comments in it that allow something.
#[derive(Debug, Default)]
struct File {
    lines: Vec<String>,
    allowed: Vec<Allowed>,
}

/// A code that a comment allows.
#[derive(Debug)]
struct Allowed {
    code: String,
    line: u32,
    is_used: bool,
}

impl Files {
    fn of(policies: &PolicySet) -> Self {
        let of_policies = policies.policies().map(|policy| &policy.place().file);
        let of_roles = policies.roles().map(|role| &role.place().file);
        let read = |file: &Arc<str>| (Arc::clone(file), File::read(file));
        Self(of_policies.chain(of_roles).map(read).collect())
    }
}

impl File {
    /// A file that cannot be read again has no picture and allows nothing.
    fn read(file: &str) -> Self {
        let text = fs::read_to_string(file).unwrap_or_default();
        let lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
        let mut allowed = Vec::new();
        for (number, line) in (1..).zip(&lines) {
            let Some((_, comment)) = line.split_once('#') else { continue };
            let Some((_, codes)) = comment.split_once("kustodian: allow(") else { continue };
            let codes = codes.split(')').next().unwrap_or_default();
            allowed.extend(codes.split(',').map(|code| Allowed {
                code: code.trim().to_owned(),
                line: number,
                is_used: false,
            }));
        }
        Self { lines, allowed }
    }

    /// The last line of the comment that the file begins with.
    fn header(&self) -> u32 {
        let comments =
            self.lines.iter().take_while(|line| line.is_empty() || line.starts_with('#')).count();
        u32::try_from(comments).unwrap_or(u32::MAX)
    }

    fn allows(&mut self, odd: &Odd) -> bool {
        let (line, header) = (odd.place.line, self.header());
        let is_comment = |number: u32| {
            let at = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
            self.lines.get(at).is_some_and(|line| line.trim_start().starts_with('#'))
        };
        let above = line.checked_sub(1).filter(|above| is_comment(*above));
        let mut is_allowed = false;
        for allowed in &mut self.allowed {
            let is_near =
                allowed.line == line || Some(allowed.line) == above || allowed.line <= header;
            if is_near && allowed.code == odd.code.as_str() {
                allowed.is_used = true;
                is_allowed = true;
            }
        }
        is_allowed
    }

    fn picture(&self, odd: &Odd) -> Diagnostic {
        let at = usize::try_from(odd.place.line.saturating_sub(1)).unwrap_or(usize::MAX);
        let line = self.lines.get(at).map(String::as_str).unwrap_or_default();
        let before = line.len() - line.trim_start().len();
        let key = line.trim_start().split(['=', '#']).next().unwrap_or_default().trim_end();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let column = number(before + 1);
        Diagnostic {
            code: odd.code,
            severity: odd.code.severity(),
            file: Arc::clone(&odd.place.file),
            line: odd.place.line,
            column,
            end_column: Some(column.saturating_add(number(key.chars().count())))
                .filter(|end| *end > column),
            source_line: line.to_owned(),
            message: odd.message.clone(),
            label: None,
            also: None,
            help: Some(odd.help.clone()),
        }
    }

    /// The comments that allow what is not there. Those of warnings that are looked for elsewhere, or
    /// with the store alone, are let be.
    fn useless<'f>(&'f self, name: &'f Arc<str>) -> impl Iterator<Item = Diagnostic> + 'f {
        let of_files = |code: &str| !matches!(code, "no-token" | "token-expires-soon");
        let unused = self.allowed.iter().filter(move |it| !it.is_used && of_files(&it.code));
        unused.map(|allowed| {
            let place = Place { file: Arc::clone(name), line: allowed.line };
            let is_known = Code::ALL.iter().any(|code| code.as_str() == allowed.code);
            let what = if is_known { "is not there" } else { "is no warning" };
            let message = format!("this allows `{}`, which {what}", allowed.code);
            self.picture(&Odd::new(Code::UselessAllow, &place, message))
        })
    }
}
