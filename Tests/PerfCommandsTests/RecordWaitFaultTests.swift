import FoundationEssentials
import Glibc
import PerfModel
import PerfProfiles
import Testing

extension RecordLiveTests {
    /// What may go wrong beside a recording of waits, each with a known answer.
    @Suite("waits, faults")
    struct WaitFaults {
        private let directory: LiveDirectory

        init() throws {
            directory = try LiveDirectory()
        }

        /// Nanoseconds that sleeps of a known length may take longer on a busy machine, and be measured shorter.
        private func isNear(_ measured: Double, milliseconds: Double) -> Bool {
            measured > 0.98 * milliseconds * 1e6 && measured < milliseconds * 1e6 + 150_000_000
        }

        @Test(
            "two programs that have the same process id one after the other keep apart", arguments: ["off-cpu", "wall"])
        func processIDReuse(clock: String) throws {
            guard Live.isRoot, LiveCompiler.isPossible(for: "process id reuse") else {
                print("process id reuse: skipped: needs root, to choose the id, and gcc")
                return
            }
            // Both at the same address, so that the wrong program's names would be found as well.
            for name in ["first", "second"] {
                _ = try LiveCompiler.compile(
                    """
                    #include <time.h>
                    __attribute__((noinline)) void \(name)_wait(long ms) {
                        struct timespec span = {ms / 1000, ms % 1000 * 1000000};
                        nanosleep(&span, 0);
                    }
                    int main(void) { \(name)_wait(\(name == "first" ? 300 : 500)); return 0; }
                    """, to: name, options: ["-no-pie"], in: directory)
            }
            let parent = try LiveCompiler.compile(Self.reusingParent, to: "parent", in: directory)
            let path = directory.newName("reuse")
            let ending = try Live.run(["record", "-q", "--clock", clock, "-o", path, "--", parent], in: directory)
            if ending.text.contains("cannot choose") {
                print("process id reuse: skipped: \(ending.text)")
                return
            }
            try #require(ending.status == 0, "\(ending.errors)")
            let recording = try LiveRecording(path: path, ending: ending)
            #expect(isNear(recording.offCPU(under: "first_wait"), milliseconds: 300))
            #expect(isNear(recording.offCPU(under: "second_wait"), milliseconds: 500))
            let id = try #require(recording.truth("pid", "child"))
            for sample in recording.profile.samples {
                let names = recording.names(sample)
                let process = recording.profile.text(LabelKey.process, in: sample.labelSet) ?? ""
                for name in ["first", "second"] where names.contains("\(name)_wait") {
                    #expect(process == name)
                    #expect(recording.profile.number(LabelKey.processID, in: sample.labelSet) == Int64(id))
                }
            }
        }

        /// Starts two programs, one after the other, under one process id that is free.
        private static let reusingParent = """
            #define _GNU_SOURCE
            #include <linux/sched.h>
            #include <signal.h>
            #include <stdint.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/syscall.h>
            #include <sys/wait.h>
            #include <unistd.h>
            static pid_t start(pid_t pid, const char *program) {
                struct clone_args arguments;
                memset(&arguments, 0, sizeof arguments);
                arguments.exit_signal = SIGCHLD;
                arguments.set_tid = pid > 0 ? (uint64_t)(uintptr_t)&pid : 0;
                arguments.set_tid_size = pid > 0;
                pid_t child = syscall(SYS_clone3, &arguments, sizeof arguments);
                if (child == 0) {
                    execl(program, program, (char *)0);
                    _exit(127);
                }
                return child;
            }
            int main(void) {
                pid_t first = start(0, "./first");
                if (first < 0 || waitpid(first, 0, 0) != first) return 1;
                pid_t second = start(first, "./second");
                if (second != first) {
                    printf("cannot choose a process id\\n");
                    return 0;
                }
                printf("pid child %d\\n", (int)first);
                return waitpid(second, 0, 0) == second ? 0 : 1;
            }
            """

        @Test("waits in libraries that take turns at one address have the names of the one that was there")
        func libraries() throws {
            guard LiveCompiler.isPossible(for: "libraries") else { return }
            for name in ["one", "two"] {
                _ = try LiveCompiler.compile(
                    """
                    #include <time.h>
                    __attribute__((noinline)) void \(name)_wait(long ms) {
                        struct timespec span = {ms / 1000, ms % 1000 * 1000000};
                        nanosleep(&span, 0);
                    }
                    void enter(long ms) { \(name)_wait(ms); }
                    """, to: "lib\(name).so", options: ["-shared", "-fPIC"], in: directory)
            }
            let program = try LiveCompiler.compile(
                """
                #include <dlfcn.h>
                #include <stdio.h>
                int main(void) {
                    void *places[6];
                    for (int turn = 0; turn < 6; turn++) {
                        void *library = dlopen(turn % 2 ? "./libtwo.so" : "./libone.so", RTLD_NOW);
                        void (*enter)(long) = library ? dlsym(library, "enter") : 0;
                        if (!enter) return 1;
                        places[turn] = (void *)enter;
                        enter(turn % 2 ? 60 : 110);
                        dlclose(library);
                    }
                    int same = 1;
                    for (int turn = 1; turn < 6; turn++) same &= places[turn] == places[0];
                    printf("same place %d\\n", same);
                    return 0;
                }
                """, to: "program", in: directory)
            let recording = try Live.record(["--clock", "off-cpu", "--", program], in: directory)
            #expect(recording.ending.status == 0)
            // Where the loader has put them at different places, the test would show nothing.
            #expect(recording.truth("same", "place") == 1)
            #expect(isNear(recording.offCPU(under: "one_wait"), milliseconds: 330))
            #expect(isNear(recording.offCPU(under: "two_wait"), milliseconds: 180))
        }

        @Test("a storm of short threads: CPU time and waits are right, and no descriptor is left")
        func threadStorm() throws {
            let path = directory.newName("storm")
            let recorder = try LiveProcess(
                [
                    Live.perfdoctor, "record", "-q", "--clock", "off-cpu", "-o", path, "--", Live.workload,
                    "short-threads", "--count", "6000", "--parallel", "8", "--us", "50", "--sleep-us", "2000",
                ], in: directory)
            var counts: [Int] = []
            while !recorder.isOver {
                usleep(20_000)
                guard recorder.output.contains("ready") else { continue }
                // It may end between the two.
                let list = Result { try FileManager.default.contentsOfDirectory(atPath: "/proc/\(recorder.pid)/fd") }
                if case .success(let list) = list { counts.append(list.count) }
            }
            let ending = recorder.wait()
            try #require(ending.status == 0, "\(ending.errors)")
            let recording = try LiveRecording(path: path, ending: ending)
            try #require(recording.counts.lost == 0)
            let times = recording.profile.extras?.threadTimes ?? []
            #expect(Double(times.count) >= 6000)
            let waited = recording.offCPU(under: "shortWait")
            let truth = try #require(recording.truth("off_cpu_ns", "shortWait"))
            // 10 µs for each switch, as everywhere: the scheduler charges it to the thread that comes.
            #expect(abs(waited - truth) < 0.01 * truth + 6000 * 10_000, "\(waited) of \(truth)")
            // A thread's own clock is read before it ends: what it does afterwards comes on top.
            let worked = try #require(recording.truth("cpu_ns", "shortWork"))
            let onCPU = times.reduce(0.0) { $0 + Double($1.onCPU) }
            #expect(onCPU > 0.98 * worked, "\(onCPU) of \(worked)")
            // Images and maps are opened in the first moments; thousands of threads later there are no more.
            let early = counts.dropFirst(counts.count / 4).first ?? 0
            #expect((counts.last ?? 0) <= early + 16, "\(counts)")
        }

        @Test("a recorder in a time namespace, whose clock is ahead of the kernel's, measures the same")
        func timeNamespace() throws {
            guard Live.isRoot, FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare") else {
                print("time namespace: skipped: needs root and unshare")
                return
            }
            let unshare = ["/usr/bin/unshare", "--time", "--monotonic", "86400", "--fork"]
            guard try LiveProcess(unshare + ["/bin/true"], in: directory).wait().status == 0 else {
                print("time namespace: skipped: the kernel has none")
                return
            }
            let path = directory.newName("namespace")
            let ending = try LiveProcess(
                unshare + [
                    Live.perfdoctor, "record", "-q", "--clock", "off-cpu", "--timeline", "-o", path, "--",
                    Live.workload, "sleeper", "--ms", "400",
                ], in: directory
            ).wait()
            try #require(ending.status == 0, "\(ending.errors)")
            let recording = try LiveRecording(path: path, ending: ending)
            #expect(isNear(recording.offCPU(under: "sleepThrough") / 4, milliseconds: 400))
            let total = recording.profile.extras?.threadTimes.map { $0.onCPU + $0.blocked + $0.runnable }.max() ?? 0
            #expect(total <= UInt64(recording.profile.duration))
        }
    }

    /// The time of day may be set while a recording runs: nothing but its date may depend on it.
    @Test("only the date of a profile comes from the clock that can be set")
    func settableClock() throws {
        let root = Repository.root + "Sources"
        var found: [String] = []
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) {
            guard ["swift", "c", "h"].contains(name.split(separator: ".").last ?? ""), !name.contains("workload") else {
                continue
            }
            let text = try String(contentsOfFile: root + "/" + name, encoding: .utf8)
            let words = ["CLOCK_REALTIME", "gettimeofday(", "Date()", "Date.now", "time(nil)", "time(NULL)"]
            if words.contains(where: text.contains) { found.append(name) }
        }
        #expect(found == ["PerfLinux/WallClock.swift"])
    }
}
