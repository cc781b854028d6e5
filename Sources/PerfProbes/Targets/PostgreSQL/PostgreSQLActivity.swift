/// What backends did, over many looks.
package struct PostgreSQLActivity: Hashable, Sendable {
    /// Looks that saw it, and looks that failed.
    package private(set) var looks = 0
    package var failedLooks = 0
    /// Most sessions in one look whose state this role may not see.
    package private(set) var hidden = 0
    /// Active sessions over all looks, by what they waited for; `"CPU"` for nothing.
    package private(set) var waits: [String: Int] = [:]
    /// The same by `"Lock/transactionid"`.
    package private(set) var events: [String: Int] = [:]
    /// At their worst, by the pid of the root.
    package private(set) var chains: [Int32: PostgreSQLLockChain] = [:]
    /// Idle in transaction at their longest, by pid.
    package private(set) var idle: [Int32: PostgreSQLSession] = [:]
    /// In a transaction and not idle, at their longest, by pid.
    package private(set) var long: [Int32: PostgreSQLSession] = [:]

    package init() {}

    package mutating func add(_ sessions: [PostgreSQLSession]) {
        looks += 1
        hidden = max(hidden, sessions.count { $0.state == nil || $0.state == "disabled" })
        for chain in PostgreSQLLockChain.all(sessions)
        where chain.longest >= chains[chain.root]?.longest ?? 0 || chain.waiting > chains[chain.root]?.waiting ?? 0 {
            chains[chain.root] = chain
        }
        for session in sessions {
            if session.isIdleInTransaction {
                if session.stateAge ?? 0 >= idle[session.pid]?.stateAge ?? 0 { idle[session.pid] = session }
            } else if let age = session.transactionAge, age >= long[session.pid]?.transactionAge ?? 0 {
                long[session.pid] = session
            }
            // Our own questions are none of the server's load.
            guard session.isActive, session.application != PostgreSQLSession.ownApplication else { continue }
            let type = session.waitType ?? "CPU"
            waits[type, default: 0] += 1
            if let event = session.wait { events["\(type)/\(event)", default: 0] += 1 }
        }
    }

    /// Active sessions of all looks.
    package var active: Int { waits.values.reduce(0, +) }

    /// Who waits longest first.
    package var worstChains: [PostgreSQLLockChain] {
        chains.values.sorted { ($0.longest, $1.root) > ($1.longest, $0.root) }
    }
}
