//! Settings of a form that are wrong: each is reported with its pointer, all at once.
//! What a form is made for is in forms.rs.

use serde_json::{Value, json};

use crate::support::desk::with;
use crate::support::each_database;
use crate::support::intake::{FORMS, JSON, everything, form, place};

each_database! {
    fn every_bad_setting_is_told_with_its_pointer(app) {
        let (admin, made) = (app.admin(), form(&app, json!({})));
        let cases: &[(Value, &[&str])] = &[
            (json!({"name": ""}), &["/name"]),
            (
                json!({"name": "a\nb", "colour": "red", "active": "yes", "locale": "fr", "id": "frm_x"}),
                &["/active", "/colour", "/id", "/locale", "/name"],
            ),
            (json!({"profile": {"colour": "red"}}), &["/profile/colour"]),
            (json!({"profile": {"preset": "no-such-preset"}}), &["/profile/preset"]),
            (json!({"profile": {"preset": "typeform"}}), &["/proof/secret"]),
            (json!({"profile": {"charset": "klingon"}}), &["/profile/charset"]),
            (
                json!({"profile": {"external_id": "$.a[?", "root": "$[", "parse_json": ["$.a", "b c"]}}),
                &["/profile/external_id", "/profile/parse_json/1", "/profile/root"],
            ),
            (
                json!({"profile": {"entries": {"each": "$..[", "key": ["$.k", "$["],
                    "options": {"text": 5}}}}),
                &["/profile/entries/each"],
            ),
            (
                json!({"profile": {"entries": {"each": "$.a[*]", "key": ["$.k", "$["],
                    "options": {"text": 5}}}}),
                &["/profile/entries/key/1", "/profile/entries/options/text"],
            ),
            (json!({"profile": {"labels": {"each": "x y"}}}), &["/profile/labels/each"]),
            (
                json!({"profile": {"map": {"phone": "$[", "status": "$.x", "a/b": "c", "need": ["a", 5],
                    "usage": {"all": true}}}}),
                &[
                    "/profile/map/a~1b",
                    "/profile/map/need/1",
                    "/profile/map/phone",
                    "/profile/map/status",
                    "/profile/map/usage/from",
                ],
            ),
            (
                json!({"profile": {"map": {"need": {"from": "a",
                    "transform": ["trim", "explode", {"regex": "("}, {"regex": "a", "group": 4},
                        {"lookup": []}], "x": 1}}}}),
                &[
                    "/profile/map/need/transform/1",
                    "/profile/map/need/transform/2/regex",
                    "/profile/map/need/transform/3/group",
                    "/profile/map/need/transform/4/lookup",
                    "/profile/map/need/x",
                ],
            ),
            (
                json!({"profile": {"synonyms": {"phone": "x", "status": ["y"], "tax": [5]}}}),
                &["/profile/synonyms/phone", "/profile/synonyms/status", "/profile/synonyms/tax"],
            ),
            (
                json!({"profile": {"repeat": "sometimes", "leftover": "bin", "auto_map": 1, "ignore": "x"}}),
                &["/profile/auto_map", "/profile/ignore", "/profile/leftover", "/profile/repeat"],
            ),
            (
                json!({"profile": {"event": {"create": ["a"]}, "test": {"at": "$["}}}),
                &["/profile/event/at", "/profile/test/at"],
            ),
            (
                json!({"profile": {"spam": {"min_fill_seconds": -1, "max_links": 1000,
                    "token_required": "no", "x": 1}}}),
                &[
                    "/profile/spam/max_links",
                    "/profile/spam/min_fill_seconds",
                    "/profile/spam/token_required",
                    "/profile/spam/x",
                ],
            ),
            (
                json!({"proof": {"kind": "magic", "algorithm": "crc32", "encoding": "rot13", "secret": 5}}),
                &["/proof/algorithm", "/proof/encoding", "/proof/kind", "/proof/secret"],
            ),
            (json!({"proof": {"kind": "hmac"}}), &["/proof/in", "/proof/secret"]),
            (json!({"proof": {"kind": "secret", "secret": "", "in": "$["}}), &["/proof/in", "/proof/secret"]),
            (
                json!({"proof": {"nonce": "$[", "timestamp": 5, "max_age_seconds": 0}}),
                &["/proof/max_age_seconds"],
            ),
            (
                json!({"proof": {"nonce": "$[", "timestamp": 5, "message": "{body}{$[}",
                    "allowed_ips": ["::1", "300.0.0.1"]}}),
                &["/proof/allowed_ips/1", "/proof/message", "/proof/nonce", "/proof/timestamp"],
            ),
            (
                json!({"proof": {"challenge": {"equals": "x", "content_type": "text/html"}}}),
                &["/proof/challenge/when"],
            ),
            (
                json!({"proof": {"challenge": {"when": "query:a", "echo": "$[",
                    "content_type": "text/html"}}}),
                &["/proof/challenge/content_type", "/proof/challenge/echo"],
            ),
            (json!({"answer": {"status": 302}}), &["/answer/status"]),
            (json!({"answer": {"body": "x", "content_type": "text/javascript"}}), &["/answer/content_type"]),
            (
                json!({"answer": {"body": "x", "content_type": "text/plain\r\nX-Evil: 1"}}),
                &["/answer/content_type"],
            ),
            (
                json!({"redirect_url": "javascript:alert(1)",
                    "allowed_origins": ["https://ok.example", "ok.example", "null",
                        "https://ok.example/path"]}),
                &["/allowed_origins/1", "/allowed_origins/2", "/allowed_origins/3", "/redirect_url"],
            ),
            (json!({"redirect_url": "https://a@evil.example/"}), &["/redirect_url"]),
            (json!({"redirect_url": "//evil.example"}), &["/redirect_url"]),
            (json!({"redirect_url": "https://ok.example/\r\nSet-Cookie: a=b"}), &["/redirect_url"]),
            (
                json!({"fields": {"tax": {"show": "no", "label": {"fr": "x"}}, "status": {}}}),
                &["/fields/status", "/fields/tax/label/fr", "/fields/tax/show"],
            ),
            (json!({"consent": {"required": true, "text": "同意"}}), &["/consent/version"]),
        ];
        let before = everything(&app);
        for (settings, pointers) in cases {
            admin.post(FORMS, &with(json!({"name": "x"}), settings.clone())).finds_fault_with(pointers);
            admin.patch(&place(&made), settings).finds_fault_with(pointers);
        }
        admin.post(FORMS, &json!({})).finds_fault_with(&["/name"]);
        admin.post_bytes(FORMS, JSON, "{").refused(400, "bad_json");
        assert_eq!(everything(&app), before);
    }

    fn all_that_is_wrong_is_told_at_once(app) {
        // First what is no form at all, then what cannot work.
        let bad = json!({"name": "x", "colour": 1, "redirect_url": "//x",
            "profile": {"colour": "red", "external_id": "$["}, "proof": {"kind": "magic"}});
        app.admin().post(FORMS, &bad).finds_fault_with(&["/colour", "/profile/colour", "/proof/kind"]);
        let bad = json!({"name": "x", "redirect_url": "//x", "profile": {"external_id": "$["},
            "proof": {"kind": "hmac"}});
        app.admin().post(FORMS, &bad).finds_fault_with(&[
            "/profile/external_id",
            "/proof/in",
            "/proof/secret",
            "/redirect_url",
        ]);
    }
}
