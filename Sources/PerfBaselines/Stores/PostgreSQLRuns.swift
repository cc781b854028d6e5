import PerfClients
import PerfModel

/// The table of results of a ``PostgreSQLBaselineStore``, on one connection.
struct PostgreSQLRuns {
    /// A row of it, without its document.
    struct Run: Hashable {
        var id: String
        var name: String
        var machineClass: String
    }

    private let connection: PostgreSQLConnection

    init(_ connection: PostgreSQLConnection) { self.connection = connection }

    /// For people: `postgres://host/db#class/name@12`.
    func location(_ run: Run) -> String { "\(connection.address)#\(run.machineClass)/\(run.name)@\(run.id)" }

    // MARK: - Reading

    /// The newest of each name.
    func current() throws(BaselineStoreError) -> [Run] {
        try runs(
            """
            SELECT r.id, r.name, c.name FROM perfdoctor.run r JOIN perfdoctor.machine_class c ON c.id = r.machine_class
            WHERE r.id IN (SELECT max(id) FROM perfdoctor.run GROUP BY machine_class, name)
            ORDER BY c.name COLLATE "C", r.name COLLATE "C"
            """, [])
    }

    /// The newest of one name, of each machine class or of one.
    func current(name: String, machineClass: String?) throws(BaselineStoreError) -> [Run] {
        try runs(
            """
            SELECT max(r.id), r.name, c.name
            FROM perfdoctor.run r JOIN perfdoctor.machine_class c ON c.id = r.machine_class
            WHERE r.name = $1 AND ($2::text IS NULL OR c.name = $2)
            GROUP BY r.name, c.name ORDER BY c.name COLLATE "C"
            """, [name, machineClass])
    }

    /// Those of the same name and machine class, the oldest first.
    func versions(of run: Run, limit: Int) throws(BaselineStoreError) -> [Run] {
        try runs(
            """
            SELECT r.id, r.name, c.name
            FROM perfdoctor.run r JOIN perfdoctor.machine_class c ON c.id = r.machine_class
            WHERE r.name = $1 AND c.name = $2 ORDER BY r.id DESC LIMIT $3::bigint
            """, [run.name, run.machineClass, "\(limit)"]
        ).reversed()
    }

    /// Those that measured a series, the oldest first.
    func runs(
        with id: MetricSeries.ID, metric: String, machineClass: String
    ) throws(BaselineStoreError) -> [Run] {
        try runs(
            """
            SELECT DISTINCT r.id, r.name, c.name, r.started_at_ns
            FROM perfdoctor.series s JOIN perfdoctor.run_series rs ON rs.series = s.id
            JOIN perfdoctor.run r ON r.id = rs.run JOIN perfdoctor.machine_class c ON c.id = r.machine_class
            WHERE s.suite = $1 AND s.benchmark = $2 AND s.params = $3 AND s.metric = $4 AND c.name = $5
            ORDER BY r.started_at_ns NULLS FIRST, r.id
            """, [id.suite, id.benchmark, id.parameterText, metric, FileBaselineStore.folder(machineClass)])
    }

    /// Those that were measured before a moment, in nanoseconds since 1970.
    func runs(before time: Int64) throws(BaselineStoreError) -> [Run] {
        try runs(
            """
            SELECT r.id, r.name, c.name
            FROM perfdoctor.run r JOIN perfdoctor.machine_class c ON c.id = r.machine_class
            WHERE r.started_at_ns < $1::bigint ORDER BY r.started_at_ns, r.id
            """, ["\(time)"])
    }

    /// A result, checked.
    func load(_ run: Run) throws(BaselineStoreError) -> StoredBaseline {
        // What is larger than any baseline is not even fetched.
        let rows = try rows(
            """
            SELECT CASE WHEN octet_length(document) <= $2::bigint THEN document END, sha256
            FROM perfdoctor.run WHERE id = $1::bigint
            """, [run.id, "\(FileBaselineStore.limitBytes)"])
        let location = location(run)
        guard let row = rows.first, row.count == 2 else {
            throw .broken(path: location, reason: "it was removed meanwhile")
        }
        guard let document = row[0] else { throw .tooLarge(path: location) }
        let result = try BaselineText.checked(Array(document.utf8), at: location)
        guard result.provenance?.sha256 == row[1] else {
            throw .broken(path: location, reason: "the checksum of its row is another one")
        }
        return StoredBaseline(
            name: run.name, machineClass: run.machineClass, location: location, result: result)
    }

    // MARK: - Writing

    func identifier(ofMachineClass name: String) throws(BaselineStoreError) -> String {
        try rows("INSERT INTO perfdoctor.machine_class (name) VALUES ($1) ON CONFLICT DO NOTHING", [name])
        return try one("SELECT id FROM perfdoctor.machine_class WHERE name = $1", [name])
    }

    /// Until the transaction ends, nobody else saves under this name.
    func lock(_ name: String, _ owner: String) throws(BaselineStoreError) {
        try rows("SELECT pg_advisory_xact_lock(1885696627, hashtext($1))", ["\(owner)/\(name)"])
    }

    /// Adds a result, which names the one that it replaces.
    func add(
        _ result: BenchmarkResult, name: String, machineClass: String, owner: String
    ) throws(BaselineStoreError) -> StoredBaseline {
        var result = result
        var provenance = result.provenance ?? BenchmarkResult.Provenance()
        let previous = try rows(
            """
            SELECT sha256 FROM perfdoctor.run WHERE machine_class = $1::bigint AND name = $2
            ORDER BY id DESC LIMIT 1
            """, [owner, name])
        if let replaced = previous.first?.first { provenance.parent = replaced }
        result.provenance = provenance
        let encoded: (text: [UInt8], checksum: String)
        do throws(DocumentError) { encoded = try BaselineText.encoded(result) } catch { throw .document(error) }
        guard encoded.text.count <= FileBaselineStore.limitBytes else { throw .tooLarge(path: "the result") }
        result.provenance?.sha256 = encoded.checksum
        let id = try one(
            """
            INSERT INTO perfdoctor.run (machine_class, name, document, sha256, started_at_ns, commit)
            VALUES ($1::bigint, $2, $3, $4, $5::bigint, $6) RETURNING id
            """,
            [
                owner, name, String(decoding: encoded.text, as: UTF8.self), encoded.checksum,
                result.startedAt.map { "\($0)" }, result.subject.commit,
            ])
        try addSeries(of: result, run: id, owner: owner)
        let run = Run(id: id, name: name, machineClass: machineClass)
        return StoredBaseline(name: name, machineClass: machineClass, location: location(run), result: result)
    }

    private func addSeries(of result: BenchmarkResult, run: String, owner: String) throws(BaselineStoreError) {
        guard !result.series.isEmpty else { return }
        let toolchain = result.subject.swiftVersion ?? ""
        let columns = result.series.map { series in
            let texts = [
                series.id.suite, series.id.benchmark, series.id.parameterText, series.metric, series.unit,
                series.benchmarkVersion ?? "",
            ]
            // Names may be longer than an index takes: it has their hash. Sizes before texts keep them apart.
            let parts =
                [owner, toolchain] + texts + series.id.parameters.sorted { $0.key < $1.key }.flatMap { [$0, $1] }
            let identity = SHA256.hexadecimal(of: Array(parts.map { "\($0.utf8.count):\($0)" }.joined().utf8))
            return texts + [identity]
        }
        let arrays = (0..<7).map { column in Self.array(columns.map { $0[column] }) }
        // All in one order: two who add the same series at once would wait for each other.
        try rows(
            """
            INSERT INTO perfdoctor.series
                (machine_class, toolchain, suite, benchmark, params, metric, unit, benchmark_version, identity)
            SELECT $1::bigint, $2, u.* FROM unnest(
                $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
                AS u (suite, benchmark, params, metric, unit, benchmark_version, identity)
            ORDER BY u.identity COLLATE "C" ON CONFLICT DO NOTHING
            """, [owner, toolchain] + arrays)
        try rows(
            """
            INSERT INTO perfdoctor.run_series (run, series)
            SELECT $1::bigint, id FROM perfdoctor.series WHERE identity = ANY ($2::text[])
            """, [run, arrays[6]])
    }

    func remove(_ run: Run) throws(BaselineStoreError) {
        try rows("DELETE FROM perfdoctor.run WHERE id = $1::bigint", [run.id])
    }

    // MARK: - Commands

    /// Texts as PostgreSQL writes an array of them.
    static func array(_ texts: [String]) -> String {
        "{"
            + texts.map { text in
                "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
            }.joined(separator: ",") + "}"
    }

    @discardableResult
    private func rows(
        _ command: StaticString, _ parameters: [String?]
    ) throws(BaselineStoreError) -> [[String?]] {
        do throws(PostgreSQLError) { return try connection.run(command, parameters) } catch { throw .database(error) }
    }

    private func one(_ command: StaticString, _ parameters: [String?]) throws(BaselineStoreError) -> String {
        guard let value = try rows(command, parameters).first?.first, let value else {
            throw .database(.unexpected(address: connection.address.description, what: "no row"))
        }
        return value
    }

    private func runs(_ command: StaticString, _ parameters: [String?]) throws(BaselineStoreError) -> [Run] {
        var all: [Run] = []
        for row in try rows(command, parameters) {
            guard row.count >= 3, let id = row[0], Int64(id) != nil, let name = row[1], let machineClass = row[2] else {
                throw .database(
                    .unexpected(address: connection.address.description, what: "a row that is no baseline"))
            }
            all.append(Run(id: id, name: name, machineClass: machineClass))
        }
        return all
    }
}

extension MetricSeries.ID {
    /// `"size=1000,seed=1"`; for people, since names may have a comma.
    fileprivate var parameterText: String {
        parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
}
