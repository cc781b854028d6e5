/// What INFO says.
package struct RedisInfo: Hashable, Sendable {
    /// One command since the server's start.
    package struct Command: Hashable, Sendable {
        package var calls: UInt64
        /// Within the server, without waiting.
        package var microseconds: UInt64
    }

    package struct Database: Hashable, Sendable {
        package var keys: UInt64
        /// Of them with a time to live.
        package var expires: UInt64
    }

    /// Fields of all sections, by name.
    private var fields: [String: String] = [:]
    /// By name in lower case: `"get"`, `"config|get"`.
    package private(set) var commands: [String: Command] = [:]
    /// Errors that were answered, by their first word: `"OOM"`.
    package private(set) var errors: [String: UInt64] = [:]
    /// Those that have keys, by number.
    package private(set) var databases: [Int: Database] = [:]

    /// - Parameter text: the answer; lines that are none of its form are left out.
    package init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = line[..<colon]
            let value = line[line.index(after: colon)...]
            if name.hasPrefix("cmdstat_") {
                guard let calls = Self.part("calls", of: value), let time = Self.part("usec", of: value) else {
                    continue
                }
                commands[name.dropFirst(8).lowercased()] = Command(calls: calls, microseconds: time)
            } else if name.hasPrefix("errorstat_") {
                errors[String(name.dropFirst(10))] = Self.part("count", of: value)
            } else if name.hasPrefix("db"), let number = Int(name.dropFirst(2)) {
                guard let keys = Self.part("keys", of: value) else { continue }
                databases[number] = Database(keys: keys, expires: Self.part("expires", of: value) ?? 0)
            } else {
                fields[String(name)] = String(value)
            }
        }
    }

    /// A field as it is; nil where this version has none.
    package func text(_ name: String) -> String? { fields[name] }

    /// A field that counts something.
    package func number(_ name: String) -> UInt64? { fields[name].flatMap { UInt64($0) } }

    /// A field with a point, as `used_cpu_user`.
    package func real(_ name: String) -> Double? {
        fields[name].flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
    }

    /// Seconds of CPU of the thread that runs commands.
    ///
    /// Redis 6.2.
    package var mainThreadSeconds: Double? {
        guard let user = real("used_cpu_user_main_thread"), let system = real("used_cpu_sys_main_thread") else {
            return nil
        }
        return user + system
    }

    /// Whether the server says so of itself; Valkey names its own version beside that of Redis that it is like.
    package var engine: String {
        if let valkey = text("valkey_version") { return "Valkey \(valkey)" }
        return text("redis_version").map { "Redis \($0)" } ?? "unknown"
    }

    /// `"standalone"`, `"cluster"`, `"sentinel"`.
    package var mode: String? { text("redis_mode") ?? text("server_mode") }

    package var isReplica: Bool { text("role") == "slave" }

    /// `"calls"` of `calls=1,usec=12`.
    private static func part(_ name: String, of text: Substring) -> UInt64? {
        for part in text.split(separator: ",") {
            let key = part.prefix { $0 != "=" }
            if key == name { return UInt64(part[key.endIndex...].dropFirst()) }
        }
        return nil
    }
}
