/// What one backend did at one moment.
package struct PostgreSQLSession: Hashable, Sendable {
    /// The name that our own connections have, unless the URL gives them another one.
    package static let ownApplication = "perfdoctor"

    package var pid: Int32
    package var user: String?
    package var application: String?
    /// Nil where this role may not see it.
    package var state: String?
    package var waitType: String?
    package var wait: String?
    /// Seconds since its transaction began; nil outside of one.
    package var transactionAge: Double?
    /// Seconds in this state.
    package var stateAge: Double?
    /// The first word of its statement: `"UPDATE"`.
    package var statement: String?
    /// Who keeps it waiting.
    package var blockers: [Int32]
    /// Seconds that it has waited for a lock.
    package var lockWait: Double?

    package init(
        pid: Int32, user: String? = nil, application: String? = nil, state: String?, waitType: String? = nil,
        wait: String? = nil, transactionAge: Double? = nil, stateAge: Double? = nil, statement: String? = nil,
        blockers: [Int32] = [], lockWait: Double? = nil
    ) {
        self.pid = pid
        self.user = user
        self.application = application
        self.state = state
        self.waitType = waitType
        self.wait = wait
        self.transactionAge = transactionAge
        self.stateAge = stateAge
        self.statement = statement
        self.blockers = blockers
        self.lockWait = lockWait
    }

    /// A row of ``PostgreSQLStatements/sessions``; nil for anything else.
    init?(_ row: [String?]) {
        guard row.count == 10, let pid = row[0].flatMap({ Int32($0) }) else { return nil }
        self.init(
            pid: pid, user: row[1], application: row[2], state: row[3], waitType: row[4], wait: row[5],
            transactionAge: row[6].flatMap { Double($0) }, stateAge: row[7].flatMap { Double($0) }, statement: row[8],
            blockers: (row[9] ?? "").split(separator: ",").compactMap { Int32($0) })
    }

    package var isIdleInTransaction: Bool { state?.hasPrefix("idle in transaction") ?? false }
    package var isActive: Bool { state == "active" }
}
