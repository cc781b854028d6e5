import PerfModel

/// What can be said about a service to size it; the order is that of the command line.
package enum SizingInput: String, CaseIterable, Hashable, Sendable, Codable {
    case tenants
    /// Canonical events a month.
    case events
    case concurrentJobs = "concurrent_jobs"
    case queueDepth = "queue_depth"
    /// Users at the same time.
    case users
    case requestsPerSecond = "requests_per_second"
    case jobsPerSecond = "jobs_per_second"
    /// CPUs that workers may use.
    case cores

    /// `"--rps"`.
    package var option: String {
        switch self {
        case .tenants: "--tenants"
        case .events: "--events"
        case .concurrentJobs: "--concurrent-jobs"
        case .queueDepth: "--queue-depth"
        case .users: "--users"
        case .requestsPerSecond: "--rps"
        case .jobsPerSecond: "--jobs-per-second"
        case .cores: "--cores"
        }
    }

    /// Whether parts make sense: a rate of 0.5 does, half a tenant does not.
    package var isWhole: Bool {
        switch self {
        case .requestsPerSecond, .jobsPerSecond, .cores: false
        case .tenants, .events, .concurrentJobs, .queueDepth, .users: true
        }
    }

    /// Values beyond are mistakes, not services: Linux has at most 8,192 CPUs, and there are fewer than 10¹² of the rest.
    package var largest: Double { self == .cores ? 8192 : 1e12 }

    /// `"12 tenants"`, `"a queue of 700"`; for a value in the unit of this input.
    package func text(_ value: Double) -> String {
        switch self {
        case .tenants: Figure.counted(value, "tenant")
        case .events: Figure.counted(value, "event") + " a month"
        case .concurrentJobs: Figure.counted(value, "concurrent job")
        case .queueDepth: "a queue of \(Figure.text(value))"
        case .users: Figure.counted(value, "user")
        case .requestsPerSecond: "\(Figure.text(value)) requests/s"
        case .jobsPerSecond: "\(Figure.text(value)) jobs/s"
        case .cores: Figure.counted(value, "CPU")
        }
    }
}

/// The inputs that were given.
package struct SizingInputs: Hashable, Sendable {
    private var values: [SizingInput: Double] = [:]

    package init() {}

    /// Keeps what can be meant.
    ///
    /// - Parameter given: a value for each input that is known.
    /// - Throws: ``SizingInputError`` for the first that cannot be.
    package init(_ given: [SizingInput: Double]) throws(SizingInputError) {
        for input in SizingInput.allCases {
            guard let value = given[input] else { continue }
            guard value.isFinite, value > 0, value <= input.largest, !input.isWhole || value == value.rounded() else {
                throw SizingInputError(input: input, value: value)
            }
            values[input] = value
        }
    }

    package subscript(input: SizingInput) -> Double? { values[input] }

    package var isEmpty: Bool { values.isEmpty }

    /// Those that were given, in the order of the command line.
    package var given: [(input: SizingInput, value: Double)] {
        SizingInput.allCases.compactMap { input in values[input].map { (input, $0) } }
    }

    /// Whether one of these was given.
    package func hasAny(of inputs: SizingInput...) -> Bool { inputs.contains { values[$0] != nil } }
}

/// A value that no service has.
package struct SizingInputError: UserFacingError, Hashable {
    package var input: SizingInput
    package var value: Double

    package var summary: String {
        let kind = input.isWhole ? "a whole number from 1" : "a number above 0, at most"
        let shown = value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
        return "\(input.option) takes \(kind)\(input.isWhole ? " to" : "") \(Figure.text(input.largest)), not \(shown)"
    }

    package var remedy: String? {
        "leave it out if it is not known; perfdoctor size --help says what each number means"
    }

    package var exitCode: ExitCode { .usage }
}
