/// The exit codes of perfdoctor; other programs rely on them.
package enum ExitCode: Int32, CaseIterable, Sendable {
    case success = 0
    /// A regression, a leak under `--fail-on-leak`, or a finding at or above `--fail-on`.
    case finding = 1
    /// No certain answer, where policy makes that fail.
    case inconclusive = 3
    /// The measurement cannot be trusted: invalid environment, overloaded prober.
    case untrustworthy = 4
    /// perfdoctor could not do its job: bad file, no permission, target gone.
    case failure = 5
    /// The target program failed.
    case targetFailed = 6
    /// Wrong usage or a bad configuration.
    case usage = 64

    /// Which code wins when several apply, strongest first.
    package static let precedence: [ExitCode] = [
        .usage, .failure, .targetFailed, .untrustworthy, .finding, .inconclusive, .success,
    ]

    /// The strongest of several codes; `.success` when there are none.
    package static func strongest(_ codes: some Sequence<ExitCode>) -> ExitCode {
        let present = Set(codes)
        return precedence.first { present.contains($0) } ?? .success
    }
}
