import PerfHost
import PerfModel
import PerfProbes

/// The check `net.ping` on round trips that were measured.
struct PingJudge {
    private let threshold: CheckThreshold

    init(_ threshold: CheckThreshold?) {
        self.threshold = threshold ?? PingCheck.threshold
    }

    /// - Parameter server: any target.
    /// - Returns: nil for one that is no ping.
    func outcome(of server: ProbeMeasurement) -> CheckOutcome? {
        guard server.url.hasPrefix("ping://") else { return nil }
        guard server.verdict != .invalid, server.received > 0 || server.sent > 0 else {
            return .unmeasured(reason: "\(server.url): \(server.reason ?? "not asked")", remedy: nil)
        }
        let milliseconds = Double(server.latency?.p99 ?? server.latency?.max ?? 0) / 1e6
        let evidence = [
            Evidence("round_trip", milliseconds, "milliseconds"), Evidence("lost_ratio", server.lost, "ratio"),
            Evidence("answers", Double(server.received), "count"),
        ]
        let isLossy = server.lost >= threshold.condition("loss_warning_ratio")
        let severity: Severity? =
            if server.lost >= threshold.condition("loss_critical_ratio") {
                .critical
            } else if isLossy {
                max(.warning, threshold.severity(of: milliseconds) ?? .warning)
            } else {
                threshold.severity(of: milliseconds)
            }
        guard let severity else { return .healthy(evidence) }
        let time =
            server.received > 0
            ? "a packet to \(server.address) and back takes \(Quantity.fixed(milliseconds, digits: 1)) ms (p99)"
            : "\(server.address) does not answer a ping"
        let loss = isLossy ? ", and \(Quantity.fixed(server.lost * 100, digits: 1))% are lost" : ""
        return .findings([
            PingCheck.finding(
                milliseconds, "round_trip", threshold: threshold, severity: severity, family: .probe,
                subject: server.address, evidence: Array(evidence.dropFirst()), summary: time + loss,
                remedies: [
                    Remedy("follow the way to it: mtr \(server.address); look at its links and at their queues"),
                    Remedy("keep connections open, and ask for several things at once"),
                ])
        ])
    }
}
