//! The text of a file from its bytes.

use crate::diagnostic::{Code, Diagnostic, Severity};

/// The text of a file, or the byte at which it stops being UTF-8.
pub fn decode(file: &str, bytes: Vec<u8>) -> Result<String, Box<Diagnostic>> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Box::new(not_utf8(file, error.as_bytes(), at))
    })
}

fn not_utf8(file: &str, bytes: &[u8], at: usize) -> Diagnostic {
    let before = String::from_utf8_lossy(bytes.get(..at).unwrap_or_default());
    let line_before = before.rsplit('\n').next().unwrap_or_default();
    let behind = bytes.get(at..).unwrap_or_default();
    let end = behind.iter().position(|byte| *byte == b'\n').unwrap_or(behind.len());
    let rest = String::from_utf8_lossy(behind.get(..end).unwrap_or_default());
    let byte = behind.first().copied().unwrap_or_default();
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let help = if utf16 {
        "it looks like UTF-16; save it as UTF-8"
    } else {
        "save it as UTF-8; editors of Windows may have saved it in another encoding"
    };
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let column = number(line_before.chars().count() + 1);
    Diagnostic {
        code: Code::NotUtf8,
        severity: Severity::Error,
        file: file.into(),
        line: number(before.matches('\n').count() + 1),
        column,
        end_column: Some(column + 1),
        source_line: format!("{line_before}{}", rest.trim_end_matches('\r')),
        message: format!("this file is not UTF-8: byte {at} is 0x{byte:02X}"),
        label: Some("the first byte that is no text".to_owned()),
        also: None,
        help: Some(help.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_is_no_text_is_told_with_its_line_and_column() {
        let fault = decode("a.toml", b"[agent]\nname = \"Z\xfcrich\"\n".to_vec()).unwrap_err();
        assert_eq!((fault.line, fault.column), (2, 10));
        assert_eq!(fault.source_line, "name = \"Z\u{fffd}rich\"");
        assert!(fault.message.contains("byte 17 is 0xFC"), "{}", fault.message);
        let wide = decode("a.toml", b"\xff\xfe[\0a\0".to_vec()).unwrap_err();
        assert!(wide.help.is_some_and(|help| help.contains("UTF-16")));
    }

    #[test]
    fn a_text_is_given_as_it_is() {
        assert_eq!(decode("a.toml", "\u{e4}\r\n".into()).unwrap(), "\u{e4}\r\n");
    }
}
