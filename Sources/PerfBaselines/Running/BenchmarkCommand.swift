import PerfModel

/// A command that is measured: what is run, in what surroundings, and what counts as success.
package struct BenchmarkCommand: Hashable, Sendable {
    /// What becomes of what it prints.
    package enum Output: Hashable, Sendable {
        case discarded
        /// Perfdoctor's own streams.
        case inherited
        /// Read for lines of the benchmark protocol; standard error is discarded.
        case read
    }

    /// For people and as the benchmark's name in results.
    package var name: String
    /// The program, looked up in PATH, and its arguments; not empty.
    package var arguments: [String]
    /// `NAME=value`, beside or instead of what perfdoctor has.
    package var environment: [String]
    /// Commands that are run before each run, unmeasured: with ``arguments``' surroundings, none of its limits.
    package var prepare: [[String]]
    /// Commands that are run after each run, unmeasured.
    package var conclude: [[String]]
    /// Where it runs; nil for perfdoctor's own.
    package var directory: String?
    /// Ends the whole tree of a run that takes longer; nil for none.
    package var timeout: Duration?
    /// Exit statuses that are no failure.
    package var acceptedStatuses: Set<Int32>
    /// A file that becomes its standard input; nil for /dev/null.
    package var input: String?
    package var output: Output
    /// One benchmark of an executable that has several; nil for all that it does.
    package var benchmark: String?

    package init(
        name: String? = nil, arguments: [String], environment: [String] = [], prepare: [[String]] = [],
        conclude: [[String]] = [], directory: String? = nil, timeout: Duration? = nil,
        acceptedStatuses: Set<Int32> = [0], input: String? = nil, output: Output = .discarded, benchmark: String? = nil
    ) {
        self.name = name ?? arguments.joined(separator: " ")
        self.arguments = arguments
        self.environment = environment
        self.prepare = prepare
        self.conclude = conclude
        self.directory = directory
        self.timeout = timeout
        self.acceptedStatuses = acceptedStatuses
        self.input = input
        self.output = output
        self.benchmark = benchmark
    }

    /// Any exit status is fine.
    package static let everyStatus: Set<Int32> = Set(0...255)

    /// A text that a shell runs.
    package static func shell(_ text: String, with shell: String = "/bin/sh") -> [String] { [shell, "-c", text] }
}
