/// Writes records as the kernel lays them out (perf_event_open(2)), for tests.
enum RecordBytes {
    /// The trailer that `sample_id_all` adds to records that are no samples.
    static func trailer(pid: Int32 = 1, tid: Int32 = 1, time: UInt64, cpu: UInt32 = 0, id: UInt64 = 1) -> [UInt8] {
        little(pid) + little(tid) + little(time) + little(cpu) + little(UInt32(0)) + little(id)
    }

    static func record(type: UInt32, flags: UInt16 = 0, _ body: [UInt8]) -> [UInt8] {
        let size = UInt16(truncatingIfNeeded: body.count + 8)
        return little(type) + little(flags) + little(size) + body
    }

    /// A text that ends with a zero byte and fills words of eight bytes.
    static func text(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: 8 - bytes.count % 8)
    }

    static func named(pid: Int32, tid: Int32, _ name: String, isExec: Bool = false, time: UInt64) -> [UInt8] {
        record(
            type: 3, flags: isExec ? 1 << 13 : 0,
            little(pid) + little(tid) + text(Array(name.utf8)) + trailer(pid: pid, tid: tid, time: time)
        )
    }

    static func task(type: UInt32, pid: Int32, parent: Int32, tid: Int32, parentThread: Int32, time: UInt64) -> [UInt8]
    {
        record(
            type: type,
            little(pid) + little(parent) + little(tid) + little(parentThread) + little(time)
                + trailer(pid: pid, tid: tid, time: time)
        )
    }

    static func forked(pid: Int32, parent: Int32, tid: Int32, parentThread: Int32, time: UInt64) -> [UInt8] {
        task(type: 7, pid: pid, parent: parent, tid: tid, parentThread: parentThread, time: time)
    }

    static func exited(pid: Int32, tid: Int32, time: UInt64) -> [UInt8] {
        task(type: 4, pid: pid, parent: 1, tid: tid, parentThread: 1, time: time)
    }

    /// MMAP2; identity is 24 bytes: device, inode and generation, or a build ID with its size.
    static func mapped(
        pid: Int32, start: UInt64, length: UInt64, offset: UInt64 = 0, path: [UInt8], protection: UInt32 = 5,
        flags: UInt16 = 0, identity: [UInt8] = inode(1, 2, 3), time: UInt64
    ) -> [UInt8] {
        let place = little(pid) + little(pid) + little(start) + little(length) + little(offset)
        return record(
            type: 10, flags: flags,
            place + identity + little(protection) + little(UInt32(2)) + text(path)
                + trailer(pid: pid, tid: pid, time: time)
        )
    }

    static func inode(_ major: UInt32, _ minor: UInt32, _ number: UInt64) -> [UInt8] {
        little(major) + little(minor) + little(number) + little(UInt64(0))
    }

    static func buildID(_ bytes: [UInt8], size: UInt8? = nil) -> [UInt8] {
        let kept = bytes.prefix(20)
        return [size ?? UInt8(kept.count), 0, 0, 0] + kept + [UInt8](repeating: 0, count: 20 - kept.count)
    }

    /// What a sample holds; nil parts are left out as for an event that did not ask for them.
    struct Sample {
        var id: UInt64 = 1
        var address: UInt64 = 0x1234
        var pid: Int32 = 7
        var tid: Int32 = 7
        var time: UInt64 = 100
        var period: UInt64 = 1_000_000
        var callchain: [UInt64] = []
        /// With the register ABI; empty registers stand for a thread without user state.
        var user: (abi: UInt64, registers: [UInt64])?
        var stack: [UInt8] = []
        var usedStack: UInt64?

        var bytes: [UInt8] {
            var body =
                little(id) + little(address) + little(pid) + little(tid) + little(time) + little(UInt64(0))
                + little(period) + little(UInt64(callchain.count)) + callchain.flatMap { little($0) }
            if let user {
                body += little(user.abi) + user.registers.flatMap { little($0) } + little(UInt64(stack.count)) + stack
                if !stack.isEmpty { body += little(usedStack ?? UInt64(stack.count)) }
            }
            return record(type: 9, flags: 2, body)
        }
    }

    static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        (0..<MemoryLayout<Value>.size).map { UInt8(truncatingIfNeeded: value >> Value(8 * $0)) }
    }
}

/// Random numbers that are the same in each run (SplitMix64).
struct FixedRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
