import PerfClients
import PerfModel

extension ProbeFailure {
    /// What libpq or a server says, by its SQLSTATE where there is one.
    init(_ error: PostgreSQLError) {
        self.init(
            Self.kind(of: error), error.summary, remedy: Self.remedy(of: error),
            isConnectionUsable: { if case .refused = error { true } else { false } }())
    }

    private static func kind(of error: PostgreSQLError) -> Kind {
        switch error {
        case .noVariable, .badAddress, .unescapedPassword, .badText: .badURL
        case .noLibrary, .oldLibrary: .noLibrary
        case .noMemory: .noPermission
        case .noAnswer: .timedOut
        case .lost: .lost
        case .unexpected: .garbage
        case .turnedAway(let address, let code, let reason), .refused(let address, let code, let reason):
            kind(code, reason, address)
        case .cannotConnect(_, let reason): kind(unreached: reason)
        }
    }

    private static func kind(_ code: String, _ reason: String, _ address: String) -> Kind {
        // Without these libpq tries TLS first, so that encryption is not what is missing.
        let isPlain = address.contains("sslmode=disable") || address.contains("sslmode=allow")
        if reason.contains("SSL required")
            || isPlain && (reason.contains("no encryption") || reason.contains("SSL off"))
        {
            return .tls
        }
        // PgBouncer 1.18 has 08P01 for nearly all that it refuses.
        if reason.contains("no more connections allowed") { return .tooManyClients }
        if reason.contains("no such user") || reason.contains("authentication failed") { return .authentication }
        if reason.contains("no such database") || reason.contains("not allowed") { return .denied }
        switch code {
        case "53300": return .tooManyClients
        case "57P03": return .notReady
        case "28P01", "28000": return .authentication
        case "3D000", "42501", "0LP01": return .denied
        case "57P01", "57P02", "08006", "08003": return .lost
        case "57014": return .timedOut
        default: return .errorAnswer
        }
    }

    /// Of a server that said nothing that libpq understands; it speaks English, as nobody sets a locale.
    private static func kind(unreached reason: String) -> Kind {
        let kinds: [(String, Kind)] = [
            ("Connection refused", .refused), ("No such file or directory", .refused),
            ("could not translate host name", .nameNotFound),
            ("unreachable", .unreachable), ("No route to host", .unreachable), ("timed out", .timedOut),
            ("no password supplied", .authentication), ("definition of service", .badURL),
            ("invalid response to SSL", .garbage), ("expected authentication request", .garbage),
            ("invalid message", .garbage), ("unsupported frontend protocol", .garbage),
            ("out of sync", .garbage), ("certificate", .tls), ("SSL", .tls),
            ("invalid", .badURL), ("closed the connection", .lost), ("Connection reset", .lost),
            ("Permission denied", .noPermission),
        ]
        return kinds.first { reason.contains($0.0) }?.1 ?? .garbage
    }

    private static func remedy(of error: PostgreSQLError) -> String? {
        switch error {
        case .noAnswer: "check the server and what is between; --timeout allows more"
        case .lost: "see the server's log: it may have been restarted"
        case .unexpected: "correct host and port: this may be another kind of server"
        case .turnedAway(let address, let code, let reason), .refused(let address, let code, let reason):
            switch kind(code, reason, address) {
            case .tooManyClients: "close what is idle, put PgBouncer before it, or raise the limit"
            case .notReady: "wait until it has started, and look at its log"
            case .denied: "correct the database's name, or grant what is missing"
            case .tls: "add sslmode=require to the URL, or see pg_hba.conf"
            default: error.remedy
            }
        case .cannotConnect(_, let reason):
            switch kind(unreached: reason) {
            case .garbage: "correct host and port: this may be another kind of server"
            default: error.remedy
            }
        default: error.remedy
        }
    }
}
