//! A set is on record before it is in force, and a store that takes no records keeps no right in force.

use super::{BROKEN, LINE, NOTHING, READ, noted, policies, reload, unwatched, write};
use crate::support::patience::eventually;
use crate::support::postgres::postgres;
use crate::support::world::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn while_nothing_can_be_recorded_nothing_changes_and_nothing_is_forwarded() {
    let database = postgres();
    let world = Scene::bot(READ).on(&database.url).start().await;
    assert_eq!(world.ask("bot", LINE).await.status, 200);
    let (seen, before) = (world.received(), policies(&world).await["fingerprint"].clone());

    database.psql("ALTER TABLE records RENAME TO away").expect("the table is moved");
    write(&world, "bot", NOTHING);
    super::until_said(&world, "could not be recorded").await;
    let unrecorded = reload(&world).await;
    assert_eq!((unrecorded.status, &unrecorded.json()["status"]), (503, &"unrecorded".into()));
    assert_eq!(policies(&world).await["fingerprint"], before);
    assert_eq!(world.ask("bot", LINE).await.status, 503, "what was granted is of no use");
    assert_eq!(world.received(), seen);

    database.psql("ALTER TABLE away RENAME TO records").expect("the table is moved back");
    super::until_answered(&world, "bot", 403).await;
    assert!(policies(&world).await["failure"].is_null());
    assert!(noted(&world).await.iter().any(|it| it.sentence().contains("customers read to off")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_that_could_not_be_recorded_is_recorded_later() {
    let database = postgres();
    let world = Scene::bot(READ).on(&database.url).start().await;
    database.psql("ALTER TABLE records RENAME TO away").expect("the table is moved");
    write(&world, "bot", BROKEN);
    super::until_said(&world, "custmers").await;
    database.psql("ALTER TABLE away RENAME TO records").expect("the table is moved back");
    eventually("the mistake to be on record", async || {
        let told = super::told(&world).await;
        told.iter().any(|line| line.starts_with("policies_refused: ")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_record_of_a_change_has_what_changed_and_the_fingerprint_in_force() {
    let world = Scene::bot(NOTHING).with(unwatched).start().await;
    write(&world, "bot", READ);
    let answer = reload(&world).await.json();
    let noted = noted(&world).await;
    let [record] = &noted[..] else { panic!("{noted:?}") };
    assert_eq!(record.opening.policy.fingerprint, answer["fingerprint"]);
    let detail = record.opening.detail.as_ref().expect("a detail").value();
    assert_eq!(detail["changes"], answer["changes"]);
    let asked = world.ask("bot", LINE).await;
    let of_request = world.record_of(&asked).await.opening.policy.fingerprint;
    assert_eq!(of_request, answer["fingerprint"]);
}

#[tokio::test]
async fn a_secret_that_was_put_into_a_policy_by_mistake_is_told_nobody() {
    let world = Scene::bot(READ).with(unwatched).start().await;
    let (key, token) = (world.key.clone(), world.token("bot").to_owned());
    for (secret, tables) in [
        (&key, format!("[access]\n\"{key}\" = \"read\"")),
        (&key, format!("[access]\ncustomers = \"{key}\"")),
        (&token, format!("[access]\n{token} = \"read\"")),
        (&token, format!("[access]\ncustomers = \"{token}\"")),
    ] {
        write(&world, "bot", &tables);
        let answer = reload(&world).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        let health = policies(&world).await.to_string();
        let records = noted(&world).await;
        let record = serde_json::to_string(records.last().expect("a record")).expect("JSON");
        for text in [answer.text(), health, record] {
            assert!(text.contains("bot.toml"), "{text}");
            assert!(!text.contains(secret.as_str()), "{text}");
        }
    }
}

#[tokio::test]
async fn a_link_to_a_secret_in_the_policy_folder_tells_nobody_what_is_in_it() {
    const SECRET: &str = "S3cretHunter2AbCdEfGh0123456789abcdefABCDEF";
    let world = Scene::bot(READ).with(unwatched).start().await;
    let aside = world.folder().join("secret");
    std::os::unix::fs::symlink(&aside, super::file(&world, "link")).expect("a link");
    for text in [
        SECRET.to_owned(),
        format!("{SECRET}="),
        format!("{SECRET}=="),
        format!("{SECRET}=1"),
        format!("{SECRET} = \"x\""),
        format!("password = \"{SECRET}\""),
        format!("password: {SECRET}"),
        format!("[{SECRET}]"),
        format!("{{\"{SECRET}\": 1}}"),
        format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n{SECRET}Q==\n-----END PRIVATE KEY-----"),
        format!("URL=postgres://me:{SECRET}@db/x"),
        format!("[agent]\nid = \"{SECRET}\"\nmode = \"{SECRET}\"\nexpires = \"{SECRET}\""),
    ] {
        std::fs::write(&aside, &text).expect("a secret is written");
        let answer = reload(&world).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        let health = policies(&world).await.to_string();
        let records = noted(&world).await;
        let record = serde_json::to_string(records.last().expect("a record")).expect("JSON");
        for said in [answer.text(), health, record] {
            assert!(said.contains("link.toml"), "{said}");
            assert!(!said.contains("S3cretHunter2"), "{text}: {said}");
        }
    }
}

#[tokio::test]
async fn a_line_of_a_file_is_told_nobody_although_help_would_have_it_mended() {
    let world = Scene::bot(READ).with(unwatched).start().await;
    for line in ["x: S3cretHunter2", "x = S3cretHunter2", "S3cretHunter2", "x = \"S3cretHunter2"] {
        write(&world, "bot", line);
        let answer = reload(&world).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        let health = policies(&world).await.to_string();
        for said in [answer.text(), health] {
            assert!(
                said.contains("\"help\":") && !said.contains("S3cretHunter2"),
                "{line}: {said}"
            );
        }
    }
}

#[tokio::test]
async fn what_has_no_end_in_the_policy_folder_is_refused_and_not_read() {
    let world = Scene::bot(READ).with(unwatched).start().await;
    let huge = std::fs::File::create(super::file(&world, "huge")).expect("a file");
    huge.set_len(1 << 40).expect("a file of one tebibyte, of which nothing is written");
    let answer = reload(&world).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("longer than 1 MiB"), "{}", answer.text());
    assert_eq!(world.ask("bot", LINE).await.status, 200, "what was in force stays");
}

#[tokio::test]
async fn what_is_named_like_a_policy_and_is_no_file_is_refused_and_not_passed_over() {
    let world = Scene::bot(READ).with(unwatched).start().await;
    let folder = super::file(&world, "folder");
    std::fs::create_dir(&folder).expect("a folder");
    let answer = reload(&world).await;
    assert_eq!(answer.status, 422);
    assert!(
        answer.text().contains("it is a folder, and what ends in .toml here"),
        "{}",
        answer.text()
    );
    std::fs::remove_dir(&folder).expect("it is there");
    let pipe = super::file(&world, "pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|status| status.success()), "a named pipe");
    let answer = reload(&world).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("it is no plain file"), "{}", answer.text());
    std::fs::remove_file(&pipe).expect("it is there");
    assert_eq!(reload(&world).await.json()["status"], "unchanged");
    assert_eq!(world.ask("bot", LINE).await.status, 200, "what was in force stays");
}
