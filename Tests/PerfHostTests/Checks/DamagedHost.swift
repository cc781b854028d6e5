import PerfLinux
import PerfModel

@testable import PerfHost

/// Several scenes as one host, some of whose numbers are others.
final class DamagedHost: HostSource {
    private let scenes: [ReplayHost]
    private let random: FixedRandom

    init(_ scenes: [CheckScene], snapshot: Int, _ random: FixedRandom) throws {
        self.scenes = try scenes.map { try ReplayHost(directory: "\($0.directory)/t000\(snapshot)") }
        self.random = random
    }

    var lookCount: Int { scenes.map(\.lookCount).max() ?? 0 }

    /// What the first scene says that has it; what the last one says where none has.
    private func first<Value>(
        _ body: (ReplayHost) throws(SystemCallError) -> Value
    ) throws(SystemCallError) -> Value {
        for scene in scenes.dropLast() {
            do throws(SystemCallError) {
                return try body(scene)
            } catch {
                continue
            }
        }
        return try body(scenes[scenes.count - 1])
    }

    private static let extremes = [
        "0", "1", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551615",
        "99999999999999999999", "-1", "",
    ]

    /// One number of twelve becomes 0, a huge one, one that is too large, or none.
    private func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = bytes.startIndex
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        while index < bytes.endIndex {
            let end = bytes[index...].firstIndex { !digits.contains($0) } ?? bytes.endIndex
            if end == index {
                result.append(bytes[index])
                index += 1
            } else {
                if random.next() % 12 == 0 {
                    result += Array(Self.extremes[Int(random.next() % UInt64(Self.extremes.count))].utf8)
                } else {
                    result += bytes[index..<end]
                }
                index = end
            }
        }
        return result
    }

    func bytes(at path: String, limit: Int) throws(SystemCallError) -> [UInt8] {
        let bytes = try first { scene throws(SystemCallError) in try scene.bytes(at: path, limit: limit) }
        return Array(damaged(bytes).prefix(limit))
    }

    func processStat(_ pid: Int32, into buffer: inout [UInt8]) throws(SystemCallError) -> Int {
        let bytes = try bytes(at: "/proc/\(pid)/stat", limit: buffer.count)
        buffer.replaceSubrange(0..<bytes.count, with: bytes)
        return bytes.count
    }

    func names(in path: String) throws(SystemCallError) -> [String] {
        try first { scene throws(SystemCallError) in try scene.names(in: path) }
    }

    func numbers(in path: String) throws(SystemCallError) -> [Int32] {
        try first { scene throws(SystemCallError) in try scene.numbers(in: path) }
    }

    func linkTarget(of path: String) throws(SystemCallError) -> String {
        try first { scene throws(SystemCallError) in try scene.linkTarget(of: path) }
    }

    func space(at mountPoint: String) throws(SystemCallError) -> FileSystemSpace {
        var space = try first { scene throws(SystemCallError) in try scene.space(at: mountPoint) }
        if random.next() % 4 == 0 { space.free = random.next() }
        if random.next() % 4 == 0 { space.available = random.next() }
        if random.next() % 4 == 0 { space.inodesFree = random.next() }
        return space
    }

    func affinityCount(of pid: Int32) throws(SystemCallError) -> Int {
        try first { scene throws(SystemCallError) in try scene.affinityCount(of: pid) }
    }

    func delays(of tid: Int32) throws(SystemCallError) -> TaskDelays {
        try first { scene throws(SystemCallError) in try scene.delays(of: tid) }
    }

    func reason(of wait: KernelWait, thread: WaitingThread) -> WaitReason {
        scenes.lazy.map { $0.reason(of: wait, thread: thread) }.first { $0 != .unknown } ?? .unknown
    }

    func peer(of wait: KernelWait, thread: WaitingThread) -> WaitPeer? {
        scenes.lazy.compactMap { $0.peer(of: wait, thread: thread) }.first
    }

    func beginSnapshot() { for scene in scenes { scene.beginSnapshot() } }
    func endSnapshot(_ snapshot: inout HostSnapshot) { for scene in scenes { scene.endSnapshot(&snapshot) } }
    func beginLook() { for scene in scenes { scene.beginLook() } }
    func endLook(_ look: inout ThreadLooks) { for scene in scenes { scene.endLook(&look) } }

    var ownProcess: Int32? { nil }
    var ticksPerSecond: UInt64 { 100 }
    var pageSize: UInt64 { 4096 }
    var now: HostInstant { scenes[0].now }
    var threadTime: UInt64 { 0 }
}

/// Numbers that are the same each time (splitmix64).
final class FixedRandom {
    private var state: UInt64

    init(state: UInt64) {
        self.state = state
    }

    func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}
