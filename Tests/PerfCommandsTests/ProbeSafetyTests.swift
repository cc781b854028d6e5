import FoundationEssentials
import Glibc
import PerfModel
import PerfProbes
import Testing

/// What the whole command says to servers, and what it never says to anybody.
@Suite(
    "probe, safety", .serialized, .tags(.live), .timeLimit(.minutes(20)),
    .enabled(if: ProbeLive.isPossible, "see above"))
struct ProbeSafetyTests {
    /// Not a word of anything else that is printed.
    private static let secret = "Zq7-tapir-9xK"
    private static let formats = ["text", "json", "openmetrics", "html"]

    /// One way to hand over a password.
    private struct Way {
        var name: String
        /// Gives the URL, with these credentials in it.
        var credentials: String
        var environment: [String]
        var isOnCommandLine = false
    }

    private func ways(_ user: String, _ password: String, variable: String) -> [Way] {
        [
            Way(name: "URL", credentials: "\(user):\(password)@", environment: [], isOnCommandLine: true),
            Way(
                name: "${VARIABLE}", credentials: "\(user):${PROBE_SECRET}@",
                environment: ["PROBE_SECRET=\(password)"]),
            Way(name: variable, credentials: user.isEmpty ? "" : "\(user)@", environment: ["\(variable)=\(password)"]),
        ]
    }

    /// Runs it in all formats, and looks for the secret wherever it could be.
    private func expectSilence(_ way: Way, url: String, isLetIn: Bool) throws {
        for format in Self.formats {
            let directory = try LiveDirectory()
            let process = try LiveProcess(
                [
                    Live.perfdoctor, "probe", url, "-d", "1", "--timeout", "2", "--format", format, "-o",
                    "report", "-v",
                ], in: directory, environment: ["PATH=/usr/bin:/bin", "HOME=\(directory.path)"] + way.environment)
            if way.isOnCommandLine {
                // Until it says so, everybody could read it.
                for _ in 0..<1000 where !process.errors.contains("was on the command line") { usleep(5_000) }
            }
            var looks = 0
            while !process.isOver {
                if let line = FileManager.default.contents(atPath: "/proc/\(process.pid)/cmdline"), !line.isEmpty {
                    #expect(!contains(Array(line)), "\(way.name), \(format): in /proc/PID/cmdline")
                    looks += 1
                }
                usleep(20_000)
            }
            let ending = process.wait()
            #expect(looks > 5)
            #expect(isLetIn ? [0, 4].contains(ending.status) : ending.status == 5, "\(way.name): \(ending)")
            for name in try directory.names {
                let bytes = FileManager.default.contents(atPath: "\(directory.path)/\(name)") ?? Data()
                #expect(!contains(Array(bytes)), "\(way.name), \(format): in \(name)")
            }
            #expect(try directory.names.contains("report"))
            // To standard output as well, when there is no file.
            let printed = try ProbeLive.run(
                [url, "-c", "1", "--timeout", "2", "--format", format, "-v"], in: directory,
                environment: ["PATH=/usr/bin:/bin", "HOME=\(directory.path)"] + way.environment)
            #expect(!printed.output.isEmpty && !contains(printed.output), "\(way.name), \(format): on standard output")
            #expect(!contains(Array(printed.errors.utf8)), "\(way.name), \(format): on standard error")
        }
    }

    private func contains(_ bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).contains(Self.secret)
    }

    @Test("the password of a Redis is nowhere, right or wrong, however it was given", arguments: [true, false])
    func redisSecrets(isRight: Bool) throws {
        let redis = try LiveRedis(password: isRight ? Self.secret : "another")
        for way in ways("", Self.secret, variable: "REDISCLI_AUTH") {
            try expectSilence(way, url: "redis://\(way.credentials)127.0.0.1:\(redis.port)", isLetIn: isRight)
        }
    }

    @Test(
        "the password of a PostgreSQL is nowhere, right or wrong, however it was given",
        .enabled(if: LivePostgreSQL.isPossible, "see above"), arguments: [true, false])
    func postgresSecrets(isRight: Bool) throws {
        let server = try LivePostgreSQL()
        let made = try server.psql("CREATE ROLE app LOGIN PASSWORD '\(isRight ? Self.secret : "another")'")
        try #require(made.status == 0, "\(made.errors)")
        for way in ways("app", Self.secret, variable: "PGPASSWORD") {
            let url = server.address(user: "app").replacing("app@", with: way.credentials)
            try expectSilence(way, url: url, isLetIn: isRight)
        }
    }

    @Test("a Redis that keeps all commands has seen nothing but what reads")
    func redisCommands() throws {
        let redis = try LiveRedis([
            "--slowlog-log-slower-than", "0", "--slowlog-max-len", "100000", "--maxmemory", "64mb", "--databases", "4",
        ])
        try redis.cli("SADD", "rq:queues", "x")
        try redis.cli("CONFIG", "RESETSTAT")
        let probe = try ProbeLive.run([
            "redis://127.0.0.1:\(redis.port)/1", "redis+unix://\(redis.socket)", "tcp://127.0.0.1:\(redis.port)", "-d",
            "2",
        ])
        #expect([0, 4].contains(probe.status), "\(probe.errors)")
        // The server's own count, which leaves out nothing.
        let lines = try redis.cli("INFO", "commandstats").split(separator: "\r\n").flatMap { $0.split(separator: "\n") }
        let names = lines.filter { $0.hasPrefix("cmdstat_") }.compactMap { line in
            line.dropFirst("cmdstat_".count).split(separator: ":").first.map(String.init)
        }
        let readers: Set<String> = [
            "ping", "select", "info", "slowlog|get", "latency|histogram", "latency|latest", "client|list", "config|get",
            "exists", "hello",
        ]
        #expect(names.contains("ping") && names.contains("info"), "\(names)")
        #expect(Set(names).subtracting(["config|resetstat"]).isSubset(of: readers), "\(names)")
        #expect(try redis.cli("SCARD", "rq:queues").hasPrefix("1"))
    }

    @Test(
        "a PostgreSQL that logs all statements has seen nothing but those on the list",
        .enabled(if: LivePostgreSQL.isPossible, "see above"))
    func postgresStatements() throws {
        let server = try LivePostgreSQL(["log_statement=all", "log_line_prefix=%a|%u| "])
        #expect(try server.psql("CREATE ROLE watcher LOGIN PASSWORD 'w' IN ROLE pg_monitor").status == 0)
        let probe = try ProbeLive.run([server.address(user: "watcher", password: "w"), "-d", "2"])
        #expect([0, 4].contains(probe.status), "\(probe.errors)")
        let known = Set(PostgreSQLStatements.all)
        var count = 0
        for line in server.log.split(separator: "\n") where line.contains("|watcher|") {
            for mark in ["statement: ", "execute <unnamed>: ", "parse <unnamed>: ", "bind <unnamed>: "] {
                guard let range = line.firstRange(of: mark) else { continue }
                let statement = String(line[range.upperBound...])
                #expect(known.contains(statement), "not on the list: \(statement)")
                count += 1
            }
        }
        #expect(count > 30, "\(server.log.suffix(2000))")
    }
}
