import FoundationEssentials
import Glibc
import PerfModel
import PerfProfiles
import Testing

/// `heap --leaks` as users run it, on a program whose leaks are known exactly.
@Suite(
    "leaks, live", .serialized, .tags(.live), .timeLimit(.minutes(20)),
    .enabled(if: Live.isPossible, "see record, live"))
struct HeapLeakTests {
    private let directory: LiveDirectory

    init() throws {
        directory = try LiveDirectory()
    }

    /// Leaked objects by type, without their module; other storages that leak with them are left out.
    private func leaked(_ leaks: HeapLeaks) -> [String: Int] {
        var result: [String: Int] = [:]
        for group in leaks.groups {
            guard let type = group.type else { continue }
            let name = String(type.split(separator: ".").last ?? "")
            result[name, default: 0] += Int(group.count)
        }
        return result
    }

    /// Holds what was found against what the program says.
    private func expect(_ leaks: HeapLeaks, _ truth: [String: Int], _ isEvery: Bool) {
        let found = leaked(leaks)
        for (type, count) in truth where type != "block" {
            #expect(found[type] == count, "\(type): \(found)")
        }
        // What objects own leaks with them: an array's storage, the context of a closure.
        let owned = found.filter { truth[$0.key] == nil }
        #expect(
            owned.keys.allSatisfy {
                $0.hasPrefix("UInt8>") || $0.contains("CapturingModel, ") || $0 == "Int>" || $0 == "Int)"
            },
            "\(owned)")
        let kinds = Dictionary(grouping: leaks.groups) { String($0.type?.split(separator: ".").last ?? "-") }
            .mapValues { Set($0.map(\.kind)) }
        for type in ["PairA", "Corner", "RingNode", "Model", "Controller", "HeldWeakly", "HeldUnowned"] {
            #expect(kinds[type] == ["cycle"], "\(type)")
        }
        #expect(kinds["Unbalanced"] == ["overretained"])
        // Blocks are known by their size: as it was asked for, or what the allocator gave.
        let blocks = leaks.groups.filter { $0.type == nil && $0.isHead && $0.kind == "unreachable" }
        #expect(blocks.reduce(0) { $0 + Int($1.count) } == truth["block"], "\(blocks)")
        #expect(blocks.allSatisfy { $0.bytes == $0.count * (isEvery ? 100 : 104) }, "\(blocks)")
        let path = leaks.groups.first { $0.type?.hasSuffix("PairA") == true }?.path.map { $0.field ?? "?" }
        #expect(path == ["child", "parent"])
        let ring = leaks.groups.first { $0.type?.hasSuffix("RingNode") == true }
        #expect(ring?.path.count == 1 && ring?.headCount == 1)
    }

    @Test("at the end of a run, with the stacks that allocated", arguments: Live.variants)
    func atEnd(variant: String) throws {
        let found = try HeapLiveRecording(
            ["--leaks", "--", Live.workload(variant), "leaks", "--wait", "0"], in: directory)
        let leaks = try #require(found.profile.extras?.heap?.leaks, "\(found.warningCodes)")
        expect(leaks, found.truth("leaked"), true)
        for group in leaks.groups where group.type?.hasSuffix("PairA") == true {
            #expect(group.stack.contains { $0.contains("leakPair") } || variant == "plain", "\(group.stack)")
        }
    }

    @Test("in a running process that nobody prepared, which lives on", arguments: Live.variants)
    func running(variant: String) throws {
        let pipe = directory.newName("input")
        // SAFETY: the path is a terminated string for the duration of both calls.
        let made = unsafe mkfifo(pipe, 0o600)
        try #require(made == 0)
        // Open for both, so that nobody waits for the other end.
        let input = unsafe open(pipe, O_RDWR | O_CLOEXEC)
        try #require(input >= 0)
        let target = try LiveProcess([Live.workload(variant), "leaks"], in: directory, input: pipe)
        try #require(target.waitForOutput("ready leaks"))
        for _ in 0..<3 {
            let path = directory.newName("heap")
            let ending = try Live.run(
                ["heap", "-q", "--leaks", "--fail-on-leak", "-o", path, "-p", "\(target.pid)"], in: directory)
            #expect(ending.status == ExitCode.finding.rawValue, "\(ending.errors)")
            let data = try #require(FileManager.default.contents(atPath: path))
            let heap = try #require(try Profile(decoding: Array(data)).extras?.heap)
            let leaks = try #require(heap.leaks)
            expect(leaks, HeapLiveRecording.truth("leaked", in: target.output), false)
            #expect(heap.isSnapshot == true && leaks.snapshots.count == 1)
        }
        // Nothing is left in it: no tracer, no child.
        let status = String(decoding: LiveProcess.bytes(of: "/proc/\(target.pid)/status"), as: UTF8.self)
        #expect(status.contains("TracerPid:\t0"))
        let children = String(
            decoding: LiveProcess.bytes(of: "/proc/\(target.pid)/task/\(target.pid)/children"), as: UTF8.self)
        #expect(children.isEmpty)
        #expect(target.poll() == nil)
        // It ends as it would have: when its input is closed.
        close(input)
        #expect(target.wait().status == 0)
    }

    @Test("a process that is not there, and one that is traced, are refused with the reason")
    func refused() throws {
        let gone = try Live.run(["heap", "-p", "4194303", "--leaks"], in: directory)
        #expect(gone.status == ExitCode.failure.rawValue && gone.errors.contains("no process 4194303"))
        let both = try Live.run(["heap", "-p", "1", "--leaks", "--", "true"], in: directory)
        #expect(both.status == ExitCode.usage.rawValue)
    }

    @Test("what is known is left out and told, by flags and by perfdoctor.json; the rest still fails")
    func suppressed() throws {
        let settings = try directory.write(
            "perfdoctor.json",
            "{ suppressions: [{ site: 'leak(Ring|Block|Unbalanced)', reason: 'known' }, { type: '[.]Held' }] }")
        let arguments = [
            "--leaks", "--config", settings, "--suppress", "type:(Pair|Model|Controller)", "--fail-on-leak",
        ]
        let command = ["--", Live.workload("swiftpm"), "leaks", "--wait", "0"]
        let some = try HeapLiveRecording(arguments + command, status: 1, in: directory)
        let leaks = try #require(some.profile.extras?.heap?.leaks)
        #expect(Set(leaks.groups.map(\.type)) == ["perfdoctor_workload.Corner"])
        #expect(leaks.suppressed.map(\.reason) == [nil, "known", nil])
        #expect(leaks.suppressed.reduce(0) { $0 + $1.count } > 250)
        let none = try HeapLiveRecording(
            arguments + ["--suppress", "type:Corner"] + command, status: 0, in: directory)
        #expect(none.profile.extras?.heap?.leaks?.groups.isEmpty == true)
    }

    @Test("a program without leaks is said to have none")
    func none() throws {
        let ending = try Live.run(
            ["heap", "--leaks", "--fail-on-leak", "--report", "-", "--", "/bin/true"], in: directory)
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(ending.text.contains("Nothing leaks"), "\(ending.text)")
    }
}
