//! Tokens that were made to be taken for good ones, one attack each.

use gateway::clock::Clock as _;
use serde_json::{Value, json};

use super::stage::Stage;
use crate::support::issuer::{KeyServer, SigningKey, encoded, issuer_at};

#[tokio::test]
async fn a_token_that_is_not_signed_is_refused_however_it_says_so() {
    let stage = Stage::with("RS256").await;
    let claims = encoded(&stage.claims(&json!({})).to_string());
    let honest = stage.token(&json!({}));
    let (_, signature) = honest.rsplit_once('.').expect("a signature");
    for none in ["none", "None", "NONE", "nOnE", "none ", " none", ""] {
        let header = encoded(&json!({"alg": none, "kid": "k1"}).to_string());
        stage.bad(&format!("{header}.{claims}."), "jwt_unsigned").await;
        stage.bad(&format!("{header}.{claims}.{signature}"), "jwt_unsigned").await;
    }
    let header = encoded(&json!({"kid": "k1"}).to_string());
    stage.bad(&format!("{header}.{claims}."), "jwt_malformed").await;
    // The signature taken off an honest token.
    let (signed, _) = honest.rsplit_once('.').expect("a signature");
    stage.bad(&format!("{signed}."), "jwt_unsigned").await;
    stage.bad(signed, "token_malformed").await;
}

#[tokio::test]
async fn a_public_key_is_no_secret() {
    let stage = Stage::with("RS256").await;
    let jwk = stage.key.jwk();
    let modulus = jwk["n"].as_str().expect("a modulus");
    let list = json!({"keys": [&jwk]}).to_string();
    // Each form in which an attacker may have the public key, as the secret of HS256.
    for secret in [modulus.as_bytes(), jwk.to_string().as_bytes(), list.as_bytes()] {
        let forger = SigningKey::secret(secret);
        let header = json!({"alg": "HS256", "kid": "k1", "typ": "JWT"});
        let token = forger.sign_with(&header, &stage.claims(&json!({})).to_string());
        stage.bad(&token, "jwt_algorithm_refused").await;
        // The same signature under the algorithm that is allowed.
        let header = json!({"alg": "RS256", "kid": "k1", "typ": "JWT"});
        let token = forger.sign_with(&header, &stage.claims(&json!({})).to_string());
        stage.bad(&token, "jwt_bad_signature").await;
    }
}

#[tokio::test]
async fn an_algorithm_that_is_not_listed_is_refused_although_the_key_could_do_it() {
    let stage = Stage::with("RS256").await;
    for algorithm in ["RS384", "RS512", "PS256", "PS512"] {
        let token = stage.key.signing(algorithm).sign(&stage.claims(&json!({})));
        stage.bad(&token, "jwt_algorithm_refused").await;
    }
}

#[tokio::test]
async fn a_key_is_good_for_its_own_algorithm_only() {
    let key = SigningKey::new("k1", "RS256");
    // Both are allowed for the issuer; the key says that it is for RS256.
    let stage = Stage::set(key, &["RS256", "PS256", "EdDSA"], |_| {}).await;
    stage.good(&stage.token(&json!({}))).await;
    let token = stage.key.signing("PS256").sign(&stage.claims(&json!({})));
    stage.bad(&token, "jwt_algorithm_refused").await;
    let mut other = SigningKey::new("k1", "EdDSA");
    stage.bad(&other.sign(&stage.claims(&json!({}))), "jwt_algorithm_refused").await;
    other.name = "k2".to_owned();
    stage.bad(&other.sign(&stage.claims(&json!({}))), "jwt_unknown_key").await;
}

#[tokio::test]
async fn a_token_that_brings_its_own_key_is_refused_and_nobody_is_asked_for_it() {
    let stage = Stage::with("RS256").await;
    let forged = SigningKey::new("k1", "RS256");
    let trap = KeyServer::listing(&[&forged]).await;
    let chain = json!(["MIIB"]);
    for (name, value) in [
        ("jwk", forged.jwk()),
        ("jku", json!(trap.url())),
        ("x5u", json!(trap.url())),
        ("x5c", chain),
    ] {
        for signer in [&forged, &stage.key] {
            let mut header = signer.header();
            header[name] = value.clone();
            let token = signer.sign_with(&header, &stage.claims(&json!({})).to_string());
            stage.bad(&token, "jwt_key_in_header").await;
        }
    }
    // An issuer that is not trusted is not asked for its keys either.
    let token = forged.sign(&stage.claims(&json!({"iss": format!("http://{}", trap.at())})));
    stage.bad(&token, "jwt_unknown_issuer").await;
    assert_eq!(trap.fetches(), 0, "{}", trap.received());
}

#[tokio::test]
async fn the_name_of_a_key_is_looked_up_and_never_used_otherwise() {
    let stage = Stage::with("EdDSA").await;
    for name in [
        "../../../../../../dev/null",
        "/etc/passwd",
        "k1\0",
        "K1",
        "k1 ",
        "k1' OR '1'='1",
        "x' UNION SELECT 'secret' --",
        "$(id)",
        "http://127.0.0.1:1/jwks",
        "\u{43a}1",
    ] {
        let mut header = stage.key.header();
        header["kid"] = json!(name);
        let token = stage.key.sign_with(&header, &stage.claims(&json!({})).to_string());
        stage.bad(&token, "jwt_unknown_key").await;
    }
    let mut header = stage.key.header();
    header.as_object_mut().expect("an object").remove("kid");
    let token = stage.key.sign_with(&header, &stage.claims(&json!({})).to_string());
    stage.bad(&token, "jwt_key_id_missing").await;
    for name in [json!(["k1"]), json!(1), json!(null), json!({"k1": 1}), json!("")] {
        header["kid"] = name;
        let token = stage.key.sign_with(&header, &stage.claims(&json!({})).to_string());
        stage.bad(&token, "jwt_malformed").await;
    }
}

#[tokio::test]
async fn a_header_asks_for_nothing_and_is_of_an_access_token() {
    let stage = Stage::with("EdDSA").await;
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("zip", json!("DEF")),
        ("b64", json!(false)),
        ("cty", json!("JWT")),
    ] {
        let mut header = stage.key.header();
        header[name] = value;
        let token = stage.key.sign_with(&header, &stage.claims(&json!({})).to_string());
        stage.bad(&token, "jwt_header_refused").await;
    }
    for typ in ["logout+jwt", "dpop+jwt", "secevent+jwt"] {
        let mut header = stage.key.header();
        header["typ"] = json!(typ);
        let token = stage.key.sign_with(&header, &stage.claims(&json!({})).to_string());
        stage.bad(&token, "jwt_wrong_type").await;
    }
}

#[tokio::test]
async fn a_token_for_others_is_none_for_us() {
    let stage = Stage::with("EdDSA").await;
    for audience in [
        json!("https://kustodian.example.com/"),
        json!("https://KUSTODIAN.example.com"),
        json!("kustodian"),
        json!(["https://api.example.com", "https://other.example.com"]),
        json!([]),
    ] {
        stage.bad(&stage.token(&json!({"aud": audience})), "jwt_wrong_audience").await;
    }
    let ours = "https://kustodian.example.com";
    stage.good(&stage.token(&json!({"aud": ["https://api.example.com", ours]}))).await;
    for odd in [json!({"0": ours}), json!(1), json!([ours, 1]), json!(null)] {
        stage.bad(&stage.token(&json!({"aud": odd})), "jwt_claim_malformed").await;
    }
}

#[tokio::test]
async fn a_token_out_of_its_time_is_refused() {
    let stage = Stage::with("EdDSA").await;
    let at = |seconds: i64| json!(stage.world.clock.now().as_second() + seconds);
    for (changes, reason) in [
        (json!({"exp": at(-31)}), "jwt_expired"),
        (json!({"exp": at(-31), "iat": at(-600)}), "jwt_expired"),
        (json!({"nbf": at(31)}), "jwt_not_yet_valid"),
        (json!({"iat": at(31)}), "jwt_issued_in_future"),
        (json!({"exp": at(86_401)}), "jwt_lives_too_long"),
        (json!({"exp": at(600), "iat": at(-86_400)}), "jwt_lives_too_long"),
        (json!({"exp": at(600).to_string()}), "jwt_claim_malformed"),
        (json!({"exp": null}), "jwt_claim_malformed"),
        (json!({"exp": -1}), "jwt_expired"),
        (json!({"exp": 1e300}), "jwt_claim_malformed"),
    ] {
        stage.bad(&stage.token(&changes), reason).await;
    }
    let mut endless = stage.claims(&json!({}));
    endless.as_object_mut().expect("an object").remove("exp");
    stage.bad(&stage.key.sign(&endless), "jwt_without_expiry").await;
}

#[tokio::test]
async fn an_issuer_is_itself_to_the_letter() {
    let stage = Stage::with("EdDSA").await;
    for issuer in [
        "https://issuer.example.com/",
        "https://issuer.example.com.evil.example",
        "https://issuer.example.com@evil.example",
        "https://issuer.example.com#",
        "HTTPS://issuer.example.com",
        "https://issuer.example.com\0",
        "https://\u{456}ssuer.example.com",
        "",
    ] {
        stage.bad(&stage.token(&json!({"iss": issuer})), "jwt_unknown_issuer").await;
    }
    for odd in [json!(["https://issuer.example.com"]), json!(null), json!(1)] {
        stage.bad(&stage.token(&json!({"iss": odd})), "jwt_unknown_issuer").await;
    }
}

#[tokio::test]
async fn one_issuers_key_is_none_for_anothers_tokens() {
    let (one, other) = (SigningKey::new("k1", "EdDSA"), SigningKey::new("k1", "EdDSA"));
    let others = KeyServer::listing(&[&other]).await;
    let server = KeyServer::listing(&[&one]).await;
    let settings = [
        issuer_at(&server.url(), &["EdDSA"]),
        gateway::config::IssuerSettings {
            name: "other".to_owned(),
            issuer: "https://other.example.com".to_owned(),
            ..issuer_at(&others.url(), &["EdDSA"])
        },
    ];
    let scene = crate::support::world::Scene::bot("[access]\ncustomers = \"read\"");
    let world = scene.with(|config| config.issuers = settings.into()).start().await;
    let stage = Stage { world, server, key: one };
    let as_other = json!({"iss": "https://other.example.com"});
    stage.good(&stage.token(&json!({}))).await;
    stage.good(&other.sign(&stage.claims(&as_other))).await;
    stage.bad(&other.sign(&stage.claims(&json!({}))), "jwt_bad_signature").await;
    stage.bad(&stage.token(&as_other), "jwt_bad_signature").await;
}

#[tokio::test]
async fn a_claim_names_an_agent_as_a_plain_text_or_not_at_all() {
    let stage = Stage::with("EdDSA").await;
    for name in ["bot\0", "bot\0root", "b\u{3bf}t", "Bot", " bot", "bot\n", "../bot", "", "b%6ft"] {
        stage.bad(&stage.token(&json!({"sub": name})), "jwt_names_no_agent").await;
    }
    for odd in [json!(["bot"]), json!(7), json!({"bot": "bot"}), json!(true), json!(null)] {
        stage.bad(&stage.token(&json!({"sub": odd})), "jwt_claim_malformed").await;
    }
    let mut nobody = stage.claims(&json!({}));
    nobody.as_object_mut().expect("an object").remove("sub");
    stage.bad(&stage.key.sign(&nobody), "jwt_names_no_agent").await;
}

#[tokio::test]
async fn a_token_is_written_in_one_way() {
    let stage = Stage::with("EdDSA").await;
    let honest = stage.token(&json!({}));
    let twice = stage.claims(&json!({})).to_string().replacen('{', r#"{"sub":"root","#, 1);
    for token in [
        stage.key.sign_with(&stage.key.header(), &twice),
        stage.key.sign_with(&stage.key.header(), "{}{}"),
        stage.key.sign_with(&stage.key.header(), "[]"),
        stage.key.sign_with(&json!([]), &stage.claims(&json!({})).to_string()),
        format!("{honest}="),
        format!("{honest}=="),
        honest.replacen('.', "=.", 1),
        honest.replacen('.', "..", 1).replacen("..", ".=.", 1),
        "a.b.c".to_owned(),
        "..".to_owned(),
    ] {
        let reason =
            if token.matches('.').count() == 2 { "jwt_malformed" } else { "token_malformed" };
        stage.bad(&token, reason).await;
    }
    // Another text for the same bytes: the four bits that are left over, set.
    let (rest, last) = honest.split_at(honest.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let place = alphabet.find(last).expect("base64url");
    let odd = format!("{rest}{}", &alphabet[place + 1..place + 2]);
    stage.bad(&odd, "jwt_malformed").await;
    // An encrypted token has five parts.
    stage.bad(&format!("{honest}.x.y"), "token_malformed").await;
}

#[tokio::test]
async fn a_token_has_an_end_in_length_too() {
    let stage = Stage::with("EdDSA").await;
    stage.bad(&stage.token(&json!({"x": "y".repeat(9_300)})), "jwt_too_long").await;
    stage.good(&stage.token(&json!({"x": "y".repeat(8_000)}))).await;
    let nested: Value = (0..20).fold(json!(1), |inner, _| json!([inner]));
    stage.bad(&stage.token(&json!({"x": nested})), "jwt_malformed").await;
}

#[tokio::test]
async fn required_claims_are_met_to_the_letter() {
    let stage = Stage::set(SigningKey::new("k1", "EdDSA"), &["EdDSA"], |issuer| {
        let required = json!({
            "org": "7", "env": ["prod", "canary"], "kubernetes.io": {"namespace": "agents"},
        });
        issuer.required_claims = required.as_object().expect("an object").clone();
    })
    .await;
    let all = json!({"org": "7", "env": "canary", "kubernetes.io": {"namespace": "agents"}});
    stage.good(&stage.token(&all)).await;
    for (name, value) in [
        ("org", json!(7)),
        ("org", json!("77")),
        ("org", json!("7\0")),
        ("org", json!(null)),
        ("env", json!("Prod")),
        ("env", json!(["test"])),
        ("kubernetes.io", json!({"namespace": "agents2"})),
        ("kubernetes.io", json!({})),
        ("kubernetes.io", json!("agents")),
    ] {
        let mut claims = all.clone();
        claims[name] = value;
        stage.bad(&stage.token(&claims), "jwt_claim_refused").await;
    }
    // A name with a dot is one name, and not two within each other.
    let mut claims = all.clone();
    claims["kubernetes.io"] = json!({});
    claims["kubernetes"] = json!({"io": {"namespace": "agents"}});
    stage.bad(&stage.token(&claims), "jwt_claim_refused").await;
}
