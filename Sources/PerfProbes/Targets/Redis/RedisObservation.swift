import PerfModel

/// What was seen of a Redis between two moments.
package struct RedisObservation: Sendable {
    package var address: String
    /// Whether the server is on this machine for sure: a Unix socket, or the loopback network.
    package var isHere: Bool
    /// Whether no network is between.
    package var isUnixSocket: Bool
    package var first: RedisSnapshot
    package var last: RedisSnapshot
    package var slowLog: Availability<RedisSlowLog>
    package var clients: Availability<RedisClients>
    /// CONFIG GET, by name.
    package var settings: Availability<[String: String]>
    package var events: Availability<[RedisLatencyEvent]>
    /// Databases with queues of RQ.
    package var queueDatabases: Availability<[Int]>
    package var memoryLimit: RedisMemoryLimit?
    /// Whether this machine gives huge pages to all who have not asked; nil for another machine's.
    package var hasHugePages: Bool?
    package var client: ClientLatency
    /// How long our own connection took, in nanoseconds: one round trip of the network.
    package var connecting: UInt64?
    /// Commands and connections between the snapshots that are the observer's own.
    package var ownCommands: UInt64

    package init(
        address: String, isHere: Bool, isUnixSocket: Bool, first: RedisSnapshot, last: RedisSnapshot,
        slowLog: Availability<RedisSlowLog>, clients: Availability<RedisClients>,
        settings: Availability<[String: String]>, events: Availability<[RedisLatencyEvent]>,
        queueDatabases: Availability<[Int]>, memoryLimit: RedisMemoryLimit?, hasHugePages: Bool?,
        client: ClientLatency, connecting: UInt64?, ownCommands: UInt64
    ) {
        self.address = address
        self.isHere = isHere
        self.isUnixSocket = isUnixSocket
        self.first = first
        self.last = last
        self.slowLog = slowLog
        self.clients = clients
        self.settings = settings
        self.events = events
        self.queueDatabases = queueDatabases
        self.memoryLimit = memoryLimit
        self.hasHugePages = hasHugePages
        self.client = client
        self.connecting = connecting
        self.ownCommands = ownCommands
    }

    /// Between the snapshots; 0 when they are one.
    package var seconds: Double {
        last.takenAt > first.takenAt ? Double(last.takenAt - first.takenAt) / 1e9 : 0
    }

    /// Too little time says nothing about rates.
    package static let shortest = 1.0

    /// The later INFO.
    package var info: Availability<RedisInfo> { last.info }

    /// Both, where counters can be compared.
    package var both: Availability<(first: RedisInfo, last: RedisInfo)> {
        switch (first.info, last.info) {
        case (.available(let first), .available(let last)):
            guard first.text("run_id") == last.text("run_id") else {
                return .unavailable(
                    reason: "the server was restarted, or another one took its place, while it was observed",
                    remedy: "run it again")
            }
            guard seconds >= Self.shortest else {
                return .unavailable(reason: "it was observed for less than a second", remedy: "ask for longer: -d 10")
            }
            return .available((first, last))
        case (.unavailable(let reason, let remedy), _), (_, .unavailable(let reason, let remedy)):
            return .unavailable(reason: reason, remedy: remedy)
        }
    }

    /// How much a counter rose.
    package func change(of name: String, since version: String? = nil) -> Availability<UInt64> {
        both.flatMap { first, last in
            guard let before = first.number(name), let after = last.number(name) else {
                return Self.missing(name, since: version)
            }
            guard after >= before else {
                return .unavailable(
                    reason: "\(name) went backwards: somebody ran CONFIG RESETSTAT", remedy: "run it again")
            }
            return .available(after - before)
        }
    }

    /// A number of the later INFO.
    package func number(_ name: String, since version: String? = nil) -> Availability<UInt64> {
        info.flatMap { info in
            guard let value = info.number(name) else { return Self.missing(name, since: version) }
            return .available(value)
        }
    }

    /// Why there is no such number.
    package static func missing<Value>(_ name: String, since version: String?) -> Availability<Value> {
        .unavailable(
            reason: "INFO of this server has no \(name)",
            remedy: version.map { "Redis \($0) or newer says it" } ?? "")
    }

    /// What commands took between the snapshots, the longest first.
    package var commandTimes: Availability<[(name: String, calls: UInt64, microseconds: UInt64)]> {
        both.flatMap { first, last in
            guard !last.commands.isEmpty else { return Self.missing("cmdstat", since: "2.6") }
            var times: [(name: String, calls: UInt64, microseconds: UInt64)] = []
            for (name, after) in last.commands {
                let before = first.commands[name] ?? RedisInfo.Command(calls: 0, microseconds: 0)
                guard after.calls > before.calls, after.microseconds >= before.microseconds else { continue }
                times.append((name, after.calls - before.calls, after.microseconds - before.microseconds))
            }
            return .available(times.sorted { ($0.microseconds, $1.name) > ($1.microseconds, $0.name) })
        }
    }

    /// What the server took for one PING, in nanoseconds, and who says so.
    package var pingTime: Availability<(nanoseconds: UInt64, source: String)> {
        if let first = first.pingHistogram.value, let last = last.pingHistogram.value,
            case .available = both, let median = last.median(since: first)
        {
            return .available((median * 1000, "LATENCY HISTOGRAM"))
        }
        return commandTimes.flatMap { times in
            guard let ping = times.first(where: { $0.name == "ping" }) else {
                return .unavailable(
                    reason: "the server counted no PING meanwhile", remedy: "see latency-tracking in its settings")
            }
            return .available((ping.microseconds * 1000 / ping.calls, "commandstats"))
        }
    }

    /// The network's part of a round trip, in nanoseconds, and who says so.
    package var network: (nanoseconds: UInt64, source: String)? {
        if isUnixSocket { return (0, "a Unix socket") }
        if let network = client.network { return (network, "ping or a TCP connect") }
        return connecting.map { ($0, "one TCP connect") }
    }

    /// Stalls that the server's latency monitor saw meanwhile.
    package var recentEvents: [RedisLatencyEvent] {
        guard let events = events.value, let start = first.info.value?.number("server_time_usec") else { return [] }
        // Events have whole seconds: one of the second before may be of before.
        return events.filter { $0.seconds > Int64(clamping: start / 1_000_000) }
    }

    /// The policy when memory is full, and what it may take: `"noeviction"`.
    package var policy: String? { info.value?.text("maxmemory_policy") ?? settings.value?["maxmemory-policy"] }
}
