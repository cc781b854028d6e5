import PerfClients
import PerfDiagnosis
import PerfLinux
import PerfModel
import PerfProbes
import Synchronization

/// Servers that are asked on threads of their own while a host is watched, and what they add to its evidence.
struct ProbedServers: Sendable {
    private let thread: WorkerThread<Result<ProbeSession.Result, ProbeThreadError>>
    private let stop: Stop

    private final class Stop: Sendable {
        let isStopped = Mutex(false)
    }

    private struct ProbeThreadError: Error {
        var summary: String
    }

    /// Begins to ask.
    ///
    /// - Parameters:
    ///   - urls: of the targets.
    ///   - duration: how long.
    ///   - thresholds: what the user set, by the id of the check.
    /// - Throws: when the system gives no thread.
    init(
        _ urls: [ServerURL], for duration: Duration, thresholds: [String: CheckThreshold]
    ) throws(SystemCallError) {
        var options = ProbeSession.Options()
        options.duration = duration
        options.thresholds = thresholds
        options.timeout = min(options.timeout, max(.seconds(1), duration))
        let (session, stop) = (ProbeSession(options: options), Stop())
        self.stop = stop
        thread = try WorkerThread {
            do {
                return .success(
                    try session.run(urls, isStopped: { stop.isStopped.withLock { $0 } }, progress: { _ in }))
            } catch {
                return .failure(ProbeThreadError(summary: "\(error)"))
            }
        }
    }

    /// Ends asking, and waits for what was measured.
    ///
    /// - Parameter isEarly: whether it is not to be waited for.
    /// - Returns: what was measured, and what could not be.
    func finish(isEarly: Bool) -> (measurements: [ProbeMeasurement], unmeasured: [Unmeasured]) {
        if isEarly { stop.isStopped.withLock { $0 = true } }
        switch thread.join() {
        case .success(let result)?:
            let unresolved = result.unresolved.map {
                Unmeasured(id: "probe", reason: "\($0.url): \($0.failure.summary)", remedy: $0.failure.remedy ?? "")
            }
            return (result.measurements, unresolved)
        case .failure(let error)?:
            return ([], [Unmeasured(id: "probe", reason: error.summary, remedy: "try again")])
        case nil: return ([], [Unmeasured(id: "probe", reason: "asking ended early", remedy: "try again")])
        }
    }
}

extension DiagnosisEvidence {
    /// Adds what servers answered while the host was watched.
    ///
    /// - Parameters:
    ///   - servers: as measured.
    ///   - thresholds: what the user set, by the id of the check.
    mutating func add(_ servers: [ProbeMeasurement], thresholds: [String: CheckThreshold]) {
        for server in servers {
            findings += server.report.findings
            healthy += server.report.healthy.map { Healthy(id: $0.id, resource: $0.resource, evidence: $0.evidence) }
            unmeasured += server.report.unmeasured
            switch server.verdict {
            case .ok, .slow: break
            case .failed where !server.report.findings.isEmpty: break
            case .failed, .invalid:
                unmeasured.append(
                    Unmeasured(
                        id: "probe", reason: "\(server.url): \(server.reason ?? "it was not measured")",
                        remedy: server.failures.first?.failure.remedy ?? "perfdoctor probe \(server.url)"))
            }
            for index in peers.indices where peers[index].address == server.address {
                peers[index].answers = PeerEvidence.Answers(
                    url: server.url, method: server.method, median: server.latency?.p50, lost: server.lost)
            }
        }
        addPing(servers, thresholds)
    }

    /// What pings say of the network, in place of the check that host counters cannot answer.
    private mutating func addPing(_ servers: [ProbeMeasurement], _ thresholds: [String: CheckThreshold]) {
        let outcomes = servers.compactMap { PingJudge(thresholds["net.ping"]).outcome(of: $0) }
        guard !outcomes.isEmpty else { return }
        unmeasured.removeAll { $0.id == "net.ping" }
        for outcome in outcomes {
            switch outcome {
            case .findings(let found): findings += found
            case .healthy(let evidence): healthy.append(Healthy(id: "net.ping", resource: .network, evidence: evidence))
            case .unmeasured(let reason, let remedy):
                unmeasured.append(Unmeasured(id: "net.ping", reason: reason, remedy: remedy ?? ""))
            }
        }
    }
}
