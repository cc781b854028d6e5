import PerfClients
import PerfLinux
import PerfModel

/// How long the queues of RQ are, and how many jobs its workers end.
///
/// `rq info` writes: it cleans registries up. This reads lengths, and the counters of each worker.
final class RedisKeyReader: KeyMetricReader {
    private static let mostQueues = 200
    private static let mostWorkers = 200
    /// Jobs are counted over so many nanoseconds.
    private static let span: UInt64 = 10_000_000_000

    private let server: RedisAddress
    private let socket: SocketAddress
    private var connection: RedisConnection?
    /// Jobs that each worker has ended, when it was last seen.
    private var ended: [String: UInt64] = [:]
    private var hasCounted = false
    private var steps: [(at: UInt64, nanoseconds: UInt64, jobs: UInt64)] = []
    private var lastAt: UInt64 = 0

    let metrics: [KeyMetric] = [.queueDepth, .jobThroughput]

    init(of server: RedisAddress, at socket: SocketAddress) {
        self.server = server
        self.socket = socket
    }

    func read(before deadline: UInt64) throws(ProbeFailure) -> [KeyMetric: Availability<KeyReading>] {
        do throws(RedisError) {
            let used: RedisConnection
            if let connection, connection.isUsable {
                used = connection
            } else {
                used = try RedisConnection(to: socket, of: server, before: deadline)
                connection = used
            }
            let depth = try Self.available { () throws(RedisError) in try queues(used, deadline) }
            let jobs = try Self.available { () throws(RedisError) in try workers(used, deadline) }
            return [.queueDepth: depth, .jobThroughput: jobs]
        } catch { throw ProbeFailure(error) }
    }

    /// What a command gave, or why the server refuses it; a connection that fails is an error.
    private static func available(
        _ body: () throws(RedisError) -> Availability<KeyReading>
    ) throws(RedisError) -> Availability<KeyReading> {
        do throws(RedisError) { return try body() } catch {
            guard case .answer = error else { throw error }
            return .unavailable(reason: error.summary, remedy: error.remedy)
        }
    }

    private func queues(_ connection: RedisConnection, _ deadline: UInt64) throws(RedisError) -> Availability<
        KeyReading
    > {
        let names = try connection.ask(.queueNames, before: deadline).reply.elements?.compactMap(\.text) ?? []
        guard !names.isEmpty else {
            return .unavailable(
                reason: "database \(server.database) has no queues of RQ",
                remedy: "give the database of RQ: redis://host:port/N")
        }
        guard names.count <= Self.mostQueues else {
            return .unavailable(reason: "more than \(Self.mostQueues) queues are not counted", remedy: nil)
        }
        var (sum, longest): (Int64, (name: String, length: Int64)?) = (0, nil)
        for name in names.sorted() where name.hasPrefix(RedisCommand.queuePrefix) {
            let length = try connection.ask(.queueLength(name), before: deadline).reply.integer ?? 0
            sum += length
            if length > longest?.length ?? 0 {
                longest = (String(name.dropFirst(RedisCommand.queuePrefix.count)), length)
            }
        }
        let note =
            names.count > 1
            ? longest.map {
                "\(names.count) queues, \($0.name.printable.prefix(40)) has \(Quantity.grouped($0.length))"
            }
                ?? "\(names.count) queues" : ""
        return .available(KeyReading(KeyReading.Figure("waiting", Double(sum)), note: note))
    }

    private func workers(
        _ connection: RedisConnection, _ deadline: UInt64
    ) throws(RedisError) -> Availability<KeyReading> {
        let names = try connection.ask(.workerNames, before: deadline).reply.elements?.compactMap(\.text) ?? []
        let known = names.filter { $0.hasPrefix(RedisCommand.workerPrefix) }
        guard !known.isEmpty else {
            (ended, hasCounted, steps) = ([:], false, [])
            return .unavailable(reason: "no worker of RQ is registered", remedy: "start one: rq worker")
        }
        guard known.count <= Self.mostWorkers else {
            return .unavailable(reason: "more than \(Self.mostWorkers) workers are not counted", remedy: nil)
        }
        var (counts, jobs): ([String: UInt64], UInt64) = ([:], 0)
        var (hasCounters, failed): (Bool, UInt64) = (false, 0)
        for name in known {
            guard let counters = try connection.ask(.workerCounts(name), before: deadline).reply.elements else {
                continue
            }
            let numbers = counters.map { $0.text.flatMap { UInt64($0) } }
            if numbers.contains(where: { $0 != nil }) { hasCounters = true }
            let count = numbers.reduce(UInt64(0)) { $0 &+ ($1 ?? 0) }
            failed &+= numbers.last.flatMap { $0 } ?? 0
            counts[name] = count
            // A worker that is new has begun with nothing, unless we are.
            let before = ended[name] ?? (hasCounted ? 0 : count)
            if count > before { jobs &+= count - before }
        }
        let now = MonotonicClock.nanoseconds
        defer { (ended, lastAt, hasCounted) = (counts, now, true) }
        guard hasCounted else {
            return .unavailable(reason: "it takes a second look", remedy: nil)
        }
        steps.append((now, now &- lastAt, jobs))
        steps.removeAll { $0.at &+ Self.span < now }
        let time = steps.reduce(UInt64(0)) { $0 + $1.nanoseconds }
        guard time > 0 else { return .unavailable(reason: "it takes a second look", remedy: nil) }
        let rate = Double(steps.reduce(UInt64(0)) { $0 &+ $1.jobs }) / (Double(time) / 1e9)
        return .available(
            KeyReading(
                KeyReading.Figure("ended", rate),
                note: Quantity.counted(Int64(known.count), "worker")
                    + (failed > 0 ? ", \(Quantity.grouped(Int64(clamping: failed))) jobs failed so far" : "")
                    + (hasCounters ? "" : ", none has ended a job")))
    }
}
