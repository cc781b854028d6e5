import PerfLinux
import PerfModel

/// What one observation of a command gave: of one fresh process, or of several that ran one after the other.
package struct Observation: Hashable, Sendable {
    package enum Ending: Hashable, Sendable {
        case exit(Int32)
        case signal(Int32, dumpedCore: Bool)
        case timeout(Duration)
        case notStarted(SystemCallError)
        case cancelled
        /// A command before or after it failed, or the program says that it failed.
        case failed(String)
    }

    package var ending: Ending
    /// Whether it is a measurement: a failure has no times that mean anything.
    package var isSuccess: Bool
    /// CLOCK_MONOTONIC in nanoseconds.
    package var startedAt: UInt64
    /// Processes one after the other; all values below are for one.
    package var repetitions: Int
    /// Nanoseconds of all processes of the tree, in user space and in the kernel.
    package var userTime: Double
    package var systemTime: Double
    /// Nanoseconds until the program has ended.
    package var wallTime: Double
    /// Of the largest process; nil where it used no more than what the kernel reports of any.
    package var peakResidentBytes: UInt64?
    package var minorFaults: Double
    package var majorFaults: Double
    package var voluntarySwitches: Double
    package var involuntarySwitches: Double
    /// Of all repetitions; 0 and nil where they were not counted.
    package var systemCalls: UInt64
    package var instructions: UInt64?
    /// Descendants that outlived the program by so much that they were killed.
    package var killed: Int
    /// What the program itself reports.
    package var reports: MetricReports

    package init(
        ending: Ending, isSuccess: Bool, startedAt: UInt64 = 0, repetitions: Int = 1, userTime: Double = 0,
        systemTime: Double = 0, wallTime: Double = 0, peakResidentBytes: UInt64? = nil, minorFaults: Double = 0,
        majorFaults: Double = 0, voluntarySwitches: Double = 0, involuntarySwitches: Double = 0,
        systemCalls: UInt64 = 0, instructions: UInt64? = nil, killed: Int = 0, reports: MetricReports = MetricReports()
    ) {
        self.ending = ending
        self.isSuccess = isSuccess
        self.startedAt = startedAt
        self.repetitions = repetitions
        self.userTime = userTime
        self.systemTime = systemTime
        self.wallTime = wallTime
        self.peakResidentBytes = peakResidentBytes
        self.minorFaults = minorFaults
        self.majorFaults = majorFaults
        self.voluntarySwitches = voluntarySwitches
        self.involuntarySwitches = involuntarySwitches
        self.systemCalls = systemCalls
        self.instructions = instructions
        self.killed = killed
        self.reports = reports
    }

    package var cpuTime: Double { userTime + systemTime }

    /// Of the wall time, the part that no thread's CPU time can account for, 0...1: a lower bound where several ran.
    package var offCPURatio: Double { wallTime > 0 ? max(0, 1 - cpuTime / wallTime) : 0 }

    /// The value of a metric of ``Metric/all`` that each run has; nil for others and where it is not known.
    package func value(of metric: String) -> Double? {
        switch metric {
        case "cpu_time": cpuTime
        case "wall_time": wallTime
        case "peak_rss": peakResidentBytes.map { Double($0) }
        case "page_faults": minorFaults + majorFaults
        case "major_faults": majorFaults
        case "context_switches": voluntarySwitches + involuntarySwitches
        case "off_cpu_ratio": offCPURatio
        default: nil
        }
    }

    /// The metrics that ``value(of:)`` knows, in the order of ``Metric/all``.
    package static let metrics = [
        "cpu_time", "wall_time", "peak_rss", "page_faults", "major_faults", "context_switches", "off_cpu_ratio",
    ]

    /// Why it is no measurement; nil where it is one.
    package var failure: String? {
        guard !isSuccess else { return nil }
        return switch ending {
        case .exit(let status): "exited with status \(status)"
        case .signal(let number, let dumpedCore):
            "was killed by \(SignalReceiver.name(of: number))\(dumpedCore ? " (core dumped)" : "")"
        case .timeout(let limit): "did not end within \(limit.text), and was killed"
        case .notStarted(let error): error.summary
        case .cancelled: "was stopped"
        case .failed(let reason): reason
        }
    }
}

extension Duration {
    /// `"1.5 s"`, `"20 ms"`.
    fileprivate var text: String {
        let milliseconds = wholeNanoseconds / 1_000_000
        guard milliseconds >= 1000 else { return "\(milliseconds) ms" }
        let tenths = milliseconds / 100
        return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    }
}
