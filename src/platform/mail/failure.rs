//! Why a mail was not sent: permanent or temporary, about the mail or about the server.
//! What follows from it is decided in `channel.rs`.

/// Why a mail was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Permanent: the server has rejected the mail.
    ForGood(String),
    /// Permanent: the message is malformed, and no server was contacted.
    Unsendable(String),
    /// Temporary: worth a retry.
    ForNow(String),
    /// Temporary: the server ended the connection, fell silent or said what nobody understands while it was
    /// given the mail, and may have taken it.
    Lost(String),
    /// Temporary, and not about this mail: the server cannot be reached or rejects the login.
    Unusable(String),
}
