import PerfModel
import Testing

@testable import PerfClients

/// hiredis' reader with our replies, on what servers say and on what nobody says.
@Suite("Redis reader", .enabled(if: RedisReader() != nil, "hiredis is not installed: apt-get install libhiredis0.14"))
struct RedisReaderTests {
    private func read(_ text: String, limit: Int = 1 << 20) throws -> RedisReply? {
        let reader = try #require(RedisReader())
        return reader.feed(Array(text.utf8), limit: limit) == true ? reader.reply() : nil
    }

    @Test func kinds() throws {
        #expect(try read("+PONG\r\n") == .status("PONG"))
        #expect(try read("-ERR no\r\n") == .error("ERR no"))
        #expect(try read(":-7\r\n") == .integer(-7))
        #expect(try read("$5\r\na\r\nbc\r\n") == .text("a\r\nbc"))
        #expect(try read("$0\r\n\r\n") == .text(""))
        #expect(try read("$-1\r\n") == .null)
        #expect(try read("*-1\r\n") == .null)
        #expect(try read("*0\r\n") == .array([]))
        #expect(
            try read("*3\r\n$1\r\na\r\n*2\r\n:1\r\n$-1\r\n+x\r\n")
                == .array([.text("a"), .array([.integer(1), .null]), .status("x")]))
    }

    @Test("an answer may come a byte at a time, and the next one after it")
    func pieces() throws {
        let reader = try #require(RedisReader())
        for answer in ["*2\r\n$3\r\nabc\r\n:5\r\n", "+OK\r\n"] {
            let bytes = Array(answer.utf8)
            for byte in bytes.dropLast() { #expect(reader.feed([byte], limit: 1000) == false) }
            #expect(reader.feed([0x0a], limit: 1000) == true)
            #expect(reader.reply() == (answer == "+OK\r\n" ? .status("OK") : .array([.text("abc"), .integer(5)])))
        }
    }

    @Test(
        "what is too large, too deep or wrong is refused before it is believed",
        arguments: [
            "*1000000\r\n", "*2147483647\r\n", "*99999999999999999999\r\n", "$99999999999999999999\r\n", "$-2\r\n",
            "?", ":1x\r\n", "*-2\r\n", "HTTP/1.1 400 Bad Request\r\n",
        ])
    func refused(text: String) throws {
        let reader = try #require(RedisReader())
        #expect(reader.feed(Array(text.utf8), limit: 65536) == nil)
        #expect(reader.reply() == nil || !reader.message.isEmpty)
    }

    @Test("a text that never ends is cut off at the limit")
    func endless() throws {
        let reader = try #require(RedisReader())
        #expect(reader.feed(Array("$1000000\r\n".utf8), limit: 65536) == false)
        var isOver = false
        for _ in 0..<100 where !isOver {
            isOver = reader.feed([UInt8](repeating: 120, count: 1000), limit: 65536) == nil
        }
        #expect(isOver)
    }

    @Test("no bytes end the program")
    func fuzz() throws {
        let seeds = [
            "*3\r\n$1\r\na\r\n*2\r\n:1\r\n$-1\r\n+x\r\n", "$12\r\nhello world!\r\n",
            "*2\r\n*2\r\n*1\r\n:1\r\n$3\r\nabc\r\n-E\r\n",
        ].map { Array($0.utf8) }
        var state: UInt64 = 42
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for round in 0..<20_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0...random(4) {
                let place = random(bytes.count)
                switch random(4) {
                case 0: bytes[place] = UInt8(random(256))
                case 1: bytes.insert(Array("*$:+-0123456789\r\n".utf8)[random(17)], at: place)
                case 2 where bytes.count > 2: bytes.remove(at: place)
                default: bytes.insert(contentsOf: seeds[random(3)], at: place)
                }
            }
            let reader = try #require(RedisReader())
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = min(rest.count, 1 + random(9))
                guard let isWhole = reader.feed(Array(rest.prefix(count)), limit: 4096) else { break }
                if isWhole { _ = reader.reply() }
                rest = rest.dropFirst(count)
            }
        }
    }

    @Test("commands are arrays of texts, and their names have no passwords")
    func commands() {
        #expect(RedisCommand.ping.bytes == Array("*1\r\n$4\r\nPING\r\n".utf8))
        let login = RedisCommand.authenticate(user: "ann", password: "pä\r\nss")
        #expect(login.bytes == Array("*3\r\n$4\r\nAUTH\r\n$3\r\nann\r\n$7\r\npä\r\nss\r\n".utf8))
        #expect(login.name == "AUTH")
    }
}
