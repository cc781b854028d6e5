import PerfModel

/// Commands that keep the server from all others.
package enum RedisSlowCheck: ServerCheck {
    package static let id = "rd.slow"
    package static let resource = Resource.cache
    package static let explanation = "Which commands keep the server, which runs one at a time, from all others?"
    package static let source = "new entries of SLOWLOG GET by id; INFO commandstats: Δusec of each command"
    package static let trap =
        "the slow log leaves out queue and network, and keeps 128 entries: only those with new ids count. "
        + "--bigkeys ranks by number of elements, which is not time"
    package static let threshold = CheckThreshold(
        10, 100, unit: "milliseconds", origin: "Redis' own slowlog-log-slower-than; guide A for 100 ms",
        conditions: ["busy_ratio": 0.7])

    package static func outcome(of observation: RedisObservation, threshold: CheckThreshold) -> CheckOutcome {
        var findings: [Finding] = []
        var evidence: [Evidence] = []
        if let log = observation.slowLog.value {
            if let found = slowest(log, observation, threshold) { findings.append(found) }
            evidence.append(Evidence("slow_commands", Double(log.entries.count), "count"))
        }
        if let busy = busyRatio(of: observation) {
            evidence.append(Evidence("busy", busy, "ratio"))
            if busy >= threshold.condition("busy_ratio") { findings.append(busyFinding(busy, observation, threshold)) }
        }
        if !findings.isEmpty { return .findings(findings) }
        guard let log = observation.slowLog.value else { return unmeasured(observation.slowLog) }
        return blindness(log, observation, threshold) ?? .healthy(evidence)
    }

    /// The worst of the log's entries; nil where all are short.
    private static func slowest(
        _ log: RedisSlowLog, _ observation: RedisObservation, _ threshold: CheckThreshold
    ) -> Finding? {
        guard let worst = log.entries.max(by: { $0.microseconds < $1.microseconds }),
            threshold.severity(of: Double(worst.microseconds) / 1e3) != nil
        else { return nil }
        let total = log.entries.reduce(0) { $0 &+ $1.microseconds }
        let names = Dictionary(grouping: log.entries, by: \.command)
            .map { (name: $0.key, time: $0.value.reduce(0) { $0 &+ $1.microseconds }, count: $0.value.count) }
            .sorted { ($0.time, $1.name) > ($1.time, $0.name) }
        let list = names.prefix(3).map { "\($0.name.printable) \(Quantity.grouped(Int64($0.count)))×" }
        let share = observation.seconds > 0 ? Double(total) / 1e6 / observation.seconds : nil
        var evidence = [
            Evidence("slow_commands", Double(log.entries.count), "count"),
            Evidence("slow_total", Double(total) / 1e3, "milliseconds"),
        ]
        if let share { evidence.append(Evidence("slow_time", share, "ratio")) }
        if log.lost > 0 { evidence.append(Evidence("lost_entries", Double(log.lost), "count")) }
        return finding(
            Double(worst.microseconds) / 1e3, "slowest_command", threshold: threshold, subject: observation.address,
            evidence: evidence,
            summary: "\(worst.command.printable) kept the server from all others for "
                + "\(RedisWords.duration(microseconds: worst.microseconds)); slow meanwhile: "
                + "\(list.joined(separator: ", "))\(busiest(in: observation))",
            benefit: share, remedies: [RedisRemedies.findSlow, RedisRemedies.smallerSteps, RedisRemedies.references])
    }

    /// How much of the time the thread that runs commands was busy with them.
    private static func busyRatio(of observation: RedisObservation) -> Double? {
        guard let times = observation.commandTimes.value, observation.seconds > 0 else { return nil }
        // Scripts and transactions count twice: themselves, and what they run.
        let microseconds = times.filter { !isContainer($0.name) }.reduce(0) { $0 &+ $1.microseconds }
        var ratio = Double(microseconds) / 1e6 / observation.seconds
        // Reading and writing sockets is the thread's work too, and no command's.
        if let (first, last) = observation.both.value, let before = first.mainThreadSeconds,
            let after = last.mainThreadSeconds
        {
            ratio = max(ratio, (after - before) / observation.seconds)
        }
        return min(1, max(0, ratio))
    }

    private static func busyFinding(
        _ busy: Double, _ observation: RedisObservation, _ threshold: CheckThreshold
    ) -> Finding {
        Finding(
            id: id, severity: .warning, resource: resource, family: .probe,
            summary: "the one thread that runs commands is busy for \(RedisWords.percent(busy)) of the time"
                + busiest(in: observation),
            subject: observation.address, evidence: [Evidence("busy", busy, "ratio")],
            threshold: threshold.condition("busy_ratio"),
            remedies: [
                RedisRemedies.pipeline, RedisRemedies.smallerSteps,
                Remedy("read from replicas, split the keys among instances, or let io-threads do the sockets"),
            ])
    }

    /// `"; of its time, LRANGE took 81%, GET 12%"`; nothing where that is not known.
    static func busiest(in observation: RedisObservation) -> String {
        guard let times = observation.commandTimes.value?.filter({ !isContainer($0.name) }) else { return "" }
        let total = times.reduce(0) { $0 &+ $1.microseconds }
        guard total > 0 else { return "" }
        let list = times.prefix(2).filter { $0.microseconds * 20 >= total }.map {
            "\($0.name.uppercased().printable) took \(RedisWords.percent(Double($0.microseconds) / Double(total)))"
        }
        return list.isEmpty ? "" : "; of the time of all commands, \(list.joined(separator: ", "))"
    }

    private static func isContainer(_ name: String) -> Bool {
        ["exec", "eval", "evalsha", "eval_ro", "evalsha_ro", "fcall", "fcall_ro"].contains(name)
    }

    /// Why an empty log says nothing; nil where it does.
    private static func blindness(
        _ log: RedisSlowLog, _ observation: RedisObservation, _ threshold: CheckThreshold
    ) -> CheckOutcome? {
        if log.lost > 0 {
            return .unmeasured(
                reason: "\(RedisWords.count(log.lost)) entries of the slow log came and went between two looks",
                remedy: "CONFIG SET slowlog-log-slower-than 10000, or a larger slowlog-max-len")
        }
        guard let text = observation.settings.value?["slowlog-log-slower-than"], let limit = Int64(text) else {
            guard !log.hadEntries, log.entries.isEmpty else { return nil }
            return .unmeasured(
                reason: "its slow log is empty, and from which time on it keeps commands is not to be seen",
                remedy: "grant +config|get, or see slowlog-log-slower-than")
        }
        if limit < 0 {
            return .unmeasured(
                reason: "the slow log is switched off (slowlog-log-slower-than \(limit))",
                remedy: "CONFIG SET slowlog-log-slower-than 10000")
        }
        if observation.settings.value?["slowlog-max-len"] == "0" {
            return .unmeasured(
                reason: "the slow log keeps nothing (slowlog-max-len 0)", remedy: "CONFIG SET slowlog-max-len 128")
        }
        guard Double(limit) / 1e3 > threshold.warning else { return nil }
        return .unmeasured(
            reason: "the slow log keeps only commands above \(RedisWords.duration(microseconds: UInt64(limit)))",
            remedy: "CONFIG SET slowlog-log-slower-than 10000")
    }
}
