import FoundationEssentials
import PerfLinux
import PerfModel
import Testing

@testable import PerfClients
@testable import PerfProbes

/// What servers say, and what nobody says.
@Suite("Redis answers")
struct RedisParserTests {
    @Test func info() throws {
        let info = RedisInfo(try RedisScene.text("7.0.15"))
        #expect(info.number("maxclients") == 10000)
        #expect(info.text("maxmemory_policy") == "noeviction")
        #expect(info.commands["ping"].map { $0.calls } == 1)
        #expect(info.databases[0] == RedisInfo.Database(keys: 2, expires: 1))
        #expect(info.mainThreadSeconds != nil && !info.isReplica)
        let sub = RedisInfo(
            "cmdstat_config|get:calls=3,usec=30,usec_per_call=10.00\r\nerrorstat_OOM:count=2\r\nx\r\n:y")
        #expect(sub.commands["config|get"] == RedisInfo.Command(calls: 3, microseconds: 30))
        #expect(sub.errors["OOM"] == 2)
        // Sizes of keys have the names of databases in front.
        #expect(RedisInfo("db0_distrib_strings_sizes:1=2").databases.isEmpty)
    }

    @Test func histogram() throws {
        func reply(_ calls: Int64, _ pairs: [Int64]) throws -> RedisHistogram {
            try #require(
                RedisHistogram(
                    .array([
                        .text("ping"),
                        .array([
                            .text("calls"), .integer(calls), .text("histogram_usec"),
                            .array(pairs.map { .integer($0) }),
                        ]),
                    ])))
        }
        let first = try reply(10, [1, 4, 2, 10])
        let last = try reply(110, [1, 14, 2, 30, 33, 110])
        #expect(last.median(since: first) == 33)
        #expect(last.median(since: last) == nil)
        #expect(try reply(20, [1, 14, 2, 20]).median(since: first) == 1)
        #expect(RedisHistogram(.array([]))?.calls == 0)
        #expect(RedisHistogram(.text("x")) == nil)
    }

    @Test("the slow log keeps what is new, counts what was lost, and forgets arguments")
    func slowLog() throws {
        let entry = try #require(
            RedisSlowEntry(
                .array([
                    .integer(7), .integer(1_700_000_000), .integer(12_345),
                    .array([.text("set"), .text("secret"), .text("hunter2")]), .text("10.0.0.9:1"), .text(""),
                ])))
        #expect(entry == RedisSlowEntry(id: 7, microseconds: 12_345, command: "SET", argumentCount: 2))
        var log = RedisSlowLog(before: [entry])
        log.add([entry])
        #expect(log.entries.isEmpty && log.lost == 0)
        let later = [10, 11].map { RedisSlowEntry(id: $0, microseconds: 1, command: "GET", argumentCount: 1) }
        log.add(later)
        log.add(later)
        #expect(log.entries.map(\.id) == [10, 11] && log.lost == 2)
        // An unknown command is whatever its client sent.
        let odd = RedisSlowEntry(.array([.integer(1), .integer(1), .integer(1), .array([.text("pass word")])]))
        #expect(odd?.command == "a command")
    }

    @Test func clientList() throws {
        let clients = try #require(
            RedisClients(
                """
                id=3 addr=10.0.0.9:51000 laddr=10.0.0.5:6379 fd=8 name= age=400 idle=350 flags=N omem=0 obl=0 cmd=get
                id=4 addr=10.0.0.8:51000 fd=9 name=x age=4 idle=400 flags=P omem=5000000 obl=16000 cmd=subscribe
                """))
        #expect(clients.count == 2 && clients.idle == 1)
        #expect(clients.largestClient == "10.0.0.8:51000" && clients.largestOutputBytes == 5_016_000)
        #expect(RedisClients("hello") == nil)
    }

    @Test("the cgroup of a server that runs here counts, another's process of that number does not")
    func memoryLimit() throws {
        let info = RedisInfo("total_system_memory:1000\nprocess_id:77")
        let files = HostFiles(root: RedisScene.directory.appending(path: "host").path)
        #expect(RedisMemoryLimit(info, isHere: true, files: files) == RedisMemoryLimit(bytes: 400, source: .cgroup))
        #expect(RedisMemoryLimit(info, isHere: false, files: files) == RedisMemoryLimit(bytes: 1000, source: .host))
        let other = RedisInfo("total_system_memory:1000\nprocess_id:1")
        #expect(RedisMemoryLimit(other, isHere: true, files: files) == RedisMemoryLimit(bytes: 1000, source: .host))
        #expect(RedisMemoryLimit(RedisInfo(""), isHere: true, files: files) == nil)
    }

    @Test("no text of a server ends the program")
    func fuzz() throws {
        var random = RedisRandom(seed: 0x5eed)
        let texts = try ["7.0.15", "6.2.5"].map { Array(try RedisScene.text($0).utf8) }
        let numbers = ["18446744073709551615", "-1", "9223372036854775807", "nan", "1e999", ""].map { Array($0.utf8) }
        for round in 0..<300 {
            var bytes = texts[round % texts.count]
            for _ in 0..<(1 + round % 20) {
                let place = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 4 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int(random.next() % 40)))
                case 2: bytes.insert(contentsOf: numbers[Int(random.next() % 6)], at: place)
                default: bytes.insert(contentsOf: Array(":=,\n".utf8), at: place)
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            var scene = RedisScene()
            scene.client.count = Int.max
            var observation = try scene.observation()
            observation.last.info = .available(RedisInfo(text))
            if round.isMultiple(of: 2) { observation.first.info = .available(RedisInfo(text)) }
            _ = observation.report(thresholds: [:])
            _ = RedisClients(text)
        }
    }

    @Test("no answer of another form ends the program")
    func fuzzReplies() {
        var random = RedisRandom(seed: 7)
        func reply(_ depth: Int) -> RedisReply {
            switch random.next() % (depth > 3 ? 5 : 7) {
            case 0: return .null
            case 1: return .integer(Int64(bitPattern: random.next()))
            case 2: return .integer(Int64(random.next() % 100))
            case 3: return .text(["calls", "histogram_usec", "ping", "", "\u{0}"][Int(random.next() % 5)])
            case 4: return .status("OK")
            default: return .array((0..<Int(random.next() % 7)).map { _ in reply(depth + 1) })
            }
        }
        for _ in 0..<3000 {
            let any = reply(0)
            if let one = RedisHistogram(any), let other = RedisHistogram(reply(0)) { _ = one.median(since: other) }
            _ = RedisLatencyEvent.all(any)
            _ = any.pairs
            if let entries = RedisSlowEntry.all(any) {
                var log = RedisSlowLog(before: entries)
                log.add(RedisSlowEntry.all(reply(0)) ?? entries)
            }
        }
    }
}

/// The same numbers in every run (SplitMix64).
struct RedisRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
