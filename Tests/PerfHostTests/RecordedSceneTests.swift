import FoundationEssentials
import PerfLinux
import PerfModel
import Testing

@testable import PerfHost

@Suite("A recorded virtual machine")
struct RecordedSceneTests {
    private static let scene = SceneDirectory.fixture("virtual-machine-hybrid")

    @Test("what is recorded is seen: limits, pressure, disks, threads and what they wait for")
    func replay() throws {
        let snapshots = try HostReplay(directory: Self.scene).snapshots()
        let window = try #require(HostWindow(snapshots))
        #expect(window.isValid)
        let last = window.last
        #expect(last.target == 1078 && last.ticksPerSecond == 100)
        #expect(last.cpu.value?.cpus.map(\.number) == [0, 1])
        #expect(last.cpuLimits.value?.effective == 2)
        #expect(last.cgroup.value?.version == .hybrid && last.cgroup.value?.path == "/app.slice/worker")
        #expect(last.pressure.value?.cpu != nil && last.cgroupPressure.value?.io != nil)
        #expect(last.disks.value?.map(\.name) == ["vda", "zram0"] && last.disks.value?[0].isRotational == true)
        #expect(last.interfaces.value?.contains { $0.isLoopback && $0.speed == nil } == true)
        #expect(last.fileSystems.value?.contains { $0.mountPoint == "/" && $0.kind == "ext4" } == true)
        #expect(last.runQueues.value == nil && last.taskDelays.value == nil && last.thermal.value == nil)

        let target = try #require(window.processes.value?[1078])
        #expect(target.name == "python3" && target.threads.count == 5)
        // It writes 64 KiB twenty times a second at most, and one of its threads computes.
        #expect(target.cpus > 0.1 && (target.writtenBytesPerSecond ?? 0) > 65536)
        #expect(target.threads.allSatisfy { $0.wait != nil })
        let detail = try #require(last.processes.value?.details[1078])
        #expect(detail.commandLine == ["/usr/bin/python3", "/srv/w.py"])
        #expect(detail.descriptors.value?.pipes == 3 && detail.descriptors.value?.files == 3)

        #expect(window.looks.count == 3 && window.looks.allSatisfy { $0.hidden == 0 })
        var reasons: [Int32: Set<WaitReason>] = [:]
        for look in window.looks.flatMap(\.threads) where look.pid == 1078 {
            if let reason = look.reason { reasons[look.tid, default: []].insert(reason) }
        }
        #expect(reasons[1121] == [.sleep] && reasons[1122] == [.lock] && reasons[1123] == [.network])
    }

    /// The same numbers on every run.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private static func damaged(_ bytes: [UInt8], _ generator: inout Generator) -> [UInt8] {
        var bytes = bytes
        guard !bytes.isEmpty else { return [UInt8.random(in: 0...255, using: &generator)] }
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: return []
        case 1: return Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &generator)))
        case 2:
            for _ in 0..<max(1, bytes.count / 64) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
        case 3:
            // Digits stay digits, so that the numbers get through to the arithmetic.
            for index in bytes.indices where bytes[index] >= 48 && bytes[index] <= 57 {
                bytes[index] = UInt8.random(in: 48...57, using: &generator)
            }
        default:
            // Numbers at the end of their range.
            let text = String(decoding: bytes, as: UTF8.self)
            let words = text.split(separator: " ", omittingEmptySubsequences: false).map { word in
                UInt64(word) != nil && Bool.random(using: &generator) ? "18446744073709551615" : String(word)
            }
            return Array(words.joined(separator: " ").utf8)
        }
        return bytes
    }

    @Test("a damaged recording is an error or has parts that are unavailable, and no ratio beyond its range")
    func fuzz() throws {
        try SceneDirectory.with { root in
            let files = try SceneDirectory.files(below: Self.scene)
            try SceneDirectory.write(files, below: root)
            let names = files.keys.sorted()
            var generator = Generator(state: 20_261_125)
            var touched: Set<String> = []
            var failures = 0
            for round in 0..<64 {
                let chosen = names.enumerated().filter { index, name in
                    // The JSON comes last: without it there is nothing to see of the others.
                    name.hasSuffix(".json") ? round >= 56 : (index + round) % 5 == 0
                }.map(\.element)
                for name in chosen {
                    try SceneDirectory.write([name: Self.damaged(files[name] ?? [], &generator)], below: root)
                }
                touched.formUnion(chosen)
                do throws(SceneError) {
                    let snapshots = try HostReplay(directory: root).snapshots()
                    #expect(snapshots.count == 2)
                    check(HostWindow(first: snapshots[0], last: snapshots[1]), round)
                    check(HostWindow(first: snapshots[1], last: snapshots[0]), round)
                } catch {
                    failures += 1
                    #expect(!error.summary.isEmpty && error.remedy != nil)
                }
                try SceneDirectory.write(
                    Dictionary(uniqueKeysWithValues: chosen.map { ($0, files[$0] ?? []) }), below: root)
            }
            #expect(touched.count == names.count)
            // Damaged JSON was refused, and nothing else was.
            #expect(failures > 0 && failures <= 8)
        }
    }

    private func check(_ window: HostWindow, _ round: Int) {
        func expectRatio(_ value: Double?, _ name: String) {
            guard let value else { return }
            #expect(value >= 0 && value <= 1.000001, "round \(round): \(name)")
        }
        if let cpu = window.cpu.value {
            expectRatio(cpu.total.busy, "busy")
            expectRatio(cpu.total.steal, "steal")
            for core in cpu.cpus { expectRatio(core.shares.busy, "core") }
        }
        for disk in window.disks.value ?? [] {
            expectRatio(disk.utilization, "utilization")
            #expect(disk.await.isFinite && disk.queueSize.isFinite && disk.read.await.isFinite)
        }
        for interface in window.interfaces.value ?? [] { expectRatio(interface.utilization, "interface") }
        expectRatio(window.pressure.value?.memory?.some, "pressure")
        expectRatio(window.cgroup.value?.throttledRatio, "throttled")
        expectRatio(window.last.cgroup.value?.memory.usedRatio.map { min($0, 1) }, "memory")
        for process in window.processes.value?.processes ?? [] {
            #expect(process.cpus.isFinite && process.cpus >= 0)
        }
    }

    @Test("a directory that is none, is empty, or lacks snapshot.json is an error that says so")
    func broken() throws {
        try SceneDirectory.with { root in
            #expect(throws: SceneError.noSnapshots(path: root)) { try HostReplay(directory: root) }
            #expect(throws: SceneError.self) { try HostReplay(directory: "\(root)/none") }
            try SceneDirectory.write(["t0000/proc/stat": [], "other/x": []], below: root)
            let path = "\(root)/t0000/snapshot.json"
            #expect(throws: SceneError.malformed(path: path, reason: "there is no such file")) {
                try HostReplay(directory: root).next()
            }
            try SceneDirectory.write(["t0000/snapshot.json": Array("{}".utf8)], below: root)
            #expect(throws: SceneError.malformed(path: path, reason: "it has no monotonic_ns")) {
                try HostReplay(directory: root).next()
            }
        }
    }

    @Test("links in a recording do not lead out of it")
    func links() throws {
        try SceneDirectory.with { root in
            try SceneDirectory.write(["t0000/snapshot.json": Array(#"{"monotonic_ns": 1}"#.utf8)], below: root)
            try FileManager.default.createSymbolicLink(
                atPath: "\(root)/t0000/proc", withDestinationPath: "/proc")
            let snapshot = try #require(try HostReplay(directory: root).next())
            #expect(snapshot.cpu.value == nil && snapshot.memory.value == nil)
        }
    }
}
