import PerfModel
import Testing

@testable import PerfSizing

@Suite("Guide tables") struct TableTests {
    private func sizing(_ inputs: [SizingInput: Double]) throws -> Sizing {
        Sizing(inputs: try SizingInputs(inputs), cpus: EffectiveCPUs(count: 4, origin: .option))
    }

    private func size(
        _ table: String, _ name: String, for inputs: [SizingInput: Double]
    ) throws -> SizedQuantity.Value? {
        let row = try sizing(inputs).recommendations.first { $0.id == table }
        return row?.sizes.first { $0.name == name }?.value
    }

    @Test(
        "has for tenants at every edge the row that the guide means",
        arguments: [
            (1, "db.t3.small"), (10, "db.t3.small"), (11, "db.t3.medium"), (50, "db.t3.medium"), (51, "db.t3.large"),
            (200, "db.t3.large"), (201, "db.t3.2xlarge"), (1000, "db.t3.2xlarge"), (1001, "db.t3.2xlarge"),
        ])
    func tenants(value: Double, instance: String) throws {
        #expect(try size("database_table", "instance", for: [.tenants: value]) == .word(instance))
    }

    @Test(
        "has for events at every edge the row that the guide means",
        arguments: [
            (1, "db.t3.small"), (99_999, "db.t3.small"), (100_000, "db.t3.medium"), (999_999, "db.t3.medium"),
            (1_000_000, "db.t3.large"), (9_999_999, "db.t3.large"), (10_000_000, "db.t3.2xlarge"),
            (100_000_000, "db.t3.2xlarge"), (100_000_001, "db.t3.2xlarge"),
        ])
    func events(value: Double, instance: String) throws {
        #expect(try size("database_table", "instance", for: [.events: value]) == .word(instance))
    }

    @Test("has every column of the database's rows")
    func databaseColumns() throws {
        let expected: [(Double, vcpus: Double, gigabytes: Double, disk: Double)] = [
            (10, 2, 2, 20), (50, 2, 4, 50), (200, 2, 8, 100), (1000, 8, 32, 500),
        ]
        for row in expected {
            let inputs = [SizingInput.tenants: row.0]
            #expect(try size("database_table", "vcpus", for: inputs) == .number(row.vcpus))
            #expect(try size("database_table", "memory_bytes", for: inputs) == .number(row.gigabytes * 1_073_741_824))
            #expect(try size("database_table", "storage_bytes", for: inputs) == .number(row.disk * 1_073_741_824))
        }
    }

    @Test(
        "has for jobs and for the queue the memory of Redis, at every edge",
        arguments: [
            (SizingInput.concurrentJobs, 1, 256), (.concurrentJobs, 49, 256), (.concurrentJobs, 50, 1024),
            (.concurrentJobs, 199, 1024), (.concurrentJobs, 200, 2048), (.concurrentJobs, 499, 2048),
            (.concurrentJobs, 500, 4096), (.concurrentJobs, 1e9, 4096), (.queueDepth, 1, 256), (.queueDepth, 499, 256),
            (.queueDepth, 500, 1024), (.queueDepth, 1999, 1024), (.queueDepth, 2000, 2048), (.queueDepth, 4999, 2048),
            (.queueDepth, 5000, 4096),
        ])
    func redis(input: SizingInput, value: Double, megabytes: Double) throws {
        #expect(try size("redis_table", "memory_bytes", for: [input: value]) == .number(megabytes * 1_048_576))
        #expect(try size("redis_table", "eviction_policy", for: [input: value]) == .word("noeviction"))
    }

    @Test(
        "has for users and requests the API servers, at every edge",
        arguments: [
            (SizingInput.users, 1, 2), (.users, 99, 2), (.users, 100, 4), (.users, 499, 4), (.users, 500, 8),
            (.users, 1999, 8), (.users, 2000, 16), (.requestsPerSecond, 0.1, 2), (.requestsPerSecond, 49.9, 2),
            (.requestsPerSecond, 50, 4), (.requestsPerSecond, 199, 4), (.requestsPerSecond, 200, 8),
            (.requestsPerSecond, 999, 8), (.requestsPerSecond, 1000, 16),
        ])
    func applicationServers(input: SizingInput, value: Double, workers: Double) throws {
        #expect(try size("application_server_table", "workers", for: [input: value]) == .number(workers))
        #expect(try size("application_server_table", "vcpus", for: [input: value]) == .number(workers))
        #expect(
            try size("application_server_table", "memory_bytes", for: [input: value])
                == .number(workers * 2 * 1_073_741_824))
    }

    @Test(
        "has for jobs a second the RQ workers, at every edge",
        arguments: [(0.1, 4), (9.99, 4), (10, 8), (24.9, 8), (25, 16), (49.9, 16), (50, 32), (1e6, 32)])
    func workers(value: Double, workers: Double) throws {
        let inputs = [SizingInput.jobsPerSecond: value]
        #expect(try size("rq_worker_table", "workers", for: inputs) == .number(workers))
        #expect(try size("rq_worker_table", "vcpus", for: inputs) == .number(workers / 2))
        #expect(try size("rq_worker_table", "memory_bytes", for: inputs) == .number(workers * 1_073_741_824))
    }

    @Test(
        "has for jobs the workload profile, at every edge",
        arguments: [
            (SizingInput.concurrentJobs, 1, "test"), (.concurrentJobs, 5, "test"), (.concurrentJobs, 6, "small"),
            (.concurrentJobs, 10, "small"), (.concurrentJobs, 11, "medium"), (.concurrentJobs, 25, "medium"),
            (.concurrentJobs, 26, "large"), (.concurrentJobs, 50, "large"), (.concurrentJobs, 51, "large"),
            (.jobsPerSecond, 0.48, "test"), (.jobsPerSecond, 0.49, "small"), (.jobsPerSecond, 3, "small"),
            (.jobsPerSecond, 8, "medium"), (.jobsPerSecond, 8.1, "large"), (.jobsPerSecond, 25, "large"),
        ])
    func profiles(input: SizingInput, value: Double, name: String) throws {
        #expect(try size("workload_profiles", "profile", for: [input: value]) == .word(name))
    }

    @Test("takes the larger row where inputs disagree, whichever it is, and says so")
    func disagreement() throws {
        for (tenants, events) in [(12.0, 5e6), (150, 10)] {
            let inputs = [SizingInput.tenants: tenants, .events: events]
            let row = try #require(try sizing(inputs).recommendations.first { $0.id == "database_table" })
            #expect(row.sizes.first?.text == "db.t3.large")
            #expect(row.selectors.count == 2)
            #expect(row.notes.contains { $0.hasSuffix("the larger row is taken") })
        }
        let agreed = try sizing([.tenants: 12, .events: 200_000])
        #expect(!agreed.recommendations.contains { $0.notes.contains { $0.hasSuffix("the larger row is taken") } })
    }

    @Test(
        "says where the guide's tables end",
        arguments: [(SizingInput.tenants, 1001.0), (.events, 100_000_001), (.concurrentJobs, 51), (.jobsPerSecond, 26)])
    func beyond(input: SizingInput, value: Double) throws {
        let sizing = try sizing([input: value])
        let warning = try #require(sizing.warnings.first { $0.code == "beyond_guide" })
        #expect(warning.message.contains(input.text(value)), "\(warning.message)")
        #expect(try !self.sizing([input: value - 1]).warnings.contains { $0.code == "beyond_guide" })
    }

    @Test(
        "says that a row without end is where a size begins",
        arguments: [SizingInput.users, .queueDepth, .jobsPerSecond])
    func openRows(input: SizingInput) throws {
        #expect(try sizing([input: 1e6]).warnings.contains { $0.code == "open_row" })
        #expect(try !sizing([input: 1]).warnings.contains { $0.code == "open_row" })
    }

    @Test("says which of two rows has a number that the guide writes into both")
    func sharedEdges() throws {
        func notes(_ input: SizingInput, _ value: Double) throws -> [String] {
            try sizing([input: value]).recommendations.flatMap(\.notes).filter { $0.contains("in two rows") }
        }
        #expect(try notes(.tenants, 50).first?.contains("the smaller counts") == true)
        #expect(try notes(.jobsPerSecond, 25).first?.contains("the larger counts") == true)
        #expect(try notes(.concurrentJobs, 50).isEmpty, "the guide writes <50")
        #expect(try notes(.tenants, 1000).isEmpty && notes(.concurrentJobs, 5).isEmpty && notes(.tenants, 51).isEmpty)
    }

    @Test("has tables whose rows grow, and a size in each", arguments: GuideTable.all.map(\.id))
    func tablesGrow(id: String) throws {
        let table = try #require(GuideTable.all.first { $0.id == id })
        for input in table.inputs {
            let ends = table.rows.map { $0.bands[input]?.upper ?? .infinity }
            #expect(ends == ends.sorted() && Set(ends).count == ends.count, "\(id) by \(input)")
            #expect(table.rows.dropLast().allSatisfy { $0.bands[input]?.upper != nil })
        }
        #expect(table.rows.allSatisfy { !$0.sizes.isEmpty })
    }

    @Test("corrects eviction in both guides, PgBouncer's file, and the test profile's latency")
    func corrections() throws {
        let all = try sizing([.concurrentJobs: 5, .tenants: 5]).recommendations.flatMap(\.corrections)
        for source in [SizingSource.guideA, .guideB] {
            #expect(all.contains { $0.source == source && $0.claim == "allkeys-lru" && $0.corrected == "noeviction" })
        }
        #expect(all.contains { $0.reason.contains("FATAL cannot load config file") })
        #expect(all.contains { $0.corrected.contains("10062") })
        #expect(
            all.contains {
                $0.subject == "latency of the test profile" && $0.reason.contains("5 jobs at a time / 0.48")
            })
        // The large profile's own numbers agree: 50 jobs / 25 per s = 2 s, and P95 is up to 5 s.
        let large = try sizing([.concurrentJobs: 50]).recommendations.flatMap(\.corrections)
        #expect(!large.contains { $0.subject.hasPrefix("latency") })
    }

    @Test("carries the gain that the guide claims with each profile's remedy")
    func gains() throws {
        let gains = try [10.0, 25, 50].map { jobs in
            try sizing([.concurrentJobs: jobs]).remedies.first { $0.resource == .workload }?.claimedGain
        }
        #expect(
            gains == [
                "throughput +33% (3.2 jobs/s), P95 -30% (450 ms)", "throughput +70% (10.5 jobs/s), P95 -40% (900 ms)",
                "throughput +75% (35 jobs/s), P95 -55% (1.8 s)",
            ])
        #expect(try sizing([.concurrentJobs: 5]).remedies.allSatisfy { $0.resource != .workload })
    }
}
