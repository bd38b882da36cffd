//! The shape of a signed token, to find one where none belongs.

/// How each begins: a JSON object (`{"`) in base64url.
const BEGIN: &str = "eyJ";

/// The least characters of a part that is worth anything: a signature has 43, a header some 20.
const PART: usize = 12;

/// What stands between the parts, written as it is or encoded as a careless client would.
const DOTS: [&str; 3] = [".", "%2E", "%2e"];

/// Everything in a text that has the shape of a signed token, whatever stands behind it.
pub(super) fn shapes(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(BEGIN).filter_map(|(start, _)| shape(text.get(start..)?))
}

/// The signed token with which a text begins, if it does.
fn shape(text: &str) -> Option<&str> {
    let (mut rest, mut parts) = (text, 0);
    loop {
        let length = rest.bytes().take_while(|byte| is_digit(*byte)).count();
        if length < PART {
            return None;
        }
        rest = rest.get(length..)?;
        parts += 1;
        if parts == 3 {
            return text.get(..text.len() - rest.len());
        }
        rest = DOTS.iter().find_map(|dot| rest.strip_prefix(dot))?;
    }
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::super::{blanked, is_in};

    const TOKEN: &str = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJib3QifQ.c2lnbmF0dXJlLW9mLXNvbWV0aGluZw";

    #[test]
    fn a_signed_token_is_found_and_blanked_wherever_it_stands() {
        for dot in super::DOTS {
            let token = TOKEN.replace('.', dot);
            let text = format!("/v1/customers/email={token}?x={token}&y=1");
            assert!(is_in(&text), "{text}");
            assert_eq!(blanked(&text), "/v1/customers/email=eyJ...?x=eyJ...&y=1");
        }
    }

    #[test]
    fn what_is_like_one_in_part_is_none() {
        for text in
            ["/v1/eyJ/x", "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJib3QifQ", "eyJhbGci.a.b", "abc.def.ghi"]
        {
            assert!(!is_in(text), "{text}");
            assert_eq!(blanked(text), text);
        }
    }
}
