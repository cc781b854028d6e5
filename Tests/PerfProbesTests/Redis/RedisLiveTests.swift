import Glibc
import PerfLinux
import PerfModel
import Testing

@testable import PerfClients
@testable import PerfProbes

/// Each check on a real server with the fault that it looks for.
@Suite("Redis, live", .serialized, .timeLimit(.minutes(15)), .enabled(if: RedisLiveServer.isPossible, "see above"))
struct RedisLiveTests {
    @Test("a server at rest has nothing wrong, and everything is seen")
    func rest() throws {
        let server = try RedisLiveServer(["--maxmemory", "100mb"])
        for index in 0..<200 { try server.run("SET", "key:\(index)", "value") }
        let look = try RedisLook(
            server.url(), thresholds: RedisLook.patient,
            during: { [path = server.socketPath] in
                guard let client = RedisRawClient(path: path) else { return }
                for index in 0..<150 { _ = Result { try client.run("GET", "key:\(index)") } }
            })
        #expect(look.report.findings.isEmpty, "\(look.report.findings)")
        #expect(look.report.unmeasured.isEmpty, "\(look.report.unmeasured)")
        #expect(look.report.healthy.map(\.id).sorted() == RedisCheckTests.all.sorted())
        #expect(look.fact("version")?.hasPrefix("Redis ") == true && look.fact("role") == "master")
    }

    @Test("a command that keeps the server is found in the round trips, in the queue and by its name")
    func stall() throws {
        let server = try RedisLiveServer()
        let look = try RedisLook(
            server.url(),
            during: { [path = server.socketPath] in
                guard let client = RedisRawClient(path: path) else { return }
                for _ in 0..<3 {
                    _ = Result { try client.run("DEBUG", "SLEEP", "0.3") }
                    usleep(100_000)
                }
            })
        let rtt = try #require(look.findings("rd.rtt").first, "\(look.client)")
        #expect(rtt.severity == .critical && rtt.parent == "rd.slow")
        let slow = try #require(look.findings("rd.slow").first)
        #expect(slow.severity == .critical && slow.summary.contains("DEBUG 3×"), "\(slow.summary)")
        let split = try #require(look.findings("rd.split").first, "\(look.report)")
        #expect(split.summary.contains("DEBUG took") && split.parent == "rd.slow", "\(split.summary)")
        #expect(split.threshold.map { split.evidence[0].value >= $0 } == true)
    }

    @Test("a full memory that refuses writes is critical")
    func memory() throws {
        let server = try RedisLiveServer(["--maxmemory", "3mb", "--maxmemory-policy", "noeviction"])
        let look = try RedisLook(
            server.url(),
            during: { [path = server.socketPath] in
                guard let client = RedisRawClient(path: path) else { return }
                let value = String(repeating: "x", count: 20_000)
                for index in 0..<200 { _ = Result { try client.run("SET", "key:\(index)", value) } }
            })
        let findings = look.findings("rd.mem")
        #expect(findings.first?.severity == .critical && findings.first?.summary.contains("OOM") == true)
        #expect(findings.contains { $0.evidence.first?.name == "used_of_maxmemory" }, "\(findings)")
    }

    @Test("no limit of memory, and one above what there is, are found")
    func maxMemory() throws {
        let server = try RedisLiveServer()
        #expect(try RedisLook(server.url()).findings("rd.maxmemory").map(\.severity) == [.warning])
        try server.run("CONFIG", "SET", "maxmemory", "100000gb")
        #expect(try RedisLook(server.url()).findings("rd.maxmemory").map(\.severity) == [.critical])
    }

    @Test("keys that are evicted are found, and jobs among them are critical, in whichever database")
    func eviction() throws {
        let server = try RedisLiveServer(["--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lru"])
        let fault: @Sendable () -> Void = { [path = server.socketPath] in
            guard let client = RedisRawClient(path: path) else { return }
            let value = String(repeating: "x", count: 20_000)
            for index in 0..<300 { _ = Result { try client.run("SET", "key:\(index)", value) } }
        }
        let cache = try RedisLook(server.url(), during: fault)
        #expect(cache.findings("rd.evict").map(\.severity) == [.warning])
        #expect(cache.isHealthy("rd.mem"), "a cache is full by design")
        try server.run("FLUSHALL")
        let client = try server.client()
        try client.run("SELECT", "3")
        try client.run("SADD", "rq:queues", "rq:queue:default")
        let threatened = try RedisLook(server.url())
        #expect(threatened.fact("queues") == "RQ, in database 3")
        #expect(threatened.findings("rd.evict").first?.severity == .critical, "keys are gone since its start")
        let queue = try RedisLook(server.url(), during: fault)
        let finding = try #require(queue.findings("rd.evict").first)
        #expect(finding.severity == .critical && finding.summary.contains("jobs are lost"))
    }

    @Test("look-ups that miss are found")
    func misses() throws {
        let server = try RedisLiveServer()
        let look = try RedisLook(
            server.url(),
            during: { [path = server.socketPath] in
                guard let client = RedisRawClient(path: path) else { return }
                for index in 0..<400 { _ = Result { try client.run("GET", "nothing:\(index)") } }
            })
        #expect(look.findings("rd.hit").map(\.severity) == [.warning])
        #expect(look.findings("rd.hit").first?.evidence.contains(Evidence("lookups", 400, "count")) == true)
    }

    @Test("clients that are turned away are found, and to be turned away is a finding")
    func tooManyClients() throws {
        let server = try RedisLiveServer(["--maxclients", "10"])
        let look = try RedisLook(
            server.url(),
            during: { [path = server.socketPath] in
                let clients = (0..<20).compactMap { _ in RedisRawClient(path: path) }
                usleep(1_000_000)
                _ = clients.count
            })
        let finding = try #require(look.findings("rd.clients").first)
        #expect(finding.severity == .critical && finding.summary.contains("turned away 12"), "\(finding.summary)")

        let clients = (0..<10).compactMap { _ in RedisRawClient(path: server.socketPath) }
        for client in clients { try client.run("PING") }
        let target = try #require(try RedisTarget.targets(of: ServerURL(server.url()), before: RedisLook.soon(5)).first)
        let failure = #expect(throws: ProbeFailure.self) {
            try target.connect(before: RedisLook.soon(2)).ask(before: RedisLook.soon(2))
        }
        #expect(
            failure?.kind == .tooManyClients && failure?.isConnectionUsable == false, "\(String(describing: failure))")
        #expect(failure.map { target.findings(of: $0).map(\.id) } == ["rd.clients"])
        #expect(clients.count == 10)
    }

    @Test("a client that does not take its answers is found")
    func outputBuffers() throws {
        let server = try RedisLiveServer(["--client-output-buffer-limit", "normal 0 0 0"])
        try server.run("SET", "large", String(repeating: "x", count: 1 << 20))
        let look = try RedisLook(
            server.url(),
            during: { [path = server.socketPath] in
                guard let client = RedisRawClient(path: path) else { return }
                client.send((0..<20).flatMap { _ in RedisRawClient.bytes(["GET", "large"]) })
                usleep(1_200_000)
            })
        // The client is gone by the end: what is seen is what is there then.
        #expect(look.isHealthy("rd.clients"))
        let client = try server.client()
        client.send((0..<20).flatMap { _ in RedisRawClient.bytes(["GET", "large"]) })
        let found = try RedisLook(server.url()).findings("rd.clients")
        #expect(found.first?.summary.contains("MiB of answers wait") == true, "\(found)")
        #expect(client.descriptor >= 0)
    }

    @Test("the time of a fork is the server's own")
    func fork() throws {
        let server = try RedisLiveServer()
        let bulk = String(repeating: "x", count: 4 << 20)
        for index in 0..<8 { try server.run("SET", "large:\(index)", bulk) }
        let look = try RedisLook(
            server.url(), thresholds: ["rd.fork": CheckThreshold(0.001, unit: "milliseconds", origin: "test")],
            during: { [path = server.socketPath] in _ = Result { try RedisRawClient(path: path)?.run("BGSAVE") } })
        let finding = try #require(look.findings("rd.fork").first, "\(look.report)")
        let info = try #require(try server.run("INFO", "stats").text.map { RedisInfo($0) })
        #expect(finding.evidence[0].value == Double(try #require(info.number("latest_fork_usec"))) / 1e3)
        #expect(finding.evidence.contains(Evidence("forks", 1, "count")))
    }

    @Test("commands one at a time are told from those in pipelines")
    func pipeline() throws {
        let server = try RedisLiveServer()
        let single = try RedisLook(
            server.url(), rate: 50,
            during: { [path = server.socketPath] in
                guard let client = RedisRawClient(path: path) else { return }
                let bytes = RedisRawClient.bytes(["SET", "a", "1"])
                for _ in 0..<6000 {
                    client.send(bytes)
                    _ = client.receive(5)
                }
            })
        let finding = try #require(single.findings("rd.pipeline").first, "\(single.report)")
        #expect(finding.summary.contains("one at a time") && finding.evidence[0].value > 1000)
        let pipelined = try RedisLook(
            server.url(), rate: 50,
            during: { [path = server.socketPath] in
                guard let client = RedisRawClient(path: path) else { return }
                let bytes = (0..<100).flatMap { _ in RedisRawClient.bytes(["SET", "a", "1"]) }
                for _ in 0..<60 {
                    client.send(bytes)
                    _ = client.receive(500)
                }
            })
        #expect(pipelined.isHealthy("rd.pipeline"))
        let evidence = pipelined.report.healthy.first { $0.id == "rd.pipeline" }?.evidence
        #expect(evidence?.first { $0.name == "commands_per_second" }.map { $0.value > 1000 } == true)
    }

    @Test("connections for one command each are found")
    func churn() throws {
        let server = try RedisLiveServer()
        let look = try RedisLook(
            server.url(),
            during: { [path = server.socketPath] in
                for _ in 0..<60 { _ = Result { try RedisRawClient(path: path)?.run("PING") } }
            })
        let finding = try #require(look.findings("rd.churn").first)
        // The observer's own snapshots are on a connection that was there before.
        #expect(finding.summary.contains("commands each"))
    }

    @Test("rates and times of the server agree with what was done to it")
    func truth() throws {
        let server = try RedisLiveServer()
        let look = try RedisLook(
            server.url(), seconds: 2,
            during: { [path = server.socketPath] in
                guard let client = RedisRawClient(path: path) else { return }
                _ = Result { try client.run("DEBUG", "SLEEP", "0.5") }
            })
        // Half a second of a stall at 200/s: a hundred answers wait, from nearly all of it to none; who asks again only
        // after an answer would see one.
        let waited = look.latencies.filter { $0 > 10_000_000 }
        #expect(waited.count >= 90, "\(waited.count)")
        #expect(look.client.p99.map { $0 >= 400_000_000 } == true)
    }

    @Test("what the server's own latency monitor saw is told where it is on")
    func events() throws {
        let server = try RedisLiveServer(["--latency-monitor-threshold", "50", "--slowlog-log-slower-than", "-1"])
        let look = try RedisLook(
            server.url(), seconds: 2.5,
            during: { [path = server.socketPath] in
                usleep(1_200_000)
                _ = Result { try RedisRawClient(path: path)?.run("DEBUG", "SLEEP", "0.4") }
            })
        let finding = try #require(look.findings("rd.rtt").first, "\(look.client)")
        #expect(finding.summary.contains("latency monitor saw command"), "\(finding.summary)")
        #expect(look.reason("rd.slow")?.contains("switched off") == true)
    }
}
