import PerfClients
import PerfModel

/// All that was seen of a PgBouncer.
package struct PgBouncerObservation: Equatable, Sendable {
    package var address: String
    package var version: Availability<String>
    package var pools: Availability<[PgBouncerPool]>
    package var configuration: Availability<[String: String]>

    package init(
        address: String, version: Availability<String>, pools: Availability<[PgBouncerPool]>,
        configuration: Availability<[String: String]>
    ) {
        self.address = address
        self.version = version
        self.pools = pools
        self.configuration = configuration
    }

    /// What all checks say, and what it is.
    package func report(thresholds: [String: CheckThreshold]) -> ServerReport {
        var report = ServerReport()
        if let version = version.value { report.facts.append(ServerReport.Fact("version", version.printable)) }
        for name in ["pool_mode", "default_pool_size", "max_client_conn"] {
            if let value = configuration.value?[name] {
                report.facts.append(ServerReport.Fact(name, value.printable))
            }
        }
        report.ask(PgBouncerWaitCheck.self, self, thresholds)
        return report
    }
}

extension [PgBouncerPool] {
    /// Adds a look at SHOW POOLS, whose columns differ by version; false for an answer of another form.
    mutating func add(_ table: PostgreSQLConnection.Table) -> Bool {
        func column(_ name: String) -> Int? { table.columns.firstIndex(of: name) }
        guard let database = column("database"), let user = column("user"), let waiting = column("cl_waiting"),
            let servers = column("sv_active"), let seconds = column("maxwait")
        else { return false }
        let microseconds = column("maxwait_us")
        for row in table.rows where row.count == table.columns.count {
            guard let database = row[database], let user = row[user] else { continue }
            // The console has a pool as well.
            guard database != "pgbouncer" else { continue }
            func number(_ column: Int?) -> Double {
                let value = column.flatMap { row[$0] }.flatMap { Double($0) } ?? 0
                return value.isFinite ? Swift.min(Swift.max(0, value), 1e9) : 0
            }
            let index = firstIndex { $0.database == database && $0.user == user }
            if index == nil { append(PgBouncerPool(database: database, user: user)) }
            self[index ?? count - 1].add(
                waiting: Int(number(waiting)), wait: number(seconds) + number(microseconds) / 1e6,
                servers: Int(number(servers)))
        }
        return true
    }
}
