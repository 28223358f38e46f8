//! The main job in one go, as prose: from a form to a report.

use chrono::Duration;
use leaddock::access::Role;
use serde_json::json;

use crate::support::each_database;

each_database! {
    fn from_a_form_to_the_report(app) {
        let agent = app.login(Role::Agent);

        // Somebody sends six things from a web page …
        let sent = json!({"need": "求租厂房，3000-5000平方米", "usage": "汽车零部件机加工", "tax": "年税收约300万元",
            "company": "苏州启澜精密机械有限公司", "contact": "周启澜", "phone": "138 0013 8000"});
        app.nobody().post("/f/default", &sent).expect(202);

        // … it is stored as it came, understood as far as the fields go, and given to the agent …
        let inquiry = agent.get("/api/v1/inquiries?assignee=me").expect(200).rows()[0].clone();
        for item in ["need", "usage", "tax", "company", "contact", "phone"] {
            assert_eq!(inquiry[item], sent[item]);
        }
        assert_eq!(inquiry["phone_e164"], "+8613800138000");
        assert_eq!(inquiry["assignee_id"], agent.id().to_string());
        let path = format!("/api/v1/inquiries/{}", inquiry["id"].as_str().unwrap());

        // … who gets a mail with the six items and a link …
        let mails = app.mails();
        assert_eq!(mails.len(), 1);
        assert!(
            sent.as_object().unwrap().values().all(|item| mails[0].text.contains(item.as_str().unwrap())),
            "{}",
            mails[0].text
        );
        assert!(
            mails[0].text.contains("https://leads.example.com/i/inq_")
                && mails[0].html.contains("https://leads.example.com/i/inq_")
        );

        // … logs a call and plans the next one …
        let due_at = app.clock.now().plus(Duration::hours(2));
        let call = json!({"kind": "call", "outcome": "reached",
            "next": {"kind": "viewing", "due_at": due_at, "note": "看一号厂房"}});
        agent.post(&format!("{path}/follow-ups"), &call).expect(201);
        let seen = agent.get(&path).expect(200);
        assert_eq!(seen.json["first_contacted_at"], app.clock.now().to_string());
        assert_eq!(seen.json["next_follow_up_at"], due_at.to_string());
        agent.post(&format!("{path}/status"), &json!({"status": "viewing"})).expect(200);

        // … is reminded when it is due, not before …
        assert!(app.mails().is_empty());
        app.advance(Duration::hours(2));
        let reminders = app.mails();
        assert_eq!(reminders.len(), 1);
        assert!(reminders[0].text.contains("看一号厂房"));
        assert!(app.mails().is_empty(), "once");

        // … and a manager reads what came of it.
        app.advance(Duration::minutes(1));
        let report = app
            .login(Role::Manager)
            .get("/api/v1/reports/overview?from=2026-11-23&to=2026-11-23")
            .expect(200);
        for (key, figure) in
            [("received", 1), ("assigned", 1), ("viewing", 1), ("open", 1), ("overdue_follow_ups", 1)]
        {
            assert_eq!(report.json["totals"][key], figure, "{key}");
        }
        assert_eq!(report.json["totals"]["response_p50_minutes"], 0.0);
    }
}
