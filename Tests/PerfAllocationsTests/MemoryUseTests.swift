import PerfAllocations
import PerfModel
import Testing

@Suite("memory of a process")
struct MemoryUseTests {
    private static let smaps = """
        55d0c0000000-55d0c0021000 rw-p 00000000 00:00 0                          [heap]
        Size:                132 kB
        Rss:                 100 kB
        Pss:                 100 kB
        Anonymous:           100 kB
        Swap:                  8 kB
        7f0000000000-7f0000200000 rw-p 00000000 00:00 0
        Size:               2048 kB
        Rss:                1024 kB
        Pss:                1024 kB
        Anonymous:          1024 kB
        7f1000000000-7f1000001000 ---p 00000000 00:00 0
        Size:                  4 kB
        Rss:                   0 kB
        7f1000001000-7f1000801000 rw-p 00000000 00:00 0
        Size:               8192 kB
        Rss:                  16 kB
        Pss:                  16 kB
        Anonymous:            16 kB
        7f2000000000-7f2000100000 r-xp 00001000 08:01 42                         /usr/lib/libx.so (deleted)
        Size:               1024 kB
        Rss:                 512 kB
        Pss:                  64 kB
        7f3000000000-7f3000100000 rw-s 00000000 00:01 9                          /memfd:perfdoctor-heap (deleted)
        Size:               1024 kB
        Rss:                 300 kB
        Pss:                 150 kB
        7f4000000000-7f4000100000 rw-s 00000000 00:01 9                          /dev/shm/shared
        Rss:                  20 kB
        7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]
        Rss:                  24 kB
        garbage
        Rss: kB
        Rss:  18446744073709551615 kB
        """

    @Test("is told apart by what backs it, and what the tracker takes is left out")
    func kinds() {
        let use = MemoryUse(smaps: Array(Self.smaps.utf8))
        #expect(use.heap == 1124 << 10)
        #expect(use.heapMapped == (132 + 2048) << 10)
        #expect(use.stacks == 40 << 10)
        #expect(use.file == 512 << 10)
        #expect(use.shared == 20 << 10)
        #expect(use.tracker == 300 << 10)
        #expect(use.swapped == 8 << 10)
        #expect(use.anonymous == 1140 << 10)
        #expect(use.resident == use.heap + use.stacks + use.file + use.shared + use.mapped)
    }

    @Test("any bytes are read without harm")
    func fuzz() {
        var random = Generator(state: 7)
        let alphabet = Array("0123456789abcdef-:[]/ rwxp\nRssPkBSize\u{0}".utf8)
        for _ in 0..<2000 {
            var bytes = Array(Self.smaps.utf8)
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] =
                    alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
            let use = MemoryUse(smaps: bytes)
            // Each range is of one kind, whatever its numbers are: sums wrap around together.
            #expect(use.heap &+ use.stacks &+ use.mapped &+ use.shared &+ use.file == use.resident)
        }
    }
}

/// Numbers that are the same in every run.
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
