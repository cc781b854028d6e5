import PerfClients
import PerfLinux
import PerfModel

/// Looks into a Redis on a connection of its own, with the commands of ``RedisCommand`` alone.
package final class RedisObserver: ServerObserver {
    /// Entries of the slow log that are read at a time; as many as the log keeps unless it is told otherwise.
    private static let slowEntries = 128
    /// Listing more clients would keep the server from its work for longer than a millisecond or two.
    private static let mostClients: UInt64 = 1000
    /// Databases in which RQ is looked for.
    private static let mostDatabases = 16
    /// One command may take no more of the time that is left.
    private static let patience = Duration.seconds(2)

    private let server: RedisAddress
    private let socket: SocketAddress
    private let files: HostFiles
    private var connection: RedisConnection?
    private var connecting: UInt64?
    private var first: RedisSnapshot?
    private var slowLog = Availability<RedisSlowLog>.unavailable(reason: "it was not asked for", remedy: nil)
    private var settings = Availability<[String: String]>.unavailable(reason: "they were not asked for", remedy: nil)
    private var queues = Availability<[Int]>.unavailable(reason: "they were not looked for", remedy: nil)
    private var commandsBefore: UInt64 = 0
    private var commandsOfEnded: UInt64 = 0

    package init(of server: RedisAddress, at socket: SocketAddress, files: HostFiles = HostFiles()) {
        self.server = server
        self.socket = socket
        self.files = files
    }

    package var interval: Duration { .seconds(1) }

    package func begin(before deadline: UInt64) throws(ProbeFailure) {
        do throws(RedisError) {
            let connection = try RedisConnection(to: socket, of: server, before: deadline)
            self.connection = connection
            connecting = connection.connecting.socket
        } catch { throw ProbeFailure(error) }
        settings = readSettings(before: deadline)
        // The counters begin after all that is asked once: it is not in what they say.
        let info = asked(.info, before: deadline) { $0.text.map { RedisInfo($0) } }
        queues = findQueues(info, before: deadline)
        slowLog = asked(.slowLog(count: Self.slowEntries), before: deadline) { RedisSlowEntry.all($0) }
            .map { RedisSlowLog(before: $0) }
        first = snapshot(before: deadline)
        commandsBefore = commands
    }

    package func look(before deadline: UInt64) {
        let entries = asked(.slowLog(count: Self.slowEntries), before: deadline) { RedisSlowEntry.all($0) }
        switch (slowLog, entries) {
        case (.available(var log), .available(let entries)):
            log.add(entries)
            slowLog = .available(log)
        case (.available, .unavailable(let reason, let remedy)):
            // What was not seen may have been there.
            slowLog = .unavailable(reason: reason, remedy: remedy)
        case (.unavailable, _): break
        }
    }

    package func finish(
        before deadline: UInt64, client: ClientLatency, thresholds: [String: CheckThreshold]
    ) -> ServerReport {
        let last = snapshot(before: deadline)
        let ownCommands = commands - commandsBefore
        look(before: deadline)
        let events = asked(.latestEvents, before: deadline) { RedisLatencyEvent.all($0) }
        let isHere = socket.port == nil || socket.host.hasPrefix("127.") || socket.host == "::1"
        let observation = RedisObservation(
            address: socket.description, isHere: isHere, isUnixSocket: socket.port == nil, first: first ?? last,
            last: last, slowLog: slowLog, clients: listClients(last.info, before: deadline), settings: settings,
            events: events, queueDatabases: queues,
            memoryLimit: last.info.value.flatMap { RedisMemoryLimit($0, isHere: isHere, files: files) },
            hasHugePages: isHere
                ? files.line(at: "/sys/kernel/mm/transparent_hugepage/enabled").map { $0.contains("[always]") } : nil,
            client: client, connecting: connecting, ownCommands: ownCommands)
        return observation.report(thresholds: thresholds, isPasswordNeedless: connection?.isPasswordNeedless ?? false)
    }

    // MARK: Questions

    private var commands: UInt64 { commandsOfEnded + (connection?.commandCount ?? 0) }

    /// An answer, or why there is none; a connection that was lost is made anew.
    private func asked<Value: Sendable>(
        _ command: RedisCommand, before deadline: UInt64, _ meaning: (RedisReply) -> Value?
    ) -> Availability<Value> {
        let end = min(deadline, MonotonicClock.nanoseconds + UInt64(Self.patience.wholeNanoseconds))
        do throws(RedisError) {
            let connection = try usableConnection(before: end)
            guard let value = meaning(try connection.ask(command, before: end).reply) else {
                return .unavailable(reason: "\(command.name) was answered in another form than Redis does", remedy: nil)
            }
            return .available(value)
        } catch {
            return .unavailable(reason: error.summary, remedy: error.remedy)
        }
    }

    private func usableConnection(before end: UInt64) throws(RedisError) -> RedisConnection {
        if let connection, connection.isUsable { return connection }
        commandsOfEnded += connection?.commandCount ?? 0
        connection = nil
        let made = try RedisConnection(to: socket, of: server, before: end)
        connection = made
        return made
    }

    private func snapshot(before deadline: UInt64) -> RedisSnapshot {
        let histogram = asked(.pingHistogram, before: deadline) { RedisHistogram($0) }
        let info = asked(.info, before: deadline) { $0.text.map { RedisInfo($0) } }
        return RedisSnapshot(takenAt: MonotonicClock.nanoseconds, info: info, pingHistogram: histogram)
    }

    private func readSettings(before deadline: UInt64) -> Availability<[String: String]> {
        var all: [String: String] = [:]
        for setting in RedisCommand.Setting.allCases {
            switch asked(.setting(setting), before: deadline, { $0.pairs }) {
            case .available(let pairs): for pair in pairs { all[pair.key] = pair.value.text }
            case .unavailable(let reason, let remedy): return .unavailable(reason: reason, remedy: remedy)
            }
        }
        return .available(all)
    }

    /// Looks for RQ in each database that has keys, and comes back.
    private func findQueues(
        _ info: Availability<RedisInfo>, before deadline: UInt64
    ) -> Availability<[Int]> {
        // Without INFO the one of the URL has to do.
        let known = info.value?.databases.keys.sorted().prefix(Self.mostDatabases).map { $0 } ?? [server.database]
        var found: [Int] = []
        var selected = server.database
        var result = Availability<[Int]>.available([])
        for database in known {
            if database != selected {
                let answer = asked(.select(database: database), before: deadline) { $0.text }
                guard case .available = answer else { continue }
                selected = database
            }
            switch asked(.queuesExist, before: deadline, { $0.integer }) {
            case .available(let count): if count > 0 { found.append(database) }
            case .unavailable(let reason, let remedy): result = .unavailable(reason: reason, remedy: remedy)
            }
        }
        if selected != server.database {
            // A failure ends the connection, or leaves it in a database whose keys are not read.
            _ = asked(.select(database: server.database), before: deadline) { $0.text }
        }
        return found.isEmpty ? result : .available(found)
    }

    private func listClients(
        _ info: Availability<RedisInfo>, before deadline: UInt64
    ) -> Availability<RedisClients> {
        guard let connected = info.value?.number("connected_clients") else {
            return info.flatMap { _ in RedisObservation.missing("connected_clients", since: nil) }
        }
        guard connected <= Self.mostClients else {
            return .unavailable(
                reason: "\(Quantity.counted(Int64(clamping: connected), "client")) are more than are listed without "
                    + "keeping the server from its work",
                remedy: "CLIENT LIST shows them")
        }
        return asked(.clients, before: deadline) { $0.text.flatMap { RedisClients($0) } }
    }
}
