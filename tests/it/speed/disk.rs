//! What one flush to disk takes: the part of a request's latency that no program can leave out.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

/// Flushes that are timed.
const TIMES: usize = 200;
/// What is written before each: a page of the database, as a small commit is.
const PAGE: [u8; 4096] = [0x55; 4096];

/// Appends a little and flushes it, again and again; how many microseconds each flush took.
pub(crate) fn syncs(folder: &Path) -> Vec<f64> {
    let path = folder.join("flushed");
    let mut file = File::create(&path).expect("a file beside the database");
    let mut sync = || {
        file.write_all(&PAGE).expect("the disk takes a page");
        let started = Instant::now();
        file.sync_data().expect("the disk flushes");
        started.elapsed().as_secs_f64() * 1e6
    };
    let took = (0..TIMES).map(|_| sync()).collect();
    std::fs::remove_file(path).expect("the file is there");
    took
}
