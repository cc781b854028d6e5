/// How many connections there are, by who has them.
package struct PostgreSQLConnections: Hashable, Sendable {
    package struct Owner: Hashable, Sendable {
        /// Empty where the client does not name itself.
        package var application: String
        /// An address, or `"socket"`.
        package var client: String

        package init(application: String, client: String) {
            self.application = application
            self.client = client
        }
    }

    /// Of each sample, the last one last.
    package private(set) var samples: [[Owner: Int]] = []

    package init(samples: [[Owner: Int]] = []) { self.samples = samples }

    /// Rows of ``PostgreSQLStatements/connections``.
    mutating func add(_ rows: [[String?]]) {
        var sample: [Owner: Int] = [:]
        for row in rows where row.count == 3 {
            // What this role may not see has no address.
            let owner = Owner(application: row[0] ?? "", client: row[1] ?? "")
            sample[owner, default: 0] += row[2].flatMap { Int($0) } ?? 0
        }
        samples.append(sample)
    }

    /// Of the fullest sample.
    package var used: Int { samples.map { $0.values.reduce(0, +) }.max() ?? 0 }

    /// Who had as many connections in every sample, and more than one: most likely a pool.
    ///
    /// None from fewer than three samples.
    package var plateaus: [Owner: Int] {
        guard samples.count >= 3, let last = samples.last else { return [:] }
        return last.filter { owner, count in
            count > 1 && owner.application != PostgreSQLSession.ownApplication
                && samples.allSatisfy { $0[owner] == count }
        }
    }
}
