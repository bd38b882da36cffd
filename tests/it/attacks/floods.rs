//! Case 74: floods of frames that cost their sender nothing. Each ends its own connection and nobody
//! else's, and leaves a bounded number of records.

use super::frames::{END_STREAM, Frames, block, kind};
use super::stage::Stage;
use super::wires::Http2;
use crate::support::patience::eventually;

/// What a `GOAWAY` says to a flood: `ENHANCE_YOUR_CALM`.
const CALM: u32 = 11;

/// How many frames make a flood.
const MANY: u32 = 20_000;

/// CVE-2023-44487.
#[tokio::test]
async fn streams_that_are_opened_and_reset_end_their_connection() {
    let mut stage = Stage::start().await;
    let flood = (0..MANY).fold(start(&stage), |to, _| to.read(|_| ()).reset());
    assert_eq!(reason(&stage, flood).await, Some(CALM));
    let records = settled(&mut stage).await;
    assert!(records < 200, "{records} records of {MANY} streams");
    assert!(stage.recorder.take().len() <= records);
    still_serves(&mut stage).await;
}

/// A reset that the gateway itself has to send costs as much. CVE-2025-8671.
#[tokio::test]
async fn streams_that_are_opened_and_broken_end_their_connection() {
    let mut stage = Stage::start().await;
    let flood = (0..MANY).fold(start(&stage), |to, _| {
        let to = to.read(|_| ());
        let stream = to.last();
        to.frame(kind::WINDOW_UPDATE, 0, stream, &[0; 4])
    });
    assert!(reason(&stage, flood).await.is_some());
    let records = settled(&mut stage).await;
    assert!(records < 2_000, "{records} records of {MANY} streams");
    still_serves(&mut stage).await;
}

/// CVE-2024-27316 and its kin.
#[tokio::test]
async fn a_head_without_an_end_ends_its_connection() {
    let mut stage = Stage::start().await;
    let fields: Vec<_> = (0..100).map(|_| (b"x-more" as &[u8], vec![b'a'; 100])).collect();
    for piece in [Vec::new(), block(&fields)] {
        let to = start(&stage);
        let head = block(&to.fields(b"GET"));
        let to = to.opened().frame(kind::HEADERS, END_STREAM, 1, &head);
        let flood = (0..MANY / 10).fold(to, |to, _| to.frame(kind::CONTINUATION, 0, 1, &piece));
        assert!(reason(&stage, flood).await.is_some());
    }
    assert_eq!(settled(&mut stage).await, 0);
    assert_eq!(stage.recorder.take(), []);
    still_serves(&mut stage).await;
}

/// hyper confirms each, as it must; whoever does not read that is not read either.
#[tokio::test]
async fn settings_and_pings_starve_nobody() {
    let mut stage = Stage::start().await;
    for (kind, payload) in [(kind::SETTINGS, &[] as &[u8]), (kind::PING, &[0; 8])] {
        let flood = (0..MANY).fold(start(&stage), |to, _| to.frame(kind, 0, 0, payload));
        let mut connection = Http2::connect(stage.world.running.agents).await;
        connection.send(&flood.bytes).await;
        still_serves(&mut stage).await;
    }
}

/// A name that stands in HPACK's table is one byte on the wire and many in memory.
#[tokio::test]
async fn a_head_that_unpacks_to_too_much_is_refused() {
    let mut stage = Stage::start().await;
    let to = start(&stage);
    let mut head = block(&to.fields(b"GET"));
    // A literal that is to be remembered, then references to it.
    head.extend_from_slice(&[0x40, 1, b'x', 0x7f, 0x81, 0x0f]);
    head.extend_from_slice(&[b'a'; 2048]);
    head.extend_from_slice(&[0xbe; 4000]);
    let bomb = to.opened().frame(kind::HEADERS, END_STREAM | super::frames::END_HEADERS, 1, &head);
    let streams = super::wires::http2(stage.world.running.agents, &bomb).await;
    assert!(streams.gone || streams.answers.iter().all(|seen| seen.status == 431));
    assert_eq!(settled(&mut stage).await, 0);
    still_serves(&mut stage).await;
}

fn start(stage: &Stage) -> Frames {
    Frames::start(stage.world.token("bot"))
}

/// Floods, and gives the reason for which the gateway closed the connection.
async fn reason(stage: &Stage, flood: Frames) -> Option<u32> {
    let mut connection = Http2::connect(stage.world.running.agents).await;
    // It may be closed before all is sent.
    connection.send(&flood.bytes).await;
    let mut reason = None;
    while let Some(frame) = connection.frame().await {
        if frame.kind == kind::GOAWAY {
            reason =
                frame.payload.get(4..8).map(|code| u32::from_be_bytes(code.try_into().unwrap()));
        }
    }
    reason
}

/// How many records a flood left, once each of them has its outcome.
async fn settled(stage: &mut Stage) -> usize {
    let whole = async || {
        let records = stage.world.records().await;
        records.iter().all(|record| record.outcome.is_some()).then_some(())
    };
    eventually("the outcomes of a flood", whole).await;
    stage.records().await.len()
}

/// An honest agent is answered as ever.
async fn still_serves(stage: &mut Stage) {
    let target = format!("GET /v1/customers/{}", crate::support::world::ID);
    assert_eq!(stage.world.ask("bot", &target).await.status, 200);
    stage.records().await;
    stage.recorder.take();
}
