import Glibc

extension Workload {
    static let leaves = Workload(
        name: "leaves",
        summary: "time that is spent in C leaf functions: memcpy, malloc and free, strlen",
        answer: "copyLeaves, allocateLeaves and measureLeaves have what the truth says; the C library is the leaf",
        options: [
            .init("ms", 2000, "how long it runs"),
            .init("rounds", 0, "fixed work instead; for comparing CPU time"),
        ]
    ) { settings in
        let deadline = Clock.monotonic() + settings.nanoseconds(fromMilliseconds: "ms")
        let rounds = settings["rounds"]
        var buffers = Buffers()
        var times: [Int64] = [0, 0, 0]
        var round = 0
        while rounds > 0 ? round < rounds : Clock.monotonic() < deadline {
            let start = Clock.threadCPU()
            copyLeaves(&buffers)
            let afterCopy = Clock.threadCPU()
            Sink.keep(UInt64(allocateLeaves(round)))
            let afterAllocate = Clock.threadCPU()
            Sink.keep(UInt64(measureLeaves(buffers)))
            times[0] += afterCopy - start
            times[1] += afterAllocate - afterCopy
            times[2] += Clock.threadCPU() - afterAllocate
            round += 1
        }
        for (name, time) in zip(["copyLeaves", "allocateLeaves", "measureLeaves"], times) {
            Truth.state("cpu_ns", name, time)
        }
    }
}

struct Buffers {
    var source = [CChar](repeating: 65, count: 1 << 18)
    var target = [CChar](repeating: 0, count: 1 << 18)

    init() { source[source.count - 1] = 0 }
}

@inline(never)
func copyLeaves(_ buffers: inout Buffers) {
    // SAFETY: both arrays have the same size and do not overlap; the pointers stay inside the closures.
    unsafe buffers.source.withUnsafeBytes { source in
        unsafe buffers.target.withUnsafeMutableBytes { target in
            guard let from = source.baseAddress, let to = target.baseAddress else { return }
            for _ in 0..<40 { _ = unsafe memcpy(to, from, source.count) }
        }
    }
}

@inline(never)
func allocateLeaves(_ round: Int) -> Int {
    // The ring holds 64 blocks: a block that is freed where it was made would be optimized away.
    var ring = unsafe [UnsafeMutableRawPointer?](repeating: nil, count: 64)
    for step in 0..<20_000 {
        // SAFETY: the ring owns its blocks; each is freed once, here or below.
        unsafe free(ring[step % 64])
        unsafe ring[step % 64] = malloc(64 + (step &* 37 &+ round) % 4000)
    }
    for index in unsafe ring.indices { unsafe free(ring[index]) }
    return unsafe ring.count
}

@inline(never)
func measureLeaves(_ buffers: Buffers) -> Int {
    var length = 0
    // SAFETY: the last element is zero, so the text is terminated inside the array.
    unsafe buffers.source.withUnsafeBufferPointer { text in
        guard let start = text.baseAddress else { return }
        for offset in 0..<100 { length += unsafe strlen(start + offset) }
    }
    return length
}
