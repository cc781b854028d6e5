import PerfClients
import PerfModel
import Testing

@testable import PerfProbes

/// Queues and workers of RQ as their keys tell.
@Suite(
    "Redis, key metrics", .serialized, .timeLimit(.minutes(15)), .enabled(if: RedisLiveServer.isPossible, "see above"))
struct RedisKeyReaderTests {
    private func reader(_ server: RedisLiveServer) throws -> any KeyMetricReader {
        let url = try ServerURL(server.url())
        let target = try #require(
            try RedisTarget.targets(of: url, environment: { _ in nil }, before: RedisLook.soon(5)).first)
        return try #require(target.keyMetricReader())
    }

    @Test("queue depth and jobs a second, read without a change to the server")
    func queues() throws {
        let server = try RedisLiveServer()
        let reader = try reader(server)
        let empty = try reader.read(before: RedisLook.soon(5))
        guard case .unavailable(let reason, _) = empty[.queueDepth] else {
            Issue.record("\(empty)")
            return
        }
        #expect(reason.contains("no queues of RQ"))
        try server.run("SADD", "rq:queues", "rq:queue:default", "rq:queue:mail", "evil")
        try server.run("RPUSH", "rq:queue:default", "a", "b", "c")
        try server.run("RPUSH", "rq:queue:mail", "d")
        try server.run("SADD", "rq:workers", "rq:worker:one")
        try server.run("HSET", "rq:worker:one", "successful_job_count", "100", "failed_job_count", "5")
        let first = try reader.read(before: RedisLook.soon(5))
        #expect(first[.queueDepth]?.value?.main.value == 4)
        #expect(first[.queueDepth]?.value?.note.contains("default has 3") == true)
        #expect(first[.jobThroughput]?.value == nil)
        try server.run("HINCRBY", "rq:worker:one", "successful_job_count", "50")
        // A new worker has begun with nothing.
        try server.run("SADD", "rq:workers", "rq:worker:two")
        try server.run("HSET", "rq:worker:two", "successful_job_count", "10")
        let rate = try #require(try reader.read(before: RedisLook.soon(5))[.jobThroughput]?.value)
        #expect(rate.main.value > 0 && rate.note.hasPrefix("2 workers, 5 jobs failed"), "\(rate)")
        let info = try #require(try server.run("INFO", "all").text.map { RedisInfo($0) })
        let known: Set<String> = ["smembers", "llen", "hmget", "sadd", "rpush", "hset", "hincrby", "info", "ping"]
        #expect(Set(info.commands.keys).isSubset(of: known), "\(info.commands.keys)")
    }

    @Test("who may not read RQ's keys is told what to grant, and a server that ends is an error")
    func denied() throws {
        let server = try RedisLiveServer()
        try server.run("ACL", "SETUSER", "probe", "on", ">hunter2", "resetkeys", "-@all", "+ping")
        let url = try ServerURL(server.url(credentials: "probe:hunter2@"))
        let target = try #require(
            try RedisTarget.targets(of: url, environment: { _ in nil }, before: RedisLook.soon(5)).first)
        let readings = try #require(target.keyMetricReader()).read(before: RedisLook.soon(5))
        for metric in [KeyMetric.queueDepth, .jobThroughput] {
            guard case .unavailable(let reason, let remedy) = readings[metric] else {
                Issue.record("\(readings)")
                continue
            }
            #expect(reason.contains("NOPERM") && remedy?.contains("+smembers") == true, "\(reason)")
        }
    }
}
