//! The effective settings as text, without secrets.
//! The settings themselves are in `settings.rs`.

use super::public_url::PublicUrl;
use super::settings::Settings;

impl Settings {
    /// The effective settings as TOML-like lines, without secrets.
    pub fn to_redacted_text(&self) -> String {
        let set = |is_set: bool| if is_set { "…" } else { "" };
        let proxies: Vec<String> =
            self.server.trusted_proxies.iter().map(|net| format!("{:?}", net.to_string())).collect();
        format!(
            "[server]\nbind = {:?}\npublic_url = {:?}\ntrusted_proxies = [{}]\n\
             request_timeout_seconds = {}\nsend_timeout_seconds = {}\ndrain_seconds = {}\n\
             shutdown_timeout_seconds = {}\nworkers = {}\nmetrics_public = {}\n\n\
             [database]\nurl = {:?}\nconnections = {}\ngroup_commit = {}\n\n\
             [auth]\nsecret = {:?}\nprevious_secret = {:?}\nsecret_file = {:?}\n\n\
             [mail]\nurl = {:?}\nfolder = {:?}\nfrom = {:?}\n\n\
             [organisation]\nname = {:?}\ntimezone = {:?}\nlocale = {:?}\n\n\
             [links]\ninquiry = {:?}\npassword = {:?}\n\n[admin]\nemail = {:?}\npassword = {:?}\n\n\
             [limits]\nintake_per_minute = {}\nintake_per_minute_with_key = {}\nlogin_per_minute = {}\n\n\
             [receipts]\nkeep_days = {}\n\n[webhooks]\nallow_private_hosts = {}\n\n\
             [log]\nformat = {:?}\nlevel = {:?}\n",
            self.server.bind.to_string(),
            self.server.public_url.as_ref().map(PublicUrl::to_string).unwrap_or_default(),
            proxies.join(", "),
            self.server.request_timeout_seconds,
            self.server.send_timeout_seconds,
            self.server.drain_seconds,
            self.server.shutdown_timeout_seconds,
            self.server.workers,
            self.server.metrics_public,
            self.database.url.to_string(),
            self.database.connections,
            self.database.group_commit,
            set(self.auth.secret.is_some()),
            set(self.auth.previous_secret.is_some()),
            self.auth.secret_file,
            set(self.mail.url.is_some()),
            self.mail.folder,
            self.mail.from.to_string(),
            self.organisation.name,
            self.organisation.timezone.name(),
            self.organisation.locale,
            self.links.inquiry,
            self.links.password,
            self.admin.as_ref().map_or("", |admin| admin.email.as_str()),
            set(self.admin.is_some()),
            self.limits.intake_per_minute,
            self.limits.intake_per_minute_with_key,
            self.limits.login_per_minute,
            self.receipts.keep_days,
            self.webhooks.allow_private_hosts,
            if self.log.json { "json" } else { "text" },
            self.log.level,
        )
    }
}
