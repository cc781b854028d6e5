import PerfLinux
import PerfModel

/// One answer after the other.
package struct SerialWaitsCheck: Check {
    package static let id = "app.serial"
    package static let resource = Resource.network
    package static let explanation = "Does a thread wait for one answer after the other?"
    package static let source =
        "looks at /proc/PID/task/TID/syscall: share of the time in reads of one socket; times that it was put on a "
        + "CPU a second (schedstat) for the number of waits; /proc/PID/net/tcp for who opened the connection"
    package static let trap =
        "a single long wait is a slow peer, not a series; a server that waits for its client's next request looks "
        + "the same (so it is a hint unless the peer is a database or a cache, or one to which the process that is "
        + "diagnosed connected itself), and readers of pipes wait for work"
    package static let threshold = CheckThreshold(
        0.50, unit: "ratio", origin: "proposed",
        conditions: ["looks": 10, "waits_per_second": 20, "one_descriptor_ratio": 0.80])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        let looked = observation.lookedAtThreads(fewest: threshold.condition("looks"))
        guard let threads = looked.value else { return unmeasured(looked, "looks at threads") }
        guard let table = observation.whole.processes.value else {
            return unmeasured(observation.whole.processes, "the list of processes")
        }
        var findings: [Finding] = []
        var most = 0.0
        var isBlind = false
        for thread in threads.visible {
            guard let series = Series(thread, threshold) else { continue }
            most = max(most, series.share)
            guard threshold.severity(of: series.share) != nil, let process = table[thread.pid] else { continue }
            guard let waits = process.waitsPerSecond(of: thread.tid) else {
                isBlind = true
                continue
            }
            guard waits >= threshold.condition("waits_per_second") else { continue }
            findings.append(finding(series, waits, thread, process, observation, threshold))
        }
        guard findings.isEmpty else { return .findings(sorted(findings)) }
        guard !isBlind else {
            return .unmeasured(
                reason: "how often the threads waited is not told (/proc/PID/task/TID/schedstat)",
                remedy: "use a kernel with CONFIG_SCHED_INFO")
        }
        return threads.outcome(healthy: [Evidence("blocked_ratio", most, "ratio")])
    }

    /// Waits of one thread on one descriptor, or on connections to one peer.
    private struct Series {
        var share: Double
        var reason: WaitReason
        /// Of the peer; nil where it is not told.
        var address: String?
        /// Whether the process opened the connection, and nothing says that it has no question there.
        var isAsked: Bool

        init?(_ thread: LookedAtThread, _ threshold: CheckThreshold) {
            let waits = thread.waits.filter { look in
                // An event loop may wait for several answers at once.
                guard case .waiting(let reason, let function, _) = look.activity, !look.activity.isEventLoop else {
                    return false
                }
                return [.network, .database, .cache].contains(reason) && !function.contains("pipe")
                    && (look.object?.descriptor != nil || look.peer != nil)
            }
            var counts: [String: Int] = [:]
            var reasons: [WaitReason: Int] = [:]
            for look in waits {
                let end = look.peer?.address ?? look.object?.descriptor.map { "\($0)" }
                if let end { counts[end, default: 0] += 1 }
                if let reason = look.reason { reasons[reason, default: 0] += 1 }
            }
            guard let one = counts.values.max(),
                let reason = reasons.max(by: { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }),
                Double(one) >= threshold.condition("one_descriptor_ratio") * Double(waits.count)
            else { return nil }
            share = Double(waits.count) / Double(thread.looks)
            self.reason = reason.key
            let peers = waits.compactMap(\.peer)
            address = peers.first?.address
            isAsked = peers.count { $0.isDialled && $0.owesAnswer != false } * 2 > waits.count
        }
    }

    private static func finding(
        _ series: Series, _ waits: Double, _ thread: LookedAtThread, _ process: ProcessRates,
        _ observation: HostObservation, _ threshold: CheckThreshold
    ) -> Finding {
        func place(_ what: String) -> String { series.address.map { "\(what) at \($0.printable)" } ?? what }
        let (peer, resource, remedies): (String, Resource, [Remedy]) =
            switch series.reason {
            case .database: (place("a database"), .database, [GuideRemedies.batch, GuideRemedies.gather])
            case .cache:
                (place("a cache"), .cache, [GuideRemedies.pipeline, GuideRemedies.batch, GuideRemedies.gather])
            default: (series.address?.printable ?? "one peer", .network, [GuideRemedies.gather, GuideRemedies.batch])
            }
        var finding = finding(
            series.share, "blocked_ratio", threshold: threshold,
            severity: series.reason == .network && !(series.isAsked && observation.target != nil) ? .info : nil,
            family: .timeBudget, subject: "\(thread.pid)/\(thread.tid)",
            evidence: [Evidence("waits", waits, "per_second"), Evidence("looks", Double(thread.looks), "count")],
            summary:
                "thread \(thread.tid) of \(Words.process(process)) waits \(Words.percent(series.share)) of the time "
                + "for \(peer), about \(Words.grouped(waits)) times a second, one answer after the other",
            benefit: series.share, remedies: remedies)
        finding.resource = resource
        return finding
    }
}

extension WaitObject {
    var descriptor: Int32? {
        if case .descriptor(let number) = self { return number }
        return nil
    }
}
