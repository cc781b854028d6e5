import PerfBaselines
import PerfModel

/// What makes a measurement less sure than it looks.
struct BenchDoubts {
    let result: BenchmarkResult
    let arms: [Measurement.Arm]

    /// Of all runs, so many outliers are no accident.
    private static let outlierRatio = 0.1
    private static let noisyRatio = 0.05
    private static let stallRatio = 0.1
    private static let stealRatio = 0.02
    /// Nanoseconds: below, the start of the process is most of it.
    private static let shortest = 1e6

    var warnings: [Warning] {
        arms.flatMap(warnings) + environmentWarnings
    }

    private func warnings(of arm: Measurement.Arm) -> [Warning] {
        let name = arm.command.name.printable
        var warnings: [Warning] = []
        let observations = arm.observations.map(\.observation)
        if let cpu = SeriesStatistics(observations.map(\.cpuTime)), cpu.median > 0 {
            if cpu.spread > Self.noisyRatio * cpu.median {
                warnings.append(
                    Warning(
                        code: "noisy",
                        message: "\(name): CPU time differs by \(percent(cpu.spread / cpu.median)) from run to run",
                        remedy:
                            "stop what else runs here, pin it to one CPU with --pin, or ask for more runs with --runs"))
            }
            if Double(cpu.outliers) > Self.outlierRatio * Double(cpu.count) {
                warnings.append(
                    Warning(
                        code: "outliers",
                        message: "\(name): \(cpu.outliers) of \(cpu.count) runs are far from the others in CPU time",
                        remedy: "see whether caches are warm: --warmup 3, or --prepare for what each run needs anew"))
            }
        }
        if let wall = SeriesStatistics(observations.map(\.wallTime)), wall.median < Self.shortest {
            warnings.append(
                Warning(
                    code: "too_short",
                    message: "\(name): takes less than 1 ms, of which the start of a process is the most",
                    remedy: "measure what it does within one process: docs/benchmark-protocol.md"))
        }
        let killed = observations.reduce(0) { $0 + $1.killed }
        if killed > 0 {
            warnings.append(
                Warning(
                    code: "left_behind",
                    message: "\(name): left \(killed) processes behind, which were killed",
                    remedy: "let it wait for what it starts"))
        }
        if !observations.isEmpty, observations.allSatisfy({ $0.peakResidentBytes == nil }) {
            warnings.append(
                Warning(
                    code: "peak_unknown",
                    message: "\(name): uses so little memory that the kernel does not tell its peak from its parent's",
                    remedy: "nothing: it is less than perfdoctor's own"))
        }
        if let problem = observations.lazy.compactMap({ $0.reports.problems.first }).first {
            warnings.append(
                Warning(
                    code: "unreadable_report", message: "\(name): printed metrics that cannot be read: \(problem)",
                    remedy: "correct them: docs/benchmark-protocol.md"))
        }
        if arm.failures > 0, arm.failure == nil {
            warnings.append(
                Warning(
                    code: "failures",
                    message: "\(name): \(arm.failures) of \(arm.failures + arm.observations.count) runs failed",
                    remedy: "look at what it prints: --command-output inherit"))
        }
        for missing in arm.unmeasured {
            warnings.append(
                Warning(
                    code: "unmeasured",
                    message: "\(name): \(missing.metric) could not be counted: \(missing.reason)",
                    remedy: missing.remedy ?? "perfdoctor self-check shows what works here"))
        }
        return warnings
    }

    private var environmentWarnings: [Warning] {
        var warnings: [Warning] = []
        let remedy = "stop it, or compare CPU time, which suffers less than wall time"
        if let stalled = result.environment?.pressure?.cpu, stalled > Self.stallRatio {
            warnings.append(
                Warning(
                    code: "busy",
                    message:
                        "other programs wanted the CPUs as well: something waited for one \(percent(stalled)) of the time",
                    remedy: remedy))
        }
        if let stolen = result.environment?.stealRatio, stolen > Self.stealRatio {
            warnings.append(
                Warning(
                    code: "steal", message: "the hypervisor gave \(percent(stolen)) of the CPU time to other machines",
                    remedy: "compare runs that were interleaved, as these are; never those of two days"))
        }
        return warnings
    }

    private func percent(_ ratio: Double) -> String { "\(Quantity.fixed(ratio * 100, digits: 0))%" }
}
