import PerfModel

/// What active sessions wait for.
package enum PostgreSQLWaitsCheck: ServerCheck {
    package static let id = "pg.waits"
    package static let resource = Resource.database
    package static let explanation = "What do sessions that are at work wait for?"
    package static let source =
        "pg_stat_activity ten times a second: active sessions by wait_event_type, none of it is CPU; the share of the "
        + "largest of Lock, LWLock, IO, IPC and BufferPin"
    package static let trap =
        "one look tells nothing; and waits for the client or for a timer (pg_sleep) are not the server's"
    package static let threshold = CheckThreshold(
        0.5, unit: "ratio", origin: "proposed", conditions: ["active_sessions": 1, "samples": 20])

    /// What the server itself makes a session wait for.
    private static let serverWaits: Set<String> = ["Lock", "LWLock", "IO", "IPC", "BufferPin"]

    package static func outcome(of observation: PostgreSQLObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard case .available(let activity) = observation.wholeActivity else {
            return unmeasured(observation.wholeActivity)
        }
        let active = activity.active
        let average = Double(active) / Double(max(1, activity.looks))
        var evidence = [
            Evidence("active_sessions", average, "count"), Evidence("looks", Double(activity.looks), "count"),
        ]
        for (type, count) in activity.waits.sorted(by: { ($0.value, $1.key) > ($1.value, $0.key) }).prefix(6) {
            evidence.append(Evidence("\(type.lowercased())_ratio", Double(count) / Double(max(1, active)), "ratio"))
        }
        let worst = activity.waits.filter { serverWaits.contains($0.key) }
            .max { ($0.value, $1.key) < ($1.value, $0.key) }
        let ratio = Double(worst?.value ?? 0) / Double(max(1, active))
        guard let worst, threshold.severity(of: ratio) != nil, average >= threshold.condition("active_sessions"),
            Double(active) >= threshold.condition("samples")
        else { return .healthy([Evidence("wait_ratio", ratio, threshold.unit)] + evidence) }
        let event = activity.events.filter { $0.key.hasPrefix(worst.key + "/") }
            .max { ($0.value, $1.key) < ($1.value, $0.key) }
        let name = event.map { " (most for \($0.key.dropFirst(worst.key.count + 1).description.printable))" } ?? ""
        return .findings([
            finding(
                ratio, "wait_ratio", threshold: threshold, subject: observation.address, evidence: evidence,
                summary: "\(Quantity.fixed(average, digits: 1)) sessions are active on average, and spend "
                    + "\(PostgreSQLWords.percent(ratio)) of their time in waits for \(words(worst.key))\(name)",
                parent: worst.key == "Lock" && !activity.chains.isEmpty ? PostgreSQLLockCheck.id : nil,
                remedies: remedies(worst.key))
        ])
    }

    private static func words(_ type: String) -> String {
        switch type {
        case "Lock": "locks of rows and tables"
        case "LWLock": "the server's own locks"
        case "IO": "files"
        case "IPC": "other processes of the server"
        default: type.printable
        }
    }

    private static func remedies(_ type: String) -> [Remedy] {
        switch type {
        case "Lock": [PostgreSQLRemedies.endHolder, PostgreSQLRemedies.shortTransactions]
        case "IO": [PostgreSQLRemedies.index, PostgreSQLRemedies.memory]
        default: [PostgreSQLRemedies.pooler]
        }
    }
}
