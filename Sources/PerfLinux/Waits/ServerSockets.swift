import PerfModel

/// The sockets of database and cache servers that run on this machine, by the names of their programs.
///
/// Only of programs with such a name are the descriptors looked at; looks are rare, so that they cost a twentieth of
/// the time at most.
struct ServerSockets {
    private let proc: ProcFileSystem
    private var reasons: [UInt64: WaitReason] = [:]
    private var nextLook: UInt64 = 0

    /// Names as /proc/PID/comm has them: the first 15 bytes.
    private static let programs: [String: WaitReason] = [
        "postgres": .database, "pgbouncer": .database, "pgcat": .database, "odyssey": .database, "mysqld": .database,
        "mariadbd": .database, "proxysql": .database, "mongod": .database, "mongos": .database, "sqlservr": .database,
        "cockroach": .database, "clickhouse-serv": .database, "redis-server": .cache, "valkey-server": .cache,
        "keydb-server": .cache, "memcached": .cache, "dragonfly": .cache,
    ]
    private static let shortestPause: UInt64 = 500_000_000
    /// Descriptors that are looked at in one process.
    private static let mostDescriptors = 65_536

    init(proc: ProcFileSystem) {
        self.proc = proc
    }

    /// What a wait for that socket's owner is; nil where its program is none of those.
    mutating func reason(ofOwner inode: UInt64, now: UInt64) -> WaitReason? {
        if let known = reasons[inode] { return known }
        guard now >= nextLook else { return nil }
        let start = MonotonicClock.nanoseconds
        look()
        let cost = MonotonicClock.nanoseconds &- start
        nextLook = now &+ max(Self.shortestPause, cost &* 20)
        return reasons[inode]
    }

    private mutating func look() {
        reasons.removeAll(keepingCapacity: true)
        guard case .success(let pids) = Result(catching: { () throws(SystemCallError) in try proc.numbers(in: "") })
        else { return }
        for pid in pids {
            guard
                case .success(let comm) = Result(catching: { () throws(SystemCallError) in
                    try proc.contents(of: "\(pid)/comm", atMost: 64)
                }),
                let reason = Self.programs[String(decoding: comm.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)],
                case .success(let descriptors) = Result(catching: { () throws(SystemCallError) in
                    try proc.numbers(in: "\(pid)/fd")
                })
            else { continue }
            for descriptor in [0] + descriptors.prefix(Self.mostDescriptors) {
                if case .success(let target) = Result(catching: { () throws(SystemCallError) in
                    try proc.linkTarget(of: "\(pid)/fd/\(descriptor)")
                }), let inode = DescriptorReasons.inode(ofTarget: target) {
                    reasons[inode] = reason
                }
            }
        }
    }
}
