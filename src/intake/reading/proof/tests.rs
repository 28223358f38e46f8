//! Tests of `proof.rs`.
//! What goes over HTTP is tested in `tests/api`.

use super::super::raw::{Hidden, RawSubmission, tests::raw};
use super::super::work::Work;
use super::*;
use serde_json::{Map, json};

fn proof(settings: Value) -> Proof {
    let mut faults = Faults::default();
    let proof = Proof::parse(&serde_json::from_value(settings).unwrap(), "/proof", &mut faults);
    faults.none_or(&crate::kernel::error::INVALID).unwrap();
    proof
}

fn proven(settings: Value, raw: &RawSubmission, document: &Value) -> bool {
    proof(settings).check(&EvalContext { document: Some(document), pairs: &[], raw, work: &Work::default() })
        == Proven::Yes
}

#[test]
fn a_signature_is_of_the_very_bytes() {
    // RFC 4231, test case 2.
    let key = json!({"kind": "hmac", "in": "header:x-sign", "algorithm": "sha256", "encoding": "hex",
        "prefix": "v1=", "secret": "Jefe"});
    let mut signed = raw("application/json", b"what do ya want for nothing?");
    signed.headers.push((
        "x-sign".to_owned(),
        "v1=5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843".to_owned(),
    ));
    assert!(proven(key.clone(), &signed, &json!({})), "hex in either case");
    for bad in ["5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", "v1=", "v1=5bdc", "v1=é"]
    {
        let mut other = signed.clone();
        other.headers = vec![("x-sign".to_owned(), bad.to_owned())];
        assert!(!proven(key.clone(), &other, &json!({})), "{bad}");
    }
    signed.body.push(b' ');
    assert!(!proven(key, &signed, &json!({})));
}

#[test]
fn a_digest_is_of_what_the_message_names() {
    let settings = json!({"kind": "hash", "in": "$.sign", "algorithm": "md5",
        "message": "{sorted}&key={secret}", "secret": "s"});
    // md5("a=1&b=x&key=s")
    let sign = data_encoding::HEXLOWER.encode(&Md5::digest(b"a=1&b=x&key=s"));
    let (seen, other) =
        (json!({"b": "x", "a": 1, "empty": "", "sign": sign}), json!({"b": "y", "a": 1, "sign": sign}));
    let raw = raw("application/json", b"");
    assert!(proven(settings.clone(), &raw, &seen) && !proven(settings, &raw, &other));
}

#[test]
fn a_secret_is_compared_whole_and_once_more_by_its_digest() {
    let settings = json!({"kind": "secret", "in": "query:token", "secret": "new", "previous_secret": "old"});
    let mut shown = raw("application/json", b"{}");
    for (query, good) in [
        ("token=new", true),
        ("token=old", true),
        ("token=ne", false),
        ("token=newx", false),
        ("token=", false),
        ("", false),
    ] {
        shown.query = query.to_owned();
        assert_eq!(proven(settings.clone(), &shown, &json!({})), good, "{query}");
    }
    for (query, good) in
        [("token=new&token=new", true), ("token=new&token=other", false), ("token=other&token=new", false)]
    {
        shown.query = query.to_owned();
        assert_eq!(proven(settings.clone(), &shown, &json!({})), good, "{query}");
    }
    let either = json!({"kind": "secret", "in": ["header:x-token", "query:token"], "secret": "new"});
    shown.query = "token=new".to_owned();
    assert!(proven(either, &shown, &json!({})));
    shown.query = "token=***".to_owned();
    let kept = |secret: &str| {
        let digests =
            Map::from_iter([("query:token".to_owned(), Value::String(digest(b"salt", secret).unwrap()))]);
        RawSubmission { hidden: Some(Hidden { salt: b"salt".to_vec(), digests }), ..shown.clone() }
    };
    assert!(
        proven(settings.clone(), &kept("old"), &json!({})) && !proven(settings, &kept("other"), &json!({}))
    );
}

#[test]
fn age_and_address_are_part_of_the_proof() {
    let settings = json!({"kind": "none", "timestamp": "query:ts", "max_age_seconds": 300,
        "allowed_ips": ["203.0.113.0/24", "::1"]});
    let mut sent = raw("application/json", b"{}");
    sent.address = Some("203.0.113.9".parse().unwrap());
    for (ts, good) in
        [("1000", true), ("700", true), ("699", false), ("1301", false), ("x", false), ("", false)]
    {
        sent.query = format!("ts={ts}");
        assert_eq!(proven(settings.clone(), &sent, &json!({})), good, "{ts}");
    }
    sent.query = "ts=1000".to_owned();
    sent.address = Some("198.51.100.1".parse().unwrap());
    assert!(!proven(settings, &sent, &json!({})));
}

#[test]
fn a_challenge_is_echoed_to_who_knows_the_word() {
    let proof =
        proof(json!({"challenge": {"when": "query:verify", "equals": "vt", "echo": "query:challenge",
            "body": "<{echo}>"}}));
    let ask = |query: &str| {
        let raw = RawSubmission { query: query.to_owned(), ..raw("", b"") };
        proof.challenged(&EvalContext { document: None, pairs: &[], raw: &raw, work: &Work::default() })
    };
    assert_eq!(
        ask("verify=vt&challenge=115"),
        Some(Challenged::Echo {
            body: "<115>".to_owned(),
            content_type: "text/plain; charset=utf-8".to_owned()
        })
    );
    assert_eq!(ask("verify=no&challenge=115"), Some(Challenged::Refused));
    assert_eq!(ask("verify=vt&challenge=%01"), Some(Challenged::Refused));
    assert_eq!(ask("challenge=115"), None);
}

#[test]
fn what_a_kind_needs_must_be_there() {
    let mut faults = Faults::default();
    for settings in [
        json!({"kind": "hmac", "in": "header:x"}),
        json!({"kind": "secret", "secret": "x"}),
        json!({"allowed_ips": ["x"]}),
        json!({"message": "{$[}"}),
        json!({"message": "{body}{body}{sorted}"}),
        json!({"message": "{a}-".repeat(40)}),
    ] {
        Proof::parse(&serde_json::from_value(settings).unwrap(), "/proof", &mut faults);
    }
    let error = faults.none_or(&crate::kernel::error::INVALID).unwrap_err();
    let pointers: Vec<&str> = error.field_faults().iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(
        pointers,
        [
            "/proof/secret",
            "/proof/in",
            "/proof/allowed_ips/0",
            "/proof/message",
            "/proof/message",
            "/proof/message"
        ]
    );
}
