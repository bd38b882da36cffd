//! One fault at a time, in a token that is right in all else.

use base64::Engine as _;
use secrecy::ExposeSecret as _;

use super::*;

const NOW: &str = "2026-11-24T09:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn minter(key: &AuditKey) -> Minter {
    Minter::new(key, "24h".parse().unwrap())
}

fn sample() -> Mint {
    let only = Narrowing::read(["messages=read"], Catalogue::builtin()).unwrap();
    Mint {
        id: TokenId::new("mint_1".to_owned()),
        agent: "bot".to_owned(),
        issued_at: now(),
        expires_at: now() + SignedDuration::from_hours(1),
        only: Some(Arc::new(only)),
        addresses: Addresses::of(vec!["10.0.0.0/8".parse().unwrap()]),
    }
}

/// Signs whatever header and claims.
fn signed(minter: &Minter, header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = minter.signing.sign(signed.as_bytes()).to_bytes();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn parts(token: &SecretString) -> (Value, Value) {
    let mut parts = token.expose_secret().split('.').map(|part| {
        let bytes = URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&bytes).unwrap_or_default()
    });
    (parts.next().unwrap(), parts.next().unwrap())
}

fn prove(minter: &Minter, token: &str, at: Timestamp) -> Result<Mint, Unproven> {
    match minter.prove(token, Catalogue::builtin(), at).expect("it says that it was minted") {
        Ok(shown) => shown.mint,
        Err(fault) => Err(fault.into()),
    }
}

#[test]
fn a_token_that_was_minted_comes_back_as_it_was_by_every_minter_with_the_key() {
    let key = AuditKey::generate().unwrap();
    for mint in [
        sample(),
        Mint { only: None, addresses: Addresses::Anywhere, ..sample() },
        Mint {
            only: Some(Arc::new(Narrowing::read([], Catalogue::builtin()).unwrap())),
            addresses: Addresses::Only(Vec::new()),
            ..sample()
        },
    ] {
        let token = minter(&key).sign(&mint);
        assert_eq!(prove(&minter(&key), token.expose_secret(), now()), Ok(mint));
    }
}

#[test]
fn a_token_of_another_installation_is_refused_even_with_our_name_for_the_key() {
    let (ours, theirs) = [(); 2].map(|()| minter(&AuditKey::generate().unwrap())).into();
    let token = theirs.sign(&sample());
    let refused = prove(&ours, token.expose_secret(), now());
    assert_eq!(refused, Err(JwtFault::UnknownKey.into()));
    let (mut header, claims) = parts(&token);
    header["kid"] = ours.key_id.as_str().into();
    let refused = prove(&ours, &signed(&theirs, &header, &claims), now());
    assert_eq!(refused, Err(JwtFault::Signature.into()));
}

#[test]
fn each_fault_alone_is_refused() {
    let minter = minter(&AuditKey::generate().unwrap());
    let (header, claims) = parts(&minter.sign(&sample()));
    let check = |header: &Value, claims: &Value, fault: JwtFault| {
        let refused = prove(&minter, &signed(&minter, header, claims), now());
        assert_eq!(refused, Err(fault.into()), "{header} {claims}");
    };
    let with = |value: &Value, name: &str, new: Value| {
        let mut changed = value.clone();
        changed[name] = new;
        changed
    };
    let without = |value: &Value, name: &str| {
        let mut changed = value.clone();
        changed.as_object_mut().unwrap().remove(name);
        changed
    };
    check(&with(&header, "alg", "HS256".into()), &claims, JwtFault::Algorithm);
    check(&with(&header, "alg", "RS256".into()), &claims, JwtFault::Algorithm);
    check(&without(&header, "kid"), &claims, JwtFault::KeyIdMissing);
    check(&with(&header, "kid", "mint-0".into()), &claims, JwtFault::UnknownKey);
    let second = |seconds: i64| Value::from(now().as_second() + seconds);
    for (name, value, fault) in [
        ("aud", "kustodian:0".into(), JwtFault::Audience),
        ("aud", Value::Null, JwtFault::ClaimMalformed),
        ("exp", second(-11), JwtFault::Expired),
        ("exp", second(25 * 3600), JwtFault::LivesTooLong),
        ("iat", second(11), JwtFault::IssuedInFuture),
        ("nbf", second(11), JwtFault::NotYetValid),
        ("jti", "tok_1".into(), JwtFault::ClaimMalformed),
        ("sub", 7.into(), JwtFault::ClaimMalformed),
        ("only", "messages=read".into(), JwtFault::ClaimMalformed),
        ("only", json!([1]), JwtFault::ClaimMalformed),
        ("only", json!(["nonsense=read"]), JwtFault::ClaimRefused),
        ("only", Value::Null, JwtFault::ClaimMalformed),
        ("from", json!(["nowhere"]), JwtFault::ClaimMalformed),
        ("from", Value::Null, JwtFault::ClaimMalformed),
    ] {
        check(&header, &with(&claims, name, value), fault);
    }
    for name in ["sub", "jti", "iat"] {
        check(&header, &without(&claims, name), JwtFault::ClaimMalformed);
    }
    check(&header, &without(&claims, "aud"), JwtFault::Audience);
    check(&header, &without(&claims, "exp"), JwtFault::ExpiryMissing);
}

#[test]
fn what_would_change_how_it_is_checked_is_left_to_others_who_refuse_it() {
    let minter = minter(&AuditKey::generate().unwrap());
    let (header, claims) = parts(&minter.sign(&sample()));
    for (name, value) in [
        ("alg", "none".into()),
        ("jwk", json!({"kty": "OKP"})),
        ("jku", "https://example.com".into()),
        ("x5u", "https://example.com".into()),
        ("crit", json!(["exp"])),
        ("typ", "dpop+jwt".into()),
    ] {
        let mut header = header.clone();
        header[name] = value;
        let token = signed(&minter, &header, &claims);
        assert!(minter.prove(&token, Catalogue::builtin(), now()).is_none(), "{name}");
    }
}

#[test]
fn one_changed_bit_anywhere_is_refused() {
    let minter = minter(&AuditKey::generate().unwrap());
    let token = minter.sign(&sample());
    for place in 0..token.expose_secret().len() {
        let mut changed = token.expose_secret().as_bytes().to_vec();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let proven = minter.prove(&changed, Catalogue::builtin(), now());
        assert!(proven.is_none_or(|proven| proven.is_err()), "{place}");
    }
}

#[test]
fn debug_output_holds_nothing_of_the_key() {
    let shown = format!("{:?}", minter(&AuditKey::generate().unwrap()));
    assert!(shown.starts_with("Minter { key_id: \"mint-"), "{shown}");
    assert!(shown.len() < 60, "{shown}");
}
