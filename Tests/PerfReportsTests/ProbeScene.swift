import PerfModel
import PerfReports

@testable import PerfProbes

/// Results of probes with known content.
enum ProbeScene {
    /// Four targets on one clock: fine, with a stall, losing, and one that was not judged; a fifth has no address.
    static func report(hostile: String = "") -> ProbeReport {
        let fine = measurement("redis://cache\(hostile):6379", "10.0.0.5:6379", "PING", base: 240_000) { _ in .answer }
        let stalled = measurement("postgres://app@db/app", "10.0.0.6:5432", "SELECT 1", base: 900_000) { second in
            second >= 4 && second < 4.5 ? .waits(4.5 - second) : .answer
        }
        let losing = measurement("tcp://api:443", "10.0.0.7:443", "tcp connect", base: 3_000_000) { second in
            second >= 7 && second < 7.4 ? .lost("10.0.0.7:443 refuses connections\(hostile)") : .answer
        }
        let late = measurement("ping://edge", "10.0.0.8", "icmp (datagram socket)", base: 60_000) { _ in .answer }
        var all = [fine, stalled, losing, late]
        all[0].connecting = [ProbePhase("tcp", nanoseconds: 200_000), ProbePhase("auth", nanoseconds: 350_000)]
        all[0].report = ServerReport(
            findings: [
                Finding(
                    id: "rd.maxmemory", severity: .warning, resource: .cache, family: .probe,
                    summary: "maxmemory is 0: the server takes all memory there is\(hostile)",
                    subject: "redis\(hostile)",
                    evidence: [Evidence("maxmemory_bytes", 0, "bytes")], threshold: 1,
                    remedies: [Remedy("set maxmemory\(hostile)", claimedGain: "no OOM kill", source: "guide A")])
            ],
            healthy: [
                .init(id: "rd.hit", resource: .cache, evidence: [Evidence("hit_ratio", 0.97, "ratio")]),
                .init(
                    id: "rd.rtt", resource: .cache, evidence: [Evidence("median_milliseconds", 0.24, "milliseconds")]),
            ],
            unmeasured: [Unmeasured(id: "rd.slow", reason: "the slow log is off\(hostile)", remedy: "switch it on")],
            facts: [.init("version", "Redis 7.0.15\(hostile)"), .init("role", "master")])
        all[1].connecting = [
            ProbePhase("dns", nanoseconds: 400_000), ProbePhase("tcp", nanoseconds: 800_000),
            ProbePhase("tls", nanoseconds: 4_100_000), ProbePhase("auth", nanoseconds: 6_000_000),
        ]
        all[1].report.findings = [
            Finding(
                id: "pg.lock", severity: .critical, resource: .lock, family: .probe,
                summary: "3 sessions wait for a lock held by pid 4711, idle in transaction for 312 s",
                evidence: [Evidence("waiting_seconds", 41, "seconds"), Evidence("sessions", 3, "count")], threshold: 5,
                remedies: [
                    Remedy("end it: SELECT pg_terminate_backend(4711)"),
                    Remedy("set idle_in_transaction_session_timeout"),
                ])
        ]
        all[1].limits = [LatencyLimit(quantile: 0.95, latency: .milliseconds(200), origin: "guide A")]
        (all[1].verdict, all[1].reason) = (.slow, "p95 is 245 ms, and the limit 200 ms (guide A)")
        (all[2].verdict, all[2].reason) = (.slow, "4.0% of the questions were not answered (8 of 200)")
        (all[3].verdict, all[3].reason) = (.invalid, "the prober was late itself: by 31.0 ms or more, one time in ten")
        return ProbeReport(
            measurements: all,
            unresolved: [
                .init(
                    url: "http://old\(hostile)",
                    failure: ProbeFailure(.nameNotFound, "old has no address\(hostile)", remedy: "check the name"))
            ],
            ownCPUs: 0.031, runDelay: 0.004, rate: 20,
            host: HostDescription(
                name: "box\(hostile)", os: "Debian 12", kernel: "6.1", architecture: "x86_64", cpuModel: "Xeon",
                cpuCount: 2, memoryBytes: 8 << 30),
            startedAt: 1_767_225_600_000_000_000, duration: .seconds(10),
            warnings: [Warning(code: "stopped", message: "a signal ended it early\(hostile)", remedy: "run it again")],
            layout: Report.Layout(width: 100, usesColor: false))
    }

    static let hostileText = #"</h2><img src=x onerror="alert(1)">'&"# + "\u{1B}[31m"

    enum Answer {
        case answer
        case waits(Double)
        case lost(String)
    }

    /// 200 questions in ten seconds; latencies rise and fall a little by a fixed rule.
    private static func measurement(
        _ url: String, _ address: String, _ method: String, base: UInt64, _ answer: (_ second: Double) -> Answer
    ) -> ProbeMeasurement {
        var (recorder, lag, timeline) = (LatencyRecorder(), LatencyRecorder(), ProbeTimeline())
        var failures: [String: Int] = [:]
        for index in 0..<200 {
            let second = Double(index) / 20
            let usual = base + base * UInt64((index * 7919) % 97) / 100 + (index % 50 == 49 ? base * 3 : 0)
            lag.add(UInt64(20_000 + index * 100))
            switch answer(second) {
            case .answer:
                recorder.add(usual)
                timeline.add(at: UInt64(second * 1e9), latency: usual)
            case .waits(let rest):
                recorder.add(usual + UInt64(rest * 1e9))
                timeline.add(at: UInt64(second * 1e9), latency: usual + UInt64(rest * 1e9))
            case .lost(let reason):
                failures[reason, default: 0] += 1
                timeline.add(at: UInt64(second * 1e9), latency: nil, reason: reason)
            }
        }
        let lost = failures.reduce(0) { $0 + $1.value }
        return ProbeMeasurement(
            url: url, address: address, method: method, sent: 200, received: 200 - lost, latency: recorder.summary,
            recorder: recorder, timeline: timeline, phases: [], connecting: [], connections: 1 + lost,
            failures: failures.map {
                .init(failure: ProbeFailure(.refused, $0.key, remedy: "start the server"), count: $0.value)
            },
            limits: [], report: ServerReport(), lag: lag.summary, verdict: .ok, reason: nil)
    }
}
