//! The change feed: read in parts, by kind and by size. What of it is hidden from whom is tested in `pool.rs`.

use leaddock::access::Role;
use serde_json::{Value, json};

use crate::support::desk::{create, move_to, path};
use crate::support::{Client, each_database};

fn feed(by: &Client, query: &str) -> Value {
    by.get(&format!("/api/v1/changes?{query}")).expect(200).json
}

/// All events of the feed, read as it says.
fn whole(by: &Client, query: &str) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), json!(0));
    loop {
        let part = feed(by, &format!("after={after}&{query}"));
        all.extend(part["data"].as_array().unwrap().iter().cloned());
        assert!(part["next_after"].as_i64() >= after.as_i64(), "{part}");
        after = part["next_after"].clone();
        if part["has_more"] == false {
            return all;
        }
    }
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

each_database! {
    fn it_is_read_in_parts_of_any_size(app) {
        let admin = app.admin();
        for _ in 0..3 {
            let inquiry = create(admin, json!({"assign": "none"}));
            move_to(admin, &inquiry, "contacted").expect(200);
        }
        app.work();
        let all = whole(admin, "limit=200");
        assert_eq!(kinds(&all), ["inquiry.received", "inquiry.status_changed"].repeat(3));
        for limit in [1, 2, 5] {
            assert_eq!(whole(admin, &format!("limit={limit}")), all, "{limit}");
        }
        let moved = whole(admin, "types=inquiry.status_changed&limit=2");
        assert_eq!(moved, [&all[1], &all[3], &all[5]].map(Clone::clone));
        // What is passed over is behind.
        admin.get("/api/v1/changes?types=inquiry.exploded").expect(400);
        let none = feed(admin, "types=inquiry.restored");
        assert_eq!((&none["data"], &none["has_more"]), (&json!([]), &json!(false)));
        assert!(none["next_after"].as_i64() >= all[5]["seq"].as_i64());
        let stranger = app.login(Role::Agent);
        let nothing = feed(&stranger, "types=inquiry.status_changed,inquiry.received&limit=1");
        assert!(nothing["data"].as_array().unwrap().len() <= 1, "{nothing}");
    }

    fn whoever_reads_masked_events_of_large_inquiries_goes_on(app) {
        let (admin, agent) = (app.admin(), app.login(Role::Agent));
        for n in 0..60 {
            let large = json!({"assign": "none", "message": "说明".repeat(4_000),
                "custom": {"记录": format!("{n}{}", "厂".repeat(15_000))}});
            create(admin, large);
        }
        app.work();
        assert_eq!(whole(&agent, "limit=200").len(), 60);
        let first = feed(&agent, "limit=200");
        let count = first["data"].as_array().unwrap().len();
        assert!((1..60).contains(&count) && first["has_more"] == true, "{count}");
    }

    fn a_part_has_some_mebibytes_at_most(app) {
        let admin = app.admin();
        let inquiry = create(admin, json!({"assign": "none"}));
        let long = |n: usize| json!({"custom": {"记录": format!("{n}{}", "厂".repeat(20_000))}});
        for n in 0..45 {
            admin.patch(&path(&inquiry), &long(n)).expect(200);
        }
        app.work();
        let first = feed(admin, "limit=200");
        assert_eq!(first["has_more"], true);
        assert!(first["data"].as_array().unwrap().len() < 46);
        assert_eq!(whole(admin, "limit=200").len(), 46);
    }
}
