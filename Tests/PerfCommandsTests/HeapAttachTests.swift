import FoundationEssentials
import Glibc
import PerfModel
import PerfProfiles
import Testing

/// `heap -p PID -d TIME`: the tracker in programs that run already, which must not notice.
@Suite(
    "heap of running processes, live", .serialized, .tags(.live), .timeLimit(.minutes(20)),
    .enabled(if: Live.isPossible && LiveCompiler.isPossible(for: "heap of running processes"), "see record, live"))
struct HeapAttachTests {
    private let directory: LiveDirectory

    init() throws {
        directory = try LiveDirectory()
    }

    @Test("200 busy programs with many threads go on as if nothing had been")
    func stress() throws {
        let program = try LiveCompiler.compile(Self.busy, to: "busy", options: ["-pthread"], in: directory)
        let ways = ["churn", "timer", "threads", "forks", "libraries", "epoll"]
        let wanted = 200
        var survivors = 0
        var recorded = 0
        for number in 0..<wanted {
            let way = ways[number % ways.count]
            // One thread alone as well, which is hardly ever outside of the allocator.
            let threads = way == "churn" && number % 4 == 0 ? 0 : 1 + number % 5
            let target = try LiveProcess([program, way, "\(threads)"], in: directory)
            try #require(target.waitForOutput("ready"))
            let every = number % 2 == 0 ? ["--every"] : []
            let ending = try Live.run(
                ["heap", "-q", "-p", "\(target.pid)", "-d", "50ms", "-o", "\(directory.path)/busy.pb.gz"] + every,
                in: directory)
            if ending.status == 0 { recorded += 1 }
            #expect(ending.status == 0, "\(way), \(threads) threads: \(ending.errors)")
            kill(target.pid, SIGTERM)
            let end = target.wait()
            if end.status == 0, end.text.hasSuffix("ok 0\n") { survivors += 1 }
            #expect(end.status == 0 && end.text.hasSuffix("ok 0\n"), "\(way), \(threads) threads: \(end)")
        }
        print("attach: \(survivors) of \(wanted) programs survived, \(recorded) were recorded")
        #expect(survivors == wanted && recorded == wanted)
    }

    /// A process that does what it is told by a byte each, in a recording of every block.
    private final class Told {
        let target: LiveProcess
        let recording: LiveProcess
        let path: String
        private let input: Int32

        init(_ arguments: [String], heap: [String] = ["--every"], in directory: LiveDirectory) throws {
            let pipe = directory.newName("input")
            // SAFETY: the path is a terminated string for the duration of both calls.
            let made = unsafe mkfifo(pipe, 0o600)
            try #require(made == 0)
            input = unsafe open(pipe, O_RDWR | O_CLOEXEC)
            try #require(input >= 0)
            target = try LiveProcess(arguments, in: directory, input: pipe)
            try #require(target.waitForOutput("ready"))
            path = directory.newName("heap")
            recording = try Live.start(["heap", "-p", "\(target.pid)", "-o", path] + heap, in: directory)
            try #require(Self.waitForTracker(in: target.pid))
        }

        deinit { close(input) }

        func tell(_ command: Character) throws {
            var byte = command.asciiValue ?? 0
            // SAFETY: one byte, which outlives the call.
            let count = unsafe write(input, &byte, 1)
            try #require(count == 1)
            guard command != "q", command != "e" else { return }
            try #require(target.waitForOutput("did \(command)"))
        }

        /// Until calls lead to the tracker: it is mapped, and no tracer is there any more.
        private static func waitForTracker(in pid: pid_t) -> Bool {
            for _ in 0..<6000 {
                let maps = String(decoding: LiveProcess.bytes(of: "/proc/\(pid)/maps"), as: UTF8.self)
                let status = String(decoding: LiveProcess.bytes(of: "/proc/\(pid)/status"), as: UTF8.self)
                if maps.contains("/memfd:perfdoctor-heap"), status.contains("TracerPid:\t0") { return true }
                usleep(10_000)
            }
            return false
        }

        func stop() throws -> HeapLiveRecording {
            kill(recording.pid, SIGINT)
            return try HeapLiveRecording(path: path, ending: recording.wait())
        }
    }

    @Test("every block that is allocated meanwhile is counted, in children and libraries that come later too")
    func counted() throws {
        let program = try LiveCompiler.compile(Self.counted, to: "counted", options: ["-fno-plt"], in: directory)
        let library = try LiveCompiler.compile(
            Self.library, to: "blocks.so", options: ["-shared", "-fPIC"], in: directory)
        let told = try Told([program, library], in: directory)
        try told.tell("a")
        try told.tell("f")
        try told.tell("l")
        let found = try told.stop()
        #expect(found.sum("alloc_objects", under: "own_block") == 1001, "\(found.warningCodes)")
        #expect(found.sum("alloc_space", under: "own_block") == 500_500)
        #expect(found.sum("inuse_objects", under: "library_blocks") == 2000)
        let pause = try #require(found.profile.extras?.heap?.attachPause)
        #expect(pause > 0)
        // Nobody counts what comes now; the entries that lead to malloc are what they were.
        try told.tell("a")
        let status = String(decoding: LiveProcess.bytes(of: "/proc/\(told.target.pid)/status"), as: UTF8.self)
        #expect(status.contains("TracerPid:\t0"))
        try told.tell("q")
        let end = told.target.wait()
        #expect(end.status == 5 && end.text.hasSuffix("restored\n"), "\(end)")
    }

    @Test("a program that executes another one, or ends, while it is tracked does so as before", arguments: ["e", "q"])
    func ends(how: Character) throws {
        let program = try LiveCompiler.compile(Self.counted, to: "counted", in: directory)
        let told = try Told([program], in: directory)
        try told.tell("a")
        try told.tell(how)
        let end = told.target.wait()
        // Its table is another one while it is tracked, which nobody is meant to ask.
        #expect(how == "e" ? end.status == 0 && end.text.hasSuffix("executed\n") : end.status == 5 || end.status == 6)
        let found = try HeapLiveRecording(path: told.path, ending: told.recording.wait())
        #expect(found.sum("inuse_objects", under: "own_block") == 1000)
    }

    @Test("a second recording of the same program is refused, and the first one goes on")
    func twice() throws {
        let program = try LiveCompiler.compile(Self.counted, to: "counted", in: directory)
        let told = try Told([program], in: directory)
        let second = try Live.run(["heap", "-p", "\(told.target.pid)", "-d", "100ms"], in: directory)
        #expect(
            second.status == ExitCode.failure.rawValue && second.errors.contains("is being recorded already"),
            "\(second.errors)")
        try told.tell("a")
        #expect(try told.stop().sum("alloc_objects", under: "own_block") == 1000)
        try told.tell("q")
        #expect(told.target.wait().status == 5)
    }

    @Test("a program that takes any answer of epoll_wait but an event for its end is not woken by looks")
    func looks() throws {
        let program = try LiveCompiler.compile(Self.busy, to: "busy", options: ["-pthread"], in: directory)
        let target = try LiveProcess([program, "epoll", "0"], in: directory)
        try #require(target.waitForOutput("ready"))
        for _ in 0..<5 {
            let ending = try Live.run(
                ["heap", "-q", "--leaks", "-p", "\(target.pid)", "-o", directory.newName("look")], in: directory)
            #expect(ending.status == 0, "\(ending.errors)")
        }
        #expect(target.poll() == nil)
        kill(target.pid, SIGTERM)
        let end = target.wait()
        #expect(end.status == 0 && end.text.hasSuffix("ok 0\n"), "\(end)")
    }

    @Test("a program is left as it was when perfdoctor is killed, and can be looked at again")
    func killed() throws {
        let program = try LiveCompiler.compile(Self.counted, to: "counted", options: ["-fno-plt"], in: directory)
        let told = try Told([program], in: directory)
        try told.tell("a")
        kill(told.recording.pid, SIGKILL)
        _ = told.recording.wait()
        // What the first one left is given back before the second one begins.
        let again = try Live.run(
            ["heap", "-q", "-p", "\(told.target.pid)", "--every", "-d", "100ms", "-o", directory.newName("again")],
            in: directory)
        #expect(again.status == 0, "\(again.errors)")
        let maps = String(decoding: LiveProcess.bytes(of: "/proc/\(told.target.pid)/maps"), as: UTF8.self)
        #expect(!maps.contains("/memfd:perfdoctor-heap"), "\(maps)")
        try told.tell("q")
        #expect(told.target.wait().text.hasSuffix("restored\n"))
    }

    @Test("a program that is killed while it is tracked loses nothing of what was counted")
    func targetKilled() throws {
        let program = try LiveCompiler.compile(Self.counted, to: "counted", in: directory)
        let told = try Told([program], in: directory)
        try told.tell("a")
        kill(told.target.pid, SIGKILL)
        _ = told.target.wait()
        let found = try HeapLiveRecording(path: told.path, ending: told.recording.wait())
        #expect(found.sum("alloc_objects", under: "own_block") == 1000)
        #expect(found.warningCodes.contains("ended_unseen"))
    }

    @Test("leaks of a program that ran already have the stacks of what was allocated meanwhile")
    func leaks() throws {
        let program = try LiveCompiler.compile(Self.counted, to: "counted", in: directory)
        let told = try Told([program], heap: ["--every", "--leaks"], in: directory)
        try told.tell("a")
        let found = try told.stop()
        let leaks = try #require(found.profile.extras?.heap?.leaks, "\(found.warningCodes)")
        let lost = leaks.groups.filter { $0.stack.contains("own_block") }.reduce(0) { $0 + $1.count }
        // One is still referred to.
        #expect(lost == 999, "\(leaks.groups)")
        try told.tell("q")
        #expect(told.target.wait().status == 5)
    }

    @Test("what the tracker cannot come into is refused with the reason, and goes on")
    func refused() throws {
        let source = """
            #include <stdio.h>
            #include <unistd.h>
            int main(void) { puts("ready static"); fflush(stdout); char c; while (read(0, &c, 1) > 0); pause(); return 0; }
            """
        let program = try LiveCompiler.compile(source, to: "static", options: ["-static"], in: directory)
        let target = try LiveProcess([program], in: directory)
        try #require(target.waitForOutput("ready"))
        let ending = try Live.run(["heap", "-p", "\(target.pid)", "-d", "1"], in: directory)
        #expect(
            ending.status == ExitCode.failure.rawValue && ending.errors.contains("fully static"), "\(ending.errors)")
        kill(target.pid, SIGSTOP)
        let stopped = try LiveProcess([Live.workload, "sleeper", "--ms", "60000"], in: directory)
        try #require(stopped.waitForOutput("ready"))
        kill(stopped.pid, SIGSTOP)
        usleep(50_000)
        let refused = try Live.run(["heap", "-p", "\(stopped.pid)", "-d", "1"], in: directory)
        #expect(
            refused.status == ExitCode.failure.rawValue && refused.errors.contains("is stopped"), "\(refused.errors)")
        let usage = try Live.run(["heap", "-p", "\(stopped.pid)", "-d", "1", "--no-inject"], in: directory)
        #expect(usage.status == ExitCode.usage.rawValue)
        #expect(target.poll() == nil && stopped.poll() == nil)
    }

    @Test("a Swift program's new objects have their types", arguments: Live.variants)
    func swift(variant: String) throws {
        let target = try LiveProcess([Live.workload(variant), "heap", "--grow-ms", "120000"], in: directory)
        // Nothing is printed before it ends: its maps tell that it runs.
        for _ in 0..<3000 {
            let maps = String(decoding: LiveProcess.bytes(of: "/proc/\(target.pid)/maps"), as: UTF8.self)
            if maps.contains("libc.so.6"), maps.contains("[heap]") { break }
            usleep(10_000)
        }
        let path = directory.newName("swift")
        let ending = try Live.run(
            ["heap", "-q", "-p", "\(target.pid)", "-d", "500ms", "--every", "-o", path], in: directory)
        let found = try HeapLiveRecording(path: path, ending: ending)
        #expect(found.liveObjects.contains { $0.value > 0 && $0.key.contains("Heap") }, "\(found.liveObjects)")
        #expect(target.poll() == nil)
        kill(target.pid, SIGKILL)
    }
}
