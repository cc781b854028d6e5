import FoundationEssentials
import Glibc
import PerfClients
import PerfModel
import Testing

@testable import PerfBaselines
@testable import PerfCommands

/// The store of baselines in a real database.
@Suite(
    "PostgreSQL store, live", .serialized, .tags(.live), .timeLimit(.minutes(15)),
    .enabled(if: LivePostgreSQL.isPossible, "see above"))
final class PostgreSQLStoreTests {
    private static let id = MetricSeries.ID(
        suite: "json", benchmark: "parse \u{1B}[31m '\"\\{},ü", parameters: ["size": "1,000"])

    private func store(
        _ server: LivePostgreSQL, _ database: String, answering: Duration = .seconds(20)
    ) throws -> PostgreSQLBaselineStore {
        PostgreSQLBaselineStore(
            try PostgreSQLAddress(server.address(database: database)),
            limits: .init(connecting: .seconds(5), answering: answering))
    }

    private func result(_ values: [Double], day: Int64 = 0, commit: String? = nil) -> BenchmarkResult {
        var result = BenchmarkResult(
            series: [
                .observed(Self.id, "cpu_time", "ns", values),
                MetricSeries(
                    id: MetricSeries.ID(suite: "", benchmark: "serve"), metric: "latency", unit: "ns", kind: .histogram,
                    histogram: LatencyHistogram(
                        significantDigits: 3, lowest: 1, highest: .max,
                        counts: [.init(value: 9_007_199_254_740_993, count: 4)])),
            ],
            startedAt: 1_700_000_000_000_000_000 + day * 86_400_000_000_000)
        result.subject.commit = commit
        result.subject.swiftVersion = "6.3"
        return result
    }

    @Test("keeps all that was saved, to the last digit: current, list, history, versions, prune")
    func life() throws {
        let server = try LivePostgreSQL()
        let store = try store(server, server.newDatabase("life"))
        #expect(try store.list().isEmpty)
        #expect(throws: BaselineStoreError.notFound(name: "a", machineClass: nil, known: [])) {
            try store.load(name: "a", machineClass: nil)
        }
        // Looking does not make tables.
        #expect(try server.psql("SELECT to_regnamespace('perfdoctor') IS NULL", database: "life").text == "t\n")
        let first = try store.save(result([1.5, 2, 3.000000000000001]), name: "api/checkout", machineClass: "m-1").saved
        #expect(first.location.hasSuffix("#m-1/api/checkout@1"), "\(first.location)")
        let second = try store.save(result([4], day: 1), name: "api/checkout", machineClass: "m-1").saved
        #expect(second.result.provenance?.parent == first.result.provenance?.sha256)
        let loaded = try store.load(name: "api/checkout", machineClass: nil)
        #expect(loaded == second && loaded.result.series == result([4]).series)
        #expect(try store.load(name: "m-1/api/checkout", machineClass: nil) == second)
        #expect(try store.load(name: "guides/small", machineClass: nil).machineClass == "guides")

        _ = try store.save(result([5], day: 2), name: "api/checkout", machineClass: "m-2")
        #expect(throws: BaselineStoreError.ambiguous(name: "api/checkout", machineClasses: ["m-1", "m-2"])) {
            try store.load(name: "api/checkout", machineClass: nil)
        }
        // Measured before, saved after: the oldest is first nevertheless.
        _ = try store.save(result([0], day: -1), name: "other", machineClass: "m-1")
        let history = try store.history(of: Self.id, metric: "cpu_time", machineClass: "m-1")
        #expect(history.map { $0.result.series[0].samples[0].value } == [0, 1.5, 4])
        #expect(try store.history(of: Self.id, metric: "wall_time", machineClass: "m-1").isEmpty)
        #expect(
            try store.list().map { "\($0.machineClass)/\($0.name)" } == [
                "m-1/api/checkout", "m-1/other", "m-2/api/checkout",
            ])
        var versions: [BaselineVersion] = []
        try store.versions(of: "api/checkout", machineClass: "m-1", limit: 10) { versions.append($0) }
        #expect(versions == [.whole(first), .whole(second)])
        versions = []
        try store.versions(of: "api/checkout", machineClass: "m-1", limit: 1) { versions.append($0) }
        #expect(versions == [.whole(second)])

        let before = 1_700_000_000_000_000_000 + 86_400_000_000_000
        let dry = try store.prune(olderThan: Int64(before), isDryRun: true)
        #expect(dry.map(\.name) == ["other", "api/checkout"] && dry.allSatisfy { $0.content?.seriesCount == 2 })
        #expect(try store.prune(olderThan: Int64(before), isDryRun: false) == dry)
        #expect(try store.list().map { "\($0.machineClass)/\($0.name)" } == ["m-1/api/checkout", "m-2/api/checkout"])
        let counts = try server.psql("SELECT count(*) FROM perfdoctor.run_series", database: "life").text
        #expect(counts == "4\n")
    }

    @Test("writers that come at once all have their say: one chain of results, no series twice, tables made once")
    func concurrentWriters() async throws {
        let server = try LivePostgreSQL()
        let store = try store(server, server.newDatabase("writers"))
        let (writers, each) = (8, 5)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                let results = (0..<each).map {
                    self.result([Double(writer * each + $0 + 1)], commit: "\(writer)-\($0)")
                }
                group.addTask {
                    for result in results { _ = try store.save(result, name: "shared", machineClass: "m") }
                }
            }
            try await group.waitForAll()
        }
        var versions: [StoredBaseline] = []
        try store.versions(of: "shared", machineClass: "m", limit: 500) { version in
            if case .whole(let baseline) = version { versions.append(baseline) }
        }
        #expect(Set(versions.compactMap(\.result.subject.commit)).count == writers * each)
        #expect(versions.first?.result.provenance?.parent == nil)
        for (old, new) in zip(versions, versions.dropFirst()) {
            #expect(new.result.provenance?.parent == old.result.provenance?.sha256)
        }
        let counts = try server.psql(
            """
            SELECT (SELECT count(*) FROM perfdoctor.series), (SELECT count(*) FROM perfdoctor.run_series),
                (SELECT count(*) FROM perfdoctor.machine_class), (SELECT count(*) FROM perfdoctor.schema_version)
            """, database: "writers")
        #expect(counts.text == "2|80|1|1\n", "\(counts)")
    }

    @Test("what somebody else wrote or changed is refused with the reason, and the rest is still there")
    func hostile() throws {
        let server = try LivePostgreSQL()
        let database = try server.newDatabase("hostile")
        let store = try store(server, database)
        _ = try store.save(result([1]), name: "good", machineClass: "m")
        let bad = try store.save(result([1.5]), name: "bad", machineClass: "m").saved
        let refusal = try server.psql("UPDATE perfdoctor.run SET name = 'x'", database: database)
        #expect(refusal.status != 0 && refusal.errors.contains("perfdoctor.run is append-only"), "\(refusal.errors)")
        let cases = [
            ("replace(document, '1.5', '1.4')", "its checksum is another one"), ("'{}'", "no schema"), ("''", ""),
            ("left(document, 200)", ""), ("repeat('x', 70000000)", "larger than a baseline ever is"),
            ("(SELECT document FROM perfdoctor.run WHERE name = 'good')", "the checksum of its row is another one"),
            ("replace(document, 'perfdoctor.benchmark/1', 'perfdoctor.heap/1')", "its schema is"),
        ]
        for (document, reason) in cases {
            let changed = try server.psql(
                """
                INSERT INTO perfdoctor.run (machine_class, name, document, sha256, started_at_ns)
                SELECT machine_class, name, \(document), sha256, 0 FROM perfdoctor.run WHERE id = \(
                    bad.location.split(separator: "@").last ?? "")
                """, database: database)
            #expect(changed.status == 0, "\(changed.errors)")
            let error = #expect(throws: BaselineStoreError.self) { try store.load(name: "bad", machineClass: nil) }
            #expect(error?.summary.contains(reason) == true && error?.remedy != nil, "\(error?.summary ?? "")")
        }
        let list = try store.list()
        #expect(list.map(\.name) == ["bad", "good"] && list[0].problem != nil && list[1].problem == nil)
        var versions: [BaselineVersion] = []
        try store.versions(of: "bad", machineClass: nil, limit: 500) { versions.append($0) }
        #expect(versions.count == cases.count + 1 && versions.first == .whole(bad))
        for name in ["", "..", "a/../b", "a\u{0}"] {
            #expect(throws: BaselineStoreError.badName(name)) {
                try store.save(result([1]), name: name, machineClass: "m")
            }
        }
        // A name that JSON allows and PostgreSQL does not.
        var odd = result([1])
        odd.series[0].id.benchmark = "a\u{0}b"
        let zero = #expect(throws: BaselineStoreError.self) { try store.save(odd, name: "odd", machineClass: "m") }
        #expect(zero?.summary.contains("has a zero byte") == true, "\(zero?.summary ?? "")")
        #expect(try store.list().count == 2)
    }

    @Test("tables of a newer program are left alone; rights that are missing are said")
    func foreignTables() throws {
        let server = try LivePostgreSQL()
        let database = try server.newDatabase("newer")
        let store = try store(server, database)
        _ = try store.save(result([1]), name: "a", machineClass: "m")
        try server.psql("INSERT INTO perfdoctor.schema_version VALUES (99, '9.9')", database: database)
        let address = try PostgreSQLAddress(server.address(database: database)).description
        for attempt in [
            { try store.save(self.result([1]), name: "a", machineClass: "m").saved },
            { try store.load(name: "a", machineClass: nil) },
        ] {
            let error = #expect(throws: BaselineStoreError.self) { try attempt() }
            #expect(error == .newerDatabase(address: address, version: 99))
        }
        #expect(throws: BaselineStoreError.newerDatabase(address: address, version: 99)) { try store.list() }

        // A user who may look, in a database where nothing is and nothing may be made.
        let other = try server.newDatabase("guarded")
        try server.psql("CREATE ROLE reader LOGIN PASSWORD 'pass'", database: other)
        let reader = PostgreSQLBaselineStore(
            try PostgreSQLAddress(server.address(user: "reader", password: "pass", database: other)))
        #expect(try reader.list().isEmpty)
        let error = #expect(throws: BaselineStoreError.self) {
            try reader.save(result([1]), name: "a", machineClass: "m")
        }
        guard case .database(.refused(_, "42501", _)) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.remedy?.contains("owner of the database") == true)
        #expect(try server.psql("SELECT to_regnamespace('perfdoctor') IS NULL", database: other).text == "t\n")
    }

    @Test("a wrong password and a database that is not there are errors without the password")
    func wrongPassword() throws {
        let server = try LivePostgreSQL()
        try server.psql("CREATE ROLE ci LOGIN PASSWORD 'right'")
        let cases: [(String, String?, String, String, String)] = [
            ("ci", "hunter2", "postgres", "password authentication failed", "PGPASSWORD"),
            ("postgres", "hunter2", "nowhere", "\"nowhere\" does not exist", "createdb"),
        ]
        for (user, password, database, reason, remedy) in cases {
            let address = server.address(user: user, password: password, database: database)
            let store = PostgreSQLBaselineStore(try PostgreSQLAddress(address))
            let error = #expect(throws: BaselineStoreError.self) { try store.list() }
            #expect(error?.summary.contains(reason) == true, "\(error?.summary ?? "")")
            #expect(error?.remedy?.contains(remedy) == true, "\(error?.remedy ?? "")")
            #expect(error?.description.contains("hunter2") == false && error?.exitCode == .failure)
        }
        let good = server.address(user: "ci", password: "right")
        #expect(try PostgreSQLBaselineStore(try PostgreSQLAddress(good)).list().isEmpty)
    }

    @Test(
        "a transaction that loses its connection leaves nothing; a lock that somebody holds is waited for no longer than said"
    )
    func lostConnection() throws {
        let server = try LivePostgreSQL()
        let database = try server.newDatabase("lost")
        let store = try store(server, database)
        _ = try store.save(result([1]), name: "a", machineClass: "m")
        // The server ends the session of whoever adds a row.
        let trigger = try server.psql(
            """
            CREATE FUNCTION hang_up() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
            CREATE TRIGGER hang_up AFTER INSERT ON perfdoctor.run_series EXECUTE PROCEDURE hang_up()
            """, database: database)
        #expect(trigger.status == 0, "\(trigger.errors)")
        let lost = #expect(throws: BaselineStoreError.self) {
            try store.save(result([2]), name: "a", machineClass: "m")
        }
        guard case .database(.lost(_, let reason)) = lost else {
            Issue.record("\(String(describing: lost))")
            return
        }
        #expect(reason.contains("terminating connection"), "\(reason)")
        #expect(try store.load(name: "a", machineClass: nil).result.series[0].samples[0].value == 1)
        try server.psql("DROP TRIGGER hang_up ON perfdoctor.run_series", database: database)

        let holder = try PostgreSQLConnection(to: PostgreSQLAddress(server.address(database: database)))
        try holder.run("BEGIN")
        try holder.run("LOCK TABLE perfdoctor.run")
        let patient = try self.store(server, database, answering: .milliseconds(1500))
        let waited = #expect(throws: BaselineStoreError.self) { try patient.load(name: "a", machineClass: nil) }
        guard case .database(.refused(_, "57014", _)) = waited else {
            Issue.record("\(String(describing: waited))")
            return
        }
        try holder.run("ROLLBACK")
        #expect(try patient.load(name: "a", machineClass: nil).result.series.count == 2)
    }

    @Test("without libpq everything else works, and the error says what to install")
    func withoutLibrary() throws {
        let libraries = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib").map {
            "/usr/lib/\($0)/libpq.so.5"
        }
        guard geteuid() == 0, let library = libraries.first(where: FileManager.default.fileExists(atPath:)),
            FileManager.default.isExecutableFile(atPath: Live.perfdoctor)
        else { return print("without libpq: skipped: it takes root, libpq5 and \(Live.perfdoctor) to hide it") }
        let directory = try LiveDirectory()
        // An empty file in its place, in a namespace of the command's own.
        let script = """
            mount --bind /dev/null "$1" && "$2" baseline list && exec "$2" baseline list --store postgresql://ci:pw@db/x
            """
        let ending = try LiveProcess(
            ["/usr/bin/unshare", "-m", "/bin/sh", "-c", script, "sh", library, Live.perfdoctor], in: directory
        ).wait()
        if ending.errors.contains("unshare") { return print("without libpq: skipped: \(ending.errors)") }
        #expect(ending.errors.contains("no baselines in Baselines"))
        #expect(ending.errors.contains("libpq is not installed\nnext: apt-get install libpq5"), "\(ending.errors)")
        #expect(ending.status == 5)
    }

    @Test("every command of baseline works with it, and shows no password")
    func commands() throws {
        let server = try LivePostgreSQL()
        let database = try server.newDatabase("commands")
        try server.psql("CREATE ROLE ci LOGIN PASSWORD 'hunter2'; ALTER DATABASE commands OWNER TO ci")
        let address = server.address(user: "ci", password: "hunter2", database: database)
        func run(_ arguments: [String]) -> (code: ExitCode, text: String, errors: String) {
            let (output, errors) = (CollectingSink(), CollectingSink())
            let context = CommandContext(output: output, errors: errors, input: FixedInput(bytes: []))
            let code = Perfdoctor.run(arguments: ["baseline"] + arguments + ["--store", address], in: context)
            #expect(!output.text.contains("hunter2") && !errors.text.contains("hunter2"))
            return (code, output.text, errors.text)
        }
        let empty = run(["list"])
        #expect(empty.code == .success && empty.errors.contains("no baselines in postgresql://ci:***@/commands?host="))
        let saved = run([
            "save", Repository.root + "Tests/PerfBaselinesTests/Fixtures/results/hyperfine.json", "--name", "cli",
            "--machine-class", "m",
        ])
        #expect(saved.code == .success && saved.text.contains("#m/cli@1: 4 series, by hyperfine"), "\(saved)")
        #expect(run(["list"]).text.contains("4 series  hyperfine"))
        #expect(run(["show", "cli"]).text.hasPrefix("cli of machine class m, by hyperfine\n"))
        #expect(try BenchmarkDocument.parsed(Array(run(["export", "m/cli"]).text.utf8), file: "-").series.count == 4)
        #expect(run(["prune", "--older-than", "1h"]).text == "no baseline is that old\n")
        let store = PostgreSQLBaselineStore(try PostgreSQLAddress(address))
        for day in 0..<24 {
            let level = day < 12 ? 1000.0 : 1100
            _ = try store.save(result([level + Double(day * 7 % 5)], day: Int64(day)), name: "t", machineClass: "m")
        }
        let trend = run(["show", "t", "--trend", "--metric", "cpu_time"])
        #expect(trend.code == .success && trend.text.contains("+10.0% since 2023-11-26: worse"), "\(trend)")
        // A gate reads the same database, by --store or in one word, and updates it.
        let file = Repository.root + "Tests/PerfBaselinesTests/Fixtures/results/hyperfine.json"
        for arguments in [["--baseline", "cli", "--store", address], ["--baseline", address + "#m/cli"]] {
            let (output, errors) = (CollectingSink(), CollectingSink())
            let code = Perfdoctor.run(
                arguments: ["gate", file] + arguments, in: CommandContext(output: output, errors: errors))
            #expect(code != .usage && code != .failure && output.text.contains("#m/cli@1"), "\(output.text)")
            #expect(!output.text.contains("hunter2") && !errors.text.contains("hunter2"))
        }
        let unnamed = CollectingSink()
        let code = Perfdoctor.run(
            arguments: ["gate", file, "--baseline", address], in: CommandContext(output: unnamed, errors: unnamed))
        #expect(code == .usage && unnamed.text.contains("#NAME") && !unnamed.text.contains("hunter2"))
        let missing = run(["show", "clj"])
        #expect(missing.code == .failure && missing.errors.contains("did you mean 'cli'?"), "\(missing.errors)")
    }
}
