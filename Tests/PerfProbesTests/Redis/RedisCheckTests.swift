import PerfModel
import PerfProbes
import Testing

/// Each check on a sick server, on one that only looks sick, and on one that says too little.
@Suite("Redis checks")
struct RedisCheckTests {
    static let all = [
        "rd.rtt", "rd.split", "rd.slow", "rd.mem", "rd.maxmemory", "rd.evict", "rd.hit", "rd.clients", "rd.fork",
        "rd.pipeline", "rd.churn",
    ]

    @Test("every check says something about every version", arguments: ["6.2.5", "7.0.15", "8.0-synthetic"])
    func versions(recording: String) throws {
        let scene = RedisScene(
            first: ["maxmemory": "1000000000"],
            last: [
                "keyspace_hits": "9000", "keyspace_misses": "100", "total_commands_processed": "9200",
                "total_reads_processed": "9300", "cmdstat_ping": "calls=1001,usec=2001,usec_per_call=2.00",
            ], recording: recording)
        let report = try scene.report()
        let said = report.findings.map(\.id) + report.healthy.map(\.id) + report.unmeasured.map(\.id)
        #expect(said.sorted() == Self.all.sorted())
        #expect(report.findings.isEmpty, "\(report.findings)")
        #expect(report.unmeasured.isEmpty, "\(report.unmeasured)")
        #expect(report.facts.contains { $0.name == "version" && $0.value.hasPrefix("Redis") })
    }

    @Test("who may not read INFO is blind, and is told what to grant")
    func blind() throws {
        var scene = RedisScene(isInfoDenied: true)
        scene.client.p99 = nil
        scene.settings = nil
        let report = try scene.report()
        #expect(report.findings.isEmpty && report.healthy.map(\.id) == ["rd.slow"] || report.healthy.isEmpty)
        for id in Self.all where id != "rd.rtt" && id != "rd.slow" {
            let unmeasured = try #require(report.unmeasured.first { $0.id == id }, "\(id)")
            #expect(unmeasured.reason.contains("NOPERM") && unmeasured.remedy.contains("+info"), "\(unmeasured)")
        }
    }

    @Test("a restart in the middle, or a reset, is no change of counters")
    func restarted() throws {
        let restarted = RedisScene(last: ["run_id": "another", "evicted_keys": "50"])
        #expect(try restarted.reason("rd.evict")?.contains("restarted") == true)
        let reset = RedisScene(first: ["evicted_keys": "70"], last: ["evicted_keys": "50"])
        #expect(try reset.reason("rd.evict")?.contains("RESETSTAT") == true)
        let short = RedisScene(last: ["evicted_keys": "50"], seconds: 0.4)
        #expect(try short.reason("rd.evict")?.contains("less than a second") == true)
    }

    @Test func rtt() throws {
        var scene = RedisScene()
        #expect(try scene.isHealthy("rd.rtt"))
        scene.client.p99 = 12_000_000
        #expect(try scene.findings("rd.rtt").map(\.severity) == [.warning])
        scene.client.p99 = 120_000_000
        scene.slow = [RedisSlowEntry(id: 1, microseconds: 110_000, command: "KEYS", argumentCount: 1)]
        let finding = try #require(try scene.findings("rd.rtt").first)
        #expect(finding.severity == .critical && finding.parent == "rd.slow" && finding.summary.contains("KEYS"))
        #expect(finding.evidence.first == Evidence("p99", 120, "milliseconds"))
        #expect(finding.remedies.contains { $0.claimedGain?.contains("-50%") == true && $0.source == "guide A" })
        scene.client.network = 70_000_000
        #expect(try scene.findings("rd.rtt").first?.parent == nil)
        scene.client.p99 = nil
        #expect(try scene.reason("rd.rtt")?.contains("too few") == true)
    }

    @Test func split() throws {
        var scene = RedisScene(
            last: [
                "cmdstat_ping": "calls=1001,usec=2002,usec_per_call=2",
                "cmdstat_lrange": "calls=40,usec=4000000,usec_per_call=100000",
            ])
        #expect(try scene.isHealthy("rd.split"))
        scene.client.median = 5_100_000
        let finding = try #require(try scene.findings("rd.split").first)
        #expect(finding.severity == .warning && finding.summary.contains("LRANGE took 100%"), "\(finding)")
        #expect(finding.evidence.first.map { abs($0.value - 4.998) < 0.01 } == true)
        // The network's part is the network's, and not a queue.
        scene.client.network = 5_000_000
        #expect(try scene.isHealthy("rd.split"))
        // A tail is split only where no network is between.
        scene.client = ClientLatency(median: 100_000, p99: 50_000_000, count: 1000, network: 90_000)
        #expect(try scene.isHealthy("rd.split"))
        scene.isUnixSocket = true
        #expect(try scene.findings("rd.split").first?.summary.contains("(p99)") == true)
        scene.isUnixSocket = false
        scene.client.network = nil
        #expect(try scene.reason("rd.split")?.contains("network") == true)
    }

    @Test func slow() throws {
        var scene = RedisScene(last: ["cmdstat_sort": "calls=2,usec=200000,usec_per_call=100000"])
        #expect(try scene.isHealthy("rd.slow"))
        scene.slow = [
            RedisSlowEntry(id: 0, microseconds: 500_000, command: "OLD", argumentCount: 0),
            RedisSlowEntry(id: 1, microseconds: 30_000, command: "SORT", argumentCount: 3),
            RedisSlowEntry(id: 2, microseconds: 110_000, command: "SORT", argumentCount: 3),
        ]
        let finding = try #require(try scene.findings("rd.slow").first)
        #expect(
            finding.severity == .critical && finding.summary.contains("SORT 2×") && !finding.summary.contains("OLD"))
        #expect(finding.evidence[0] == Evidence("slowest_command", 110, "milliseconds"))
        #expect(finding.benefit.map { abs($0 - 0.014) < 1e-9 } == true)
        // Short entries of a log that keeps them are no finding.
        scene.slow = [RedisSlowEntry(id: 1, microseconds: 300, command: "GET", argumentCount: 1)]
        #expect(try scene.isHealthy("rd.slow"))
        // Many short commands fill the thread as well.
        scene.last["cmdstat_get"] = "calls=4000000,usec=7400000,usec_per_call=1.85"
        let busy = try #require(try scene.findings("rd.slow").first)
        #expect(busy.summary.contains("GET took") && busy.severity == .warning, "\(busy)")
        // A script's own time is its commands' time too.
        scene.last["cmdstat_get"] = "calls=4000000,usec=4000000,usec_per_call=1"
        scene.last["cmdstat_evalsha"] = "calls=4000,usec=5000000,usec_per_call=1250"
        #expect(try scene.isHealthy("rd.slow"))
    }

    @Test(
        "a slow log that is off, or keeps only what is slower than we ask for, is blind",
        arguments: [("slowlog-log-slower-than", "-1"), ("slowlog-log-slower-than", "50000"), ("slowlog-max-len", "0")])
    func blindSlowLog(setting: String, value: String) throws {
        var scene = RedisScene()
        scene.settings?[setting] = value
        #expect(try scene.reason("rd.slow") != nil)
    }

    @Test("entries that came and went before they were seen are not short ones")
    func lostEntries() throws {
        var scene = RedisScene()
        scene.slow = [RedisSlowEntry(id: 900, microseconds: 20, command: "GET", argumentCount: 1)]
        #expect(try scene.reason("rd.slow")?.contains("899 entries") == true)
    }

    @Test func memory() throws {
        // A cache that evicts is full by design.
        var scene = RedisScene(first: [
            "used_memory": "990000000", "used_memory_rss": "1000000000", "used_memory_peak": "990000000",
            "maxmemory": "1000000000", "maxmemory_policy": "allkeys-lru", "mem_fragmentation_ratio": "1.01",
        ])
        #expect(try scene.isHealthy("rd.mem"))
        scene.first["maxmemory_policy"] = "noeviction"
        #expect(try scene.findings("rd.mem").map(\.severity) == [.critical])
        scene.first["used_memory"] = "920000000"
        #expect(try scene.findings("rd.mem").map(\.severity) == [.warning])
        // Keys that expire may go; where none does, none may.
        scene.first["maxmemory_policy"] = "volatile-lru"
        #expect(try scene.isHealthy("rd.mem"))
        scene.first["db0"] = "keys=10,expires=0,avg_ttl=0"
        #expect(try scene.findings("rd.mem").first?.summary.contains("no key that expires") == true)
        // Refused writes are the worst.
        scene.last["errorstat_OOM"] = "count=12"
        #expect(try scene.findings("rd.mem").first?.summary.contains("refused 12") == true)
    }

    @Test func fragmentation() throws {
        var scene = RedisScene(first: [
            "maxmemory": "0", "used_memory": "100000000", "used_memory_rss": "190000000",
            "used_memory_peak": "110000000", "mem_fragmentation_ratio": "1.90",
        ])
        #expect(try scene.findings("rd.mem").map(\.severity) == [.warning])
        scene.first["used_memory_peak"] = "185000000"
        #expect(try scene.findings("rd.mem").map(\.severity) == [.info])
        // An empty instance has a ratio of 13 and nothing to say.
        scene.first = ["mem_fragmentation_ratio": "13.25", "used_memory": "990784", "used_memory_rss": "12177408"]
        #expect(try scene.isHealthy("rd.mem"))
    }

    @Test func maxMemory() throws {
        var scene = RedisScene(first: ["maxmemory": "0"])
        let none = try #require(try scene.findings("rd.maxmemory").first)
        #expect(none.severity == .warning && none.summary.contains("8.00 GiB"), "\(none.summary)")
        scene.first["maxmemory"] = "\(16 << 30)"
        #expect(try scene.findings("rd.maxmemory").map(\.severity) == [.critical])
        scene.first["maxmemory"] = "\(4 << 30)"
        #expect(try scene.isHealthy("rd.maxmemory"))
        scene.memoryLimit = nil
        #expect(try scene.reason("rd.maxmemory") != nil)
    }

    @Test func eviction() throws {
        var scene = RedisScene(first: ["maxmemory_policy": "allkeys-lru", "maxmemory": "1000000"])
        #expect(try scene.isHealthy("rd.evict"))
        scene.last["evicted_keys"] = "250"
        #expect(try scene.findings("rd.evict").map(\.severity) == [.warning])
        scene.queueDatabases = [1]
        let lost = try #require(try scene.findings("rd.evict").first)
        #expect(lost.severity == .critical && lost.summary.contains("jobs are lost"))
        #expect(lost.remedies.first?.text.contains("noeviction") == true)
        #expect(lost.remedies.first?.source == "guides A and B, corrected")
        // Nothing has gone yet.
        scene.last["evicted_keys"] = "0"
        #expect(try scene.findings("rd.evict").map(\.severity) == [.warning])
        scene.first["evicted_keys"] = "5"
        scene.last["evicted_keys"] = "5"
        #expect(try scene.findings("rd.evict").map(\.severity) == [.critical])
        // Jobs that wait have no time to live.
        scene.first["maxmemory_policy"] = "volatile-ttl"
        #expect(try scene.isHealthy("rd.evict"))
        // Whether there are queues may be hidden.
        scene.last["evicted_keys"] = "9"
        scene.queueDatabases = nil
        #expect(try scene.findings("rd.evict").first?.summary.contains("could not be seen") == true)
    }

    @Test func hits() throws {
        var scene = RedisScene(
            first: ["keyspace_hits": "1", "keyspace_misses": "1000000"],
            last: ["keyspace_hits": "901", "keyspace_misses": "1000100"])
        #expect(try scene.isHealthy("rd.hit"))
        scene.last["keyspace_misses"] = "1000900"
        let finding = try #require(try scene.findings("rd.hit").first)
        #expect(finding.severity == .warning && finding.evidence[0].value == 0.5)
        scene.last["evicted_keys"] = "300"
        #expect(try scene.findings("rd.hit").first?.parent == "rd.evict")
        scene.last = ["keyspace_misses": "1000020"]
        #expect(try scene.reason("rd.hit")?.contains("too few") == true)
    }

    @Test func clients() throws {
        var scene = RedisScene(first: ["maxclients": "100", "connected_clients": "80"])
        #expect(try scene.isHealthy("rd.clients"))
        scene.first["connected_clients"] = "95"
        #expect(try scene.findings("rd.clients").map(\.severity) == [.warning])
        scene.first["connected_clients"] = "100"
        scene.last["rejected_connections"] = "40"
        #expect(try scene.findings("rd.clients").map(\.severity) == [.critical, .critical])
        // Those of last week are no finding.
        scene.first = ["maxclients": "100", "connected_clients": "2", "rejected_connections": "40"]
        scene.last = [:]
        #expect(try scene.isHealthy("rd.clients"))
        let slow = try #require(
            RedisClients("id=1 addr=10.0.0.9:1 obl=0 omem=30000000\nid=2 addr=10.0.0.8:1 obl=5 omem=0"))
        scene.clients = slow
        #expect(try scene.findings("rd.clients").first?.summary.contains("10.0.0.9:1") == true)
    }

    @Test func fork() throws {
        var scene = RedisScene(first: ["latest_fork_usec": "8000", "total_forks": "3"])
        #expect(try scene.isHealthy("rd.fork"))
        scene.first["latest_fork_usec"] = "250000"
        #expect(try scene.findings("rd.fork").map(\.severity) == [.warning])
        scene.first["latest_fork_usec"] = "1300000"
        #expect(try scene.findings("rd.fork").map(\.severity) == [.critical])
    }

    @Test func pipeline() throws {
        var scene = RedisScene(
            first: ["connected_clients": "8"],
            last: ["total_commands_processed": "50000", "total_reads_processed": "50100"])
        #expect(try scene.findings("rd.pipeline").map(\.severity) == [.warning])
        // What is ours is nobody's fault.
        scene.client.count = 45_000
        #expect(try scene.isHealthy("rd.pipeline"))
        scene.client.count = 1000
        scene.last["total_reads_processed"] = "6000"
        #expect(try scene.isHealthy("rd.pipeline"))
        // A thousand clients that ask now and then have nothing to put together.
        scene.last["total_reads_processed"] = "50100"
        scene.first["connected_clients"] = "2000"
        #expect(try scene.isHealthy("rd.pipeline"))
        scene = RedisScene(recording: "6.2.5")
        #expect(try scene.isHealthy("rd.pipeline"))
    }

    @Test func churn() throws {
        var scene = RedisScene(last: ["total_connections_received": "90", "total_commands_processed": "300"])
        #expect(try scene.isHealthy("rd.churn"))
        scene.last["total_connections_received"] = "900"
        scene.last["total_commands_processed"] = "2000"
        let finding = try #require(try scene.findings("rd.churn").first)
        #expect(finding.severity == .warning && finding.remedies.first?.text.contains("pool") == true)
        scene.last["rejected_connections"] = "850"
        #expect(try scene.findings("rd.churn").first?.parent == "rd.clients")
    }

    @Test("what INFO says of a replica, a cluster and one that loads is told")
    func facts() throws {
        let scene = RedisScene(first: [
            "role": "slave", "master_host": "10.0.0.1", "master_port": "6379", "master_link_status": "down",
            "redis_mode": "cluster", "loading": "1", "loading_loaded_perc": "12.50", "loading_eta_seconds": "30",
        ])
        let facts = try scene.report().facts
        #expect(facts.contains(ServerReport.Fact("role", "replica of 10.0.0.1:6379, link down")))
        #expect(facts.contains(ServerReport.Fact("mode", "cluster")))
        #expect(facts.contains(ServerReport.Fact("state", "loading its data, 12.50% done, 30.0 s left")))
        let valkey = RedisScene(first: ["redis_version": "7.2.4", "valkey_version": "8.0.1"])
        #expect(try valkey.report().facts.first == ServerReport.Fact("version", "Valkey 8.0.1"))
    }

    @Test("thresholds of the user win, conditions included")
    func thresholds() throws {
        let observation = try RedisScene(first: ["latest_fork_usec": "8000"]).observation()
        let report = observation.report(
            thresholds: ["rd.fork": CheckThreshold(5, unit: "milliseconds", origin: "perfdoctor.json")])
        #expect(report.findings.contains { $0.id == "rd.fork" && $0.threshold == 5 })
    }
}
