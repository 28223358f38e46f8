//! Threads that hold a database connection: others wait for them, so nothing that computes for long may run
//! there. Where such work runs instead is decided where it begins (`web::block`, or before the transaction).

use std::cell::Cell;

thread_local! {
    static HOLDS_CONNECTION: Cell<bool> = const { Cell::new(false) };
}

/// Marks the current thread as one that holds a database connection.
pub fn mark_database_thread() {
    HOLDS_CONNECTION.set(true);
}

/// Whether the current thread holds a database connection.
pub fn is_database_thread() -> bool {
    HOLDS_CONNECTION.get()
}

/// Asserts, in builds for tests, that work which needs no database does not run where others wait for the
/// database.
#[track_caller]
pub fn assert_no_database_thread(work: &str) {
    debug_assert!(
        !is_database_thread(),
        "{work} on a database thread: do it before the transaction, with web::block"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_marked_thread_refuses_work() {
        assert_no_database_thread("reading");
        let marked = std::thread::spawn(|| {
            mark_database_thread();
            std::panic::catch_unwind(|| assert_no_database_thread("reading")).is_err()
        });
        assert!(marked.join().unwrap() && !is_database_thread());
    }
}
