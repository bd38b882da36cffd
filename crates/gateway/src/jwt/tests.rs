//! Reading and checking signed tokens, one fault at a time, with keys that are made on the spot.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::EncodingKey;
use serde_json::json;

use super::*;

const ISSUER: &str = "https://issuer.example.com";

/// An issuer with one Ed25519 key.
struct Issuer {
    private: EncodingKey,
    public: Key,
}

impl Issuer {
    fn new(seed: u8) -> Self {
        let signing = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
        // PKCS #8 is a fixed frame around the 32 bytes.
        let frame = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        let der = [&frame[..], &[seed; 32]].concat();
        Self {
            private: EncodingKey::from_ed_der(&der),
            public: Key::of_ed25519(&signing.verifying_key().to_bytes()),
        }
    }

    fn sign(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", encoded(header), encoded(claims));
        let algorithm = jsonwebtoken::Algorithm::EdDSA;
        let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &self.private, algorithm);
        format!("{signed}.{}", signature.unwrap())
    }
}

fn encoded(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn expected() -> Expected {
    Expected {
        issuer: ISSUER.to_owned(),
        audiences: vec!["kustodian".to_owned(), "other".to_owned()],
        required: [(ClaimPath::new(vec!["a".to_owned(), "b".to_owned()]), vec![json!("yes")])]
            .into(),
        skew: SignedDuration::from_secs(30),
        longest: SignedDuration::from_hours(24),
    }
}

/// The claims of an honest token, with some of them others.
fn claims(changes: &Value) -> String {
    let mut claims = json!({
        "iss": ISSUER, "aud": "kustodian", "sub": "bot", "a": {"b": "yes"},
        "exp": now().as_second() + 600, "nbf": now().as_second(), "iat": now().as_second(),
    });
    for (name, value) in changes.as_object().unwrap() {
        if value == "(gone)" {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims.to_string()
}

const HEADER: &str = r#"{"alg":"EdDSA","kid":"1","typ":"JWT"}"#;

fn checked(token: &str) -> Result<(), JwtFault> {
    let claims = Jwt::read(token)?.verify(&Issuer::new(1).public)?;
    expected().check(&claims, now())
}

#[track_caller]
fn says(changes: &Value, verdict: Result<(), JwtFault>) {
    let token = Issuer::new(1).sign(HEADER, &claims(changes));
    assert_eq!(checked(&token), verdict, "{changes}");
}

#[track_caller]
fn header(header: &str, fault: JwtFault) {
    let token = Issuer::new(1).sign(header, &claims(&json!({})));
    assert_eq!(checked(&token), Err(fault), "{header}");
}

#[test]
fn an_honest_token_is_one_whatever_harmless_things_its_header_says() {
    says(&json!({}), Ok(()));
    for header in [
        r#"{"alg":"EdDSA","kid":"1"}"#,
        r#"{"alg":"EdDSA","kid":"1","typ":"at+JWT"}"#,
        r#"{"alg":"EdDSA","kid":"../../etc/passwd","x5t":"abc","enc":"none"}"#,
    ] {
        assert_eq!(checked(&Issuer::new(1).sign(header, &claims(&json!({})))), Ok(()), "{header}");
    }
}

#[test]
fn a_token_that_says_it_is_not_signed_is_refused_however_it_says_so() {
    for none in ["none", "None", "NONE", "nOnE", " none", "none ", ""] {
        header(&format!(r#"{{"alg":"{none}","kid":"1"}}"#), JwtFault::Unsigned);
        let bare = encoded(&format!(r#"{{"alg":"{none}","kid":"1"}}"#));
        let token = format!("{bare}.{}.", encoded(&claims(&json!({}))));
        assert_eq!(checked(&token), Err(JwtFault::Unsigned), "{none}");
    }
    for odd in ["eddsa", "HS512", "ES512", "none\\u0000", "RS256\\n", "n\\u043ene"] {
        header(&format!(r#"{{"alg":"{odd}"}}"#), JwtFault::Algorithm);
    }
    for odd in [r#"{"kid":"1"}"#, r#"{"alg":null}"#, r#"{"alg":["EdDSA"]}"#, r#"{"alg":1}"#] {
        header(odd, JwtFault::Malformed);
    }
}

#[test]
fn a_token_does_not_say_how_it_is_to_be_checked() {
    for name in ["jwk", "jku", "x5u", "x5c"] {
        header(&format!(r#"{{"alg":"EdDSA","{name}":"x"}}"#), JwtFault::KeyInHeader);
        header(&format!(r#"{{"alg":"EdDSA","{name}":null}}"#), JwtFault::KeyInHeader);
    }
    for name in ["crit", "zip", "b64", "cty"] {
        header(&format!(r#"{{"alg":"EdDSA","{name}":[]}}"#), JwtFault::Header);
    }
    for typ in ["logout+jwt", "dpop+jwt", "JWE", ""] {
        header(&format!(r#"{{"alg":"EdDSA","typ":"{typ}"}}"#), JwtFault::Type);
    }
    header(r#"{"alg":"EdDSA","typ":7}"#, JwtFault::Malformed);
    header(r#"{"alg":"EdDSA","kid":7}"#, JwtFault::Malformed);
    header(r#"{"alg":"EdDSA","kid":""}"#, JwtFault::Malformed);
    header(&format!(r#"{{"alg":"EdDSA","kid":"{}"}}"#, "k".repeat(257)), JwtFault::Malformed);
    header(r#"{"alg":"none","alg":"EdDSA"}"#, JwtFault::Malformed);
    header(r#"{"alg":"EdDSA","kid":"1","kid":"2"}"#, JwtFault::Malformed);
}

#[test]
fn a_signature_is_of_these_bytes_and_of_this_key() {
    let honest = Issuer::new(1).sign(HEADER, &claims(&json!({})));
    let (signed, signature) = honest.rsplit_once('.').unwrap();
    let (head, _) = signed.split_once('.').unwrap();
    let others = Issuer::new(2).sign(HEADER, &claims(&json!({})));
    assert_eq!(checked(&others), Err(JwtFault::Signature));
    let altered = format!("{head}.{}.{signature}", encoded(&claims(&json!({"sub": "root"}))));
    assert_eq!(checked(&altered), Err(JwtFault::Signature));
    assert_eq!(checked(&format!("{signed}.")), Err(JwtFault::Unsigned));
    let short = &honest[..honest.len() - 2];
    assert_eq!(checked(short), Err(JwtFault::Signature));
    let other = encoded(r#"{"alg":"ES256","kid":"1"}"#);
    let claims = encoded(&claims(&json!({})));
    assert_eq!(checked(&format!("{other}.{claims}.{signature}")), Err(JwtFault::Algorithm));
}

#[test]
fn a_token_is_written_in_one_way_only() {
    let honest = Issuer::new(1).sign(HEADER, &claims(&json!({})));
    let malformed = |text: &str| assert_eq!(checked(text), Err(JwtFault::Malformed), "{text}");
    for text in ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", "a.b.c.d.e"] {
        malformed(text);
    }
    malformed(&format!("{honest}="));
    malformed(&format!("{honest}=="));
    malformed(&format!("{honest}.x"));
    malformed(&format!(" {honest}"));
    malformed(&format!("{honest} "));
    malformed(&honest.replacen('.', "=.", 1));
    malformed(&honest.replacen('.', "+.", 1));
    // 64 bytes leave four bits of the last character over; another one says the same to a lenient reader.
    let (rest, last) = honest.split_at(honest.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let place = alphabet.find(last).unwrap();
    malformed(&format!("{rest}{}", alphabet.chars().nth(place + 1).unwrap()));
}

#[test]
fn a_token_has_an_end_in_length_too() {
    let long = Issuer::new(1).sign(HEADER, &claims(&json!({"x": "y".repeat(LONGEST)})));
    assert_eq!(checked(&long), Err(JwtFault::TooLong));
}

#[test]
fn claims_stand_once() {
    let twice = claims(&json!({})).replacen('{', r#"{"sub":"root","#, 1);
    let token = Issuer::new(1).sign(HEADER, &twice);
    assert_eq!(checked(&token), Err(JwtFault::Malformed));
    for text in ["[]", "null", "\"x\"", "", "{}{}"] {
        let token = Issuer::new(1).sign(HEADER, text);
        assert_eq!(checked(&token), Err(JwtFault::Malformed), "{text}");
    }
}

#[test]
fn a_token_is_of_its_issuer_to_the_letter() {
    for other in [
        "https://issuer.example.com/",
        "https://issuer.example.com.evil.example",
        "https://issuer.example.co",
        "https://ISSUER.example.com",
        "http://issuer.example.com",
        "https://issuer.example.com\0",
        "https://issu\u{0435}r.example.com",
        "",
    ] {
        says(&json!({"iss": other}), Err(JwtFault::UnknownIssuer));
    }
    says(&json!({"iss": "(gone)"}), Err(JwtFault::UnknownIssuer));
    for other in [json!([ISSUER]), json!(7), json!(null), json!({ISSUER: 1})] {
        says(&json!({"iss": other}), Err(JwtFault::ClaimMalformed));
    }
}

#[test]
fn a_token_is_meant_for_us_alone_or_among_others() {
    says(&json!({"aud": ["x", "kustodian"]}), Ok(()));
    says(&json!({"aud": "other"}), Ok(()));
    for other in [json!("kustodian2"), json!("Kustodian"), json!([]), json!(["x"]), json!("(gone)")]
    {
        says(&json!({"aud": other}), Err(JwtFault::Audience));
    }
    for other in [json!(7), json!(null), json!({"kustodian": 1}), json!(["kustodian", 7])] {
        says(&json!({"aud": other}), Err(JwtFault::ClaimMalformed));
    }
}

#[test]
fn a_token_is_good_for_its_time_and_no_longer_than_is_allowed() {
    let at = |seconds: i64| now().as_second() + seconds;
    says(&json!({"exp": at(-29)}), Ok(()));
    says(&json!({"exp": at(-30)}), Err(JwtFault::Expired));
    says(&json!({"exp": "(gone)"}), Err(JwtFault::ExpiryMissing));
    says(&json!({"nbf": at(30)}), Ok(()));
    says(&json!({"nbf": at(31)}), Err(JwtFault::NotYetValid));
    says(&json!({"iat": at(30)}), Ok(()));
    says(&json!({"iat": at(31)}), Err(JwtFault::IssuedInFuture));
    says(&json!({"nbf": "(gone)", "iat": "(gone)"}), Ok(()));
    says(&json!({"exp": at(86_400)}), Ok(()));
    says(&json!({"exp": at(86_401)}), Err(JwtFault::LivesTooLong));
    says(&json!({"exp": at(86_401), "iat": "(gone)"}), Err(JwtFault::LivesTooLong));
    says(&json!({"exp": 253_402_207_200_i64}), Err(JwtFault::LivesTooLong));
    #[expect(clippy::cast_precision_loss, reason = "small enough")]
    let fraction = at(600) as f64 + 0.5;
    says(&json!({"exp": fraction}), Ok(()));
    for odd in
        [json!("9999999999"), json!(null), json!([1]), json!(true), json!(1e300), json!(i64::MAX)]
    {
        for claim in ["exp", "nbf", "iat"] {
            says(&json!({claim: odd}), Err(JwtFault::ClaimMalformed));
        }
    }
}

#[test]
fn what_is_required_must_be_there_to_the_letter() {
    says(&json!({"a": {"b": ["no", "yes"]}}), Ok(()));
    for other in [
        json!("(gone)"),
        json!({}),
        json!("yes"),
        json!({"b": "Yes"}),
        json!({"b": "yes\0"}),
        json!({"b": []}),
        json!({"b": {"yes": "yes"}}),
        json!({"b": [["yes"]]}),
        json!({"b": true}),
        json!({"b": null}),
    ] {
        says(&json!({"a": other}), Err(JwtFault::ClaimRefused));
    }
}
