import Dispatch
import Foundation

extension Workload {
    static let mix = Workload(
        name: "mix",
        summary: "what servers do: JSON, strings, dictionaries and sorting on Dispatch's threads",
        answer: "mixRound has the CPU time, in mixJSON, mixStrings, mixDictionaries and mixSorting as the truth says",
        options: [
            .init("ms", 3000, "how long it runs"),
            .init("threads", 2, "closures that run at once"),
            .init("rounds", 0, "fixed work instead: rounds in all; for comparing CPU time"),
        ]
    ) { settings in
        let deadline = Clock.monotonic() + settings.nanoseconds(fromMilliseconds: "ms")
        let rounds = settings["rounds"]
        let width = max(1, settings["threads"])
        let totals = Locked<[Int64]>([0, 0, 0, 0])
        let done = Locked(0)
        DispatchQueue.concurrentPerform(iterations: width) { worker in
            var round = worker
            while rounds > 0 ? round < rounds : Clock.monotonic() < deadline {
                let times = mixRound(round)
                totals.update { sums in for index in 0..<4 { sums[index] += times[index] } }
                done.update { $0 += 1 }
                round += width
            }
        }
        for (name, time) in zip(["mixJSON", "mixStrings", "mixDictionaries", "mixSorting"], totals.update { $0 }) {
            Truth.state("cpu_ns", name, time)
        }
        Truth.state("rounds", "mixRound", done.update { $0 })
        Truth.state("cpu_ns", "process", Clock.processCPU())
    }
}

struct Order: Codable, Hashable {
    var id: Int
    var customer: String
    var items: [Item]
    var placedAt: Double

    struct Item: Codable, Hashable {
        var name: String
        var count: Int
        var price: Double
    }

    init(_ number: Int) {
        id = number
        customer = "customer-\(number % 17)"
        items = (0..<8).map { Item(name: "item \(number &* $0 % 101)", count: $0, price: Double($0) * 1.25) }
        placedAt = Double(number) * 60
    }
}

/// One round; returns the CPU time of its four parts.
@inline(never)
func mixRound(_ round: Int) -> [Int64] {
    let orders = (0..<40).map { Order(round &* 31 &+ $0) }
    var marks = [Clock.threadCPU()]
    Sink.keep(UInt64(mixJSON(orders)))
    marks.append(Clock.threadCPU())
    Sink.keep(UInt64(mixStrings(orders)))
    marks.append(Clock.threadCPU())
    Sink.keep(UInt64(mixDictionaries(orders)))
    marks.append(Clock.threadCPU())
    Sink.keep(UInt64(mixSorting(orders)))
    marks.append(Clock.threadCPU())
    return zip(marks, marks.dropFirst()).map { $1 - $0 }
}

@inline(never)
func mixJSON(_ orders: [Order]) -> Int {
    do {
        let data = try JSONEncoder().encode(orders)
        return try JSONDecoder().decode([Order].self, from: data).count + data.count
    } catch {
        complain("JSON: \(error)")
        return 0
    }
}

@inline(never)
func mixStrings(_ orders: [Order]) -> Int {
    var length = 0
    for order in orders {
        let line = order.items.map { $0.name.uppercased() + ":" + String($0.price) }.joined(separator: ",")
        length += line.split(separator: ",").filter { $0.hasPrefix("ITEM 1") }.count
        length += String(format: "%08d %.2f", order.id, order.placedAt).utf8.count
    }
    return length
}

@inline(never)
func mixDictionaries(_ orders: [Order]) -> Int {
    var byCustomer: [String: [Order]] = [:]
    var seen: Set<Order> = []
    for order in orders {
        byCustomer[order.customer, default: []].append(order)
        seen.insert(order)
    }
    return byCustomer.values.reduce(seen.count) { $0 + $1.count }
}

@inline(never)
func mixSorting(_ orders: [Order]) -> Int {
    let items = orders.flatMap(\.items).sorted { ($0.name, $0.count) < ($1.name, $1.count) }
    return items.first?.count ?? 0
}
