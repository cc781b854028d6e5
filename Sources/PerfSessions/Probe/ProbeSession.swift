import PerfClients
import PerfLinux
import PerfModel
import PerfProbes
import Synchronization

/// Resolves URLs, asks all of their targets at once, and judges the answers.
package struct ProbeSession: Sendable {
    package typealias Options = ProbeRun.Options

    package struct Result: Sendable {
        package var measurements: [ProbeMeasurement]
        /// URLs that could not even be resolved, in the order of the command line.
        package var unresolved: [Unresolved]
        /// Nil where nothing was asked.
        package var cost: Cost?
        /// Nanoseconds since 1970-01-01 UTC.
        package var startedAt: Int64
        package var duration: Duration
        package var isStopped: Bool
        package var rate: Double

        package struct Unresolved: Sendable {
            /// Without secrets.
            package var url: String
            package var failure: ProbeFailure
        }

        package struct Cost: Sendable {
            /// CPUs that asking took.
            package var cpus: Double
            /// 0...1; nil where the kernel does not tell.
            package var runDelay: Double?
        }
    }

    private let options: Options

    package init(options: Options) {
        self.options = options
    }

    /// The URLs of a command line, each checked.
    ///
    /// - Throws: for one that is no URL, or of an unknown kind; nothing is asked then.
    package static func urls(_ texts: [String]) throws -> [ServerURL] {
        try texts.map { text in
            let url = try ServerURL(text)
            guard kind(of: url) != nil else { throw UnknownSchemeError(url: url) }
            return url
        }
    }

    private static func kind(of url: ServerURL) -> (any ProbeTarget.Type)? {
        ProbeTargets.all.first { $0.schemes.contains(url.scheme) }
    }

    /// - Parameters:
    ///   - urls: as ``urls(_:)`` checked them.
    ///   - isStopped: asked often, from several threads; true ends it with what is there.
    ///   - progress: called a few times a second.
    /// - Returns: what was measured, targets in the order of the URLs.
    /// - Throws: when the system gives no threads.
    package func run(
        _ urls: [ServerURL], isStopped: @escaping @Sendable () -> Bool, progress: (ProbeRun.Progress) -> Void
    ) throws -> Result {
        let startedAt = WallClock.nanosecondsSince1970()
        let start = MonotonicClock.nanoseconds
        let deadline = start &+ UInt64(max(1, options.timeout.wholeNanoseconds))
        var targets: [any ProbeTarget] = []
        var unresolved: [Result.Unresolved] = []
        let resolving = try urls.map { url in (url, try Self.resolution(of: url, before: deadline)) }
        for (url, thread) in resolving {
            switch thread.join() {
            case .success(let found)?: targets += found
            case .failure(let failure)?: unresolved.append(.init(url: url.description, failure: failure))
            case nil: break
            }
        }
        var result = Result(
            measurements: [], unresolved: unresolved, cost: nil, startedAt: startedAt, duration: .zero,
            isStopped: false, rate: options.rate)
        if !targets.isEmpty {
            let outcome = try ProbeRun(options: options).measure(targets, isStopped: isStopped, progress: progress)
            result.measurements = outcome.measurements
            result.cost = Result.Cost(cpus: outcome.ownCPUs, runDelay: outcome.runDelay)
        }
        result.duration = .nanoseconds(Int64(MonotonicClock.nanoseconds - start))
        result.isStopped = isStopped()
        return result
    }

    /// Each name on a thread of its own, so that one that is not answered does not keep the others.
    private static func resolution(
        of url: ServerURL, before deadline: UInt64
    ) throws(SystemCallError) -> WorkerThread<Swift.Result<[any ProbeTarget], ProbeFailure>> {
        try WorkerThread {
            guard let kind = kind(of: url) else { return .success([]) }
            return Swift.Result { () throws(ProbeFailure) in try kind.targets(of: url, before: deadline) }
        }
    }
}

/// A URL of a kind that nobody can ask.
package struct UnknownSchemeError: UserFacingError {
    let url: ServerURL

    package var summary: String { "\(url) is of no known kind: '\(url.scheme.printable)'" }

    package var remedy: String? {
        let known = ProbeTargets.all.flatMap { $0.schemes }.sorted()
        if let near = NearestName.of(url.scheme, among: known) { return "did you mean \(near)://…?" }
        return "known: \(known.map { $0 + "://" }.joined(separator: ", "))"
    }

    package var exitCode: ExitCode { .usage }
}
