import Glibc

extension Workload {
    static let heap = Workload(
        name: "heap",
        summary: "objects of several types that live to the end, blocks that are freed at once, and a cache that grows",
        answer: "live_objects of each type, exactly; allocations and temporary blocks under each function, exactly",
        options: [
            .init("count", 1000, "objects of each type"),
            .init("churn", 100_000, "blocks that are freed at once"),
            .init("grow-ms", 0, "how long a cache grows"),
            .init("exit", text: "return", "how it ends: return, _exit, kill, abort"),
        ]
    ) { settings in
        let count = settings["count"]
        HeapKeeper.shared.fill(count)
        churnBlocks(settings["churn"])
        growBlock(to: 1 << 20)
        HeapKeeper.shared.grow(until: Clock.monotonic() + settings.nanoseconds(fromMilliseconds: "grow-ms"))
        for (type, objects) in HeapKeeper.shared.truth(count) { Truth.state("live_objects", type, objects) }
        Truth.state("allocations", "makeNode", count)
        Truth.state("allocations", "churnBlocks", settings["churn"])
        Truth.state("temporary", "churnBlocks", settings["churn"])
        Truth.state("allocations", "growBlock", 11)
        fflush(nil)
        switch settings[text: "exit"] {
        case "_exit": _exit(0)
        case "kill": kill(getpid(), SIGKILL)
        case "abort":
            signal(SIGABRT, SIG_DFL)
            abort()
        default: return
        }
    }
}

/// Objects whose number is known.
private final class HeapNode {
    let number: Int
    init(_ number: Int) { self.number = number }
}

private final class HeapBox<Value> {
    let value: Value
    init(_ value: Value) { self.value = value }
}

private protocol HeapShape {
    var area: Double { get }
}

/// Too large for the inline buffer of an existential: each is boxed.
private struct HeapRectangle: HeapShape {
    var area: Double
    var corners: (Double, Double, Double, Double)
}

// Unchecked: one thread uses it.
private final class HeapKeeper: @unchecked Sendable {
    static let shared = HeapKeeper()

    private var nodes: [HeapNode] = []
    private var boxes: [HeapBox<Int>] = []
    private var lists: [[Int16]] = []
    private var tables: [[UInt8: UInt8]] = []
    private var texts: [String] = []
    private var closures: [() -> Int] = []
    private var shapes: [any HeapShape] = []
    private var cache: [Int: HeapNode] = [:]

    @inline(never)
    func fill(_ count: Int) {
        for number in 0..<count {
            nodes.append(makeNode(number))
            boxes.append(makeBox(number))
            lists.append(makeList(number))
            tables.append(makeTable(number))
            texts.append(makeText(number))
            closures.append(makeClosure(nodes[number], number))
            shapes.append(makeShape(number))
        }
    }

    /// Adds an entry every 100 µs, and never removes one.
    @inline(never)
    func grow(until end: Int64) {
        var key = 0
        while Clock.monotonic() < end {
            cache[key] = HeapNode(key)
            key += 1
            usleep(100)
        }
        Truth.state("cache", "entries", key)
    }

    func truth(_ count: Int) -> [(String, Int)] {
        Sink.keep(UInt64(nodes.count + boxes.count + lists.count + tables.count + texts.count))
        Sink.keep(UInt64(closures.reduce(0) { $0 &+ $1() } & 1))
        Sink.keep(UInt64(shapes.reduce(0) { $0 + $1.area } > 0 ? 1 : 0))
        return [
            ("HeapNode", count + cache.count), ("HeapBox<Swift.Int>", count),
            ("_ContiguousArrayStorage<Swift.Int16>", count), ("_DictionaryStorage<Swift.UInt8,Swift.UInt8>", count),
            ("__StringStorage", count),
        ]
    }
}

@inline(never)
private func makeNode(_ number: Int) -> HeapNode { HeapNode(number) }

@inline(never)
private func makeBox(_ number: Int) -> HeapBox<Int> { HeapBox(number) }

@inline(never)
private func makeList(_ number: Int) -> [Int16] { [Int16](repeating: Int16(truncatingIfNeeded: number), count: 50) }

@inline(never)
private func makeTable(_ number: Int) -> [UInt8: UInt8] { [UInt8(truncatingIfNeeded: number): 1] }

@inline(never)
private func makeText(_ number: Int) -> String {
    var text = "a text that is too long to be kept in place, number "
    text += String(number)
    return text
}

@inline(never)
private func makeClosure(_ node: HeapNode, _ number: Int) -> () -> Int { { node.number &+ number } }

@inline(never)
private func makeShape(_ number: Int) -> any HeapShape {
    HeapRectangle(area: Double(number), corners: (0, 1, 2, 3))
}

/// Each block is freed by the next heap call.
@inline(never)
private func churnBlocks(_ count: Int) {
    for number in 0..<count {
        // SAFETY: 100 bytes are allocated, the first one is written, and the block is freed once.
        let block = UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 8)
        unsafe block.storeBytes(of: UInt8(truncatingIfNeeded: number), as: UInt8.self)
        Sink.keep(UInt64(UInt(bitPattern: block)) & 1)
        unsafe block.deallocate()
    }
}

/// One block, from 1 KiB on doubled by realloc until it has `size` bytes, and freed.
@inline(never)
private func growBlock(to size: Int) {
    var bytes = 1024
    // SAFETY: every pointer that realloc gave replaces the one before; the last one is freed.
    var block = unsafe malloc(bytes)
    while bytes < size {
        bytes *= 2
        unsafe block = realloc(block, bytes)
        Sink.keep(UInt64(UInt(bitPattern: block)) & 1)
    }
    unsafe free(block)
}
