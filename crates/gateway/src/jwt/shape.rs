//! What looks like a signed token in a text where none may stand.

/// How a JSON object begins in base64url: every token that a library writes begins so.
const START: &str = "eyJ";

/// The shortest that each of a token's three parts is.
const SHORTEST: usize = 8;

/// What stands between the parts: a dot, as it is or as a careless client encodes it.
const DOTS: [&str; 3] = [".", "%2E", "%2e"];

/// Everything in a text that has the shape of a signed token, whatever it is worth.
pub(crate) fn shapes(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(START).filter_map(|(start, _)| shape(text.get(start..)?))
}

/// The signed token with which a text begins, with all that could still be a part of it.
fn shape(text: &str) -> Option<&str> {
    let (mut rest, mut parts) = (text, 0);
    loop {
        let length = rest.bytes().take_while(|byte| is_digit(*byte)).count();
        if parts < 3 && length < SHORTEST {
            return None;
        }
        rest = rest.get(length..)?;
        parts += 1;
        match DOTS.iter().find_map(|dot| rest.strip_prefix(dot)) {
            Some(behind) => rest = behind,
            None if parts < 3 => return None,
            None => return text.get(..text.len() - rest.len()),
        }
    }
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}
