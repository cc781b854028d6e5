// Reads records in a JSON-like text into dictionaries and sums them up: `ledger ROUNDS`. Its hash seeds are random, so
// that every run lays its tables out anew. With SLOWER, one record in six is read twice.
enum Value {
    case number(Int)
    case text(String)
    case list([Value])
    case record([String: Value])
}

struct Parser {
    let bytes: [UInt8]
    var at = 0
    var records = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    @inline(never) mutating func skip(_ byte: UInt8) {
        while at < bytes.count, bytes[at] == 32 || bytes[at] == byte { at += 1 }
    }

    @inline(never) mutating func string() -> String {
        at += 1
        let start = at
        while bytes[at] != 34 { at += 1 }
        at += 1
        return String(decoding: bytes[start..<(at - 1)], as: UTF8.self)
    }

    @inline(never) mutating func number() -> Int {
        var value = 0
        while at < bytes.count, bytes[at] >= 48, bytes[at] <= 57 {
            value = value &* 10 &+ Int(bytes[at] &- 48)
            at += 1
        }
        return value
    }

    @inline(never) mutating func record() -> [String: Value] {
        var fields: [String: Value] = [:]
        at += 1
        while bytes[at] != 125 {
            skip(44)
            let key = string()
            skip(58)
            fields[key] = value()
            skip(44)
        }
        at += 1
        return fields
    }

    @inline(never) mutating func list() -> [Value] {
        var values: [Value] = []
        at += 1
        while bytes[at] != 93 {
            skip(44)
            values.append(value())
            skip(44)
        }
        at += 1
        return values
    }

    mutating func value() -> Value {
        switch bytes[at] {
        case 34: return .text(string())
        case 91: return .list(list())
        case 123:
            records &+= 1
            #if SLOWER
                if records % 6 == 0 {
                    let start = at
                    _ = record()
                    at = start
                }
            #endif
            return .record(record())
        default: return .number(number())
        }
    }
}

@inline(never) func document(_ count: Int) -> String {
    let records = (0..<count).map { index in
        #"{"id": \#(index), "account": "account \#(index * 7919 % 977)", "amount": \#(index * 104_729 % 10_007),"#
            + #" "note": "paid by transfer \#(index)", "days": [\#(index % 31), \#(index % 12), 2024]}"#
    }
    return "[" + records.joined(separator: ", ") + "]"
}

@inline(never) func balances(_ value: Value) -> [String: Int] {
    var sums: [String: Int] = [:]
    guard case .list(let records) = value else { return sums }
    for case .record(let fields) in records {
        guard case .text(let account)? = fields["account"], case .number(let amount)? = fields["amount"] else { continue }
        for month in 0..<3 { sums["\(account)/\(month)", default: 0] += amount }
    }
    return sums
}

@inline(never) func digest(_ sums: [String: Int]) -> UInt64 {
    var hash: UInt64 = 14_695_981_039_346_656_037
    for (account, sum) in sums.sorted(by: { $0.key < $1.key }) {
        for byte in account.utf8 { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
        hash ^= UInt64(truncatingIfNeeded: sum)
    }
    return hash
}

let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 10
let text = document(2000)
var result: UInt64 = 0
for _ in 0..<rounds {
    var parser = Parser(text)
    result &+= digest(balances(parser.value()))
}
print(result)
