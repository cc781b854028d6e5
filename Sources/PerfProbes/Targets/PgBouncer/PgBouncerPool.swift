/// A pool of PgBouncer, over all looks.
package struct PgBouncerPool: Hashable, Sendable {
    package var database: String
    package var user: String
    package var looks = 0
    package var looksWithWaiting = 0
    package var mostWaiting = 0
    /// Seconds.
    package var longestWait = 0.0
    /// Connections to the server that were in use.
    package var mostServers = 0

    package init(database: String, user: String) {
        self.database = database
        self.user = user
    }

    package var name: String { "\(database)/\(user)" }

    /// - Parameters:
    ///   - waiting: clients.
    ///   - wait: of who waits longest, in seconds.
    ///   - servers: connections in use.
    package mutating func add(waiting: Int, wait: Double, servers: Int) {
        looks += 1
        if waiting > 0 { looksWithWaiting += 1 }
        mostWaiting = max(mostWaiting, waiting)
        longestWait = max(longestWait, wait)
        mostServers = max(mostServers, servers)
    }
}
