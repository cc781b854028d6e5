// A small server's worth of work with a known answer: `shop REQUESTS` handles that many requests and ends.
struct Item: Equatable {
    var name: String
    var price: Int
}

@inline(never) private func skipSpaces(_ bytes: [UInt8], _ at: inout Int) {
    while at < bytes.count, bytes[at] == 32 { at += 1 }
}

@inline(never) func number(_ bytes: [UInt8], _ at: inout Int) -> Int {
    var value = 0
    #if SLOW
        // The regression: every digit is read again from the start of the number.
        let start = at
        while at < bytes.count, bytes[at] >= 48, bytes[at] <= 57 {
            value = 0
            var index = start
            while index <= at {
                value = value &* 10 &+ Int(bytes[index] &- 48)
                index += 1
            }
            at += 1
        }
    #else
        while at < bytes.count, bytes[at] >= 48, bytes[at] <= 57 {
            value = value &* 10 &+ Int(bytes[at] &- 48)
            at += 1
        }
    #endif
    return value
}

struct Decoder {
    @inline(never) func decode(_ bytes: [UInt8]) -> [Int] {
        var result: [Int] = []
        var at = 0
        while at < bytes.count {
            skipSpaces(bytes, &at)
            result.append(number(bytes, &at))
            at += 1
        }
        return result
    }
}

#if INLINED
    @inline(__always) func mix(_ value: UInt64) -> UInt64 {
        var value = value
        for _ in 0..<24 { value = (value ^ (value >> 29)) &* 0x9E37_79B9_7F4A_7C15 }
        return value
    }
#else
    @inline(never) func mix(_ value: UInt64) -> UInt64 {
        var value = value
        for _ in 0..<24 { value = (value ^ (value >> 29)) &* 0x9E37_79B9_7F4A_7C15 }
        return value
    }
#endif

struct Handler {
    let decoder = Decoder()

    @inline(never) mutating func parse(_ body: [UInt8]) -> [Int] {
        #if TEN
            // The regression: one request in three is decoded twice, which is a tenth of the whole.
            count &+= 1
            if count % 3 == 0 { _ = decoder.decode(body) }
        #endif
        return decoder.decode(body)
    }
    var count = 0

    @inline(never) func price(_ numbers: [Int]) -> UInt64 {
        #if RENAMED
            // A closure more: what was closure #1 is closure #2 from here on.
            let isEven: (Int) -> Bool = { $0 % 2 == 0 }
            let offset = numbers.first.map { isEven($0) ? 0 : 0 } ?? 0
            return numbers.reduce(UInt64(offset)) { $0 ^ mix(UInt64(truncatingIfNeeded: $1)) }
        #else
            return numbers.reduce(UInt64(0)) { $0 ^ mix(UInt64(truncatingIfNeeded: $1)) }
        #endif
    }

    @inline(never) func render(_ sum: UInt64, _ words: [String]) -> Int {
        var counts: [String: Int] = [:]
        for word in words { counts[word, default: 0] += Int(truncatingIfNeeded: sum & 7) }
        return counts.count
    }

    mutating func handle(_ body: [UInt8], _ words: [String]) -> Int { render(price(parse(body)), words) }
}

let requests = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1000
let body = (0..<400).map { String($0 * 7919 % 1_000_003) }.joined(separator: " ").utf8.map { $0 }
let words = (0..<60).map { "word\($0 % 23)" }
var handler = Handler()
var sum = 0
for _ in 0..<requests { sum &+= handler.handle(body, words) }
print(sum)
