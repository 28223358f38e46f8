//! The body of a request: its type, its size, its JSON, and the faults that are named in it.
//! What single operations ask of their bodies is in the other files.

use serde_json::{Value, json};

use crate::support::desk::{INQUIRIES, create, path};
use crate::support::each_database;

each_database! {
    fn at_most_a_hundred_faults_are_named(app) {
        let members: serde_json::Map<String, Value> =
            (0..50_000).map(|n| (format!("x{n}"), json!(1))).collect();
        let answer = app.admin().post(INQUIRIES, &Value::Object(members)).refused(422, "invalid");
        assert_eq!(answer.json["errors"].as_array().unwrap().len(), 100);
        let query: Vec<String> = (0..2_000).map(|n| format!("x{n}=1")).collect();
        let answer = app.admin().get(&format!("{INQUIRIES}?{}", query.join("&"))).refused(400, "bad_query");
        assert_eq!(answer.json["errors"].as_array().unwrap().len(), 100);
        let tags = json!({"need": "x", "tags": vec![1; 50_000]});
        let answer = app.admin().post(INQUIRIES, &tags).refused(422, "invalid");
        assert!(answer.json["errors"].as_array().unwrap().len() <= 100);
    }

    fn what_everybody_may_send_is_small(app) {
        let members: serde_json::Map<String, Value> =
            (0..80_000).map(|n| (format!("x{n}"), json!(1))).collect();
        let large = Value::Object(members);
        for to in ["login", "refresh", "password-reset", "password-reset/confirm"] {
            app.nobody().post(&format!("/api/v1/auth/{to}"), &large).refused(413, "too_large");
            let most = format!("{{\"x\": \"{}\"}}", "x".repeat((16 << 10) - 9));
            app.nobody()
                .post_bytes(&format!("/api/v1/auth/{to}"), "application/json", most.as_str())
                .refused(422, "invalid");
            app.nobody()
                .post_bytes(&format!("/api/v1/auth/{to}"), "application/json", format!("{most} "))
                .refused(413, "too_large");
        }
    }

    fn a_fault_of_json_tells_where(app) {
        let body = "{\n  \"need\": \"求租厂房\",\n  \"company\": 启澜\n}";
        let answer = app.admin().post_bytes(INQUIRIES, "application/json", body).refused(400, "bad_json");
        assert_eq!((&answer.json["line"], &answer.json["column"]), (&json!(3), &json!(14)));
        assert_eq!(
            answer.json["errors"][0]["message"],
            "The JSON cannot be read: line 3, column 14: something is wrong here."
        );
        let headers = [("Content-Type", "application/json"), ("Accept-Language", "zh")];
        let answer =
            app.admin().send("POST", INQUIRIES, &headers, Some(body.into())).refused(400, "bad_json");
        assert_eq!(answer.json["errors"][0]["message"], "JSON 语法错误：第 3 行第 14 列，此处有误。");
    }

    fn faults_of_a_body_are_worded_in_both_languages(app) {
        let body = json!({"kind": "call", "due_at": "tomorrow", "note": 5, "nead": 1});
        let inquiry = create(app.admin(), json!({}));
        let messages = |accept: &str| -> Vec<String> {
            let headers = [("Content-Type", "application/json"), ("Accept-Language", accept)];
            let answer = app
                .admin()
                .send(
                    "POST",
                    &format!("{}/follow-ups", path(&inquiry)),
                    &headers,
                    Some(body.to_string().into_bytes()),
                )
                .refused(422, "invalid");
            answer.json["errors"]
                .as_array()
                .unwrap()
                .iter()
                .map(|fault| fault["message"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(
            messages("zh"),
            [
                "应为时间（RFC 3339），例如 2026-11-23T08:30:00Z。",
                "没有这个字段，或不允许填写。",
                "类型应为字符串或空值。"
            ]
        );
        let english = [
            "Expected an RFC 3339 time such as 2026-11-23T08:30:00Z.",
            "There is no such member, or it cannot be written.",
            "The type must be string or null.",
        ];
        assert_eq!(messages("en"), english);
    }

    fn json_that_cannot_be_read_is_400(app) {
        let odd: [&[u8]; 10] = [
            b"",
            b"{",
            b"[1,2",
            b"{\"need\": \"x\"",
            b"need=x",
            b"{\"need\": \"\xff\xfe\"}",
            b"{\"need\": \"\\ud800\"}",
            b"\xef\xbb\xbf{}",
            b"nul",
            b"{\"need\": 1e999}",
        ];
        for body in odd {
            app.admin().post_bytes(INQUIRIES, "application/json", body).refused(400, "bad_json");
        }
        for body in ["[]", "\"text\"", "5", "null", "true"] {
            app.admin().post_bytes(INQUIRIES, "application/json", body).expect(422);
        }
        let deep = |levels: usize| {
            format!(
                "{{\"need\": \"x\", \"assign\": \"none\", \"custom\": {}{}}}",
                "{\"a\":".repeat(levels) + "1",
                "}".repeat(levels)
            )
        };
        app.admin().post_bytes(INQUIRIES, "application/json", deep(31)).expect(201);
        app.admin().post_bytes(INQUIRIES, "application/json", deep(32)).refused(400, "too_deep");
        app.admin().post_bytes(INQUIRIES, "application/json", "[".repeat(100_000)).refused(400, "too_deep");
    }

    fn json_is_taken_by_any_of_its_names(app) {
        let body = json!({"need": "x", "assign": "none"}).to_string();
        for name in [
            "application/json",
            "application/json; charset=utf-8",
            "APPLICATION/JSON",
            "application/merge-patch+json",
        ] {
            app.admin().post_bytes(INQUIRIES, name, body.clone()).expect(201);
        }
        for name in [
            "text/plain",
            "text/csv",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "nonsense",
            "",
        ] {
            app.admin().post_bytes(INQUIRIES, name, body.clone()).refused(415, "unsupported_media_type");
        }
        app.admin()
            .send("POST", INQUIRIES, &[], Some(body.into_bytes()))
            .refused(415, "unsupported_media_type");
    }

    fn a_compressed_body_is_refused(app) {
        let body = json!({"need": "x", "assign": "none"}).to_string().into_bytes();
        for coding in ["gzip", "br", "deflate", "zstd", "x-gzip", "identity, gzip", "nonsense"] {
            let headers = [("Content-Type", "application/json"), ("Content-Encoding", coding)];
            app.admin()
                .send("POST", INQUIRIES, &headers, Some(body.clone()))
                .refused(415, "unsupported_media_type");
            app.nobody()
                .send("POST", "/f/default", &headers, Some(body.clone()))
                .refused(415, "unsupported_media_type");
        }
        assert!(app.admin().all("/api/v1/receipts").is_empty(), "nothing was kept of what nobody could read");
        app.nobody()
            .send(
                "POST",
                "/f/default",
                &[("Content-Type", "application/json"), ("Content-Encoding", "identity")],
                Some(body),
            )
            .expect(202);
    }

    fn a_body_has_its_limit(app) {
        let padded = |to: usize| {
            let body = json!({"need": "x", "assign": "none"}).to_string();
            let blanks = " ".repeat(to - body.len());
            body + &blanks
        };
        app.admin().post_bytes(INQUIRIES, "application/json", padded(1 << 20)).expect(201);
        app.admin()
            .post_bytes(INQUIRIES, "application/json", padded((1 << 20) + 1))
            .refused(413, "too_large");
        app.nobody().post_bytes("/f/default", "application/json", padded(64 << 10)).expect(202);
        app.nobody()
            .post_bytes("/f/default", "application/json", padded((64 << 10) + 1))
            .refused(413, "too_large");
        // One Chinese character takes nine bytes in a form that is sent urlencoded.
        for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=cut"] {
            let fields = |to: usize| {
                let (before, after) = if kind.contains("cut") {
                    ("--cut\r\nContent-Disposition: form-data; name=\"need\"\r\n\r\n", "\r\n--cut--\r\n")
                } else {
                    ("need=", "")
                };
                format!("{before}{}{after}", "x".repeat(to - before.len() - after.len()))
            };
            app.nobody().post_bytes("/f/default", kind, fields(256 << 10)).expect(202);
            app.nobody().post_bytes("/f/default", kind, fields((256 << 10) + 1)).refused(413, "too_large");
        }
        // Whoever sends far too much gets to read the refusal too.
        app.nobody().post_bytes("/f/default", "application/json", padded(16 << 20)).refused(413, "too_large");
    }
}
