//! How large and how deep a condition may be: looked at before it is parsed.
//!
//! The parser and everything behind it call themselves for what is nested, so what is nested is counted
//! here, token by token and without a stack. A deeper text never reaches them, whatever it is made of:
//! parentheses, lists, calls, `!`, `-`, `a.b.c`, `a ? b : c ? d : e` or comparisons in a row.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser's tokens are not ours; one that is new counts like any other"
)]

use std::ops::Range;

use cel::parser::pratt_parser::{Lexer, Token, TokenKind};

use super::ConditionFault;

/// The longest text, in bytes.
const LONGEST: usize = 2000;
/// The most words and signs.
const MOST_TOKENS: usize = 400;
/// How deep parentheses, lists and calls may be nested.
const DEEPEST: usize = 12;
/// The most steps of one term: `.`, `[`, `!`, `-` and comparisons in a row.
const LONGEST_TERM: usize = 16;
/// The most `? :` in all.
const MOST_CHOICES: usize = 16;

/// Looks whether a text is small enough to be parsed, and holds only what a condition may hold.
pub(super) fn check(text: &str) -> Result<(), ConditionFault> {
    if text.trim().is_empty() {
        let fault = ConditionFault::new(0..text.len(), "the condition is empty");
        return Err(fault.with_help("write what must be true, such as `time.hour >= 9`"));
    }
    if text.len() > LONGEST {
        let message = format!("the condition is longer than {LONGEST} bytes");
        return Err(ConditionFault::new(LONGEST..text.len(), message)
            .with_help("split it over several, narrower entries"));
    }
    let mut count = Count::default();
    let mut lexer = Lexer::new(text);
    // Every token takes a byte at least, so this ends; the bound is there in case one takes none.
    for _ in 0..=LONGEST {
        let token = lexer.lex();
        match token.kind {
            TokenKind::TokEnd => return Ok(()),
            TokenKind::TokWhitespace | TokenKind::TokComment => {}
            TokenKind::TokError => return Err(unreadable(text, &token)),
            _ => count.add(&token)?,
        }
    }
    Err(ConditionFault::new(0..text.len(), "the condition cannot be read"))
}

/// What has been met so far.
#[derive(Default)]
struct Count {
    tokens: usize,
    choices: usize,
    /// How many steps the term has that is under way, at each depth of nesting.
    terms: Vec<usize>,
    term: usize,
}

impl Count {
    fn add(&mut self, token: &Token) -> Result<(), ConditionFault> {
        let at = token.start..token.end;
        self.tokens += 1;
        if self.tokens > MOST_TOKENS {
            let message = format!("the condition has more than {MOST_TOKENS} words and signs");
            return Err(ConditionFault::new(at, message)
                .with_help("split it over several, narrower entries"));
        }
        if let Some(fault) = refused(token.kind, at.clone()) {
            return Err(fault);
        }
        match token.kind {
            TokenKind::TokLeftParen | TokenKind::TokLeftBracket => self.open(at),
            TokenKind::TokRightParen | TokenKind::TokRightBracket => {
                self.term = self.terms.pop().unwrap_or(0);
                Ok(())
            }
            TokenKind::TokComma | TokenKind::TokLogicalAnd | TokenKind::TokLogicalOr => {
                self.term = 0;
                Ok(())
            }
            TokenKind::TokQuestion => {
                self.choices += 1;
                let message = format!("the condition has more than {MOST_CHOICES} `? :`");
                within(self.choices, MOST_CHOICES, at, message)
            }
            TokenKind::TokIdent
            | TokenKind::TokInt
            | TokenKind::TokFloat
            | TokenKind::TokString
            | TokenKind::TokTrue
            | TokenKind::TokFalse
            | TokenKind::TokNull
            | TokenKind::TokReservedWord => Ok(()),
            _ => self.step(at),
        }
    }

    fn open(&mut self, at: Range<usize>) -> Result<(), ConditionFault> {
        self.step(at.clone())?;
        self.terms.push(self.term);
        self.term = 0;
        let message = format!("the condition is nested deeper than {DEEPEST}");
        within(self.terms.len(), DEEPEST, at, message)
    }

    fn step(&mut self, at: Range<usize>) -> Result<(), ConditionFault> {
        self.term += 1;
        let message = format!("more than {LONGEST_TERM} signs in a row without `&&`, `||` or `,`");
        within(self.term, LONGEST_TERM, at, message)
    }
}

fn within(
    count: usize,
    most: usize,
    at: Range<usize>,
    message: String,
) -> Result<(), ConditionFault> {
    if count <= most {
        return Ok(());
    }
    Err(ConditionFault::new(at, message).with_help("say it in a flatter way"))
}

/// Parts of the language that a condition has no use for.
fn refused(kind: TokenKind, at: Range<usize>) -> Option<ConditionFault> {
    let (message, help) = match kind {
        TokenKind::TokLeftBrace | TokenKind::TokRightBrace => {
            ("a condition has no maps and no messages", "compare single fields")
        }
        TokenKind::TokBytes => ("a condition has no bytes", "write a text without the `b`"),
        TokenKind::TokUint => ("a condition has one kind of numbers", "write it without the `u`"),
        TokenKind::TokEqual => ("`=` sets a value", "compare with `==`"),
        TokenKind::TokPlus
        | TokenKind::TokAsterisk
        | TokenKind::TokSlash
        | TokenKind::TokPercent => {
            ("a condition compares and does not compute", "write out the result")
        }
        _ => return None,
    };
    Some(ConditionFault::new(at, message).with_help(help))
}

/// What is no word and no sign of the language.
fn unreadable(text: &str, token: &Token) -> ConditionFault {
    let start = token.start.min(text.len());
    let met = text.get(start..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
    let end = token.end.max(start + met.len_utf8());
    let fault = |message: &str| ConditionFault::new(start..end, message);
    match met {
        '&' => fault("a single `&`").with_help("write `&&`"),
        '|' => fault("a single `|`").with_help("write `||`"),
        '"' | '\'' => fault("a text without its end").with_help("close it with the same quote"),
        'r' | 'R' | 'b' | 'B' => fault("a text without its end"),
        '`' => fault("names are not quoted").with_help("write request.body[\"first-name\"]"),
        '\u{2018}'..='\u{201f}' => {
            fault("a typographic quote").with_help("write a straight one: \"...\"")
        }
        '0'..='9' | '.' => fault("this is no number").with_help("write it like 9 or 2.5"),
        _ => fault("this sign is not part of a condition")
            .with_help("it may stand in a text only; such a field is request.body[\"...\"]"),
    }
}
