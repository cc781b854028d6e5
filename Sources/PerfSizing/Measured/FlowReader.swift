/// Finds rates and times in findings, probe targets and benchmark results, by their names and units.
enum FlowReader {
    private static let rateNames: Set<String> = [
        "throughput", "rate", "arrival_rate", "achieved_rate", "completion_rate",
    ]
    private static let serviceNames: Set<String> = [
        "service_time", "mean_service_time", "job_time", "mean_job_time", "working_time_per_job", "processing_time",
    ]
    private static let responseNames: Set<String> = ["latency", "mean_latency", "response_time", "mean_response_time"]

    /// Characters of a name; more are no name.
    private static let longestName = 120

    /// Seconds of one unit; nil for what is no time.
    static func seconds(_ unit: String) -> Double? {
        switch unit.lowercased() {
        case "s", "seconds", "second", "sec": 1
        case "ms", "milliseconds": 1e-3
        case "us", "µs", "microseconds": 1e-6
        case "ns", "nanoseconds": 1e-9
        default: nil
        }
    }

    /// What comes, where a unit is one of a rate: `"jobs/s"`, `"req/s"`, `"1/s"`, `"jobs_per_second"`.
    static func work(ofRateUnit unit: String) -> Measurement.Work? {
        let unit = unit.lowercased()
        // Evidence of findings: what comes is said by its name.
        if unit == "per_second" { return .operations }
        guard
            let suffix = ["/s", "/sec", "/second", "_per_second", "_per_sec", " per second"].first(
                where: unit.hasSuffix)
        else { return nil }
        return switch unit.dropLast(suffix.count) {
        case "jobs", "job": .jobs
        case "requests", "request", "req", "reqs": .requests
        case "1", "", "ops", "operations": .operations
        default: nil
        }
    }

    /// A name without the unit at its end, and that unit: `"service_time_ms"`, `"jobs_per_second"`.
    private static func parts(of name: String, unit: String?) -> (name: String, unit: String) {
        let name = name.lowercased().split(separator: " ").joined(separator: "_")
        if work(ofRateUnit: name) != nil { return ("rate", name) }
        for suffix in ["ns", "us", "ms", "s", "nanoseconds", "microseconds", "milliseconds", "seconds"]
        where name.hasSuffix("_\(suffix)") {
            return (String(name.dropLast(suffix.count + 1)), suffix)
        }
        return (name, unit ?? "")
    }

    /// Takes in one number.
    private static func add(_ value: Double?, named name: String, unit: String?, to flow: inout Measurement.Flow) {
        // Nanoseconds are large numbers.
        guard let value = MeasurementReader.positive(value, atMost: 1e18) else { return }
        let (name, unit) = parts(of: name, unit: unit)
        if rateNames.contains(name), let work = work(ofRateUnit: unit) {
            // What arrives is the load; what is completed may be less of it.
            guard flow.rate == nil || name == "arrival_rate" else { return }
            flow.rate = value
            if work != .operations { flow.work = work }
        } else if serviceNames.contains(name), let scale = seconds(unit) {
            flow.serviceTime = value * scale
            flow.isResponseTime = false
        } else if responseNames.contains(name), let scale = seconds(unit) {
            guard flow.serviceTime == nil else { return }
            flow.serviceTime = value * scale
            flow.isResponseTime = true
        } else if name == "workers" || name == "worker_count" {
            flow.workers = value
        } else if ["utilisation", "utilization", "busy_ratio", "worker_busy_ratio"].contains(name) {
            flow.busyRatio = ratio(value, unit)
        } else if ["cpu_per_worker", "worker_cpu", "worker_cpu_ratio"].contains(name) {
            flow.cpuRatio = ratio(value, unit)
        }
    }

    private static func ratio(_ value: Double, _ unit: String) -> Double? {
        let ratio = unit == "%" || unit == "percent" ? value / 100 : value
        return ratio <= 64 ? ratio : nil
    }

    private static func complete(_ flow: Measurement.Flow) -> Measurement.Flow? {
        var flow = flow
        // Little: busy workers = rate × service time.
        if flow.serviceTime == nil, let workers = flow.workers, let busy = flow.busyRatio, let rate = flow.rate {
            flow.serviceTime = workers * min(1, busy) / rate
        }
        let isWorkers = flow.workers != nil && flow.cpuRatio != nil
        flow.name = String(flow.name.prefix(longestName))
        return flow.rate == nil && flow.serviceTime == nil && !isWorkers ? nil : flow
    }

    static func flow(of finding: ResultDocument.Finding) -> Measurement.Flow? {
        let isQueue = finding.id == "rq" || finding.id.hasPrefix("rq.")
        let work: Measurement.Work = isQueue ? .jobs : finding.id.hasPrefix("http.") ? .requests : .operations
        var flow = Measurement.Flow(work: work, name: finding.id)
        for evidence in finding.evidence ?? [] {
            add(evidence.number, named: evidence.name, unit: evidence.unit, to: &flow)
        }
        return complete(flow)
    }

    /// Of a probe: its answers' times are those of a service only where that is asked over HTTP.
    static func flow(of target: ResultDocument.Target) -> Measurement.Flow? {
        guard target.url.hasPrefix("http://") || target.url.hasPrefix("https://") else { return nil }
        var flow = Measurement.Flow(work: .requests, name: withoutCredentials(target.url))
        flow.rate = MeasurementReader.positive(target.throughput)
        let latency = target.latency ?? [:]
        add((latency["mean"] ?? nil) ?? (latency["p50"] ?? nil), named: "latency", unit: "ns", to: &flow)
        return complete(flow)
    }

    /// A URL without user and password, should its writer have left them in.
    private static func withoutCredentials(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        guard let at = rest.prefix(while: { !"/?#".contains($0) }).lastIndex(of: "@") else { return url }
        return String(url[..<scheme.upperBound] + rest[rest.index(after: at)...])
    }

    /// Of benchmarks: those of one suite and name belong together.
    static func flows(of results: [ResultDocument.BenchmarkResult]) -> [Measurement.Flow] {
        var order: [String] = []
        var flows: [String: Measurement.Flow] = [:]
        for result in results {
            let name = [result.id.suite, result.id.benchmark].compactMap { $0 }.filter { !$0.isEmpty }
                .joined(separator: "/")
            if flows[name] == nil {
                order.append(name)
                flows[name] = Measurement.Flow(work: .operations, name: name)
            }
            guard var flow = flows[name] else { continue }
            add(mean(of: result), named: result.metric, unit: result.unit, to: &flow)
            flows[name] = flow
        }
        return order.compactMap { flows[$0].flatMap(complete) }
    }

    private static func mean(of result: ResultDocument.BenchmarkResult) -> Double? {
        if let samples = result.samples, !samples.isEmpty {
            return samples.reduce(0) { $0 + $1.value } / Double(samples.count)
        }
        let pairs = (result.histogram?.counts ?? []).filter { $0.count == 2 && $0[1] > 0 }
        let count = pairs.reduce(0) { $0 + $1[1] }
        if count > 0 { return pairs.reduce(0) { $0 + $1[0] * $1[1] } / count }
        return result.summary?.mean ?? result.summary?.median ?? result.summary?.p50
    }
}
