import FoundationEssentials
import Glibc
import PerfModel
import PerfProfiles
import Testing

extension RecordLiveTests {
    @Suite("images that are hard to get at")
    struct Images {
        private let directory: LiveDirectory

        init() throws {
            directory = try LiveDirectory()
        }

        #if arch(x86_64)
            /// Makes a loop at run time, and says in a perf map that it is called `jittedLoop`.
            private static let jit = """
                #define _GNU_SOURCE
                #include <stdio.h>
                #include <string.h>
                #include <sys/mman.h>
                #include <unistd.h>
                int main(int argc, char **argv) {
                    /* mov $rounds, %rcx; 1: dec %rcx; jnz 1b; ret */
                    unsigned char code[] = {0x48, 0xC7, 0xC1, 0, 0, 0, 0x10, 0x48, 0xFF, 0xC9, 0x75, 0xFB, 0xC3};
                    int fd = argc > 1 ? memfd_create("jit", 0) : -1;
                    if (fd >= 0 && ftruncate(fd, 4096) != 0) return 1;
                    unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, fd >= 0 ? MAP_SHARED
                                               : MAP_PRIVATE | MAP_ANONYMOUS, fd, 0);
                    memcpy(page, code, sizeof code);
                    if (fd >= 0)
                        page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
                    else
                        mprotect(page, 4096, PROT_READ | PROT_EXEC);
                    char name[64];
                    snprintf(name, sizeof name, "/tmp/perf-%d.map", getpid());
                    unlink(name);
                    FILE *map = fopen(name, "w");
                    fprintf(map, "%lx %zx jittedLoop\\n", (unsigned long)page, sizeof code);
                    fclose(map);
                    if (argc > 2 && chown(name, 65534, 65534) != 0) return 2;
                    printf("%s\\n", name);
                    fflush(stdout);
                    for (int i = 0; i < 3; i++) ((void (*)(void))page)();
                    return 0;
                }
                """

            private func jit(_ arguments: [String]) throws -> LiveRecording {
                let program = try directory.build("jit", Self.jit)
                let recording = try Live.record(["--", program] + arguments, in: directory)
                let map = recording.ending.text.split(separator: "\n").first.map(String.init) ?? ""
                // SAFETY: a terminated string for the duration of the call.
                unsafe #expect(map.hasPrefix("/tmp/perf-") && unlink(map) == 0)
                return recording
            }

            @Test("code that was made at run time has the names of its perf map", arguments: [[], ["memfd"]])
            func perfMap(arguments: [String]) throws {
                #expect(try jit(arguments).share(under: "jittedLoop") > 0.7)
            }

            @Test("a perf map of another user is not believed")
            func foreignPerfMap() throws {
                guard Live.isRoot else {
                    print("a perf map of another user: skipped: not root")
                    return
                }
                let recording = try jit(["memfd", "chown"])
                #expect(recording.sampleCount > 0)
                #expect(recording.count(under: "jittedLoop") == 0)
            }
        #endif

        /// A program whose one busy function has the given name.
        private func program(_ name: String, function: String) throws -> String {
            try directory.build(
                name,
                """
                #include <time.h>
                #include <unistd.h>
                static volatile unsigned long steps;
                __attribute__((noinline)) void \(function)(void) { for (int i = 0; i < 1000000; i++) steps++; }
                int main(void) {
                    write(1, "ready\\n", 6);
                    while (clock() < 60 * CLOCKS_PER_SEC) \(function)();
                }
                """, options: ["-static"])
        }

        private func end(_ process: LiveProcess) {
            kill(process.pid, SIGKILL)
            _ = process.wait()
        }

        @Test("a program that was deleted or replaced while it runs has its own names")
        func replaced() throws {
            guard Live.isRoot else {
                print("a replaced program: skipped: reading the mapping needs root")
                return
            }
            let first = try program("first", function: "ofTheFirst")
            let second = try program("second", function: "ofTheSecond")
            let target = try LiveProcess([first], in: directory)
            #expect(target.waitForOutput("ready"))
            defer { end(target) }
            // SAFETY: terminated strings for the duration of the calls.
            unsafe unlink(first)
            let deleted = try Live.record(["-p", "\(target.pid)", "-d", "0.3"], in: directory)
            #expect(deleted.share(under: "ofTheFirst") > 0.8)
            try FileManager.default.copyItem(atPath: second, toPath: first)
            let replaced = try Live.record(["-p", "\(target.pid)", "-d", "0.3"], in: directory)
            #expect(replaced.share(under: "ofTheFirst") > 0.8)
            #expect(replaced.count(under: "ofTheSecond") == 0)
        }

        @Test("a program in its own root directory has the names of its own file, not of the host's at that path")
        func chroot() throws {
            guard Live.isRoot, FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare") else {
                print("a root directory of its own: skipped: needs root and unshare")
                return
            }
            let inside = try program("inside", function: "ofTheContainer")
            let outside = try program("outside", function: "ofTheHost")
            let root = directory.path + "/root"
            try FileManager.default.createDirectory(
                atPath: root + directory.path, withIntermediateDirectories: true)
            let path = directory.path + "/app"
            try FileManager.default.copyItem(atPath: outside, toPath: path)
            try FileManager.default.copyItem(atPath: inside, toPath: root + path)
            // An absolute link that means one file in the container, and another one on the host.
            try FileManager.default.createSymbolicLink(atPath: root + "/link", withDestinationPath: path)
            for name in [path, "/link"] {
                let target = try LiveProcess(["/usr/bin/unshare", "-m", "--root", root, name], in: directory)
                #expect(target.waitForOutput("ready"), "\(target.output)")
                defer { end(target) }
                let recording = try Live.record(["-p", "\(target.pid)", "-d", "0.3"], in: directory)
                #expect(recording.share(under: "ofTheContainer") > 0.8, "\(name)")
                #expect(recording.count(under: "ofTheHost") == 0)
            }
            // Launched, so that the file is found by records of the kernel.
            let launched = try Live.record(
                [
                    "-d", "0.4", "--", "/usr/bin/timeout", "-s", "KILL", "0.6", "/usr/bin/unshare", "-m", "--root",
                    root, path,
                ],
                in: directory)
            #expect(launched.share(under: "ofTheContainer") > 0.5)
            #expect(launched.count(under: "ofTheHost") == 0)
        }
    }
}
