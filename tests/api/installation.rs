//! Servers on one database that sign with different secrets.
//! What a secret signs is tested in sessions.rs and passwords.rs.

use leaddock::access::installation::{Comparison, compare_secret};
use leaddock::access::tokens::Keys;

use crate::support::each_database;

const OLD: &str = "an old secret of thirty-two bytes or more";
const NEW: &str = "a new secret of thirty-two bytes or more";

each_database! {
    fn a_server_with_another_secret_is_noticed(app) {
        let keys = |secret: &str, previous: Option<&str>| {
            Keys::derive(&secret.into(), previous.map(Into::into).as_ref()).unwrap()
        };
        let start = |secret: &str, previous: Option<&str>| {
            app.run_async(compare_secret(&app.db, &keys(secret, previous)))
        };
        assert_eq!(start(OLD, None), Comparison::Different, "the app's own secret is another one");
        assert_eq!(start(OLD, None), Comparison::Same);
        assert_eq!(start(NEW, Some(OLD)), Comparison::BeingChanged);
        assert_eq!(start(NEW, None), Comparison::Same);
        assert_eq!(start(OLD, None), Comparison::Different);
    }
}
