import FoundationEssentials
import Glibc
import PerfModel
import PerfProfiles
import Testing

extension RecordLiveTests {
    @Suite("running targets")
    struct Attach {
        private let directory: LiveDirectory

        init() throws {
            directory = try LiveDirectory()
        }

        /// Starts a workload and waits until it runs.
        private func start(_ arguments: [String]) throws -> LiveProcess {
            let process = try LiveProcess([Live.workload] + arguments, in: directory)
            #expect(process.waitForOutput("ready pid"))
            return process
        }

        private func end(_ processes: LiveProcess...) {
            for process in processes {
                kill(process.pid, SIGKILL)
                _ = process.wait()
            }
        }

        @Test("-p samples a running process and leaves it running")
        func attach() throws {
            let target = try start(["spin", "--ms", "60000"])
            defer { end(target) }
            let recording = try Live.record(["-p", "\(target.pid)", "-d", "0.5"], in: directory)
            #expect(target.poll() == nil)
            #expect(recording.pids == [Int64(target.pid)])
            #expect(recording.share(under: "spinRound") > 0.8)
            #expect(recording.rootedShare > 0.995 - recording.margin(0.995))
        }

        @Test("several -p are one profile")
        func several() throws {
            let targets = try (0..<3).map { _ in try start(["spin", "--ms", "60000"]) }
            defer { for target in targets { end(target) } }
            let pids = targets.map { Int64($0.pid) }
            let recording = try Live.record(
                ["-p", "\(pids[0]),\(pids[1])", "-p", "\(pids[2])", "-d", "800ms"], in: directory)
            #expect(recording.pids == Set(pids))
        }

        @Test("-p takes children that run already, and those that begin later")
        func children() throws {
            let target = try start(["forks", "--depth", "1", "--width", "2", "--ms", "700", "--exec", "0"])
            defer { end(target) }
            usleep(100_000)
            let recording = try Live.record(["-p", "\(target.pid)"], in: directory)
            #expect(recording.pids.count == 3)
            #expect(recording.pids.contains(Int64(target.pid)))
            let parent = try start(["forks", "--count", "100000"])
            defer { end(parent) }
            // An inherited event begins with a whole period: at 999 Hz, children that use less CPU show nothing.
            let later = try Live.record(["-p", "\(parent.pid)", "-d", "0.6", "-F", "9999"], in: directory)
            #expect(later.pids.count > 2)
        }

        @Test("-t takes one thread only")
        func oneThread() throws {
            let target = try start(["threads", "--count", "4", "--ms", "60000"])
            defer { end(target) }
            var tids: [Int] = []
            for _ in 0..<500 where tids.count < 5 {
                tids = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(target.pid)/task")
                    .compactMap { Int($0) }.sorted()
                usleep(10_000)
            }
            usleep(100_000)
            let tid = try #require(tids.last)
            for arguments in [["-p", "\(target.pid)", "-t", "\(tid)"], ["-t", "\(tid)"]] {
                let recording = try Live.record(arguments + ["-d", "0.5"], in: directory)
                #expect(recording.timeByThread.count == 1, "\(recording.timeByThread)")
                #expect(recording.timeByThread.keys.first?.hasPrefix("worker-") == true)
            }
        }

        @Test("threads that come and go while it attaches are not counted twice")
        func attachAmongShortThreads() throws {
            let target = try start(["short-threads", "--count", "1000000", "--parallel", "2"])
            defer { end(target) }
            for _ in 0..<3 {
                let recording = try Live.record(["-p", "\(target.pid)", "-d", "0.4"], in: directory)
                // Two CPUs cannot spend more time than that; the end of a sampling period may add a sample each.
                let cpus = Double(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
                #expect(recording.total < Double(recording.profile.duration) * cpus * 1.02 + 2e7)
                #expect(recording.share(under: "shortWork") > 0.3)
            }
        }

        @Test("-a samples the whole machine")
        func system() throws {
            guard Live.isRoot else {
                print("-a: skipped: not root")
                return
            }
            let target = try start(["spin", "--ms", "60000"])
            defer { end(target) }
            let recording = try Live.record(["-a", "-d", "0.6"], in: directory)
            #expect(recording.pids.contains(Int64(target.pid)))
            #expect(recording.count(under: "spinRound") > 0)
        }

        @Test("--cgroup samples its members and no others")
        func cgroup() throws {
            guard let cgroup = try LiveCgroup(named: "spin") else { return }
            let path = cgroup.path
            let inside = try start(["spin", "--ms", "60000"])
            let outside = try start(["spin", "--ms", "60000"])
            defer {
                end(inside, outside)
                #expect(cgroup.remove())
            }
            try LiveCgroup.move(inside.pid, to: path)
            let result = try Live.run(
                ["record", "-q", "--cgroup", path, "-d", "0.6", "-o", "c.pb.gz"], in: directory)
            if result.status == 5, result.errors.contains("not a directory of a cgroup file system with perf events") {
                print("--cgroup: skipped: perf events cannot be had for \(path)")
                return
            }
            let recording = try LiveRecording(path: directory.path + "/c.pb.gz", ending: result)
            #expect(recording.pids == [Int64(inside.pid)])
        }

        @Test(
            "--cgroup finds the waits of its members, of those that wait throughout as well",
            arguments: ["off-cpu", "wall"])
        func cgroupWaits(clock: String) throws {
            guard var cgroup = try LiveCgroup(named: clock) else { return }
            let child = cgroup.addChild("child")
            let targets = try (0..<3).map { _ in try start(["sleeper", "--ms", "60000"]) }
            defer {
                for target in targets { end(target) }
                #expect(cgroup.remove())
            }
            try LiveCgroup.move(targets[0].pid, to: cgroup.path)
            try LiveCgroup.move(targets[1].pid, to: child)
            let recording = try Live.record(
                ["--clock", clock, "--cgroup", cgroup.path, "-d", "0.5"], in: directory)
            #expect(recording.pids == [Int64(targets[0].pid), Int64(targets[1].pid)])
            // Four threads of each of the two sleep, and their stacks are known.
            let waited = recording.offCPU(under: "sleepThrough", reasons: ["sleep"])
            #expect(waited > 8 * 450_000_000 && waited <= 8 * Double(recording.profile.duration), "\(waited)")
        }

        @Test("a directory that is no cgroup is an error")
        func noCgroup() throws {
            for path in ["/tmp", "/does/not/exist", "/etc/passwd"] {
                let ending = try Live.run(["record", "--cgroup", path, "-d", "0.2"], in: directory)
                #expect(ending.status == 5, "\(path)")
                #expect(ending.errors.hasPrefix("error: \(path) is no cgroup that can be observed"), "\(ending.errors)")
            }
        }

        @Test("a server under its clients is sampled until SIGINT, and serves on")
        func server() throws {
            let target = try LiveProcess([Live.workload, "server", "--ms", "60000", "--clients", "2"], in: directory)
            #expect(target.waitForOutput("ready"))
            let recorder = try LiveProcess(
                [Live.perfdoctor, "record", "-q", "-p", "\(target.pid)", "-o", "s.pb.gz"], in: directory)
            usleep(800_000)
            kill(recorder.pid, SIGINT)
            let ending = recorder.wait()
            #expect(ending.status == 0, "\(ending.errors)")
            let recording = try LiveRecording(path: directory.path + "/s.pb.gz", ending: ending)
            #expect(recording.share(under: "handleSlow") > 0.5)
            #expect(recording.rootedShare > 0.995 - recording.margin(0.995), "\(recording.counts)")
            #expect(target.poll() == nil)
            end(target)
        }

        @Test("a process whose main thread has ended is sampled, and its rings are not forgotten")
        func mainThreadEnded() throws {
            let program = try directory.build(
                "headless",
                """
                #include <pthread.h>
                #include <unistd.h>
                static volatile unsigned long steps;
                static void *headlessWork(void *unused) { for (;;) steps++; return unused; }
                int main(void) {
                    pthread_t thread;
                    pthread_create(&thread, NULL, headlessWork, NULL);
                    write(1, "ready\\n", 6);
                    pthread_exit(NULL);
                }
                """)
            let target = try LiveProcess([program], in: directory)
            #expect(target.waitForOutput("ready"))
            defer { end(target) }
            usleep(50_000)
            let recording = try Live.record(["-p", "\(target.pid)", "-d", "0.5"], in: directory)
            #expect(recording.share(under: "headlessWork") > 0.8)
            #expect(recording.counts.lost == 0)
        }

        @Test("a target that ends by itself ends the recording")
        func ends() throws {
            let target = try start(["spin", "--ms", "700"])
            let recording = try Live.record(["-p", "\(target.pid)"], in: directory)
            #expect(recording.sampleCount > 0)
            #expect(target.wait().status == 0)
        }
    }
}
