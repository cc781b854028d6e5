extension Sizing {
    /// What to take, in one sentence.
    package var summary: String {
        if isAboutCPUsAlone, let cpus { return contradiction(on: cpus) }
        var parts: [String] = []
        for resource in SizedResource.allCases {
            let own = recommendations.filter { $0.resource == resource && $0.isPreferred }
            guard let first = own.first else { continue }
            switch resource {
            case .database: parts.append("\(first.atLeast)\(first.sizes[0].text) for PostgreSQL")
            case .redis: parts.append("\(first.atLeast)\(first.sizes[0].text) for Redis with noeviction")
            case .workers, .applicationServer: parts += own.compactMap(workers)
            case .autovacuum, .connectionPool, .pgbouncer, .workload: continue
            }
        }
        guard let last = parts.popLast() else { return "Nothing of what is known selects a size." }
        return "Take " + (parts.isEmpty ? last : "\(parts.joined(separator: ", ")) and \(last)") + "."
    }

    /// CPUs alone select sizes that contradict each other.
    private func contradiction(on cpus: EffectiveCPUs) -> String {
        let words = [
            "worker_formula": "workers by the formula", "rq_worker_table": "RQ workers",
            "application_server_table": "Uvicorn workers",
        ]
        let order = ["worker_formula", "rq_worker_table", "application_server_table"]
        let parts = order.compactMap { id in
            recommendations.first { $0.id == id }?.number("workers").map { "\(Figure.text($0)) \(words[id] ?? "")" }
        }
        return "For \(Figure.counted(cpus.count, "CPU")), guide A has \(parts.joined(separator: ", "))"
            + "\(parts.count > 1 ? " by its tables" : ""); only a measurement tells how many a load needs."
    }

    private func workers(_ recommendation: SizingRecommendation) -> String? {
        if recommendation.id == "carried_workers", let most = recommendation.number("carried_workers") {
            return "at most \(Figure.counted(most, "worker")) (measured)"
        }
        guard let count = recommendation.number("workers") else { return nil }
        let isMinimum = recommendation.sizes.contains { $0.isMinimum }
        let amount = "\(Figure.text(count))\(isMinimum ? " or more" : "")"
        if recommendation.source == .measured {
            let carried = recommendation.number("carried_workers").map(Figure.text) ?? ""
            let isLimited = (recommendation.number("cpus_needed") ?? 0) > cpus?.count ?? .infinity
            let note = isLimited ? ", of which the CPUs carry \(carried)" : ""
            return "\(amount) worker\(count == 1 ? "" : "s") (measured\(note))"
        }
        guard recommendation.id != "worker_formula" else { return "\(amount) workers (by CPUs alone)" }
        return "\(amount) \(recommendation.id == "rq_worker_table" ? "RQ" : "Uvicorn") workers"
    }
}

extension SizingRecommendation {
    /// Whether the guide ends below the load.
    fileprivate var atLeast: String { selectors.contains(where: \.isBeyond) ? "at least " : "" }
}
