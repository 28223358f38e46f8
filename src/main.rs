//! The program. Everything it does is in the library, below `cli`.

fn main() -> std::process::ExitCode {
    leaddock::cli::run()
}
