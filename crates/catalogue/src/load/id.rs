//! The shape of the ids in catalogue files.

use crate::diagnostic::Code;
use crate::document::{Document, Value};

/// Reports an id that is not in snake case; whether it is.
pub(super) fn check_snake_case(document: &Document<'_>, id: &Value<&str>) -> bool {
    let fits = is_snake_case(id.value);
    if !fits {
        let message = format!("`{}` is no id", id.value);
        document.report(
            document
                .diagnose(&id.span, message)
                .with_code(Code::InvalidId)
                .with_help("write it like `gift_cards`")
                .with_label("expected lower-case words joined by `_`"),
        );
    }
    fits
}

pub(super) fn is_snake_case(word: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    word.starts_with(|c: char| c.is_ascii_lowercase()) && word.bytes().all(fits)
}
