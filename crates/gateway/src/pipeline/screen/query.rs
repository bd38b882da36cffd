//! The query of a request: only what every reader reads alike, no credential, and no other method.

use std::borrow::Cow;

use crate::refusal::{Malformed, WireDefect};

/// The most pairs that a query may have.
const MOST_PAIRS: usize = 100;

/// The key with which frameworks let a query ask for another method.
const OVERRIDE: &str = "_method";

/// Keys behind which a credential stands: it would be in Kustomer's logs, and in others on the way.
const CREDENTIALS: [&str; 6] =
    ["access_token", "api_key", "apikey", "api-key", "auth_token", "authorization"];

/// Refuses a query that could be read in two ways, or that brings in what the request may not.
///
/// `;` separates nothing here; but a reader for whom it does must not find anything behind it.
pub(super) fn check(query: &str) -> Result<(), Malformed> {
    if query.is_empty() {
        return Ok(());
    }
    if query.split('&').count() > MOST_PAIRS {
        return Err(WireDefect::QueryTooLong.into());
    }
    for pair in query.split(['&', ';']) {
        check_name(pair.split('=').next().unwrap_or_default())?;
        decode(pair).ok_or(WireDefect::Query)?;
    }
    Ok(())
}

fn check_name(raw: &str) -> Result<(), Malformed> {
    let once = decode(raw).ok_or(WireDefect::Query)?;
    check_decoded(&once)?;
    // Somebody behind us may decode once more. What then cannot be decoded is no name of ours.
    match decode(&once) {
        Some(Cow::Owned(twice)) => check_decoded(&twice),
        Some(Cow::Borrowed(_)) | None => Ok(()),
    }
}

fn check_decoded(name: &str) -> Result<(), Malformed> {
    let name = name.trim();
    if name.eq_ignore_ascii_case(OVERRIDE) {
        return Err(WireDefect::MethodOverride.into());
    }
    if CREDENTIALS.iter().any(|credential| name.eq_ignore_ascii_case(credential)) {
        return Err(Malformed::CredentialInTarget);
    }
    Ok(())
}

/// What a part of a query says; nothing where that is not the same for everybody.
fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    if !text.contains(['%', '+']) {
        return Some(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let high = char::from(bytes.next()?).to_digit(16)?;
                let low = char::from(bytes.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            b'+' => b' ',
            byte => byte,
        });
    }
    let decoded = String::from_utf8(decoded).ok()?;
    (!decoded.contains(char::is_control)).then_some(Cow::Owned(decoded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_honest_query_passes() {
        for query in [
            "",
            "&&",
            "=x",
            "a",
            "page=1&page=2&pageSize=100",
            "filter[createdAt][gte]=2026-01-01T00:00:00Z",
            "q=a+b%20c&q=50%25&q=%C3%A9&q=%2525",
            "q={}|^`\\'\"<>",
            "method=DELETE&token_type=x&my_method=y",
            "q=/v1/..;x",
        ] {
            assert_eq!(check(query), Ok(()), "{query}");
        }
    }

    #[test]
    fn a_query_asks_for_no_other_method_however_it_is_spelt() {
        for query in [
            "_method=DELETE",
            "a=b&_METHOD=DELETE",
            "a=b;_method=DELETE",
            "%5fmethod=DELETE",
            "%255fmethod=DELETE",
            "_m%65thod",
            "+_method=DELETE",
        ] {
            assert_eq!(check(query), Err(WireDefect::MethodOverride.into()), "{query}");
        }
    }

    #[test]
    fn a_query_holds_no_credential() {
        for query in ["api_key=x", "Access_Token=x", "a=b&%61pi_key=x", "a;apikey=x"] {
            assert_eq!(check(query), Err(Malformed::CredentialInTarget), "{query}");
        }
    }

    #[test]
    fn a_query_that_not_everybody_reads_alike_is_refused() {
        for query in
            ["a=%00", "a=%0d%0a", "a=%zz", "a=%", "a=%4", "%1b=1", "a=%ff", "a=%c0%ae", "a=\u{e9}"]
        {
            assert_eq!(check(query), Err(WireDefect::Query.into()), "{query}");
        }
    }

    #[test]
    fn a_query_has_an_end() {
        assert_eq!(check(&"a&".repeat(MOST_PAIRS - 1)), Ok(()));
        let many = "a&".repeat(MOST_PAIRS);
        assert_eq!(check(&many), Err(WireDefect::QueryTooLong.into()));
    }
}
