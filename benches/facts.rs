//! Speed of fact extraction: usual inquiries a second on one core, and hostile bodies of 64 KiB.
//! The extracted facts are tested by `tests/facts`.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a measure stops at the first surprise")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use leaddock::facts::understand;
use serde_json::Value;

const INQUIRIES: &str = include_str!("../tests/facts/inquiries.jsonl");
/// Bytes that a submission may have.
const BODY_MAX: usize = 64 << 10;

fn usual(criterion: &mut Criterion) {
    let texts: Vec<String> = INQUIRIES
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["text"].as_str().unwrap().to_owned())
        .collect();
    let mut group = criterion.benchmark_group("usual inquiries");
    group.throughput(Throughput::Elements(u64::try_from(texts.len()).unwrap()));
    group.bench_function("sixty", |bencher| {
        bencher.iter(|| texts.iter().for_each(|text| drop(black_box(understand(black_box(text))))));
    });
    group.finish();
}

fn hostile(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("64 KiB");
    group.sample_size(20);
    for piece in [
        "1",
        "厂房",
        "3000-",
        "万亿",
        "一二三",
        "13800138000",
        "<",
        "税0",
        "138 0000 ",
        "有限公司",
        "a@b.",
        "吴江区",
        "\u{202e}",
    ] {
        let text = piece.repeat(BODY_MAX / piece.len());
        group.bench_function(piece, |bencher| bencher.iter(|| understand(black_box(&text))));
    }
    group.finish();
}

criterion_group!(benches, usual, hostile);
criterion_main!(benches);
