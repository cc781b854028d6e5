import PerfClients
import PerfModel

/// Baselines in a database that several machines share, with all that they have been.
///
/// Every operation has a connection of its own. Results are added and never changed, so that readers need no lock; who
/// saves under one name waits for others who do, so that each result names the one that it replaced.
package struct PostgreSQLBaselineStore: BaselineStore {
    private let address: PostgreSQLAddress
    private let limits: PostgreSQLConnection.Limits

    package init(_ address: PostgreSQLAddress, limits: PostgreSQLConnection.Limits = .init()) {
        self.address = address
        self.limits = limits
    }

    package func save(
        _ result: BenchmarkResult, name: String, machineClass: String
    ) throws(BaselineStoreError) -> (saved: StoredBaseline, warning: Warning?) {
        let key = try FileBaselineStore.parts(name).joined(separator: "/")
        let machineClass = FileBaselineStore.folder(machineClass)
        let connection = try opened()
        if try version(connection) < PostgreSQLSchema.version { try PostgreSQLSchema.migrate(connection) }
        let saved = try connection.transaction(failed: BaselineStoreError.database) {
            () throws(BaselineStoreError) -> StoredBaseline in
            let table = PostgreSQLRuns(connection)
            let owner = try table.identifier(ofMachineClass: machineClass)
            try table.lock(key, owner)
            return try table.add(result, name: key, machineClass: machineClass, owner: owner)
        }
        return (saved, nil)
    }

    package func load(name: String, machineClass: String?) throws(BaselineStoreError) -> StoredBaseline {
        do throws(BaselineStoreError) {
            return try reading { (table, version) throws(BaselineStoreError) in
                try table.load(try found(name, machineClass, table, version))
            }
        } catch {
            guard case .notFound = error, let guide = GuideBaselines.named(name, machineClass: machineClass) else {
                throw error
            }
            return guide
        }
    }

    package func list() throws(BaselineStoreError) -> [BaselineEntry] {
        try reading { (table, version) throws(BaselineStoreError) in
            version > 0 ? try entries(of: table.current(), table) : []
        }
    }

    package func history(
        of id: MetricSeries.ID, metric: String, machineClass: String
    ) throws(BaselineStoreError) -> [StoredBaseline] {
        try reading { (table, version) throws(BaselineStoreError) in
            guard version > 0 else { return [] }
            var all: [StoredBaseline] = []
            for run in try table.runs(with: id, metric: metric, machineClass: machineClass) {
                let baseline = try table.load(run)
                // The columns are for people, and two names may read alike there.
                guard baseline.result.series.contains(where: { $0.id == id && $0.metric == metric }) else { continue }
                all.append(baseline)
            }
            return all
        }
    }

    package func versions(
        of name: String, machineClass: String?, limit: Int, _ body: (BaselineVersion) -> Void
    ) throws(BaselineStoreError) {
        try reading { (table, version) throws(BaselineStoreError) in
            for old in try table.versions(of: found(name, machineClass, table, version), limit: limit) {
                do throws(BaselineStoreError) {
                    body(.whole(try table.load(old)))
                } catch {
                    guard error.isBroken else { throw error }
                    body(.broken(location: table.location(old), reason: error.summary))
                }
            }
        }
    }

    package func prune(olderThan time: Int64, isDryRun: Bool) throws(BaselineStoreError) -> [BaselineEntry] {
        try reading { (table, version) throws(BaselineStoreError) in
            guard version > 0 else { return [] }
            let old = try table.runs(before: time)
            let entries = try entries(of: old, table)
            if !isDryRun { for run in old { try table.remove(run) } }
            return entries
        }
    }

    private func entries(
        of runs: [PostgreSQLRuns.Run], _ table: PostgreSQLRuns
    ) throws(BaselineStoreError) -> [BaselineEntry] {
        var all: [BaselineEntry] = []
        for run in runs {
            var entry = BaselineEntry(
                name: run.name, machineClass: run.machineClass, location: table.location(run))
            do throws(BaselineStoreError) {
                entry.content = BaselineContent(try table.load(run).result)
            } catch {
                guard error.isBroken else { throw error }
                entry.problem = error.summary
            }
            all.append(entry)
        }
        return all
    }

    /// The current result of a name, or of `MACHINE-CLASS/NAME`.
    private func found(
        _ name: String, _ machineClass: String?, _ table: PostgreSQLRuns, _ version: Int
    ) throws(BaselineStoreError) -> PostgreSQLRuns.Run {
        let parts = try FileBaselineStore.parts(name)
        let key = parts.joined(separator: "/")
        guard version > 0 else { throw .notFound(name: name, machineClass: machineClass, known: []) }
        let folder = machineClass.map(FileBaselineStore.folder)
        var found = try table.current(name: key, machineClass: folder)
        if found.isEmpty, folder == nil, parts.count > 1 {
            found = try table.current(name: parts.dropFirst().joined(separator: "/"), machineClass: parts[0])
        }
        guard let run = found.first else {
            let known = try table.current().flatMap { [$0.name, "\($0.machineClass)/\($0.name)"] }
            throw .notFound(name: name, machineClass: machineClass, known: Array(Set(known)).sorted())
        }
        guard found.count == 1 else { throw .ambiguous(name: name, machineClasses: found.map(\.machineClass)) }
        return run
    }

    /// One transaction on what there is; tables are not made for it.
    private func reading<Value>(
        _ body: (_ table: PostgreSQLRuns, _ version: Int) throws(BaselineStoreError) -> Value
    ) throws(BaselineStoreError) -> Value {
        let connection = try opened()
        return try connection.transaction(failed: BaselineStoreError.database) {
            () throws(BaselineStoreError) -> Value in
            try body(PostgreSQLRuns(connection), try version(connection))
        }
    }

    private func opened() throws(BaselineStoreError) -> PostgreSQLConnection {
        do throws(PostgreSQLError) { return try PostgreSQLConnection(to: address, limits: limits) } catch {
            throw .database(error)
        }
    }

    /// Of the tables; 0 for none.
    private func version(_ connection: PostgreSQLConnection) throws(BaselineStoreError) -> Int {
        let version: Int
        do throws(PostgreSQLError) { version = try PostgreSQLSchema.current(connection) } catch {
            throw .database(error)
        }
        guard version <= PostgreSQLSchema.version else {
            throw .newerDatabase(address: address.description, version: version)
        }
        return version
    }
}

extension BaselineStoreError {
    /// Whether it tells of one baseline, and not of the way to it.
    fileprivate var isBroken: Bool {
        switch self {
        case .broken, .tooLarge: true
        default: false
        }
    }
}
