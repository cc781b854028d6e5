import PerfModel
import PerfProbes

/// What a probe measured, for all formats.
package final class ProbeReport: Sendable {
    package let measurements: [ProbeMeasurement]
    /// URLs that could not be resolved.
    package let unresolved: [Unresolved]
    /// CPUs that asking took; nil where nothing was asked.
    package let ownCPUs: Double?
    /// Part of the time in which our threads were ready and had no CPU, 0...1; nil where the kernel does not tell.
    package let runDelay: Double?
    /// Questions a second, of each target.
    package let rate: Double
    package let host: HostDescription?
    /// Nanoseconds since 1970-01-01 UTC.
    package let startedAt: Int64
    package let duration: Duration
    package let warnings: [Warning]
    package let layout: Report.Layout

    package struct Unresolved: Sendable {
        package var url: String
        package var failure: ProbeFailure

        package init(url: String, failure: ProbeFailure) {
            self.url = url
            self.failure = failure
        }
    }

    package init(
        measurements: [ProbeMeasurement], unresolved: [Unresolved], ownCPUs: Double?, runDelay: Double?, rate: Double,
        host: HostDescription?, startedAt: Int64, duration: Duration, warnings: [Warning],
        layout: Report.Layout = Report.Layout()
    ) {
        self.measurements = measurements
        self.unresolved = unresolved
        self.ownCPUs = ownCPUs
        self.runDelay = runDelay
        self.rate = rate
        self.host = host
        self.startedAt = startedAt
        self.duration = duration
        self.warnings = warnings
        self.layout = layout
    }

    /// How often was asked: `20 questions a second of each target`, and which were asked less often.
    var rateText: String {
        func text(_ rate: Double) -> String {
            Quantity.fixed(rate, digits: rate < 10 && rate != rate.rounded() ? 1 : 0)
        }
        let slower = measurements.compactMap(\.mostRate).filter { $0 < rate }
        guard let most = slower.max() else { return "\(text(rate)) questions a second of each target" }
        let least = "\(text(most)) \(most == 1 ? "question" : "questions") a second"
        return slower.count == measurements.count
            ? "\(least) of each target"
            : "\(text(rate)) questions a second of each target, \(least) of those that are scraped"
    }

    /// Of all targets, the worst first.
    package var findings: [Finding] {
        measurements.flatMap(\.report.findings).sorted {
            $0.severity == $1.severity ? $0.id < $1.id : $0.severity > $1.severity
        }
    }

    package var unmeasured: [Unmeasured] { measurements.flatMap(\.report.unmeasured) }
}

/// Words about targets.
enum ProbeWords {
    /// `"2 of 3 targets are fine; redis://cache is slow: p99 is …"`.
    static func summary(_ report: ProbeReport) -> String {
        let count = report.measurements.count + report.unresolved.count
        let fine = report.measurements.count { $0.verdict == .ok }
        var parts: [String] = []
        for one in report.measurements where one.verdict != .ok {
            parts.append("\(name(of: one)) \(word(one.verdict))\(one.reason.map { ": \($0)" } ?? "")")
        }
        for one in report.unresolved { parts.append("\(one.url) failed: \(one.failure.summary)") }
        let targets = count == 1 ? "The target" : "\(fine) of \(count) targets"
        guard !parts.isEmpty else {
            return count == 1 ? "\(name(of: report.measurements[0])) is fine" : "All \(count) targets are fine"
        }
        return count == 1 ? parts[0] : "\(targets) \(fine == 1 ? "is" : "are") fine; \(parts.joined(separator: "; "))"
    }

    /// The URL, with the address where it says something else.
    static func name(of one: ProbeMeasurement) -> String {
        one.url.contains(one.address) ? one.url : "\(one.url) at \(one.address)"
    }

    private static func word(_ verdict: ProbeMeasurement.Verdict) -> String {
        switch verdict {
        case .ok: "is fine"
        case .slow: "is slow"
        case .failed: "failed"
        case .invalid: "could not be judged"
        }
    }
}
