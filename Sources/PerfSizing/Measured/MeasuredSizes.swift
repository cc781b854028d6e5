import PerfModel

/// What one measurement asks for, with its reasoning.
struct MeasuredSizes {
    private let measurement: Measurement
    private let inputs: SizingInputs
    private let cpus: EffectiveCPUs?
    private(set) var recommendations: [SizingRecommendation] = []
    private(set) var warnings: [Warning] = []

    /// Smaller shares are measured no better than this.
    private static let leastRatio = 0.01

    init(_ measurement: Measurement, inputs: SizingInputs, cpus: EffectiveCPUs?) {
        self.measurement = measurement
        self.inputs = inputs
        self.cpus = cpus
        for flow in measurement.flows { add(flow) }
        if measurement.leftOut > 0 {
            warnings.append(
                Warning(
                    code: "flows_left_out",
                    message:
                        "\(measurement.file.printable) has \(measurement.leftOut) more rates or times than are looked at",
                    remedy: "give the results of one service at a time"))
        }
        if recommendations.isEmpty, let ratio = measurement.computeRatio, let cpus { addCarried(ratio, cpus) }
        if let threads = measurement.threads, threads > 1.5, !measurement.isCPUBoundByVerdict {
            warnings.append(
                Warning(
                    code: "budget_of_several_threads",
                    message:
                        "the time budget in \(measurement.file.printable) is of \(Figure.text(threads)) threads, of which "
                        + "those that are no workers count as waiting: the CPUs may carry fewer workers",
                    remedy: "diagnose one worker in a cgroup of its own"))
        }
        if let bottleneck = measurement.bottleneck,
            ["database", "cache", "disk", "lock", "memory"].contains(bottleneck)
        {
            warnings.append(
                Warning(
                    code: "other_bottleneck",
                    message:
                        "\(measurement.file.printable) says that the bottleneck is the \(bottleneck): more workers "
                        + "only add to its load",
                    remedy: "mend the \(bottleneck) first, then measure and size again"))
        }
    }

    private mutating func add(_ flow: Measurement.Flow) {
        if let workers = flow.workers, let cpuRatio = flow.cpuRatio, let cpus {
            addAdvice(flow, workers: workers, cpuRatio: cpuRatio, cpus: cpus)
        }
        let (given, work) = givenRate(for: flow.work)
        guard let rate = given ?? flow.rate, let time = flow.serviceTime else {
            warnIncomplete(flow)
            return
        }
        let workers = WorkerArithmetic.measured(rate: rate, serviceTime: time)
        let exact = WorkerArithmetic.exact(rate: rate, serviceTime: time)
        let equation =
            "λ = \(Figure.text(rate)) \(work.rateUnit) × \(Figure.text(time)) s / \(WorkerArithmetic.busyRatio) = "
            + "\(Figure.text(exact)) → \(Figure.counted(Double(workers), "worker"))"
        var sizes: [SizedQuantity] = [
            .count("workers", Double(workers), workers == 1 ? "worker" : "workers")
        ]
        var reasoning = [equation]
        if let cpus { reasoning.append(limit(rate, time, work, workers: workers, cpus: cpus, sizes: &sizes)) }
        recommendations.append(
            SizingRecommendation(
                id: "measured_workers", resource: work == .requests ? .applicationServer : .workers, source: .measured,
                title: "measured: \(flow.name.printable)",
                selectors: given.map { given in
                    let input: SizingInput = work == .requests ? .requestsPerSecond : .jobsPerSecond
                    return [.init(input: input, value: given, row: "λ", isBeyond: false)]
                } ?? [],
                row: "λ × service time / \(WorkerArithmetic.busyRatio)", sizes: sizes,
                notes: notes(flow, isRateGiven: given != nil), reasoning: reasoning.joined(separator: "; ")))
        if let ratio = measurement.databaseRatio, ratio > Self.leastRatio {
            addConnections(rate: rate, time: time, ratio: ratio)
        }
    }

    /// How a worker's share of time on a CPU is known.
    private func computing(_ ratio: Double) -> String {
        measurement.isCPUBoundByVerdict
            ? "computing all of its time, as the verdict is CPU"
            : "computing for \(Figure.percent(ratio)) of its busy time"
    }

    /// A rate on the command line replaces the measured one: that is what the service is sized for.
    private func givenRate(for work: Measurement.Work) -> (rate: Double?, work: Measurement.Work) {
        switch work {
        case .jobs: return (inputs[.jobsPerSecond], .jobs)
        case .requests: return (inputs[.requestsPerSecond], .requests)
        case .operations:
            if let rate = inputs[.jobsPerSecond] { return (rate, .jobs) }
            if let rate = inputs[.requestsPerSecond] { return (rate, .requests) }
            return (nil, .operations)
        }
    }

    /// What the CPUs carry, against what is wanted.
    private mutating func limit(
        _ rate: Double, _ time: Double, _ work: Measurement.Work, workers: Int, cpus: EffectiveCPUs,
        sizes: inout [SizedQuantity]
    ) -> String {
        guard let measured = measurement.computeRatio else {
            return
                "one worker per core, \(Figure.text(cpus.count.rounded(.down) < 1 ? 1 : cpus.count.rounded(.down))) on "
                + "\(cpus.text), is the limit while CPU-bound; whether it is, a diagnosis says"
        }
        let ratio = max(measured, Self.leastRatio)
        let carried = WorkerArithmetic.carried(cpus: cpus.count, computeRatio: ratio)
        // The time that was measured holds waits for a CPU, which need none.
        let cpuWait = measurement.cpuWaitRatio ?? 0
        let ofTime = ratio * (1 - cpuWait)
        let needed = WorkerArithmetic.cpusNeeded(rate: rate, serviceTime: time, computeRatio: ofTime)
        sizes.append(.count("carried_workers", Double(carried), "carried by the CPUs"))
        sizes.append(.count("cpus_needed", needed, "CPUs needed"))
        var parts = [
            ratio >= MeasurementReader.computingRatio
                ? "CPU-bound (\(computing(ratio))), so one worker per core is the limit"
                : "computing for \(Figure.percent(ratio)) of busy time"
        ]
        parts[0] +=
            ": \(cpus.text) carry \(Figure.counted(Double(carried), "worker")) at a time, and the load needs "
            + "\(Figure.text(needed)) CPUs at 80% use"
        if cpuWait > Self.leastRatio {
            parts.append(
                "\(Figure.percent(cpuWait)) of the \(Figure.text(time)) s are waits for a CPU: with CPUs enough fewer do"
            )
        }
        if needed > cpus.count {
            let carriedRate = WorkerArithmetic.carriedRate(cpus: cpus.count, serviceTime: time, computeRatio: ofTime)
            warnings.append(
                Warning(
                    code: "cpus_are_the_limit",
                    message: "\(Figure.counted(Double(workers), "worker")) would need \(Figure.text(needed)) CPUs, and "
                        + "\(cpus.text) carry \(Figure.text(carriedRate)) \(work.rateUnit): more workers than "
                        + "\(carried) only wait for a CPU",
                    remedy: "\(Figure.text(needed)) CPUs carry the load; or make the code faster: perfdoctor record"))
        }
        return parts.joined(separator: "; ")
    }

    /// A time budget without rates still tells how many workers CPUs carry.
    private mutating func addCarried(_ ratio: Double, _ cpus: EffectiveCPUs) {
        let ratio = max(ratio, Self.leastRatio)
        let carried = WorkerArithmetic.carried(cpus: cpus.count, computeRatio: ratio)
        recommendations.append(
            SizingRecommendation(
                id: "carried_workers", resource: .workers, source: .measured,
                title: "measured: time budget", row: "CPUs / share of busy time computing",
                sizes: [.count("carried_workers", Double(carried), "workers at most")],
                notes: ["this is what the CPUs carry, not what a load needs: that takes a rate and a service time"],
                reasoning:
                    "\(Figure.text(cpus.count)) / \(Figure.text(ratio)) → \(Figure.counted(Double(carried), "worker"))"
                    + " on \(cpus.text), each \(computing(ratio))"))
    }

    private mutating func addConnections(rate: Double, time: Double, ratio: Double) {
        let connections = WorkerArithmetic.measured(rate: rate, serviceTime: time * ratio)
        let exact = WorkerArithmetic.exact(rate: rate, serviceTime: time * ratio)
        recommendations.append(
            SizingRecommendation(
                id: "measured_connections", resource: .connectionPool, source: .measured,
                title: "measured: all processes",
                row: "λ × time in the database / \(WorkerArithmetic.busyRatio)",
                sizes: [
                    .count(
                        "connections", Double(connections),
                        connections == 1 ? "connection in use" : "connections in use")
                ],
                notes: [
                    "while a connection goes back to the pool between queries; held for whole jobs, each worker needs one"
                ],
                reasoning:
                    "\(Figure.text(rate))/s × \(Figure.text(time)) s × \(Figure.percent(ratio)) in the database / "
                    + "\(WorkerArithmetic.busyRatio) = \(Figure.text(exact)) → \(connections)"))
    }

    private mutating func addAdvice(_ flow: Measurement.Flow, workers: Double, cpuRatio: Double, cpus: EffectiveCPUs) {
        let advice = WorkerAdvice(
            workers: Int(min(workers, 1e9)), cpuRatio: cpuRatio, cpus: cpus.count, busyRatio: flow.busyRatio)
        recommendations.append(
            SizingRecommendation(
                id: "worker_cpu_rule", resource: .workers, source: .guideA, title: "workers by their CPU",
                row: "<80% add, >95% reduce",
                sizes: [.word("direction", advice.guide.rawValue, text: "\(advice.guide.rawValue) workers")],
                corrections: advice.guide == advice.corrected
                    ? []
                    : [
                        .init(
                            subject: "workers by their CPU", source: .guideA, claim: advice.guide.rawValue,
                            corrected: advice.corrected.rawValue, reason: advice.reason)
                    ],
                reasoning: advice.reason))
    }

    private func notes(_ flow: Measurement.Flow, isRateGiven: Bool) -> [String] {
        var notes: [String] = []
        if flow.isResponseTime {
            notes.append("the time is what clients waited for, queues and network included: fewer workers may do")
        }
        if !isRateGiven {
            notes.append(
                "λ is what was measured: for another load, give \(flow.work == .requests ? "--rps" : "--jobs-per-second")"
            )
        }
        return notes
    }

    private mutating func warnIncomplete(_ flow: Measurement.Flow) {
        guard flow.cpuRatio == nil || flow.rate != nil || flow.serviceTime != nil else { return }
        let name = "\(flow.name.printable) in \(measurement.file.printable)"
        let option = flow.work == .requests ? "--rps" : "--jobs-per-second"
        warnings.append(
            flow.serviceTime == nil
                ? Warning(
                    code: "no_service_time", message: "\(name) has a rate and no time: nothing follows from it alone",
                    remedy: "give a result that says how long one takes")
                : Warning(
                    code: "no_rate", message: "\(name) says how long one takes and not how many there are",
                    remedy: "add \(option) N"))
    }
}
