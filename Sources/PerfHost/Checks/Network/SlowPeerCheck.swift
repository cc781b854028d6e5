import PerfLinux
import PerfModel

/// Answers of peers that the process has asked.
package struct SlowPeerCheck: Check {
    package static let id = "net.peer"
    package static let resource = Resource.network
    package static let explanation = "Do threads wait for the answers of a peer that they have asked?"
    package static let source =
        "looks at /proc/PID/task/TID/syscall: share of the time in waits for one connection; /proc/PID/net/tcp and tcp6: "
        + "nobody listens at the connection's own port, so that the process opened it; sock_diag: the last data on it "
        + "was sent, not received"
    package static let trap =
        "a server that waits for its clients' next request looks the same, as do subscribers and idle connections of a "
        + "pool: what counts are connections that the process opened, with a question on them, and with answers that "
        + "come, since a question that stays may be one for news (long polling)"
    package static let threshold = CheckThreshold(
        0.50, unit: "ratio", origin: "proposed", conditions: ["looks": 10, "waits_per_second": 0.5])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        let looked = observation.lookedAtThreads(fewest: threshold.condition("looks"))
        guard let threads = looked.value else { return unmeasured(looked, "looks at threads") }
        guard let table = observation.whole.processes.value else {
            return unmeasured(observation.whole.processes, "the list of processes")
        }
        var groups: [Asked: [Waiter]] = [:]
        var most = 0.0
        var (waits, accepted) = (0, 0)
        var isBlind = false
        for thread in threads.visible {
            waits += thread.waits.count { $0.reason == .network }
            accepted += thread.waits.count { $0.reason == .network && $0.peer?.isDialled == false }
            let peers = thread.waits.filter { $0.reason == .network }.compactMap(\.peer).filter(\.isDialled)
            let owing = peers.filter { $0.owesAnswer == true }
            let share = Double(owing.count) / Double(thread.looks)
            most = max(most, share)
            if threshold.severity(of: Double(peers.count { $0.owesAnswer == nil }) / Double(thread.looks)) != nil {
                isBlind = true
            }
            guard threshold.severity(of: share) != nil, let process = table[thread.pid] else { continue }
            var counts: [String: Int] = [:]
            for peer in owing { counts[peer.address, default: 0] += 1 }
            guard let first = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { continue }
            let rate = process.waitsPerSecond(of: thread.tid)
            groups[Asked(pid: thread.pid, address: first.key), default: []].append(
                Waiter(tid: thread.tid, share: share, rate: rate, looks: thread.looks))
        }
        let findings = groups.compactMap { asked, waiters -> Finding? in
            table[asked.pid].map { finding(asked, waiters, $0, observation, threshold) }
        }
        guard findings.isEmpty else { return .findings(sorted(findings)) }
        guard !isBlind else {
            return .unmeasured(
                reason: "whether a peer is to answer is not told: it is a local one, or sock_diag is denied",
                remedy: "run as root")
        }
        return threads.outcome(healthy: [
            Evidence("asked_ratio", most, "ratio"),
            Evidence("accepted_ratio", waits > 0 ? Double(accepted) / Double(waits) : 0, "ratio"),
        ])
    }

    /// A peer of one process.
    private struct Asked: Hashable {
        var pid: Int32
        var address: String
    }

    private struct Waiter {
        var tid: Int32
        var share: Double
        /// Waits a second; nil where they are not told.
        var rate: Double?
        var looks: Int
    }

    private static func finding(
        _ asked: Asked, _ waiters: [Waiter], _ process: ProcessRates, _ observation: HostObservation,
        _ threshold: CheckThreshold
    ) -> Finding {
        let share = waiters.map(\.share).reduce(0, +) / Double(waiters.count)
        let rate = waiters.compactMap(\.rate).reduce(0, +)
        let comes = waiters.contains { ($0.rate ?? 0) >= threshold.condition("waits_per_second") }
        let address = asked.address.printable
        let who =
            waiters.count == 1
            ? "thread \(waiters[0].tid) of \(Words.process(process)) waits"
            : "\(waiters.count) threads of \(Words.process(process)) wait"
        let often = comes ? ", about \(rate < 10 ? Words.fixed(rate) : Words.grouped(rate)) times a second" : ""
        let silence = comes ? "" : "; it did not answer meanwhile: it is slow, or has no news"
        return finding(
            share, "asked_ratio", threshold: threshold,
            // Somewhere on a host somebody waits for an answer.
            severity: comes && observation.target != nil ? nil : .info, family: .timeBudget, subject: address,
            evidence: [
                Evidence("waits", rate, "per_second"), Evidence("threads", Double(waiters.count), "count"),
                Evidence("looks", Double(waiters.map(\.looks).max() ?? 0), "count"),
            ],
            summary: "\(who) \(Words.percent(share)) of the time for answers of \(address)\(often)\(silence)",
            benefit: share,
            remedies: [
                Remedy(
                    "look there: perfdoctor diagnose -p PID on the host of \(address), for the process that serves it"),
                GuideRemedies.gather, GuideRemedies.batch,
            ])
    }
}

extension ProcessRates {
    /// Times a second that a thread was put on a CPU, which is about how often it waited; nil where it is not told.
    func waitsPerSecond(of tid: Int32) -> Double? {
        if let rate = threads.first(where: { $0.tid == tid })?.timeslicesPerSecond { return rate }
        // The switches of a process are those of its main thread.
        return tid == pid ? voluntarySwitchesPerSecond : nil
    }
}
