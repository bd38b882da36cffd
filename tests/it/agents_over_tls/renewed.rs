//! The certificate and its key are files, and what they hold takes effect without a restart: but never
//! what is broken.

use super::{PATH, Pki, READ, health, until_shown, world};
use crate::support::certificates::write_private;
use crate::support::patience::eventually;
use crate::support::program::{Installation, set_mode};
use crate::support::tls_client::NAME;
use crate::support::world::{Scene, World};

#[tokio::test]
async fn a_renewed_certificate_is_shown_to_new_connections_and_old_ones_go_on() {
    let pki = Pki::new();
    let world = world(Scene::bot(READ), pki.settings()).await;
    let mut old = pki.client().connect(world.running.agents).await.expect("TLS");
    let renewed = pki.servers.server(NAME);
    renewed.write(pki.folder.path());
    until_shown(&pki, &world, renewed.certificate().as_ref()).await;
    assert_ne!(old.certificate, renewed.certificate());
    let answer = old.get(PATH, world.token("bot")).await.expect("an answer");
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_broken_renewal_leaves_the_old_certificate_in_force_and_is_said() {
    let pki = Pki::new();
    let world = world(Scene::bot(READ), pki.settings()).await;
    let shown = pki.client().connect(world.running.agents).await.expect("TLS").certificate;
    let at = |name: &str| pki.folder.path().join(name);
    let good = pki.servers.server(NAME);
    // A certificate without its key, no PEM, no certificate, no file, and a key that others can read.
    write_private(&at("certificate.pem"), &good.certificate);
    until_said(&world, "cannot be used together").await;
    write_private(&at("certificate.pem"), "-----BEGIN CERTIFICATE-----\nAAAA");
    until_said(&world, "cannot be read as PEM").await;
    write_private(&at("certificate.pem"), "");
    until_said(&world, "holds no certificate").await;
    std::fs::remove_file(at("certificate.pem")).expect("it was there");
    until_said(&world, "cannot be read: No such file").await;
    good.write(pki.folder.path());
    set_mode(&at("key.pem"), 0o644);
    until_said(&world, "chmod 600").await;
    let now = pki.client().connect(world.running.agents).await.expect("TLS").certificate;
    assert_eq!(now, shown, "the first one is still in force");
    set_mode(&at("key.pem"), 0o600);
    until_shown(&pki, &world, good.certificate().as_ref()).await;
    assert!(health(&world).await["tls"]["failure"].is_null());
}

#[tokio::test]
async fn a_gateway_does_not_start_with_files_that_are_of_no_use_and_check_says_why() {
    let pki = Pki::new();
    let folder = pki.folder.path().display();
    let tls = format!(
        "[listen.tls]\ncertificate = \"{folder}/certificate.pem\"\nkey = \"{folder}/key.pem\"\n"
    );
    let nobody = crate::support::upstream::Nobody::new();
    let installation = Installation::new(nobody.at, "not-a-real-key", &[("bot", READ)], &tls);
    let checked = installation.run(&["check"]);
    assert_eq!(checked.code, 0, "{}", checked.out);
    set_mode(&pki.folder.path().join("key.pem"), 0o604);
    for command in ["check", "serve"] {
        let ended = installation.run(&[command]);
        let said = format!("{}{}", ended.out, ended.err);
        assert!(said.contains("`listen.tls.key` cannot be used"), "{command}: {said}");
        assert!(said.contains("chmod 600"), "{command}: {said}");
    }
    for (more, expected) in [
        ("[listen.tls]\nkey = \"key\"", "`listen.tls.certificate` is not set"),
        ("[listen.tls]\ncertificate = \"key\"", "`listen.tls.key` is not set"),
        (
            "[listen.tls]\ncertificate = \"key\"\nkey = \"key\"\nclient_certificates = \"required\"",
            "`listen.tls.client_ca` is not set",
        ),
        ("[listen.tls]\ncertificates = \"key\"", "unknown key `listen.tls.certificates`"),
    ] {
        let installation = Installation::new(nobody.at, "not-a-real-key", &[("bot", READ)], more);
        let checked = installation.run(&["check"]);
        assert_eq!(checked.code, 1, "{more}");
        assert!(checked.out.contains(expected), "{}", checked.out);
    }
}

#[tokio::test]
async fn the_program_serves_by_tls_and_says_so() {
    let pki = Pki::new();
    let folder = pki.folder.path().display();
    let tls = format!(
        "[listen.tls]\ncertificate = \"{folder}/certificate.pem\"\nkey = \"{folder}/key.pem\"\n"
    );
    let nobody = crate::support::upstream::Nobody::new();
    let installation = Installation::new(nobody.at, "not-a-real-key", &[("bot", "")], &tls);
    let serving = installation.serve();
    let token = installation.token("bot");
    let mut conversation = pki.client().connect(serving.agents).await.expect("TLS");
    let denied = eventually("the gateway to learn of the token", async || {
        let answer = conversation.get(PATH, &token).await.expect("an answer");
        (answer.status == 403).then_some(answer)
    })
    .await;
    assert_eq!(denied.code(), "not_granted");
}

/// Waits until health says what is wrong with the files.
async fn until_said(world: &World, expected: &str) {
    eventually(expected, async || {
        let failure = health(world).await["tls"]["failure"].clone();
        failure.as_str().is_some_and(|failure| failure.contains(expected)).then_some(())
    })
    .await;
}
