import PerfClients

extension ProbeFailure {
    /// What a Redis, or the way to it, refuses.
    package init(_ error: RedisError) {
        self.init(Self.kind(of: error), error.summary, remedy: error.remedy, isConnectionUsable: Self.isUsable(error))
    }

    private static func kind(of error: RedisError) -> Kind {
        switch error {
        case .noLibrary, .oldLibrary, .noTLSLibrary: .noLibrary
        case .noMemory: .unreachable
        case .badURL: .badURL
        case .name: .nameNotFound
        case .refused: .refused
        case .unreachable: .unreachable
        case .noAnswer: .timedOut
        case .lost: .lost
        case .tls: .tls
        case .garbage, .tooLarge: .garbage
        case .answer(_, let refusal):
            switch refusal.kind {
            case .authentication: .authentication
            case .permission, .noDatabase: .denied
            case .tooManyClients: .tooManyClients
            case .notReady: .notReady
            case .busy, .unknownCommand, .other: .errorAnswer
            }
        }
    }

    private static func isUsable(_ error: RedisError) -> Bool {
        guard case .answer(_, let refusal) = error else { return false }
        return switch refusal.kind {
        case .notReady, .busy, .other: true
        case .authentication, .permission, .noDatabase, .tooManyClients, .unknownCommand: false
        }
    }
}
