import Testing

@testable import PerfSampling

@Suite("Kernel types")
struct KernelTypesTests {
    /// Writes BTF.
    private struct Writer {
        var types: [UInt8] = []
        var strings: [UInt8] = [0]
        var count: UInt32 = 0

        private func bytes(_ value: UInt32) -> [UInt8] {
            (0..<4 as Range<UInt32>).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }

        mutating func name(_ text: String) -> UInt32 {
            guard !text.isEmpty else { return 0 }
            strings += Array(text.utf8) + [0]
            return UInt32(strings.count - text.utf8.count - 1)
        }

        mutating func add(_ name: String, kind: UInt32, length: UInt32 = 0, size: UInt32 = 0, rest: [UInt32] = [])
            -> UInt32
        {
            for value in [self.name(name), kind << 24 | length, size] + rest { types += bytes(value) }
            count += 1
            return count
        }

        /// Members with their types and offsets in bytes.
        mutating func structure(_ text: String, kind: UInt32 = 4, _ members: [(String, UInt32, UInt32)]) -> UInt32 {
            var rest: [UInt32] = []
            for (member, type, offset) in members { rest += [name(member), type, offset * 8] }
            return add(text, kind: kind, length: UInt32(members.count), size: 4096, rest: rest)
        }

        var file: [UInt8] {
            let header: [UInt32] = [24, 0, UInt32(types.count), UInt32(types.count), UInt32(strings.count)]
            return [0x9F, 0xEB, 1, 0] + header.flatMap(bytes) + types + strings
        }
    }

    /// A kernel with everything that the programs read.
    private static let file: [UInt8] = {
        var writer = Writer()
        let int = writer.add("int", kind: 1, size: 4, rest: [32])
        _ = writer.add("", kind: 3, rest: [int, int, 4])
        _ = writer.add("color", kind: 6, length: 2, size: 4, rest: [0, 0, 0, 1])
        _ = writer.add("", kind: 13, length: 1, size: 0, rest: [0, int])
        let thread = writer.structure("thread_struct", [("tls", int, 0), ("sp", int, 24)])
        let inner = writer.structure(
            "", kind: 5, [("start_code", int, 8), ("end_code", int, 16), ("mmap_base", int, 24)])
        _ = writer.structure("mm_struct", [("first", int, 0), ("", inner, 64)])
        _ = writer.structure(
            "task_struct",
            [
                ("__state", int, 24), ("stack", int, 32), ("flags", int, 44), ("mm", int, 900), ("pid", int, 1264),
                ("tgid", int, 1268), ("thread", thread, 3000),
            ])
        _ = writer.add("__preempt_count", kind: 14, size: int, rest: [1])
        for name in ["switch", "waking", "process_fork", "process_exec", "process_exit"] {
            _ = writer.add("btf_trace_sched_\(name)", kind: 8, size: int)
        }
        return writer.file
    }()

    static var kernel: KernelTypes {
        get throws { try #require(KernelTypes(parsing: file)) }
    }

    @Test("types, members and members of anonymous members are found")
    func members() throws {
        let types = try Self.kernel
        let task = try #require(types.type(.structure, named: "task_struct"))
        #expect(types.member("tgid", of: task)?.offset == 1268)
        #expect(types.member("nothing", of: task) == nil)
        #expect(types.type(.structure, named: "task") == nil)
        #expect(types.type(.typedef, named: "task_struct") == nil)
        let layout = try #require(KernelLayout(types))
        #expect(layout.stackPointer == 3024)
        #expect(layout.codeEnd == 80)
        #expect(layout.preemption?.offset == 0)
    }

    @Test("bytes that are cut are not read beyond their end")
    func cut() {
        for length in stride(from: 0, to: Self.file.count, by: 7) {
            if let types = KernelTypes(parsing: Array(Self.file[..<length])) {
                #expect(KernelLayout(types) == nil || length > Self.file.count - 64)
            }
        }
    }
}

@Suite("Code granules")
struct CodeGranulesTests {
    @Test("two ranges hold all regions, without the largest gap")
    func ranges() {
        let (first, second) = CodeGranules.twoRanges([700..<800, 10..<20, 30..<40, 900..<950])
        #expect(first == 10..<40)
        #expect(second == 700..<950)
    }

    @Test("regions without a gap are one range")
    func one() {
        let (first, second) = CodeGranules.twoRanges([10..<20, 20..<30])
        #expect(first == 10..<30)
        #expect(second.isEmpty)
    }
}
