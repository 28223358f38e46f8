//! Which members of inquiries are shown: `fields`, and what lists leave out unless they are asked for it.

use serde_json::json;

use crate::support::desk::{INQUIRIES, create, path};
use crate::support::each_database;

each_database! {
    fn only_the_members_that_are_asked_for(app) {
        let admin = app.admin();
        let made = create(admin, json!({"company": "启澜精密机械", "text": "求租苏州吴中区厂房3000平方米，年税收300万元",
            "custom": {"park": "东区", "楼层": 1}, "assign": "none"}));
        let place = path(&made);
        let query = "fields=company,facts.area_min_sqm,custom.park,custom.absent";
        let wanted = json!({"id": made["id"], "version": 1, "company": "启澜精密机械",
            "facts": {"area_min_sqm": 3000}, "custom": {"park": "东区"}});
        let one = admin.get(&format!("{place}?{query}")).expect(200);
        assert_eq!((&one.json, one.header("etag")), (&wanted, Some("\"1\"")));
        assert_eq!(admin.all(&format!("{INQUIRIES}?{query}")), [wanted]);
        assert_eq!(admin.get(&format!("{place}?fields=")).expect(200).json, made, "empty is absent");
        create(admin, json!({"company": "第二家", "assign": "none"}));
        let first = admin.get(&format!("{INQUIRIES}?limit=1&fields=company")).expect(200).json;
        let cursor = first["next_cursor"].as_str().unwrap();
        let next = admin.get(&format!("{INQUIRIES}?limit=1&fields=version&cursor={cursor}")).expect(200);
        assert_eq!(next.rows().to_vec(), [json!({"id": made["id"], "version": 1})], "whichever members are shown");
        for wrong in ["colour", "facts.colour", "custom.", "source.utm", "company,colour"] {
            let answer = admin.get(&format!("{INQUIRIES}?fields={wrong}")).expect(400);
            assert_eq!(answer.pointers(), ["?fields"], "{wrong}");
            admin.get(&format!("{place}?fields={wrong}")).expect(400);
        }
    }

    fn a_list_says_how_facts_were_read_only_if_it_is_asked(app) {
        let admin = app.admin();
        let made = create(admin, json!({"text": "求租苏州吴中区厂房3000平方米", "assign": "none"}));
        let listed = admin.all(INQUIRIES)[0]["facts"].clone();
        for member in ["text", "spans", "confidence"] {
            assert!(made["facts"][member].is_string() || made["facts"][member].is_object(), "{made}");
            assert!(listed.get(member).is_none(), "{member}");
        }
        assert_eq!(listed["area_min_sqm"], 3000);
        assert_eq!(admin.all(&format!("{INQUIRIES}?fields=facts"))[0]["facts"], made["facts"]);
    }
}
