extension Sizing {
    mutating func addSettings() {
        let hasDatabase = recommendations.contains { $0.resource == .database }
        let hasProcesses = processes > 0
        for settings in GuideSettings.all {
            let applies =
                switch settings.resource {
                case .autovacuum: hasDatabase
                case .connectionPool, .pgbouncer: hasDatabase || hasProcesses
                case .redis: recommendations.contains { $0.resource == .redis }
                default: true
                }
            if applies { recommendations.append(settings.recommendation()) }
        }
    }

    /// Processes that connect to the database: API workers and job workers, where rows of either were asked for.
    private var processes: Int {
        var count = 0
        for resource in [SizedResource.applicationServer, .workers] {
            let own = recommendations.filter {
                $0.resource == resource && ($0.isByLoad || $0.source == .measured) && $0.number("workers") != nil
            }
            let measured = own.filter { $0.source == .measured }
            let chosen = measured.isEmpty ? Array(own.prefix(1)) : measured
            count += chosen.compactMap { $0.number("workers") }.reduce(0) { $0 + Int(min($1, 1e9)) }
        }
        return count
    }

    mutating func addConnections() {
        if let ceiling = recommendations.first(where: { $0.resource == .database })?.number("vcpus") {
            let connections = PoolArithmetic.ceiling(vcpus: ceiling)
            recommendations.append(
                SizingRecommendation(
                    id: "active_connections", resource: .pgbouncer, source: .derived, title: "connections at work",
                    row: "CPUs of the database × 2 + spindles (HikariCP)",
                    sizes: [.count("default_pool_size", Double(connections), "connections")],
                    notes: [
                        "more queries at a time than that make each other wait inside PostgreSQL; guide B's 25 suit "
                            + "queries that wait, as for locks or clients"
                    ],
                    reasoning: "\(Figure.text(ceiling)) × 2 + 1 = \(connections) (an SSD counts as one spindle)"))
        }
        let processes = processes
        guard processes > 0 else { return }
        let usable = PoolArithmetic.usableConnections
        let demands = [("guide A", 50, 20), ("guide B", 20, 10)].map { guide, size, overflow in
            let sum = PoolArithmetic.demanded(processes: processes, poolSize: size, overflow: overflow)
            return "\(guide): \(processes) × (\(size) + \(overflow)) = \(Figure.text(Double(sum)))"
        }
        let sums = demands.joined(separator: "; ") + "; PostgreSQL takes \(usable) by default"
        var recommendation = SizingRecommendation(
            id: "pool_per_process", resource: .connectionPool, source: .derived,
            title: processes == 1 ? "1 process" : "\(Figure.text(Double(processes))) processes",
            row: "usable connections / processes",
            sizes: [], reasoning: sums)
        if let largest = PoolArithmetic.largestPool(processes: processes) {
            recommendation.sizes = [
                .count("pool_and_overflow", Double(largest), largest == 1 ? "connection each" : "connections each")
            ]
            recommendation.notes = [
                "a worker that does one job at a time needs one connection; larger pools go through PgBouncer"
            ]
        } else {
            recommendation.sizes = [
                .word("pooler", "PgBouncer", text: "PgBouncer: not one connection for each process")
            ]
        }
        recommendations.append(recommendation)
    }
}
