import PerfModel

extension RedisObservation {
    /// What all checks say, and what the server is.
    package func report(thresholds: [String: CheckThreshold], isPasswordNeedless: Bool = false) -> ServerReport {
        var report = ServerReport(facts: facts)
        if isPasswordNeedless {
            report.facts.append(ServerReport.Fact("password", "REDISCLI_AUTH is set, and the server needs none"))
        }
        report.ask(RedisRTTCheck.self, self, thresholds)
        report.ask(RedisSplitCheck.self, self, thresholds)
        report.ask(RedisSlowCheck.self, self, thresholds)
        report.ask(RedisMemoryCheck.self, self, thresholds)
        report.ask(RedisMaxMemoryCheck.self, self, thresholds)
        report.ask(RedisEvictionCheck.self, self, thresholds)
        report.ask(RedisHitCheck.self, self, thresholds)
        report.ask(RedisClientsCheck.self, self, thresholds)
        report.ask(RedisForkCheck.self, self, thresholds)
        report.ask(RedisPipelineCheck.self, self, thresholds)
        report.ask(RedisChurnCheck.self, self, thresholds)
        return report
    }

    private var facts: [ServerReport.Fact] {
        guard let info = info.value else { return [] }
        var facts = [ServerReport.Fact("version", info.engine.printable)]
        if let mode = info.mode { facts.append(ServerReport.Fact("mode", mode.printable)) }
        facts.append(ServerReport.Fact("role", role(info)))
        if let seconds = info.number("uptime_in_seconds") {
            facts.append(ServerReport.Fact("uptime", Quantity.text(Int64(clamping: seconds), unit: "seconds")))
        }
        if info.number("loading") == 1 || info.number("async_loading") == 1 {
            let part = info.text("loading_loaded_perc").map { ", \($0.printable)% done" } ?? ""
            let left = info.number("loading_eta_seconds").map {
                ", \(Quantity.text(Int64(clamping: $0), unit: "seconds")) left"
            }
            facts.append(ServerReport.Fact("state", "loading its data\(part)\(left ?? "")"))
        }
        if let used = info.number("used_memory") {
            facts.append(ServerReport.Fact("memory", Quantity.text(Int64(clamping: used), unit: "bytes")))
        }
        if !info.databases.isEmpty {
            let keys = info.databases.values.reduce(0) { $0 &+ $1.keys }
            facts.append(ServerReport.Fact("keys", Quantity.grouped(Int64(clamping: keys))))
        }
        if let policy { facts.append(ServerReport.Fact("eviction", policy.printable)) }
        if let databases = queueDatabases.value, !databases.isEmpty {
            let numbers = databases.map { "\($0)" }.joined(separator: ", ")
            facts.append(ServerReport.Fact("queues", "RQ, in database \(numbers)"))
        }
        return facts
    }

    private func role(_ info: RedisInfo) -> String {
        guard info.isReplica else { return info.text("role")?.printable ?? "unknown" }
        let master = info.text("master_host").map { " of \($0.printable):\(info.text("master_port")?.printable ?? "")" }
        let link = info.text("master_link_status").map { ", link \($0.printable)" }
        return "replica\(master ?? "")\(link ?? "")"
    }
}
