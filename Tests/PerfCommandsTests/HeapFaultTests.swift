import FoundationEssentials
import Glibc
import PerfModel
import PerfProfiles
import Testing

/// Looks at programs that are broken, very large in threads, or end meanwhile.
@Suite(
    "heap of programs in trouble, live", .serialized, .tags(.live), .timeLimit(.minutes(10)),
    .enabled(if: Live.isPossible && LiveCompiler.isPossible(for: "heap of programs in trouble"), "see record, live"))
struct HeapFaultTests {
    private let directory: LiveDirectory

    init() throws {
        directory = try LiveDirectory()
    }

    @Test(
        "a heap that the program has damaged is told as such, and never called free of leaks",
        arguments: ["size", "zero", "huge", "overrun", "wipe", "unmap", "tcache", "loop"])
    func damaged(way: String) throws {
        let program = try LiveCompiler.compile(Self.damage, to: "damage", in: directory)
        let target = try LiveProcess([program, way], in: directory)
        try #require(target.waitForOutput("ready"))
        let path = directory.newName("damaged")
        let ending = try Live.run(["heap", "-p", "\(target.pid)", "--fail-on-leak", "-o", path], in: directory)
        let profile = try Profile(decoding: LiveProcess.bytes(of: path))
        let warning = profile.extras?.warnings.first { $0.code == "leaks_in_doubt" }
        #expect(warning?.message.contains("0x") == true, "\(ending)")
        let leaks = try #require(profile.extras?.heap?.leaks)
        if ["tcache", "loop"].contains(way) {
            // Which blocks there are is known; only that some of them are free is not.
            #expect(!leaks.isPartial && warning?.remedy.contains("fsanitize") == true)
        } else {
            #expect(leaks.isPartial && ending.status == ExitCode.untrustworthy.rawValue, "\(ending)")
            #expect(ending.errors.contains("nothing that could be seen leaks"), "\(ending.errors)")
        }
        #expect(target.poll() == nil)
        kill(target.pid, SIGKILL)
    }

    @Test("a program of 1,000 threads stands still for all of them, and goes on", arguments: [false, true])
    func threads(isTracked: Bool) throws {
        let program = try LiveCompiler.compile(Self.crowd, to: "crowd", options: ["-pthread"], in: directory)
        let target = try LiveProcess([program], in: directory)
        try #require(target.waitForOutput("ready"))
        let path = directory.newName("crowd")
        let ending = try Live.run(
            ["heap", "-q", "-p", "\(target.pid)", "-o", path] + (isTracked ? ["-d", "200ms", "--leaks"] : []),
            in: directory)
        let found = try HeapLiveRecording(path: path, ending: ending)
        let leaks = try #require(found.profile.extras?.heap?.leaks, "\(found.warningCodes)")
        #expect(leaks.groups.isEmpty && leaks.snapshots.map(\.threads) == [1001], "\(leaks)")
        kill(target.pid, SIGTERM)
        let end = target.wait()
        #expect(end.status == 0 && end.text.hasSuffix("ok\n"), "\(end)")
    }

    @Test("a program that ends in whatever phase ends a look with the reason, and leaves nothing", arguments: 0..<24)
    func dies(number: Int) throws {
        let isTracked = number % 2 == 1
        let program = directory.newName("program")
        // Another process writes it: a descriptor of ours, which children of other tests have for a moment, would keep it
        // from being executed.
        try #require(try LiveProcess(["/bin/cp", Live.workload, program], in: directory).wait().status == 0)
        let pipe = directory.newName("input")
        // SAFETY: the path is a terminated string for the duration of both calls.
        let made = unsafe mkfifo(pipe, 0o600)
        try #require(made == 0)
        let input = unsafe open(pipe, O_RDWR | O_CLOEXEC)
        try #require(input >= 0)
        defer { close(input) }
        let target = try LiveProcess([program, "leaks"], in: directory, input: pipe)
        try #require(target.waitForOutput("ready"))
        let path = directory.newName("dies")
        let look = try Live.start(
            ["heap", "-q", "-p", "\(target.pid)", "-o", path] + (isTracked ? ["-d", "5", "--leaks"] : []),
            in: directory)
        // From before the look begins to after its end.
        usleep(UInt32(number * number) * 400)
        kill(target.pid, number % 3 == 0 ? SIGTERM : SIGKILL)
        let ending = look.wait()
        if ending.status == 0 {
            _ = try Profile(decoding: LiveProcess.bytes(of: path))
        } else {
            #expect(ending.status == ExitCode.failure.rawValue, "\(ending)")
            #expect(ending.errors.contains("next: "), "\(ending.errors)")
        }
        let end = target.wait()
        #expect(end.status == 128 + (number % 3 == 0 ? SIGTERM : SIGKILL), "\(end)")
        // Its copy would be a process of the same program.
        #expect(try Self.processes(of: program).isEmpty)
    }

    @Test("a program that waits for any child, and takes SIGCHLD, notices no looks")
    func children() throws {
        let program = try LiveCompiler.compile(Self.parent, to: "parent", in: directory)
        let target = try LiveProcess([program], in: directory)
        try #require(target.waitForOutput("ready"))
        for number in 0..<10 {
            let ending = try Live.run(
                ["heap", "-q", "-p", "\(target.pid)", "-o", directory.newName("look")]
                    + (number == 5 ? ["-d", "100ms"] : []), in: directory)
            #expect(ending.status == 0, "\(ending.errors)")
        }
        kill(target.pid, SIGTERM)
        let end = target.wait()
        #expect(end.status == 0 && end.text.hasSuffix("ended 1, signals 1, strangers 0\n"), "\(end)")
    }

    /// Processes that run a program.
    private static func processes(of program: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
            guard Int(name) != nil else { return false }
            var room = [UInt8](repeating: 0, count: 4096)
            // SAFETY: the call writes at most as many bytes as there is room for, and returns how many.
            let count = unsafe readlink("/proc/\(name)/exe", &room, room.count)
            return count > 0 && String(decoding: room[..<count], as: UTF8.self) == program
        }
    }

    /// Breaks its own heap in a way, says so, and waits.
    private static let damage = """
        #define _GNU_SOURCE
        #include <stdint.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/mman.h>
        #include <unistd.h>

        static char *kept[4000];

        int main(int count, char **arguments) {
            static char line[1 << 12];
            setvbuf(stdout, line, _IOFBF, sizeof line);
            for (int i = 0; i < 4000; i++) kept[i] = malloc(16 + i % 200);
            const char *way = arguments[1];
            uint64_t *block = (uint64_t *)kept[2000];
            if (!strcmp(way, "size")) block[-1] = 0x4141414141414141;
            if (!strcmp(way, "zero")) block[-1] = 0;
            if (!strcmp(way, "huge")) block[-1] = 0x7ffffffffff1;
            if (!strcmp(way, "overrun")) memset(block, 'A', 4096);
            if (!strcmp(way, "wipe")) memset(kept[10], 0, 60000);
            if (!strcmp(way, "unmap")) munmap((void *)(((uintptr_t)block + 4095) & ~4095ul), 8192);
            if (!strcmp(way, "tcache") || !strcmp(way, "loop")) {
                char *first = malloc(40), *second = malloc(40);
                free(first);
                free(second);
                uint64_t link = *way == 't' ? 0xdeadbeefcafe0 : (uint64_t)second ^ (uint64_t)first >> 12;
                memcpy(*way == 't' ? second : first, &link, sizeof link);
            }
            puts("ready");
            fflush(stdout);
            for (;;) pause();
        }
        """

    /// Has one child, asks all the time whether one has ended, and says what it saw once it is told to end (SIGTERM).
    private static let parent = """
        #include <errno.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/wait.h>
        #include <unistd.h>

        static volatile int stop, signals;

        static void told(int signal) {
            if (signal == SIGCHLD) signals++;
            else stop = 1;
        }

        int main(void) {
            pid_t child = fork();
            if (!child)
                for (;;) pause();
            struct sigaction action = {.sa_handler = told};
            sigaction(SIGTERM, &action, NULL);
            sigaction(SIGCHLD, &action, NULL);
            puts("ready");
            fflush(stdout);
            int asked = 0, ended = 0, strangers = 0, status;
            while (!ended) {
                if (stop && !asked++) kill(child, SIGKILL);
                pid_t got = waitpid(-1, &status, WNOHANG);
                if (got == child) ended++;
                else if (got > 0) strangers++;
                free(malloc(64));
                usleep(500);
            }
            printf("ended %d, signals %d, strangers %d\\n", ended, signals, strangers);
            return 0;
        }
        """

    /// A thousand threads, a few of which allocate, until it is told to end (SIGTERM).
    private static let crowd = """
        #include <pthread.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>

        static volatile int stop;

        static void told(int signal) {
            (void)signal;
            stop = 1;
        }

        static void *run(void *number) {
            char *volatile own = malloc(100);
            while (!stop) {
                if ((long)number % 100 == 0) free(malloc(64 + (size_t)rand() % 1000));
                usleep((long)number % 100 == 0 ? 100 : 200000);
            }
            free(own);
            return NULL;
        }

        int main(void) {
            signal(SIGTERM, told);
            static pthread_t threads[1000];
            pthread_attr_t attributes;
            pthread_attr_init(&attributes);
            pthread_attr_setstacksize(&attributes, 1 << 16);
            for (long i = 0; i < 1000; i++)
                if (pthread_create(&threads[i], &attributes, run, (void *)i)) return 1;
            puts("ready");
            fflush(stdout);
            for (int i = 0; i < 1000; i++) pthread_join(threads[i], NULL);
            puts("ok");
            return 0;
        }
        """
}
