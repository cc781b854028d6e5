import PerfModel

/// All that was seen of a PostgreSQL server.
package struct PostgreSQLObservation: Equatable, Sendable {
    /// Blocks that were found in its own cache, and that had to be read.
    package struct Blocks: Hashable, Sendable {
        package var hits: Int64
        package var reads: Int64

        package init(hits: Int64, reads: Int64) {
            self.hits = hits
            self.reads = reads
        }
    }

    /// What statements took between the snapshots.
    package struct Statements: Hashable, Sendable {
        /// The most time first.
        package var totals: [PostgreSQLStatementTotals]
        /// Whether there were some that this role may not see.
        package var hasHidden: Bool

        package init(totals: [PostgreSQLStatementTotals], hasHidden: Bool = false) {
            self.totals = totals
            self.hasHidden = hasHidden
        }
    }

    package var address: String
    package var identity: Availability<PostgreSQLIdentity>
    package var limits: Availability<PostgreSQLLimits>
    package var connections: Availability<PostgreSQLConnections>
    package var activity: Availability<PostgreSQLActivity>
    /// Of the database of the URL, between the snapshots.
    package var blocks: Availability<Blocks>
    package var statements: Availability<Statements>
    /// Of perfdoctor.json; empty where it says nothing.
    package var pools: [PostgreSQLPool]
    package var client: ClientLatency
    /// Nanoseconds of the observer's own connection; nil without one.
    package var connecting: UInt64?
    package var authenticating: UInt64?

    package init(
        address: String, identity: Availability<PostgreSQLIdentity>, limits: Availability<PostgreSQLLimits>,
        connections: Availability<PostgreSQLConnections>, activity: Availability<PostgreSQLActivity>,
        blocks: Availability<Blocks>, statements: Availability<Statements>, pools: [PostgreSQLPool] = [],
        client: ClientLatency, connecting: UInt64? = nil, authenticating: UInt64? = nil
    ) {
        self.address = address
        self.identity = identity
        self.limits = limits
        self.connections = connections
        self.activity = activity
        self.blocks = blocks
        self.statements = statements
        self.pools = pools
        self.client = client
        self.connecting = connecting
        self.authenticating = authenticating
    }

    /// What makes others' sessions visible.
    static let right = "GRANT pg_monitor TO the role that asks"

    /// What was seen of sessions, when it was all of them.
    ///
    /// What a role may not see has no state: a lock, or a transaction that is kept open, would not be among it.
    var wholeActivity: Availability<PostgreSQLActivity> {
        activity.flatMap { activity in
            guard activity.hidden > 0 else { return .available(activity) }
            let sessions = Quantity.counted(Int64(activity.hidden), "session")
            guard let identity = identity.value, identity.seesAll else {
                return .unavailable(reason: "this role may not see the state of \(sessions)", remedy: Self.right)
            }
            return .unavailable(
                reason: "the server does not track the state of \(sessions)", remedy: "set track_activities = on")
        }
    }
}
