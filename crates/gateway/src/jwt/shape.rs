//! What looks like a signed token in a text where none may stand.

/// How a JSON object begins in base64url: every token that a library writes begins so.
const START: &str = "eyJ";

/// The shortest that each of a token's three parts is.
const SHORTEST: usize = 8;

/// Everything in a text that has the shape of a signed token, whatever it is worth.
pub(crate) fn shapes(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(START).filter_map(|(start, _)| {
        let rest = text.get(start..)?;
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let end = rest.bytes().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        let run = rest.get(..end)?;
        let whole = run.split('.').take_while(|part| part.len() >= SHORTEST).count();
        (whole >= 3).then_some(run)
    })
}
