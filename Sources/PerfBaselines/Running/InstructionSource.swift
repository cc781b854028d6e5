import FoundationEssentials
import Glibc
import PerfLinux
import PerfModel

/// Counts instructions in user space: by hardware where it can, else by valgrind's callgrind, 80 times slower.
///
/// Swift hashes with a random seed by default; for the same count in every run it gets a fixed one.
package struct InstructionSource: MetricSource {
    private let runner: BenchmarkRunner
    private let hasPMU: Bool

    package let metrics = ["instructions"]

    private static let environment = ["SWIFT_DETERMINISTIC_HASHING=1"]

    /// - Parameters:
    ///   - options: CPUs and patience are those of other runs.
    ///   - hasPMU: whether hardware counts instructions here.
    /// - Throws: when /dev/null cannot be opened.
    package init(
        _ options: BenchmarkRunner.Options = BenchmarkRunner.Options(),
        hasPMU: Bool = KernelProbes.canCountInstructions
    ) throws(SystemCallError) {
        var options = options
        options.countsInstructions = hasPMU
        options.variesEnvironment = false
        runner = try BenchmarkRunner(options)
        self.hasPMU = hasPMU
    }

    package func measure(_ command: BenchmarkCommand) -> Availability<[String: Double]> {
        var command = command
        command.environment += Self.environment
        guard !hasPMU else {
            return runner.counted(command) { observation in
                guard let count = observation.instructions else {
                    return .unavailable(reason: "the hardware counter gave nothing", remedy: nil)
                }
                return .available(["instructions": Double(count)])
            }
        }
        return callgrind(command, Self.total)
    }

    /// Instructions of each function of a command and its children, by callgrind whatever the hardware has.
    ///
    /// - Parameter command: what to run; its preparations are run as well.
    /// - Returns: functions as the symbol table names them, or why there are none.
    package func functions(of command: BenchmarkCommand) -> Availability<CallgrindFunctions> {
        var command = command
        command.environment += Self.environment
        return callgrind(command) { directory in
            Self.reading(directory, CallgrindFunctions()) { functions, bytes in
                functions.add(parsing: bytes)
                return true
            }
        }
    }

    /// Runs a command under callgrind.
    ///
    /// - Parameters:
    ///   - command: with its environment.
    ///   - read: is given the directory with a file of each process.
    /// - Returns: what it made of them, or why there are none.
    private func callgrind<Value>(
        _ command: BenchmarkCommand, _ read: (String) -> Availability<Value>
    ) -> Availability<Value> {
        var command = command
        let directory: String
        switch Self.makeDirectory() {
        case .available(let path): directory = path
        case .unavailable(let reason, let remedy): return .unavailable(reason: reason, remedy: remedy)
        }
        command.arguments =
            ["valgrind", "--tool=callgrind", "--trace-children=yes", "--callgrind-out-file=\(directory)/%p"]
            + command.arguments
        var result = runner.counted(command) { _ in read(directory) }
        if case .unavailable(let reason, _) = result, reason.contains("cannot execute valgrind") {
            result = .unavailable(
                reason: hasPMU
                    ? "valgrind is not installed"
                    : "no hardware counts instructions here, and valgrind is not installed",
                remedy: "apt-get install valgrind")
        }
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            return .unavailable(reason: "\(directory) cannot be removed: \(error)", remedy: "rm -r \(directory)")
        }
        return result
    }

    private static func makeDirectory() -> Availability<String> {
        let path = "/tmp/perfdoctor-callgrind-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        // SAFETY: the path is a terminated string for the duration of the call.
        guard unsafe mkdir(path, 0o700) == 0 else {
            return .unavailable(reason: "\(path) cannot be made: \(SystemCallError.text(of: errno))", remedy: nil)
        }
        return .available(path)
    }

    /// The sum over all processes, each of which has a file of its own.
    private static func total(in directory: String) -> Availability<[String: Double]> {
        switch reading(
            directory, UInt64(0),
            { sum, bytes in
                guard let count = total(parsing: bytes) else { return false }
                sum += count
                return true
            })
        {
        case .available(let sum): .available(["instructions": Double(sum)])
        case .unavailable(let reason, let remedy): .unavailable(reason: reason, remedy: remedy)
        }
    }

    /// All files of a directory, one after the other; `add` says whether a file is whole.
    private static func reading<Value>(
        _ directory: String, _ initial: Value, _ add: (inout Value, [UInt8]) -> Bool
    ) -> Availability<Value> {
        var value = initial
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: directory)
            for name in names {
                // The total stands at the end of a file that can have hundreds of megabytes for large programs.
                let bytes = try WholeFile.contents(of: "\(directory)/\(name)", atMost: 1 << 30)
                guard add(&value, bytes) else {
                    return .unavailable(reason: "callgrind left a file without a total", remedy: nil)
                }
            }
            guard !names.isEmpty else { return .unavailable(reason: "callgrind left no file", remedy: nil) }
        } catch {
            return .unavailable(reason: "callgrind's files cannot be read: \(error)", remedy: nil)
        }
        return .available(value)
    }

    /// The number of the line `totals: 123` or, before it, `summary: 123`.
    static func total(parsing bytes: [UInt8]) -> UInt64? {
        var summary: UInt64?
        for line in bytes.split(separator: 0x0A)
        where line.starts(with: "totals:".utf8) || line.starts(with: "summary:".utf8) {
            let fields = line.split(separator: 0x20)
            guard fields.count >= 2 else { continue }
            summary = UInt64(String(decoding: fields[1], as: UTF8.self)) ?? summary
        }
        return summary
    }
}
