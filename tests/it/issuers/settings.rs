//! Mistakes in `[[issuers]]`, as `kustodian check` shows them.

use std::net::SocketAddr;

use serde_json::json;

use crate::support::issuer::SigningKey;
use crate::support::program::Installation;

const NOWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1);

const GOOD: &str = "\
[[issuers]]
name = \"test\"
issuer = \"https://issuer.example.com\"
audience = \"https://kustodian.example.com\"
jwks_url = \"https://issuer.example.com/jwks\"
algorithms = [\"RS256\"]
agent_claim = \"sub\"
required_claims = { org = \"7\" }
";

/// What `check` says of settings, with the file's lines counted from the table.
fn check(settings: &str) -> (i32, String) {
    let installation = installation(settings);
    let ended = installation.run(&["check"]);
    (ended.code, format!("{}{}", ended.out, ended.err))
}

fn installation(settings: &str) -> Installation {
    let policies = [("bot", "[access]\ncustomers = \"read\"\n")];
    let installation = Installation::new(NOWHERE, "not-a-real-key-0123456789", &policies, settings);
    installation.write("secret", "0123456789abcdef0123456789abcdef\n");
    installation.make_private("secret");
    installation
}

/// Replaces the line of a key, and demands what is said of it, and where.
#[track_caller]
fn says(key: &str, line: &str, expected: &str) {
    let lines: Vec<_> =
        GOOD.lines().map(|it| if it.starts_with(key) { line } else { it }).collect();
    let (code, said) = check(&lines.join("\n"));
    assert_eq!(code, 1, "{line}: {said}");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(expected), "{line}: {said}");
    // The settings before the table have eight lines.
    let at = GOOD.lines().position(|it| it.starts_with(key)).expect("a line") + 9;
    let at = if line.is_empty() { 9 } else { at };
    assert!(said.contains(&format!("kustodian.toml:{at}:")), "{line} at {at}: {said}");
}

#[test]
fn settings_without_a_mistake_are_right() {
    let (code, said) = check(GOOD);
    assert_eq!((code, said.contains("warning")), (0, false), "{said}");
}

#[test]
fn a_bearer_file_that_others_can_reach_is_refused_as_any_key_is() {
    let installation = installation(&format!("{GOOD}bearer_file = \"bearer\"\n"));
    let check = || {
        let ended = installation.run(&["check"]);
        (ended.code, format!("{}{}", ended.out, ended.err))
    };
    let (code, said) = check();
    assert!(
        code == 1 && said.contains("`bearer_file` cannot be used: cannot read `bearer`"),
        "{said}"
    );
    installation.write("bearer", "not-a-real-bearer");
    let (code, said) = check();
    assert!(code == 1 && said.contains("run: chmod 600 bearer"), "{said}");
    installation.make_private("bearer");
    assert_eq!(check().0, 0, "{}", check().1);
}

#[test]
fn each_mistake_is_shown_where_it_is() {
    says("name", "name = \"Test\"", "of lower-case letters, digits and `-`");
    says("name", "name = \"kustodian\"", "`kustodian` is taken");
    says("name", "", "an issuer needs a `name`");
    says("issuer", "issuer = \"\"", "an issuer needs `issuer`");
    says("issuer", "issuer = \"https://a b\"", "an issuer needs `issuer`");
    says("issuer", "issuer = \"kustodian\"", "`issuer` is `kustodian`");
    says("issuer", "isuer = \"x\"", "did you mean `issuer`?");
    says("audience", "", "an issuer needs an `audience`");
    says("audience", "audience = []", "an issuer needs an `audience`");
    says("audience", "audience = [\"x\", \" \"]", "an issuer needs an `audience`");
    says("audience", "audience = 7", "`issuers.audience` must be a text or a list of texts");
    says("jwks_url", "", "set `jwks_url` or `jwks_file`");
    says("jwks_url", "jwks_url = \"http://issuer.example.com\"", "is plain http");
    says("jwks_url", "jwks_url = \"issuer.example.com\"", "is no https URL");
    says("jwks_url", "jwks_url = \"https://me:pw@issuer.example.com\"", "use `bearer_file`");
    says("jwks_url", "jwks_url = \"file:///keys\"", "is no https URL");
    says("algorithms", "", "an issuer needs `algorithms`");
    says("algorithms", "algorithms = []", "an issuer needs `algorithms`");
    says("algorithms", "algorithms = \"RS256\"", "`issuers.algorithms` must be");
    says("algorithms", "algorithms = [\"none\"]", "must be one of RS256");
    says("algorithms", "algorithms = [\"RS265\"]", "did you mean `RS256`?");
    says("algorithms", "algorithms = [\"HS512\"]", "must be one of RS256");
    says("algorithms", "algorithms = [\"HS256\"]", "HS256 takes a `secret_file`");
    says("algorithms", "algorithms = [\"RS256\", \"HS256\"]", "mixes a shared secret");
    says("agent_claim", "", "an issuer needs `agent_claim`");
    says("agent_claim", "agent_claim = [\"a\", \"\"]", "an issuer needs `agent_claim`");
    says("agent_claim", "agent_claim = true", "must be a text or a list of texts");
    says("required", "required_claims = { org = {} }", "`required_claims` asks of `org`");
    says("required", "required_claims = { org = [] }", "`required_claims` asks of `org`");
    says("required", "required_claims = { org = [[\"x\"]] }", "`required_claims` asks of `org`");
    says("required", "agents = {}", "`agents` is empty");
    says("required", "agents = { \"x\" = \"Bot\" }", "`agents` gives `x` the agent `Bot`");
    says("required", "agents = { \"x\" = 7 }", "must be");
    says("required", "clock_skew_seconds = 301", "the most is 300");
    says("required", "clock_skew_seconds = -1", "must be");
    says("required", "longest_lifetime_seconds = 0", "a whole number above zero");
    says("required", "longest_lifetime_seconds = 99999999", "the most is 31622400");
    says("required", "trust_keys_hours = 1000", "the most is 720");
    says("required", "jwks_file = \"keys.json\"", "an issuer has one");
    says("required", "secret_file = \"secret\"", "an issuer has one");
}

#[test]
fn all_mistakes_are_shown_at_once() {
    let (code, said) =
        check("[[issuers]]\nname = \"a\"\n[[issuers]]\nname = \"a\"\nissuer = \"x\"\n");
    assert_eq!(code, 1);
    assert!(said.contains("another issuer is called `a`"), "{said}");
    assert_eq!(said.matches("an issuer needs its keys").count(), 2, "{said}");
    assert_eq!(said.matches("an issuer needs an `audience`").count(), 2, "{said}");
    let same = format!("{GOOD}{}", GOOD.replace("\"test\"", "\"other\""));
    let (code, said) = check(&same);
    assert_eq!(code, 1);
    assert!(said.contains("has the same `issuer`"), "{said}");
    assert!(said.contains("kustodian.toml:19:1"), "{said}");
}

#[test]
fn no_value_of_the_settings_is_shown() {
    let (_, said) =
        check(&GOOD.replace("https://issuer.example.com/jwks", "http://u:hunter2@host/"));
    assert!(said.contains("jwks_url") && !said.contains("hunter2"), "{said}");
}

/// Settings for keys in a file or a secret.
fn with_file(line: &str, algorithm: &str) -> String {
    GOOD.replace("jwks_url = \"https://issuer.example.com/jwks\"", line).replace("RS256", algorithm)
}

#[test]
fn files_that_issuers_need_are_looked_at() {
    let (code, said) = check(&with_file("jwks_file = \"none.json\"", "EdDSA"));
    assert_eq!(code, 1);
    assert!(said.contains("issuer `test`") && said.contains("cannot read `none.json`"), "{said}");
    let (code, said) = check(&with_file("jwks_file = \"/dev/zero\"", "EdDSA"));
    assert_eq!(code, 1);
    assert!(said.contains("`/dev/zero` is no file"), "{said}");
    let (code, said) = check(&with_file("secret_file = \"secret\"", "HS256"));
    assert_eq!(code, 0, "{said}");
    let (code, said) = check(&with_file("secret_file = \"secret\"", "EdDSA"));
    assert_eq!(code, 1);
    assert!(said.contains("a `secret_file` is for HS256 only"), "{said}");

    let installation = installation(&with_file("secret_file = \"secret\"", "HS256"));
    crate::support::program::set_mode(&installation.folder().join("secret"), 0o644);
    assert!(installation.run(&["check"]).out.contains("chmod 600"));
    installation.write("secret", "too short");
    installation.make_private("secret");
    let said = installation.run(&["check"]).out;
    assert!(said.contains("a secret 32 bytes") && !said.contains("too short"), "{said}");
}

#[test]
fn a_list_of_keys_in_a_file_is_right_or_a_mistake() {
    let installation = installation(&with_file("jwks_file = \"keys.json\"", "EdDSA"));
    let honest = SigningKey::new("k1", "EdDSA").jwk();
    installation.write("keys.json", &json!({"keys": [honest]}).to_string());
    assert_eq!(installation.run(&["check"]).code, 0);
    let mut nameless = honest.clone();
    nameless.as_object_mut().expect("an object").remove("kid");
    for (keys, expected) in [
        (json!({"keys": [honest, honest]}), "another key has the same `kid`"),
        (json!({"keys": [nameless]}), "it has no `kid`"),
        (json!({"keys": [SigningKey::new("k1", "ES256").jwk()]}), "fits none of the issuer's"),
        (json!({"keys": 7}), "it has no list `keys`"),
        (json!([]), "no JSON object"),
    ] {
        installation.write("keys.json", &keys.to_string());
        let ended = installation.run(&["check"]);
        let said = ended.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(ended.code, 1, "{said}");
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn what_is_legal_but_odd_is_a_warning() {
    let trusting = GOOD.replace("required_claims = { org = \"7\" }\n", "");
    let (code, said) = check(&trusting);
    assert_eq!(code, 0);
    assert!(said.contains("alone decides who is which agent"), "{said}");
    let (code, said) = check(&format!("{trusting}agents = {{ a = \"bot\", b = \"nobody\" }}\n"));
    assert_eq!(code, 0);
    assert!(said.contains("agent `nobody`, which has no policy"), "{said}");
    assert!(!said.contains("alone decides"), "{said}");
}
