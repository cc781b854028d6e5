import FoundationEssentials
import PerfBaselines
import PerfLinux
import PerfModel

/// One benchmark of two programs: what a gate decides on.
package struct GateContest: Sendable {
    package var id: MetricSeries.ID
    package var base: BenchmarkCommand
    package var head: BenchmarkCommand
    /// The same programs, linked in different orders, which take turns; empty for none.
    package var layouts: [Layout] = []
    /// Metrics of ``Observation/metrics`` that must be decided; others are reported.
    package var metrics: [String]
    /// Counters of ``BenchSession/counters`` that must not grow.
    package var counters: [String]
    /// Commands that are run once on each side, before and after all runs.
    package var setup: [[String]]
    package var cleanup: [[String]]

    package init(
        id: MetricSeries.ID, base: BenchmarkCommand, head: BenchmarkCommand, metrics: [String] = ["cpu_time"],
        counters: [String] = [], setup: [[String]] = [], cleanup: [[String]] = []
    ) {
        self.id = id
        self.base = base
        self.head = head
        self.metrics = metrics
        self.counters = counters
        self.setup = setup
        self.cleanup = cleanup
    }

    /// Whether both sides run the same bytes on the same input: then nothing can have changed.
    ///
    /// Programs and all files that arguments name are compared by content; a directory among them could hold anything,
    /// so that it says no. What differs by the directory alone that a side runs in is the same.
    package func isIdentical() -> Bool {
        guard layouts.isEmpty else {
            return layouts.allSatisfy { layout in
                var one = self
                (one.base, one.head, one.layouts) = (layout.base, layout.head, [])
                return one.isIdentical()
            }
        }
        guard base.arguments.count == head.arguments.count, base.environment == head.environment,
            base.prepare.count == head.prepare.count, base.conclude.count == head.conclude.count, base.input == nil,
            head.input == nil, let first = fingerprint(of: base), let second = fingerprint(of: head)
        else { return false }
        return first == second
    }

    private static let fileLimit = 256 << 20

    /// Nil where it cannot be told what will be run.
    private func fingerprint(of command: BenchmarkCommand) -> [String]? {
        // A shell's text may do anything.
        guard let program = command.arguments.first, command.prepare.isEmpty, command.conclude.isEmpty,
            !["sh", "bash", "dash", "zsh", "env"].contains(program.split(separator: "/").last.map(String.init) ?? "")
        else { return nil }
        var parts: [String] = []
        for (index, argument) in command.arguments.enumerated() {
            let path = index == 0 ? ProgramFile.path(of: argument, in: command.directory) : absolute(argument, command)
            var isDirectory = false
            guard let path, FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
                guard index > 0 else { return nil }
                parts.append(argument)
                continue
            }
            guard !isDirectory, let bytes = contents(path) else { return nil }
            parts.append("sha256:" + SHA256.hexadecimal(of: bytes))
        }
        return parts
    }

    private func absolute(_ argument: String, _ command: BenchmarkCommand) -> String? {
        guard !argument.isEmpty, !argument.hasPrefix("-") else { return nil }
        return argument.hasPrefix("/") ? argument : (command.directory.map { $0 + "/" } ?? "") + argument
    }

    private func contents(_ path: String) -> [UInt8]? {
        switch Result(catching: { () throws(SystemCallError) in
            try WholeFile.contents(of: path, atMost: Self.fileLimit)
        }) {
        case .success(let bytes): bytes
        // Unreadable is unknown.
        case .failure: nil
        }
    }
}
