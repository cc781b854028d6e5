/// How many connections to PostgreSQL.
package enum PoolArithmetic {
    /// PostgreSQL's default `max_connections` without `superuser_reserved_connections`.
    package static let usableConnections = 97

    /// Connections that processes open when each fills its pool.
    package static func demanded(processes: Int, poolSize: Int, overflow: Int) -> Int {
        let (product, isTooLarge) = processes.multipliedReportingOverflow(by: poolSize + overflow)
        return isTooLarge ? .max : product
    }

    /// The largest pool, overflow included, with which all processes fit; nil where not even one connection each does.
    package static func largestPool(processes: Int, usable: Int = usableConnections) -> Int? {
        guard processes > 0, usable / processes > 0 else { return nil }
        return usable / processes
    }

    /// Queries that a server answers at a time without loss: CPUs × 2 + spindles (HikariCP); an SSD counts as one.
    package static func ceiling(vcpus: Double, spindles: Double = 1) -> Int {
        Int(min(vcpus, 1e9) * 2 + spindles)
    }
}
