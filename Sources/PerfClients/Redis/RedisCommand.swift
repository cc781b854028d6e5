/// All that perfdoctor ever says to a Redis: nothing that changes data or a setting, and nothing that walks the keys.
///
/// There is no other way to send a command; a test runs everything against a server that logs what it is told.
package enum RedisCommand: Hashable, Sendable {
    /// Settings that are read: never `*`, which would bring passwords.
    package enum Setting: String, CaseIterable, Sendable {
        case memory = "maxmemory*"
        case clients = "maxclients"
        case slowLog = "slowlog-*"
        case latency = "latency-*"
    }

    case ping
    case authenticate(user: String?, password: String)
    /// Of this connection alone.
    case select(database: Int)
    /// All sections but those of modules.
    case info
    /// The newest entries.
    case slowLog(count: Int)
    /// How long the server itself took for PING. Redis 7.0.
    case pingHistogram
    case latestEvents
    case clients
    case setting(Setting)
    /// Whether RQ's registries are there; no key is read.
    case queuesExist
    /// RQ's registry of queues: their keys.
    case queueNames
    /// How many jobs wait in a queue of RQ; of its registry, and no other list.
    case queueLength(_ key: String)
    /// RQ's registry of workers: their keys.
    case workerNames
    /// Jobs that a worker of RQ has ended well, and badly; of its registry, and no other hash.
    case workerCounts(_ key: String)

    /// What keys of RQ's queues and workers begin with.
    package static let (queuePrefix, workerPrefix) = ("rq:queue:", "rq:worker:")

    /// What is sent.
    var words: [String] {
        switch self {
        case .ping: ["PING"]
        case .authenticate(let user?, let password): ["AUTH", user, password]
        case .authenticate(nil, let password): ["AUTH", password]
        case .select(let database): ["SELECT", "\(database)"]
        case .info: ["INFO", "all"]
        case .slowLog(let count): ["SLOWLOG", "GET", "\(count)"]
        case .pingHistogram: ["LATENCY", "HISTOGRAM", "PING"]
        case .latestEvents: ["LATENCY", "LATEST"]
        case .clients: ["CLIENT", "LIST"]
        case .setting(let setting): ["CONFIG", "GET", setting.rawValue]
        case .queuesExist: ["EXISTS", "rq:queues", "rq:workers"]
        case .queueNames: ["SMEMBERS", "rq:queues"]
        case .queueLength(let key): ["LLEN", key]
        case .workerNames: ["SMEMBERS", "rq:workers"]
        case .workerCounts(let key): ["HMGET", key, "successful_job_count", "failed_job_count"]
        }
    }

    /// For people; without a password.
    package var name: String {
        switch self {
        case .authenticate: "AUTH"
        case .slowLog: "SLOWLOG GET"
        case .queuesExist: "EXISTS"
        case .queueLength: "LLEN"
        case .workerCounts: "HMGET"
        default: words.joined(separator: " ")
        }
    }

    /// What a user of an ACL is granted, for remedies: `"+slowlog|get"`.
    package var permission: String {
        switch self {
        case .ping: "+ping"
        case .authenticate: "+auth"
        case .select: "+select"
        case .info: "+info"
        case .slowLog: "+slowlog|get"
        case .pingHistogram: "+latency|histogram"
        case .latestEvents: "+latency|latest"
        case .clients: "+client|list"
        case .setting: "+config|get"
        case .queuesExist: "+exists %R~rq:*"
        case .queueNames, .workerNames: "+smembers %R~rq:*"
        case .queueLength: "+llen %R~rq:*"
        case .workerCounts: "+hmget %R~rq:*"
        }
    }

    /// As the protocol has it: an array of texts.
    var bytes: [UInt8] {
        let words = words
        var bytes = Array("*\(words.count)\r\n".utf8)
        for word in words {
            bytes += Array("$\(word.utf8.count)\r\n".utf8) + Array(word.utf8) + [0x0d, 0x0a]
        }
        return bytes
    }
}
