import FoundationEssentials
import Glibc
import PerfModel
import PerfProfiles
import Testing

extension RecordLiveTests {
    @Suite("the target does not notice")
    struct Transparency {
        private let directory: LiveDirectory

        init() throws {
            directory = try LiveDirectory()
        }

        /// Tells all that a program can see of its surroundings, burns some CPU, and ends as it is told.
        static let observer = """
            #include <errno.h>
            #include <fcntl.h>
            #include <sched.h>
            #include <signal.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/personality.h>
            #include <sys/prctl.h>
            #include <sys/resource.h>
            #include <sys/stat.h>
            #include <time.h>
            #include <unistd.h>
            extern char **environ;
            static void lines(const char *path, const char *prefix) {
                char line[4096];
                FILE *file = fopen(path, "r");
                while (file && fgets(line, sizeof line, file))
                    if (strncmp(line, prefix, strlen(prefix)) == 0) fputs(line, stdout);
                if (file) fclose(file);
            }
            int main(int argc, char **argv) {
                for (int i = 0; i < argc; i++) printf("argument %s\\n", argv[i]);
                for (char **v = environ; *v; v++) printf("variable %s\\n", *v);
                char text[4096];
                printf("directory %s\\n", getcwd(text, sizeof text));
                mode_t mask = umask(0);
                printf("umask %o nice %d policy %d\\n", mask, getpriority(PRIO_PROCESS, 0), sched_getscheduler(0));
                for (int i = 0; i < RLIM_NLIMITS; i++) {
                    struct rlimit limit;
                    getrlimit(i, &limit);
                    printf("limit %d %lu %lu\\n", i, (long)limit.rlim_cur, (long)limit.rlim_max);
                }
                for (int fd = 0; fd < 4096; fd++) {
                    struct stat status;
                    if (fstat(fd, &status) != 0) continue;
                    printf("descriptor %d mode %o flags %x %x\\n", fd, status.st_mode, fcntl(fd, F_GETFD),
                           fcntl(fd, F_GETFL));
                }
                const char *fields[] = {"Sig", "ShdPnd", "Cap", "NoNewPrivs", "Seccomp:", "Cpus_allowed:", "Uid", "Gid",
                                        "TracerPid", "Threads", "Groups"};
                for (int i = 0; i < 11; i++) lines("/proc/self/status", fields[i]);
                for (int i = 1; i < 65; i++) {
                    struct sigaction action;
                    if (sigaction(i, NULL, &action) == 0)
                        printf("signal %d %d %x\\n", i, action.sa_handler == SIG_IGN ? 1 : action.sa_handler != SIG_DFL,
                               action.sa_flags);
                }
                int death = 0;
                prctl(PR_GET_PDEATHSIG, &death);
                printf("dumpable %d death %d slack %d subreaper %d personality %x\\n", prctl(PR_GET_DUMPABLE), death,
                       prctl(PR_GET_TIMERSLACK), 0, personality(0xffffffff));
                printf("group %d session %d\\n", getpgrp(), getsid(0));
                lines("/proc/self/oom_score_adj", "");
                lines("/proc/self/cgroup", "");
                long got = read(0, text, sizeof text);
                printf("input %ld %.*s\\n", got, (int)(got > 0 ? got : 0), text);
                fputs("complaint\\n", stderr);
                fflush(stdout);
                struct timespec start, now;
                clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
                do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
                while ((now.tv_sec - start.tv_sec) * 1000000000L + now.tv_nsec - start.tv_nsec < 40000000L);
                const char *how = getenv("END");
                if (how && strncmp(how, "signal ", 7) == 0) {
                    struct rlimit none = {0, 0};
                    setrlimit(RLIMIT_CORE, &none);
                    signal(atoi(how + 7), SIG_DFL);
                    raise(atoi(how + 7));
                    sigset_t all;
                    sigfillset(&all);
                    sigprocmask(SIG_UNBLOCK, &all, NULL);
                }
                return how ? atoi(how) : 0;
            }
            """

        /// Makes odd surroundings and executes its arguments in them.
        static let odd = """
            #include <fcntl.h>
            #include <signal.h>
            #include <sys/prctl.h>
            #include <sys/resource.h>
            #include <sys/stat.h>
            #include <unistd.h>
            int main(int argc, char **argv) {
                sigset_t set;
                sigemptyset(&set);
                sigaddset(&set, SIGUSR1);
                sigaddset(&set, SIGCHLD);
                sigaddset(&set, SIGRTMIN);
                sigprocmask(SIG_SETMASK, &set, 0);
                signal(SIGHUP, SIG_IGN);
                signal(SIGPIPE, SIG_IGN);
                struct rlimit files = {300, 400}, stack = {4 << 20, 1 << 30};
                setrlimit(RLIMIT_NOFILE, &files);
                setrlimit(RLIMIT_STACK, &stack);
                setpriority(PRIO_PROCESS, 0, 3);
                umask(027);
                dup2(open("/dev/null", O_RDONLY), 77);
                return execv(argv[1], argv + 1);
            }
            """

        private func compare(_ wrapper: [String], environment: [String], status: Int32) throws {
            let observer = try directory.build("observer", Self.observer)
            let input = try directory.write("input", "from standard input\n")
            let program = [observer, "an argument", "", "--\u{1B}[31m\n", "-o"]
            let alone = try LiveProcess(wrapper + program, in: directory, environment: environment, input: input).wait()
            let recorded = try LiveProcess(
                wrapper + [Live.perfdoctor, "record", "-q", "--pass-status", "-o", "p.pb.gz", "--"] + program,
                in: directory, environment: environment, input: input
            ).wait()
            #expect(alone.status == status, "\(alone.errors)")
            #expect(recorded.status == status, "\(recorded.errors)")
            #expect(alone.text.contains("from standard input"))
            let differences = recorded.text.split(separator: "\n").difference(from: alone.text.split(separator: "\n"))
            #expect(recorded.output == alone.output, "\(differences)")
            #expect(recorded.errors.hasPrefix(alone.errors))
            let data = try #require(FileManager.default.contents(atPath: directory.path + "/p.pb.gz"))
            #expect(try !Profile(decoding: Array(data)).samples.isEmpty)
        }

        @Test(
            "streams, surroundings and the end are the same with and without perfdoctor",
            arguments: [("0", 0), ("7", 7), ("255", 255), ("signal 9", 137), ("signal 15", 143), ("signal 11", 139)]
                as [(String, Int32)])
        func same(end: String, status: Int32) throws {
            try compare([], environment: ["PATH=/usr/bin:/bin", "A=b c", "EMPTY=", "END=\(end)"], status: status)
        }

        @Test("odd signal masks, limits, priorities and descriptors are inherited as they are")
        func odd() throws {
            let odd = try directory.build("odd", Self.odd)
            try compare([odd], environment: ["PATH=/usr/bin:/bin"], status: 0)
        }

        /// Runs until a signal ends it; prints a line for each SIGINT, SIGTERM and SIGUSR1 that it gets.
        private static let stubborn = """
            #include <signal.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <time.h>
            #include <unistd.h>
            static volatile sig_atomic_t counts[65];
            static void count(int number) { counts[number]++; }
            int main(int argc, char **argv) {
                double seconds = atof(argv[1]);
                int wanted = argc > 2 ? atoi(argv[2]) : 0;
                struct sigaction action = {.sa_handler = count};
                sigaction(SIGINT, &action, NULL);
                sigaction(SIGTERM, &action, NULL);
                sigaction(SIGUSR1, &action, NULL);
                write(1, "ready\\n", 6);
                struct timespec start, now;
                clock_gettime(CLOCK_MONOTONIC, &start);
                do {
                    clock_gettime(CLOCK_MONOTONIC, &now);
                    if (wanted && counts[SIGINT] + counts[SIGTERM] + counts[SIGUSR1] >= wanted) {
                        /* Time for one that would come twice. */
                        struct timespec pause = {0, 300000000};
                        while (nanosleep(&pause, &pause) != 0) {}
                        break;
                    }
                } while ((now.tv_sec - start.tv_sec) + (now.tv_nsec - start.tv_nsec) / 1e9 < seconds);
                printf("int %d term %d usr1 %d\\n", counts[SIGINT], counts[SIGTERM], counts[SIGUSR1]);
                return 3;
            }
            """

        private func profile(_ name: String) throws -> Profile {
            let data = try #require(FileManager.default.contents(atPath: directory.path + "/" + name))
            return try Profile(decoding: Array(data))
        }

        @Test(
            "signals sent to perfdoctor reach the target once, and the file is complete", arguments: [SIGTERM, SIGINT])
        func forwarded(signal: Int32) throws {
            let target = try directory.build("stubborn", Self.stubborn)
            let process = try LiveProcess(
                [Live.perfdoctor, "record", "-o", "p.pb.gz", "--", target, "20", "2"], in: directory)
            #expect(process.waitForOutput("ready"))
            usleep(200_000)
            kill(process.pid, SIGUSR1)
            usleep(50_000)
            kill(process.pid, signal)
            let ending = process.wait()
            #expect(ending.text.contains(signal == SIGTERM ? "int 0 term 1 usr1 1" : "int 1 term 0 usr1 1"))
            #expect(ending.status == 6, "\(ending.errors)")
            #expect(ending.errors.contains("exited with status 3"))
            #expect(try !profile("p.pb.gz").samples.isEmpty)
        }

        @Test("a target that ignores SIGTERM is waited for, and the file is there before it ends")
        func ignoring() throws {
            let target = try directory.build("stubborn", Self.stubborn)
            let process = try LiveProcess(
                [Live.perfdoctor, "record", "-o", "p.pb.gz", "--", target, "60", "2"], in: directory)
            #expect(process.waitForOutput("ready"))
            usleep(200_000)
            kill(process.pid, SIGTERM)
            // Not before the grace period is over; then the profile is stored while the target goes on.
            for _ in 0..<2000 where !FileManager.default.fileExists(atPath: directory.path + "/p.pb.gz") {
                usleep(10_000)
            }
            #expect(process.poll() == nil)
            #expect(try !profile("p.pb.gz").samples.isEmpty)
            kill(process.pid, SIGUSR1)
            let ending = process.wait()
            #expect(ending.text.contains("term 1 usr1 1"))
            #expect(ending.errors.contains("stopped by SIGTERM"))
        }

        @Test("Ctrl-C at a terminal reaches the target once")
        func terminal() throws {
            let python = "/usr/bin/python3"
            guard FileManager.default.isExecutableFile(atPath: python) else {
                print("Ctrl-C at a terminal: skipped: no \(python)")
                return
            }
            let target = try directory.build("stubborn", Self.stubborn)
            let script = try directory.write(
                "terminal.py",
                """
                import os, pty, sys, time
                pid, terminal = pty.fork()
                if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
                seen = b""
                sent = False
                while True:
                    try: chunk = os.read(terminal, 4096)
                    except OSError: break
                    if not chunk: break
                    seen += chunk
                    if b"ready" in seen and not sent:
                        time.sleep(0.3)
                        os.write(terminal, b"\\x03")
                        sent = True
                status = os.waitpid(pid, 0)[1]
                sys.stdout.buffer.write(seen)
                sys.exit(os.waitstatus_to_exitcode(status))
                """)
            let ending = try LiveProcess(
                [python, script, Live.perfdoctor, "record", "-o", "p.pb.gz", "--", target, "20", "1"], in: directory
            ).wait()
            #expect(ending.text.contains("int 1 term 0 usr1 0"), "\(ending.text)\(ending.errors)")
            #expect(ending.status == 6)
            #expect(try !profile("p.pb.gz").samples.isEmpty)
        }

        @Test("after -d the file is written and the target goes on to its end")
        func duration() throws {
            let target = try directory.build("stubborn", Self.stubborn)
            let process = try LiveProcess(
                [Live.perfdoctor, "record", "-d", "300ms", "-o", "p.pb.gz", "--pass-status", "--", target, "60", "1"],
                in: directory)
            for _ in 0..<2000 where !FileManager.default.fileExists(atPath: directory.path + "/p.pb.gz") {
                usleep(10_000)
            }
            #expect(process.poll() == nil, "the target still runs")
            #expect(try !profile("p.pb.gz").samples.isEmpty)
            kill(process.pid, SIGTERM)
            let ending = process.wait()
            #expect(ending.text.contains("term 1"))
            #expect(ending.status == 3)
        }

        @Test("when perfdoctor is killed, the target runs on")
        func killed() throws {
            let target = try directory.build("stubborn", Self.stubborn)
            let process = try LiveProcess(
                [Live.perfdoctor, "record", "-o", "p.pb.gz", "--", "/bin/sh", "-c", "echo $$; exec '\(target)' 60 1"],
                in: directory)
            #expect(process.waitForOutput("ready"))
            let pid = try #require(process.output.split(separator: "\n").first.flatMap { pid_t($0) })
            kill(process.pid, SIGKILL)
            #expect(process.wait().status == 137)
            #expect(kill(pid, 0) == 0)
            kill(pid, SIGTERM)
            for _ in 0..<1000 where kill(pid, 0) == 0 && !process.output.contains("int 0") { usleep(10_000) }
            #expect(process.output.contains("int 0 term 1"))
            #expect(try directory.names.allSatisfy { !$0.contains(".pb.gz") }, "nothing half-written")
        }

        @Test("a target that is killed is named with the signal")
        func targetKilled() throws {
            let process = try LiveProcess(
                [
                    Live.perfdoctor, "record", "-o", "p.pb.gz", "--", "/bin/sh", "-c",
                    "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; kill -9 $$",
                ], in: directory)
            let ending = process.wait()
            #expect(ending.status == 6)
            #expect(ending.errors.hasSuffix("perfdoctor: /bin/sh was killed by SIGKILL\n"), "\(ending.errors)")
            #expect(try !profile("p.pb.gz").samples.isEmpty)
        }

        @Test("a program that cannot be executed is an error, and leaves nothing behind")
        func notExecutable() throws {
            let text = try directory.write("text", "no program")
            for (program, message) in [
                ("does-not-exist", "error: cannot execute does-not-exist: No such file or directory"),
                (text, "error: cannot execute \(text): Permission denied"),
                (directory.path, "error: cannot execute \(directory.path): Permission denied"),
            ] {
                let ending = try Live.run(["record", "--", program], in: directory)
                #expect(ending.status == 5)
                #expect(ending.errors.contains(message), "\(ending.errors)")
                #expect(ending.errors.contains("next: "))
            }
            #expect(try directory.names.filter { $0.contains("pb.gz") }.isEmpty)
        }
    }
}
