import Glibc
import PerfAllocations
import PerfBaselines
import PerfLinux
import PerfModel

/// Counts what a command and all that it starts ask of malloc and its family, by the library of `perfdoctor heap`.
package struct AllocationSource: MetricSource {
    private let runner: BenchmarkRunner
    private let interruption: (any RunInterruption)?

    package let metrics = ["allocations", "allocated_bytes"]

    /// How often a program that runs is looked at, in milliseconds.
    private static let pause: Int32 = 20

    /// No names: counts are all that is wanted.
    private struct NoTypeNames: HeapTypeNames {
        mutating func name(ofFirstWord word: UInt64) -> String? { nil }
        mutating func refresh() {}
    }

    /// - Parameter options: CPUs and patience are those of other runs.
    /// - Throws: when /dev/null cannot be opened.
    package init(_ options: BenchmarkRunner.Options = BenchmarkRunner.Options()) throws(SystemCallError) {
        var options = options
        options.variesEnvironment = false
        interruption = options.interruption
        runner = try BenchmarkRunner(options)
    }

    package func measure(_ command: BenchmarkCommand) -> Availability<[String: Double]> {
        do {
            return try counts(of: command)
        } catch let error as any UserFacingError {
            return .unavailable(reason: error.summary, remedy: error.remedy)
        } catch {
            return .unavailable(reason: "\(error)", remedy: nil)
        }
    }

    private func counts(of command: BenchmarkCommand) throws -> Availability<[String: Double]> {
        let program = command.arguments.first ?? ""
        try TargetProgram.check(program)
        var options = HeapRecorder.Options { _ in NoTypeNames() }
        options.followsChildren = true
        let recorder = try HeapRecorder(options: options)
        // What is run before and after shall not be counted.
        for preparation in command.prepare {
            if let failure = try runner.perform(preparation, for: command) {
                return .unavailable(reason: "the command to prepare it failed: \(failure)", remedy: nil)
            }
        }
        let surroundings = command
        var command = command.forCounting
        command.prepare = []
        command.conclude = []
        command.environment += ["SWIFT_DETERMINISTIC_HASHING=1"] + recorder.environment
        let interruption = interruption
        let observation = try runner.observe(command) { (run) throws(SystemCallError) in
            var isCancelled = false
            while true {
                recorder.serve()
                recorder.poll()
                if let usage = try run.poll() { return usage }
                if !isCancelled, interruption?.isRequested() ?? false {
                    run.cancel()
                    isCancelled = true
                }
                var polled = [run.descriptor, recorder.pollDescriptor].map {
                    pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
                }
                // SAFETY: the array outlives the call, which changes only its elements.
                unsafe Glibc.poll(&polled, nfds_t(polled.count), Self.pause)
            }
        }
        if let failure = observation.failure { return .unavailable(reason: "the command \(failure)", remedy: nil) }
        for conclusion in surroundings.conclude {
            if let failure = try runner.perform(conclusion, for: surroundings) {
                return .unavailable(reason: "the command to conclude it failed: \(failure)", remedy: nil)
            }
        }
        recorder.serve()
        let recording = try recorder.finish(program: program)
        var count: UInt64 = 0
        var bytes: UInt64 = 0
        for process in recording.processes {
            if process.doubts.stop != nil || process.doubts.isSmall {
                return .unavailable(
                    reason: "\(process.name.printable) has no room for counters of every block",
                    remedy: "raise its limit of memory or address space")
            }
            for site in process.sites {
                count &+= site.counts.allocations
                bytes &+= site.counts.bytes
            }
        }
        return .available(["allocations": Double(count), "allocated_bytes": Double(bytes)])
    }
}
