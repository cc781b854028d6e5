/// A pool of connections of an application, as its configuration says.
package struct PostgreSQLPool: Codable, Hashable, Sendable {
    package var name: String
    /// Processes that have such a pool each.
    package var processes: Int
    /// Connections that one keeps.
    package var size: Int
    /// Connections that it opens beyond these when all are in use.
    package var overflow: Int

    package init(name: String, processes: Int, size: Int, overflow: Int = 0) {
        self.name = name
        self.processes = processes
        self.size = size
        self.overflow = overflow
    }

    /// Connections at most; no more than fits an integer.
    package var most: Int {
        let (each, isTooMuch) = max(0, size).addingReportingOverflow(max(0, overflow))
        let (all, isFarTooMuch) = max(0, processes).multipliedReportingOverflow(by: each)
        return isTooMuch || isFarTooMuch ? Int.max : all
    }
}
