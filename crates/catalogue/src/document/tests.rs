//! What a document reports, and where.

use super::*;

fn parse(text: &str) -> Document<'_> {
    Document::parse("a.toml", text).unwrap()
}

#[test]
fn values_come_with_their_places() {
    let document = parse("a = \"x\"\n\n[b]\nc = 0x1F\nd = true\ne = [\"y\", \"z\"]\n");
    let mut root = document.root();
    let a = root.string("a").unwrap();
    assert_eq!((a.value, document.place(&a.span).to_string().as_str()), ("x", "a.toml:1"));
    let mut section = root.table("b").unwrap();
    assert_eq!(document.place(section.span()).line, 3);
    assert_eq!(section.integer("c").unwrap().value, 31);
    assert!(section.boolean("d").unwrap().value);
    let strings: Vec<&str> = section.strings("e").unwrap().iter().map(|item| item.value).collect();
    assert_eq!(strings, ["y", "z"]);
    section.finish();
    root.finish();
    assert_eq!(document.finish(), Ok(()));
}

#[test]
fn dates_are_told_from_text() {
    let document = parse("day = 2027-06-30\ntext = \"2027-06-30\"\n");
    let mut root = document.root();
    assert_eq!(root.datetime("day").unwrap().value.to_string(), "2027-06-30");
    assert_eq!(root.datetime("text"), None);
    assert_eq!(
        document.finish().unwrap_err().to_string(),
        "a.toml:2:8: error: `text` must be a date or time, not a string \
         (write it without quotes: text = 2027-06-30)",
    );
}

#[test]
fn names_keep_the_order_of_the_file() {
    let document = parse("[access]\nzebra = \"read\"\nant = \"off\"\nbee = 3\n");
    let mut access = document.root().table("access").unwrap();
    let names = access.names();
    let names: Vec<(&str, &str)> =
        names.iter().map(|(key, value)| (key.value, value.value)).collect();
    assert_eq!(names, [("zebra", "read"), ("ant", "off")]);
    access.finish();
    assert_eq!(
        document.finish().unwrap_err().to_string(),
        "a.toml:4:7: error: `bee` must be a string, not a whole number (write it in quotes: bee = \"3\")",
    );
}

#[test]
fn a_missing_key_is_told_at_the_header_of_its_table() {
    let document = parse("\n[agent]\nname = \"x\"\n");
    let mut root = document.root();
    let mut agent = root.require_table("agent").unwrap();
    assert!(agent.require_string("id").is_none());
    assert!(root.require_table("access").is_none());
    assert_eq!(
        document.finish().unwrap_err().to_string(),
        "a.toml:1:1: error: the file lacks the table [access] (add a line [access], and its keys beneath it)\n\
         a.toml:2:2: error: [agent] lacks the key `id` (add: id = \"...\")",
    );
}

#[test]
fn several_faults_of_the_syntax_are_told_at_once() {
    let faults = Document::parse("a.toml", "a = \nb = 1\nb = 2\nc = = 3\n").unwrap_err();
    let lines: Vec<u32> = faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [1, 3, 4], "{faults}");
}

#[test]
fn a_fault_at_the_end_of_a_file_has_a_place() {
    let document = parse("a = 1\n");
    let fault = document.diagnose(&(6..6), "something is missing");
    assert_eq!((fault.line, fault.column, fault.end_column), (2, 1, None));
    let beyond = document.diagnose(&(600..700), "nowhere");
    assert_eq!((beyond.line, beyond.column), (2, 1));
}

#[test]
fn columns_count_characters() {
    let document = parse("\"z\u{f6}e\" = 1\n");
    let mut root = document.root();
    assert!(root.string("z\u{f6}e").is_none());
    let fault = document.take_found().0.remove(0);
    assert_eq!((fault.column, fault.end_column), (9, Some(10)));
}

#[test]
fn only_a_near_word_is_suggested() {
    let words = ["customers", "conversations", "notes"];
    assert_eq!(nearest("custmers", words), Some("customers"));
    assert_eq!(nearest("conversation", words), Some("conversations"));
    assert_eq!(nearest("zebra", words), None);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_reading_or_showing_it_panic(text in "(\\PC|[\\[\\]=\"'\\n\\r\\t\u{0}\u{e4}a1.#]){0,60}") {
        if let Err(faults) = Document::parse("a.toml", &text) {
            proptest::prop_assert!(faults.render(false).contains("a.toml:"));
        }
        if let Ok(document) = Document::parse("a.toml", &text) {
            let mut root = document.root();
            root.names();
            root.finish();
            let _ = document.take_found().render(true);
        }
    }
}
