/// Who waits for a lock, and who does not wait and keeps them all waiting.
package struct PostgreSQLLockChain: Hashable, Sendable {
    package var root: Int32
    /// Nil where it was not among the sessions, as for a prepared transaction (pid 0).
    package var holder: PostgreSQLSession?
    /// How many wait, at any distance.
    package var waiting: Int
    /// Seconds of who waits longest.
    package var longest: Double
    /// From the root to one of the farthest.
    package var path: [Int32]

    package init(root: Int32, holder: PostgreSQLSession?, waiting: Int, longest: Double, path: [Int32]) {
        self.root = root
        self.holder = holder
        self.waiting = waiting
        self.longest = longest
        self.path = path
    }

    /// The chains of one moment, the longest wait first.
    static func all(_ sessions: [PostgreSQLSession]) -> [PostgreSQLLockChain] {
        let blocked = sessions.filter { !$0.blockers.isEmpty }
        let byPID = Dictionary(sessions.map { ($0.pid, $0) }, uniquingKeysWith: { first, _ in first })
        var chains: [Int32: PostgreSQLLockChain] = [:]
        for session in blocked {
            var path = [session.pid]
            // A circle is a deadlock, which the server ends: whoever is met twice is taken for its root.
            while let next = byPID[path[path.count - 1]]?.blockers.first {
                if path.contains(next) { break }
                path.append(next)
            }
            let root = path[path.count - 1]
            var chain =
                chains[root]
                ?? PostgreSQLLockChain(
                    root: root, holder: byPID[root], waiting: 0, longest: 0, path: [])
            chain.waiting += 1
            chain.longest = max(chain.longest, session.lockWait ?? 0)
            if path.count > chain.path.count { chain.path = path.reversed() }
            chains[root] = chain
        }
        return chains.values.sorted { ($0.longest, $1.root) > ($1.longest, $0.root) }
    }
}
