//! The forms in which a key may be written: what its characters are, and which bytes stand for each.

/// How many characters of a form are recognised at once.
pub(super) const LEAD: usize = 4;

/// The key in one form: its characters, as its alphabet folds them.
pub(super) struct Form {
    alphabet: Alphabet,
    characters: Box<[u8]>,
}

/// Which bytes stand for one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alphabet {
    /// None does.
    Plain,
    /// Letters of either case.
    Hexadecimal,
    /// The two last characters of the standard and of the URL-safe one.
    Base64,
}

impl Form {
    /// All forms of a key.
    pub(super) fn all(key: &[u8]) -> Vec<Self> {
        let mut forms = vec![
            Self::new(Alphabet::Plain, key.into()),
            Self::new(Alphabet::Hexadecimal, hex(key)),
        ];
        let base64 = (0..3).map(|offset| Self::new(Alphabet::Base64, base64(key, offset)));
        forms.extend(base64);
        forms
    }

    fn new(alphabet: Alphabet, characters: Box<[u8]>) -> Self {
        Self { alphabet, characters }
    }

    /// Whether a byte is the character at a place.
    pub(super) fn has(&self, place: usize, byte: u8) -> bool {
        self.characters.get(place) == Some(&self.alphabet.fold(byte))
    }

    /// How many characters it has.
    pub(super) fn length(&self) -> usize {
        self.characters.len()
    }

    /// The first characters, in every way to write them without an escape.
    pub(super) fn leads(&self) -> Vec<Vec<u8>> {
        let mut leads = vec![Vec::new()];
        for character in self.characters.iter().take(LEAD) {
            let ways = self.alphabet.ways(*character);
            let longer = |lead: Vec<u8>| {
                ways.iter().map(move |way| [lead.as_slice(), &[*way]].concat()).collect::<Vec<_>>()
            };
            leads = leads.into_iter().flat_map(longer).collect();
        }
        leads
    }

    /// Whether a byte is one of the first characters.
    pub(super) fn leads_with(&self, byte: u8) -> bool {
        (0..LEAD).any(|place| self.has(place, byte))
    }
}

impl Alphabet {
    fn fold(self, byte: u8) -> u8 {
        match (self, byte) {
            (Self::Hexadecimal, _) => byte.to_ascii_lowercase(),
            (Self::Base64, b'-') => b'+',
            (Self::Base64, b'_') => b'/',
            (Self::Plain | Self::Base64, _) => byte,
        }
    }

    /// The bytes that stand for a folded character.
    fn ways(self, character: u8) -> Vec<u8> {
        (0..=u8::MAX).filter(|byte| self.fold(*byte) == character).collect()
    }
}

fn hex(key: &[u8]) -> Box<[u8]> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or_default();
    key.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The characters of base64 that depend on the key alone, where so many bytes (modulo 3) stand before it.
fn base64(key: &[u8], offset: usize) -> Box<[u8]> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bit = |at: usize| {
        let byte = key.get((at / 8).wrapping_sub(offset)).copied().unwrap_or_default();
        usize::from(byte >> (7 - at % 8) & 1)
    };
    let (first, end) = ((offset * 8).div_ceil(6), (offset + key.len()) * 8 / 6);
    let digit = |number: usize| (0..6).fold(0, |value, at| value << 1 | bit(number * 6 + at));
    let digits = (first..end).map(digit);
    digits.map(|value| DIGITS.get(value).copied().unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base64_of(key: &str, offset: usize) -> String {
        String::from_utf8(base64(key.as_bytes(), offset).into_vec()).unwrap()
    }

    #[test]
    fn base64_is_what_the_key_alone_decides_at_each_offset() {
        // Of "foobar", "xfoobar" and "xxfoobar", by RFC 4648.
        assert_eq!(base64_of("foobar", 0), "Zm9vYmFy");
        assert_eq!(base64_of("foobar", 1), "Zvb2Jhc");
        assert_eq!(base64_of("foobar", 2), "mb29iYX");
    }

    #[test]
    fn hexadecimal_has_two_digits_for_each_byte() {
        assert_eq!(&*hex(b"k~\x00"), b"6b7e00");
    }

    #[test]
    fn a_lead_is_written_in_every_way_of_its_alphabet() {
        assert_eq!(Form::new(Alphabet::Hexadecimal, hex(b"kz")).leads().len(), 4);
        assert_eq!(Form::new(Alphabet::Plain, (*b"kz").into()).leads(), [b"kz"]);
    }
}
