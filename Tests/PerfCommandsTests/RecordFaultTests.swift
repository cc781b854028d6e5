import FoundationEssentials
import Glibc
import PerfModel
import PerfProfiles
import Testing

extension RecordLiveTests {
    @Suite("bad input and faults")
    struct Faults {
        private let directory: LiveDirectory

        init() throws {
            directory = try LiveDirectory()
        }

        private func expect(_ arguments: [String], _ status: Int32, _ text: String) throws {
            let ending = try Live.run(arguments, in: directory)
            #expect(ending.status == status)
            #expect(ending.errors == text)
            #expect(try directory.names.allSatisfy { !$0.contains("pb.gz") }, "nothing is left behind")
        }

        @Test("a pid that does not exist")
        func noSuchProcess() throws {
            try expect(
                ["record", "-p", "2147483647"], 5,
                "error: process 2147483647 does not exist\nnext: list the processes: ps -ef\n")
        }

        @Test("a zombie")
        func zombie() throws {
            let child = try LiveProcess(["/bin/true"], in: directory)
            for _ in 0..<1000 where !child.isOver { usleep(5_000) }
            try expect(
                ["record", "-p", "\(child.pid)"], 5,
                """
                error: process \(child.pid) (true) has ended and waits for its parent to collect it: nothing runs there
                next: look at its parent: ps -o ppid= -p PID

                """)
            _ = child.wait()
        }

        @Test("a kernel thread")
        func kernelThread() throws {
            guard let stat = FileManager.default.contents(atPath: "/proc/2/stat"),
                String(decoding: stat, as: UTF8.self).hasPrefix("2 (kthreadd)")
            else {
                print("a kernel thread: skipped: none is visible here")
                return
            }
            try expect(
                ["record", "-p", "2"], 5,
                """
                error: 2 is the kernel thread kthreadd, not a program
                next: sample the whole machine, kernel included: perfdoctor record -a

                """)
        }

        @Test("perfdoctor itself")
        func ourselves() throws {
            let script = "exec '\(Live.perfdoctor)' record -p $$"
            let ending = try LiveProcess(["/bin/sh", "-c", script], in: directory).wait()
            #expect(ending.status == 5)
            #expect(ending.errors.contains("is perfdoctor itself\nnext: give the pid of the program that is slow"))
        }

        @Test("a thread of another process")
        func foreignThread() throws {
            let target = try LiveProcess([Live.workload, "spin", "--ms", "60000"], in: directory)
            #expect(target.waitForOutput("ready"))
            try expect(
                ["record", "-p", "\(target.pid)", "-t", "1"], 5,
                """
                error: thread 1 does not exist, or not in the given processes
                next: list the threads: ps -L -p PID

                """)
            kill(target.pid, SIGKILL)
            _ = target.wait()
        }

        @Test("another user's process, without privileges")
        func otherUser() throws {
            guard Live.isRoot, FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv") else {
                print("another user's process: skipped: needs root and setpriv")
                return
            }
            let target = try LiveProcess([Live.workload, "spin", "--ms", "60000"], in: directory)
            #expect(target.waitForOutput("ready"))
            defer {
                kill(target.pid, SIGKILL)
                _ = target.wait()
            }
            // Copied, because the checkout may be closed to others.
            let copy = directory.path + "/perfdoctor"
            // By another process: a descriptor of ours that writes it would live on in children of other tests.
            #expect(try LiveProcess(["/bin/cp", Live.perfdoctor, copy], in: directory).wait().status == 0)
            let work = directory.path + "/work"
            try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
            // SAFETY: terminated strings for the duration of the calls.
            unsafe chmod(directory.path, 0o755)
            unsafe chmod(copy, 0o755)
            unsafe chmod(work, 0o777)
            let nobody = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]
            let refused = try LiveProcess(
                nobody + ["/usr/bin/env", "-C", work, copy, "record", "-p", "\(target.pid)", "-d", "0.2"], in: directory
            ).wait()
            #expect(refused.status == 5)
            #expect(
                refused.errors.hasPrefix("error: the kernel does not let us observe the process"), "\(refused.errors)")
            #expect(refused.errors.contains("next: run as root or as the owner of the process"))
            // What it launches itself it may see, but for the kernel where that is hidden.
            let own = try LiveProcess(
                nobody + [
                    "/usr/bin/env", "-C", work, copy, "record", "-o", "own.pb.gz", "--", "/bin/sh", "-c",
                    "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done",
                ], in: directory
            ).wait()
            #expect(own.status == 0, "\(own.errors)")
            let recording = try LiveRecording(path: work + "/own.pb.gz", ending: own)
            #expect(recording.sampleCount > 0)
            #expect(recording.counts.lost == 0)
        }

        @Test("a target that sleeps has no samples, and the error says how long it ran")
        func noSamples() throws {
            let target = try LiveProcess(["/bin/sleep", "60"], in: directory)
            usleep(300_000)
            let ending = try Live.run(["record", "-p", "\(target.pid)", "-d", "200ms"], in: directory)
            #expect(ending.status == 5)
            #expect(ending.errors.hasPrefix("error: no samples of sleep (pid \(target.pid)) (event "))
            #expect(ending.errors.contains("it used 0 ms of CPU"))
            #expect(ending.errors.contains("next: it waited or was too short to be seen"))
            #expect(try directory.names.allSatisfy { !$0.contains("pb.gz") })
            kill(target.pid, SIGKILL)
            _ = target.wait()
        }

        private let burn = ["/bin/sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"]

        @Test("a directory that is missing or closed is an error before the target runs")
        func badOutput() throws {
            let marker = directory.path + "/has-run"
            let touch = ["/bin/sh", "-c", "touch '\(marker)'"]
            for output in ["missing/x.pb.gz", "/proc/x.pb.gz", directory.path] {
                let ending = try Live.run(["record", "-o", output, "--"] + touch, in: directory)
                #expect(ending.status == 5, "\(output): \(ending.errors)")
                #expect(ending.errors.hasPrefix("error: ") && ending.errors.contains("next: "))
            }
            #expect(!FileManager.default.fileExists(atPath: marker))
        }

        @Test("a full disk is an error, and leaves no half of a file")
        func diskFull() throws {
            guard Live.isRoot, FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare") else {
                print("a full disk: skipped: needs root and unshare")
                return
            }
            let script = """
                mkdir small && mount -t tmpfs -o size=4k tmpfs small && cd small || exit 99
                head -c 4096 /dev/zero > filler
                '\(Live.perfdoctor)' record -q -o full.pb.gz -- \(burn[0]) -c '\(burn[2])'
                echo "status $?"
                ls
                """
            let ending = try LiveProcess(["/usr/bin/unshare", "-m", "/bin/sh", "-c", script], in: directory).wait()
            guard ending.status != 99 else {
                print("a full disk: skipped: no tmpfs can be mounted: \(ending.errors)")
                return
            }
            #expect(ending.text == "status 5\nfiller\n", "\(ending.text)\(ending.errors)")
            #expect(ending.errors.contains("No space left on device"))
            #expect(ending.errors.contains("next: "))
        }

        @Test("a limit of file sizes is an error, and not the death of perfdoctor")
        func fileSizeLimit() throws {
            let script = "ulimit -f 1; exec '\(Live.perfdoctor)' record -q -o l.pb.gz -- \(Live.workload) mix --ms 400"
            let ending = try LiveProcess(["/bin/sh", "-c", script], in: directory).wait()
            #expect(ending.status == 5, "\(ending.errors)")
            #expect(try directory.names.allSatisfy { !$0.contains("pb.gz") })
        }

        @Test("odd names of outputs and of targets reach the file system as they are, and no terminal")
        func oddNames() throws {
            let output = "a b\nc\u{1B}[31m'$x.pb.gz"
            let recorded = try Live.run(["record", "-o", output, "--"] + burn, in: directory)
            #expect(recorded.status == 0, "\(recorded.errors)")
            #expect(try directory.names.contains(output))
            #expect(!recorded.errors.contains("\u{1B}"))
            // The name of the target: of the program, and the one that it gives itself.
            let evil = directory.path + "/evil\u{1B}]0;x\u{7}\n(name)"
            #expect(try LiveProcess(["/bin/cp", "/bin/sleep", evil], in: directory).wait().status == 0)
            let program = try directory.build(
                "burn",
                """
                #include <sys/prctl.h>
                #include <time.h>
                int main(void) {
                    prctl(PR_SET_NAME, "\\033[31m)\\n(x");
                    while (clock() < 200000) {}
                }
                """)
            let odd = directory.path + "/odd\u{1B}[31m name"
            try FileManager.default.moveItem(atPath: program, toPath: odd)
            for arguments in [["--", odd], ["--report", "-", "--", odd], ["--format", "json", "--", odd]] {
                let ending = try Live.run(["record"] + arguments, in: directory)
                #expect(ending.status == 0, "\(ending.errors)")
                #expect(!ending.errors.contains("\u{1B}") && !ending.text.contains("\u{1B}"))
            }
            let sleeping = try Live.run(["record", "--", evil, "0.01"], in: directory)
            #expect(!sleeping.errors.contains("\u{1B}") && !sleeping.errors.contains("\u{7}"))
            for name in try directory.names where name.hasPrefix("perfdoctor-") {
                #expect(!name.contains("\u{1B}") && !name.contains(" "), "\(name)")
            }
        }

        @Test(
            "reports come after the target's own output, in each form", arguments: ["json", "html", "folded", "text"])
        func reports(format: String) throws {
            let shell = ["/bin/sh", "-c", burn[2] + "; echo target-done"]
            let printed = try Live.run(
                ["record", "-q", "-o", "r.pb.gz", "--format", format, "--"] + shell, in: directory)
            #expect(printed.status == 0, "\(printed.errors)")
            #expect(printed.text.hasPrefix("target-done\n"))
            #expect(printed.output.count > 50)
            let stored = try Live.run(
                ["record", "-q", "-o", "r.pb.gz", "--format", format, "--report", "r.out", "--"] + shell, in: directory)
            #expect(stored.text == "target-done\n")
            let report = try #require(FileManager.default.contents(atPath: directory.path + "/r.out"))
            #expect(!report.isEmpty)
            let dash = try Live.run(
                ["record", "-q", "-o", "r.pb.gz", "--format", format, "--report", "-", "--"] + shell, in: directory)
            #expect(dash.text.hasPrefix("target-done\n") && dash.output.count > 50)
        }
    }
}
