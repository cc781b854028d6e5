import PerfModel

extension ProbeMeasurement {
    /// From what the thread of a target found; the verdict is of the answers alone.
    init(_ target: any ProbeTarget, _ found: TargetRun.Result, report: ServerReport) {
        self.init(
            url: target.url, address: target.address, method: target.method, sent: found.sent,
            received: found.received, latency: found.recorder.summary, recorder: found.recorder,
            timeline: found.timeline,
            phases: found.phaseOrder.compactMap { name in
                found.phases[name]?.quantile(0.5).map { ProbePhase(name, nanoseconds: $0) }
            },
            connecting: found.connecting, connections: found.connections,
            failures: found.failures.map { Failure(failure: $0.key, count: $0.value) }.sorted {
                ($0.count, $1.failure.summary) > ($1.count, $0.failure.summary)
            },
            limits: target.limits, report: report, lag: found.lag.summary, verdict: .ok, reason: nil)
        mostRate = target.mostRate
        (verdict, reason) = judged(found)
    }

    /// From which share of lost questions on a target is slow.
    private static let mostLost = 0.01

    private func judged(_ found: TargetRun.Result) -> (Verdict, String?) {
        guard received > 0 else {
            let why = failures.first?.failure ?? found.lastFailure
            return (.failed, why?.summary ?? "nothing was asked: the time was over")
        }
        for limit in limits {
            // Fewer answers than a quantile takes do not hide one that is far too late.
            guard let value = latency?.quantile(limit.quantile),
                value > UInt64(max(0, limit.latency.wholeNanoseconds))
            else { continue }
            let name = Quantity.fixed(limit.quantile * 100, digits: limit.quantile > 0.99 ? 1 : 0)
            return (
                .slow,
                "p\(name) is \(Quantity.text(Int64(clamping: value), unit: "ns")), and the limit "
                    + "\(Quantity.text(limit.latency.wholeNanoseconds, unit: "ns")) (\(limit.origin))"
            )
        }
        guard lost < Self.mostLost else {
            let why = failures.first.map { ": \($0.failure.summary)" } ?? ""
            return (
                .slow,
                "\(Quantity.fixed(lost * 100, digits: 1))% of the questions were not answered (\(sent - received) of "
                    + "\(sent))\(why)"
            )
        }
        return (.ok, nil)
    }
}

extension ProbeRun.Outcome {
    /// CPUs that asking may use: above, other threads of ours wait for the one that asks.
    private static let mostCPUs = 0.9
    /// Part of the time in which our threads may be ready and not run.
    private static let mostDelay = 0.10

    /// With targets that were asked too late by us marked as invalid.
    func judged() -> ProbeRun.Outcome {
        var judged = self
        for (index, one) in measurements.enumerated() where one.received > 0 {
            guard let reason = doubt(one) else { continue }
            judged.measurements[index].verdict = .invalid
            judged.measurements[index].reason = reason
        }
        return judged
    }

    private func doubt(_ one: ProbeMeasurement) -> String? {
        if let runDelay, runDelay >= Self.mostDelay {
            return "the prober was ready and had no CPU for \(Quantity.fixed(runDelay * 100, digits: 0))% of the time: "
                + "this host is too busy to measure from"
        }
        if ownCPUs >= Self.mostCPUs * Double(max(1, measurements.count)) {
            return "the prober used \(Quantity.fixed(ownCPUs, digits: 1)) CPUs: the rate is too high for it"
        }
        // Our own lateness is not in the latencies, but answers that wait for us are read late as well.
        guard let lag = one.lag?.quantile(0.9), let median = one.latency?.p50 else { return nil }
        guard lag > 1_000_000, lag > median else { return nil }
        return
            "the prober was late itself: by \(Quantity.text(Int64(clamping: lag), unit: "ns")) or more, one time in ten"
    }
}
