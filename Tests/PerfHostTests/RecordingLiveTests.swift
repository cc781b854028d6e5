import Glibc
import PerfLinux
import PerfModel
import Testing

@testable import PerfHost

@Suite("Recording this host", .timeLimit(.minutes(15)))
struct RecordingLiveTests {
    @Test("a recording gives the same snapshots again, looks at threads and cost included")
    func replaysEqual() throws {
        try SceneDirectory.with { root in
            let options = HostCollectorOptions(target: getpid())
            let recorder = try RecordingHost(host: try LiveHost(), directory: "\(root)/scene", options: options)
            let collector = HostCollector(source: recorder, options: options)
            var live: [HostSnapshot] = []
            for _ in 0..<3 {
                collector.look()
                collector.look()
                live.append(collector.snapshot())
            }
            #expect(recorder.failure == nil)
            let replay = try HostReplay(directory: "\(root)/scene")
            #expect(replay.count == 3)
            let again = try replay.snapshots()
            #expect(again.count == live.count)
            for (one, other) in zip(live, again) {
                expectEqual(one, other)
                #expect(one == other)
            }
            // Not two that are equally empty.
            let last = try #require(live.last)
            let processes = try #require(last.processes.value)
            #expect(processes[getpid()] != nil)
            #expect(processes.details[getpid()]?.selection == .target)
            #expect(processes.details[getpid()]?.threads.isEmpty == false)
            #expect(last.looks.count == 2)
            #expect(last.looks[0].threads.contains { $0.pid == getpid() && $0.activity == .running })
            #expect(last.cpu.value != nil && last.memory.value != nil && last.virtualMemory.value != nil)
            #expect(last.cost.filesRead > 50 && last.cost.nanoseconds > 0)
            let window = try #require(HostWindow(again))
            #expect(window.isValid && window.cpu.value != nil && window.processes.value?[getpid()] != nil)
        }
    }

    /// Says which part differs, where one does.
    private func expectEqual(_ one: HostSnapshot, _ other: HostSnapshot) {
        #expect(one.cpu == other.cpu)
        #expect(one.cpuLimits == other.cpuLimits)
        #expect(one.pressure == other.pressure)
        #expect(one.cgroupPressure == other.cgroupPressure)
        #expect(one.cgroup == other.cgroup)
        #expect(one.memory == other.memory)
        #expect(one.swap == other.swap)
        #expect(one.disks == other.disks)
        #expect(one.fileSystems == other.fileSystems)
        #expect(one.interfaces == other.interfaces)
        #expect(one.sockets == other.sockets)
        #expect(one.settings == other.settings)
        #expect(one.taskDelays == other.taskDelays)
        #expect(one.looks == other.looks)
        #expect(one.cost == other.cost)
        guard let first = one.processes.value, let second = other.processes.value else { return }
        #expect(first.blindness == second.blindness)
        #expect(first.activity == second.activity)
        #expect(first.processes == second.processes)
        for (pid, detail) in first.details where second.details[pid] != detail {
            Issue.record("process \(pid): \(detail) is replayed as \(String(describing: second.details[pid]))")
        }
    }

    @Test("files are their owner's alone, and hold no environment and no secret of a command line")
    func filesArePrivate() throws {
        try SceneDirectory.with { root in
            let secret = "hunter2-\(getpid())"
            let child = try Child(["sh", "-c", "kill -STOP $$", "--password=\(secret)"])
            defer { child.end() }
            let options = HostCollectorOptions(target: child.pid)
            let recorder = try RecordingHost(host: try LiveHost(), directory: "\(root)/scene", options: options)
            _ = HostCollector(source: recorder, options: options).snapshot()
            #expect(recorder.failure == nil)
            let files = try SceneDirectory.files(below: "\(root)/scene")
            let line = try #require(files["t0000/proc/\(child.pid)/cmdline"])
            #expect(String(decoding: line, as: UTF8.self) == "sh\0-c\0kill -STOP $$\0--password=***\0")
            #expect(!files.values.contains { String(decoding: $0, as: UTF8.self).contains(secret) })
            #expect(files.keys.contains("t0000/snapshot.json"))
            #expect(!files.keys.contains { $0.hasSuffix("/environ") })
            for name in files.keys {
                var status = stat()
                // SAFETY: a terminated path, and a structure that outlives the call.
                unsafe try #require(lstat("\(root)/scene/\(name)", &status) == 0)
                #expect(status.st_mode & 0o7777 == 0o600, "\(name)")
            }
        }
    }

    @Test("a directory that is not empty is refused, and stays as it is")
    func refusesFullDirectory() throws {
        try SceneDirectory.with { root in
            try SceneDirectory.write(["mine": [1]], below: root)
            let host = try LiveHost()
            #expect(throws: SceneError.notEmpty(path: root)) {
                try RecordingHost(host: host, directory: root, options: HostCollectorOptions())
            }
            #expect(try SceneDirectory.files(below: root) == ["mine": [1]])
        }
    }

    @Test("a thread that sleeps is seen to sleep")
    func looksTellReasons() throws {
        let host = try LiveHost()
        let child = try Child(["sleep", "60"])
        defer { child.end() }
        let collector = HostCollector(source: host, options: HostCollectorOptions(target: child.pid))
        var reasons: Set<String> = []
        // It may still be on its way into its sleep.
        for _ in 0..<10_000 where !reasons.contains("sleep") {
            collector.look()
            let looks = collector.snapshot().looks
            reasons.formUnion(looks.flatMap(\.threads).compactMap(\.reason?.rawValue))
            if looks.contains(where: { $0.hidden > 0 }) {
                print("not tested: /proc/PID/syscall may not be read here")
                return
            }
        }
        #expect(reasons.contains("sleep"))
    }
}
