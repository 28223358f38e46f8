//! Database threads: others wait for them, so CPU-heavy work must not run there.
//! It runs in `web::block` or before the transaction instead.

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

/// Debug assertion that CPU-heavy work does not run on a database thread.
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
