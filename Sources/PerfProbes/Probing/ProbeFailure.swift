import PerfModel

/// Why a target does not answer.
///
/// No text of it has a secret.
package struct ProbeFailure: UserFacingError, Hashable {
    package enum Kind: String, Hashable, Sendable {
        /// The URL says too little, or something impossible.
        case badURL = "bad_url"
        /// A library of the host, such as libpq, is not there.
        case noLibrary = "no_library"
        /// What it takes is not ours to do, such as raw sockets.
        case noPermission = "no_permission"
        case nameNotFound = "name_not_found"
        case refused
        case unreachable
        case timedOut = "timed_out"
        /// The other side ended the connection.
        case lost
        case tls
        /// A wrong password, or none.
        case authentication
        /// No such database, or a command that this user may not run.
        case denied
        /// It has as many clients as it takes.
        case tooManyClients = "too_many_clients"
        /// It is starting or loading.
        case notReady = "not_ready"
        /// An answer that is none.
        case garbage
        /// An answer that says that something went wrong, such as HTTP 500.
        case errorAnswer = "error_answer"
    }

    package var kind: Kind
    package var summary: String
    package var remedy: String?
    /// Whether the next question may go the same way, as after an answer that says that something went wrong.
    package var isConnectionUsable: Bool

    package init(_ kind: Kind, _ summary: String, remedy: String?, isConnectionUsable: Bool = false) {
        self.kind = kind
        self.summary = summary
        self.remedy = remedy
        self.isConnectionUsable = isConnectionUsable
    }

    package var exitCode: ExitCode { kind == .badURL ? .usage : .failure }
}
