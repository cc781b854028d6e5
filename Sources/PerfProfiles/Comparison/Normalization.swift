/// What two profiles are divided by, so that they can be compared.
package enum Normalization: Hashable, Sendable {
    /// Shares of the total: right whatever was recorded, blind to a change of the whole.
    case total
    /// Per second of the recording.
    case duration
    /// Per operation: requests served, runs of a benchmark. Of several recordings, in each of them.
    case operations(before: Double, after: Double)

    /// One run of a program, from its start to its end.
    package static let run = Normalization.operations(before: 1, after: 1)

    /// `total`, `duration`, `operations`.
    package var name: String {
        switch self {
        case .total: "total"
        case .duration: "duration"
        case .operations: "operations"
        }
    }

    /// What is compared unless something else is asked for: runs where every recording holds one run of the same
    /// command, from its start to its end, else shares.
    package static func natural(_ before: [Profile], _ after: [Profile]) -> Normalization {
        let profiles = before + after
        let commands = profiles.map { profile -> String? in
            guard let extras = profile.extras, extras.isWholeRun, extras.clock == "cpu" || extras.heap != nil,
                !extras.target.isEmpty
            else {
                return nil
            }
            return command(extras.target)
        }
        guard let first = commands.first, let first, commands.allSatisfy({ $0 == first }) else { return .total }
        return .run
    }

    /// A command line without the folder of the program: builds that are compared stand in different ones.
    private static func command(_ target: String) -> String {
        let words = target.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard let program = words.first else { return target }
        return ([program.split(separator: "/").last ?? program] + words.dropFirst()).joined(separator: " ")
    }
}
