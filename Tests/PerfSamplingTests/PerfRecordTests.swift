import PerfModel
import Testing

@testable import PerfSampling

@Suite("perf records")
struct PerfRecordTests {
    /// Parses bytes of a record that tells of processes.
    private func parse(_ bytes: [UInt8]) -> (time: UInt64, record: ProcessRecord)? {
        // SAFETY: the buffer is used during the call only.
        unsafe bytes.withUnsafeBytes { unsafe ProcessRecord.parse(PerfRecordBytes($0)) }
    }

    /// What a sample holds, copied out of the record.
    private struct Read: Equatable {
        var pid: Int32
        var tid: Int32
        var time: UInt64
        var period: UInt64
        var callchain: [UInt64]
        var registers: Int
        var stack: [UInt8]
        var isCut: Bool
        var is32Bit: Bool
    }

    private func parseSample(_ bytes: [UInt8], hasStack: Bool) -> Read? {
        // SAFETY: the sample does not leave the call.
        unsafe bytes.withUnsafeBytes { raw in
            guard let sample = unsafe PerfSample(PerfRecordBytes(raw), hasStack: hasStack) else { return nil }
            return unsafe Read(
                pid: sample.pid, tid: sample.tid, time: sample.time, period: sample.period,
                callchain: Array(sample.callchain), registers: sample.registers.count, stack: Array(sample.stack),
                isCut: sample.isStackCut, is32Bit: sample.isUser32Bit
            )
        }
    }

    private static let registers = (0..<20).map { UInt64($0) }

    @Test("a sample without user state has a callchain only")
    func sampleWithoutStack() throws {
        var sample = RecordBytes.Sample()
        sample.callchain = [1, 2, 3]
        let read = try #require(parseSample(sample.bytes, hasStack: false))
        #expect(read.callchain == [1, 2, 3])
        #expect(read.registers == 0 && read.stack.isEmpty && !read.isCut)
        #expect(read.pid == 7 && read.time == 100 && read.period == 1_000_000)
    }

    @Test("a sample with registers and stack has as much stack as was copied")
    func sampleWithStack() throws {
        var sample = RecordBytes.Sample()
        sample.callchain = [9]
        sample.user = (2, Self.registers)
        sample.stack = (0..<64).map { UInt8($0) }
        sample.usedStack = 24
        var read = try #require(parseSample(sample.bytes, hasStack: true))
        #expect(read.registers == 20)
        #expect(read.stack == Array(sample.stack.prefix(24)))
        #expect(!read.isCut)
        sample.usedStack = 64
        read = try #require(parseSample(sample.bytes, hasStack: true))
        #expect(read.isCut)
        sample.user = (1, Self.registers)
        read = try #require(parseSample(sample.bytes, hasStack: true))
        #expect(read.is32Bit && read.registers == 0)
    }

    @Test("a thread without user state has neither registers nor stack")
    func noUserState() throws {
        var sample = RecordBytes.Sample()
        sample.user = (0, [])
        let read = try #require(parseSample(sample.bytes, hasStack: true))
        #expect(read.registers == 0 && read.stack.isEmpty)
    }

    @Test("samples whose counts point outside are refused")
    func hostileSamples() {
        var sample = RecordBytes.Sample()
        sample.callchain = [1, 2]
        sample.user = (2, Self.registers)
        sample.stack = [UInt8](repeating: 1, count: 16)
        let bytes = sample.bytes
        for cut in stride(from: 8, to: bytes.count, by: 8) {
            #expect(parseSample(Array(bytes.prefix(cut)), hasStack: true) == nil, "cut at \(cut)")
        }
        // The callchain's length, the stack's size and how much of it was used.
        for (offset, value) in [(56, UInt64.max), (56, 1 << 61), (56 + 8 * 3 + 8 * 21, .max), (bytes.count - 8, 17)] {
            var changed = bytes
            changed.replaceSubrange(offset..<offset + 8, with: RecordBytes.little(value))
            #expect(parseSample(changed, hasStack: true) == nil, "offset \(offset)")
        }
    }

    @Test("mappings carry the inode or the build ID of their file")
    func mappings() throws {
        let path = Array("/lib/a\nb (x) .so".utf8)
        let withInode = try #require(
            parse(
                RecordBytes.mapped(
                    pid: 5, start: 0x1000, length: 0x2000, offset: 0x3000, path: path,
                    identity: RecordBytes.inode(8, 1, 99), time: 42)))
        #expect(withInode.time == 42)
        #expect(
            withInode.record
                == .mapped(
                    PerfMapping(
                        pid: 5, start: CodeAddress(rawValue: 0x1000), end: CodeAddress(rawValue: 0x3000),
                        fileOffset: FileOffset(rawValue: 0x3000), path: "/lib/a\nb (x) .so",
                        identity: .inode(deviceMajor: 8, deviceMinor: 1, number: 99))))
        let id = (1...20).map { UInt8($0) }
        for (identity, expected) in [
            (RecordBytes.buildID(id), id), (RecordBytes.buildID(Array(id.prefix(7))), Array(id.prefix(7))),
            // A size that cannot be.
            (RecordBytes.buildID(id, size: 255), id),
        ] {
            let parsed = try #require(
                parse(
                    RecordBytes.mapped(
                        pid: 5, start: 0, length: 1, path: path, flags: 1 << 14, identity: identity, time: 1)))
            guard case .mapped(let mapping) = parsed.record else {
                Issue.record("not a mapping")
                continue
            }
            #expect(mapping.identity == .buildID(expected))
        }
    }

    @Test("mappings that are empty, not executable or run over the end of memory are left out")
    func uselessMappings() {
        let path = Array("/x".utf8)
        #expect(parse(RecordBytes.mapped(pid: 5, start: 1, length: 0, path: path, time: 1)) == nil)
        #expect(parse(RecordBytes.mapped(pid: 5, start: 1, length: 9, path: path, protection: 3, time: 1)) == nil)
        #expect(parse(RecordBytes.mapped(pid: 5, start: .max, length: 2, path: path, time: 1)) == nil)
    }

    @Test("threads begin, get names, execute and end")
    func threads() {
        #expect(
            parse(RecordBytes.forked(pid: 2, parent: 1, tid: 3, parentThread: 4, time: 9))?.record
                == .forked(pid: 2, parent: 1, tid: 3, parentThread: 4))
        #expect(parse(RecordBytes.exited(pid: 2, tid: 3, time: 9))?.record == .exited(pid: 2, tid: 3))
        #expect(
            parse(RecordBytes.named(pid: 2, tid: 3, "a)b\n\u{1B}[31m", time: 9))?.record
                == .named(pid: 2, tid: 3, name: "a)b\n\u{1B}[31m", isExec: false))
        #expect(
            parse(RecordBytes.named(pid: 2, tid: 2, "", isExec: true, time: 9))?.record
                == .named(pid: 2, tid: 2, name: "", isExec: true))
    }

    @Test("lost and throttled records are counted")
    func losses() {
        let trailer = RecordBytes.trailer(time: 3)
        let words = RecordBytes.little(UInt64(1)) + RecordBytes.little(UInt64(77))
        #expect(parse(RecordBytes.record(type: 2, words + trailer))?.record == .lost(77))
        #expect(parse(RecordBytes.record(type: 13, RecordBytes.little(UInt64(5)) + trailer))?.record == .lost(5))
        #expect(
            parse(RecordBytes.record(type: 5, words + RecordBytes.little(UInt64(0)) + trailer))?.record == .throttled)
        #expect(parse(RecordBytes.record(type: 6, words + trailer)) == nil)
        #expect(parse(RecordBytes.record(type: 9999, words + trailer)) == nil)
    }

    @Test("a path without its zero byte ends before the trailer")
    func unterminatedPath() throws {
        let body =
            RecordBytes.little(Int32(5)) + RecordBytes.little(Int32(6)) + Array("ABCDEFGH".utf8)
            + RecordBytes.trailer(time: 1)
        #expect(
            parse(RecordBytes.record(type: 3, body))?.record
                == .named(pid: 5, tid: 6, name: "ABCDEFGH", isExec: false))
    }

    @Test("no bytes make the parsers crash")
    func fuzz() {
        var random = FixedRandom(state: 20_260_101)
        var sample = RecordBytes.Sample()
        sample.callchain = [1, 2, 3]
        sample.user = (2, Self.registers)
        sample.stack = [UInt8](repeating: 7, count: 64)
        let seeds: [[UInt8]] = [
            sample.bytes,
            RecordBytes.mapped(pid: 5, start: 4096, length: 4096, path: Array("/x".utf8), flags: 1 << 14, time: 1),
            RecordBytes.named(pid: 1, tid: 2, "name", time: 3),
            RecordBytes.forked(pid: 2, parent: 1, tid: 3, parentThread: 4, time: 9),
        ]
        for round in 0..<20_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let count = Int.random(in: 0...bytes.count, using: &random)
            bytes = Array(bytes.prefix(round % 3 == 0 ? count : bytes.count))
            _ = parse(bytes)
            if let read = parseSample(bytes, hasStack: round % 2 == 0) {
                #expect(read.stack.count <= bytes.count && read.callchain.count * 8 <= bytes.count)
            }
        }
    }
}
