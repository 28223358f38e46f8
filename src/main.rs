//! The program. Everything it does is in the library, below `cli`.

/// Each submission makes and drops some hundred small texts on one thread and the next; this allocator is
/// built for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    leaddock::cli::run()
}
