//! A place at which the key may have begun, followed byte by byte.

use super::form::Form;

/// The most bytes in which one character may be written; a longer escape is none.
const WIDEST: u8 = 24;

/// How far one form has been read from one place on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trace {
    form: usize,
    /// Where it began, in the whole text.
    start: u64,
    /// Characters of the form that have been read.
    read: usize,
    escape: Escape,
    /// Bytes of the character under way.
    width: u8,
}

/// What of an escape has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    None,
    Backslash,
    /// A number in hexadecimal, so many digits of which are still to come.
    Number {
        missing: u8,
        value: u32,
    },
}

/// What became of a trace.
#[derive(Debug)]
pub(super) enum Fate {
    /// It is not the key.
    Ended,
    /// It is the key.
    Complete,
    /// It may be the key.
    Goes(Trace),
}

impl Trace {
    pub(super) fn new(form: usize, start: u64) -> Self {
        Self { form, start, read: 0, escape: Escape::None, width: 0 }
    }

    pub(super) fn form(&self) -> usize {
        self.form
    }

    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// Reads one byte more.
    pub(super) fn step(self, form: &Form, byte: u8) -> Fate {
        let width = self.width + 1;
        if width > WIDEST {
            return Fate::Ended;
        }
        let escape = match self.escape {
            // Behind a backslash, a letter stands for something else: `\n` is no n.
            Escape::Backslash if byte.is_ascii_alphanumeric() => numbered(byte),
            Escape::None | Escape::Backslash => return self.read(form, byte, width),
            Escape::Number { missing, value } => {
                let Some(digit) = char::from(byte).to_digit(16) else { return Fate::Ended };
                let value = value << 4 | digit;
                if missing == 1 {
                    let byte = u8::try_from(value);
                    return byte.map_or(Fate::Ended, |byte| self.read(form, byte, width));
                }
                Some(Escape::Number { missing: missing - 1, value })
            }
        };
        escape.map_or(Fate::Ended, |escape| Fate::Goes(Self { escape, width, ..self }))
    }

    /// Reads a byte, as it is or from behind an escape: a character of the form, or the beginning of
    /// another escape, as in a text that was escaped twice.
    fn read(self, form: &Form, byte: u8, width: u8) -> Fate {
        let read = self.read + 1;
        if form.has(self.read, byte) {
            let next = Self { read, escape: Escape::None, width: 0, ..self };
            return if read == form.length() { Fate::Complete } else { Fate::Goes(next) };
        }
        let escape = opening(byte);
        escape.map_or(Fate::Ended, |escape| Fate::Goes(Self { escape, width, ..self }))
    }
}

/// What begins an escape.
fn opening(byte: u8) -> Option<Escape> {
    match byte {
        b'\\' => Some(Escape::Backslash),
        b'%' => Some(Escape::Number { missing: 2, value: 0 }),
        _ => None,
    }
}

/// What a letter behind a backslash begins.
fn numbered(byte: u8) -> Option<Escape> {
    match byte {
        b'u' => Some(Escape::Number { missing: 4, value: 0 }),
        b'x' => Some(Escape::Number { missing: 2, value: 0 }),
        _ => None,
    }
}
