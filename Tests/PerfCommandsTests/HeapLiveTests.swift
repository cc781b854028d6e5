import FoundationEssentials
import Glibc
import PerfModel
import PerfProfiles
import Testing

/// `heap` as users run it, on programs whose allocations are known exactly.
@Suite("heap, live", .serialized, .tags(.live), .timeLimit(.minutes(20)), .enabled(if: Live.isPossible, "see above"))
struct HeapLiveTests {
    private let directory: LiveDirectory

    init() throws {
        directory = try LiveDirectory()
    }

    private func record(_ arguments: [String], status: Int32 = 0) throws -> HeapLiveRecording {
        try HeapLiveRecording(arguments, status: status, in: directory)
    }

    @Test("counts objects that live at the end exactly, by type", arguments: Live.variants)
    func liveTypes(variant: String) throws {
        let found = try record(["--", Live.workload(variant), "heap"])
        let truth = found.truth("live_objects")
        #expect(truth.count == 5)
        for (type, count) in truth {
            let matching = found.liveObjects.filter { $0.key.replacing(" ", with: "").hasSuffix(type) }
            // The keeper's own arrays are storages of other elements.
            // The program's own texts may be strings on the heap, too.
            let others = type == "__StringStorage" ? 3 : 0
            let sum = matching.values.reduce(0, +)
            #expect(sum >= count && sum <= count + others, "\(type): \(found.liveObjects)")
        }
    }

    @Test("counts allocations and temporary blocks exactly, by stack", arguments: Live.variants)
    func sites(variant: String) throws {
        let found = try record(["--", Live.workload(variant), "heap", "--churn", "12345"])
        for (function, count) in found.truth("allocations") {
            #expect(found.sum("alloc_objects", under: function) == count, "\(function)")
        }
        for (function, count) in found.truth("temporary") {
            #expect(found.sum("temporary_objects", under: function) == count, "\(function)")
        }
        // From 1 KiB to 1 MiB by doubling.
        #expect(found.sum("alloc_space", under: "growBlock") == (2 << 20) - 1024)
        #expect(found.sum("inuse_space", under: "growBlock") == 0)
    }

    @Test("totals are the sums over the sites, and the peak is what lived at most")
    func totals() throws {
        let found = try record(["--", Live.workload, "heap"])
        let heap = try #require(found.profile.extras?.heap)
        #expect(heap.allocations.count == UInt64(found.sum("alloc_objects")))
        #expect(heap.allocations.bytes == UInt64(found.sum("alloc_space")))
        #expect(heap.live.bytes == UInt64(found.sum("inuse_space")))
        #expect(heap.allocations.count - heap.frees.count == heap.live.count)
        // The block that grows to 1 MiB lives beside all that stays.
        #expect(heap.peak.bytes >= heap.live.bytes)
        #expect(heap.peak.bytes > 3 << 19)
        // Stacks are copied at each rise by a sixteenth at the latest; a thread keeps less than a percent to itself.
        #expect(Double(found.sum("peak_space")) > 0.92 * Double(heap.peak.bytes))
    }

    @Test(
        "keeps all counts of a program that ends without a word",
        arguments: [("_exit", 0), ("kill", 137), ("abort", 134)])
    func sudden(exit: String, status: Int32) throws {
        let found = try record(["--", Live.workload, "heap", "--exit", exit], status: status)
        #expect(found.sum("alloc_objects", under: "churnBlocks") == 100_000)
        #expect(found.sum("inuse_objects", under: "makeNode") == 1000)
        let codes = found.profile.extras?.warnings.map(\.code) ?? []
        #expect(codes.contains("ended_unseen") == (exit != "_exit"), "\(codes)")
    }

    @Test("estimates from samples without bias, with their error")
    func sampled() throws {
        let found = try record(
            ["--sample", "4KiB", "--", Live.workload, "heap", "--churn", "1000000"])
        let heap = try #require(found.profile.extras?.heap)
        #expect(heap.sampleBytes == 4096)
        // A million blocks of 100 bytes: some 24,000 samples. Five standard errors are exceeded once in 1.7 million runs;
        // bytes of each block are kept as a whole number, which is off by 1 in 8,192 at most.
        let bytes = Double(found.sum("alloc_space", under: "churnBlocks"))
        #expect(abs(bytes - 1e8) < 5 * heap.bytesError + 1e8 / 8192, "\(bytes) ± \(heap.bytesError)")
        #expect(heap.bytesError > 1e5 && heap.bytesError < 2e6)
        // Every sampled block was freed.
        #expect(found.sum("inuse_space", under: "churnBlocks") == 0)
    }

    @Test("finds a cache that only ever grows, and nothing else")
    func growth() throws {
        let found = try record(["--", Live.workload, "heap", "--grow-ms", "1500", "--churn", "1000"])
        let growing = found.profile.samples.filter {
            found.profile.text(LabelKey.growth, in: $0.labelSet) == "grows"
        }
        #expect(growing.contains { found.names($0).contains { $0.contains("grow(until:") } })
        #expect(!growing.contains { found.names($0).contains { $0.contains("fill") } })
    }

    @Test("follows the program that a wrapper executes, and children only where asked to")
    func programs() throws {
        let script = "exec /usr/bin/env A=1 \(Live.workload) heap --churn 10"
        let executed = try record(["--", "/bin/sh", "-c", script])
        #expect(executed.sum("alloc_objects", under: "makeNode") == 1000)
        let twice = "\(Live.workload) heap --churn 10; \(Live.workload) heap --churn 10; exit 3"
        let alone = try record(["--", "/bin/sh", "-c", twice], status: 3)
        #expect(alone.sum("alloc_objects", under: "makeNode") == 0)
        #expect(alone.profile.extras?.warnings.contains { $0.code == "children" } == true)
        let all = try record(["--follow-fork", "--", "/bin/sh", "-c", twice], status: 3)
        #expect(all.sum("alloc_objects", under: "makeNode") == 2000)
    }

    @Test("whole runs are compared by what they allocated, and equal ones do not differ")
    func difference() throws {
        for name in ["a.pb.gz", "b.pb.gz"] {
            let ending = try Live.run(["heap", "-q", "-o", name, "--", Live.workload, "heap"], in: directory)
            #expect(ending.status == 0, "\(ending.errors)")
        }
        let more = ["heap", "-q", "-o", "c.pb.gz", "--", Live.workload, "heap", "--count", "2000"]
        #expect(try Live.run(more, in: directory).status == 0)
        let same = try Live.run(["diff", "a.pb.gz", "b.pb.gz", "--sample-type", "alloc_space"], in: directory)
        #expect(same.text.hasPrefix("No change") && same.text.contains("per run"), "\(same.text)")
        let other = try Live.run(["diff", "a.pb.gz", "c.pb.gz", "--per", "1"], in: directory)
        #expect(other.text.contains("bytes in use per run"), "\(other.text)")
    }

    @Test("many short threads lose nothing")
    func threads() throws {
        let program = try directory.build(
            "storm",
            """
            #include <pthread.h>
            #include <stdlib.h>
            #include <string.h>
            static void destroy(void *value) { free(value); }
            static pthread_key_t key;
            __attribute__((noinline)) void *worker_block(size_t size) { return memset(malloc(size), 1, size); }
            static void *worker(void *unused) {
                pthread_setspecific(key, worker_block(40));
                for (int i = 0; i < 100; i++) free(worker_block(64));
                return unused;
            }
            int main(void) {
                pthread_key_create(&key, destroy);
                pthread_attr_t attributes;
                pthread_attr_init(&attributes);
                pthread_attr_setstacksize(&attributes, 1 << 16);
                for (int round = 0; round < 10; round++) {
                    pthread_t threads[300];
                    for (int i = 0; i < 300; i++) pthread_create(&threads[i], &attributes, worker, 0);
                    for (int i = 0; i < 300; i++) pthread_join(threads[i], 0);
                }
                return 0;
            }
            """)
        let found = try record(["--", program])
        #expect(found.sum("alloc_objects", under: "worker_block") == 303_000)
        #expect(found.sum("inuse_objects", under: "worker_block") == 0)
    }

    @Test(
        "the program sees and says what it would without us",
        arguments: [("0", 0), ("7", 7), ("signal 11", 139), ("signal 15", 143)])
    func transparency(end: String, status: Int32) throws {
        let observer = try directory.build("observer", RecordLiveTests.Transparency.observer)
        let odd = try directory.build("odd", RecordLiveTests.Transparency.odd)
        let input = try directory.write("input", "from standard input\n")
        let program = [odd, observer, "an argument", "", "-o"]
        let environment = ["END=\(end)", "PATH=/usr/bin:/bin", "HOME=\(directory.path)"]
        let alone = try LiveProcess(program, in: directory, environment: environment, input: input).wait()
        let recorded = try LiveProcess(
            [Live.perfdoctor, "heap", "-q", "--pass-status", "-o", "t.pb.gz", "--"] + program, in: directory,
            environment: environment, input: input
        ).wait()
        #expect(alone.status == status && recorded.status == status, "\(recorded.errors)")
        // Process groups are the same by their leader, whose id is another one.
        // libunwind's pipe has the highest numbers below the limit of 300.
        // Queued signals are counted by user: other processes' as well.
        let noise = ["descriptor 29", "SigQ:"]
        func lines(_ ending: LiveProcess.Ending) -> [Substring] {
            ending.text.split(separator: "\n").filter { line in !noise.contains { line.hasPrefix($0) } }
        }
        let (seen, expected) = (lines(recorded), lines(alone))
        #expect(seen == expected, "\(seen.difference(from: expected))")
        #expect(recorded.errors.hasPrefix(alone.errors))
    }

    @Test("signal handlers that allocate, and a fork in the midst of threads, do no harm")
    func signalsAndForks() throws {
        let program = try directory.build(
            "handlers",
            """
            #include <pthread.h>
            #include <signal.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <sys/time.h>
            #include <sys/wait.h>
            #include <unistd.h>
            static volatile int stop;
            static void handler(int number) { free(malloc(number)); }
            static void *churn(void *unused) {
                while (!stop) { char *volatile p = malloc(100); *p = 1; free(p); }
                return unused;
            }
            int main(void) {
                struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
                sigaction(SIGPROF, &action, 0);
                pthread_t threads[4];
                for (int i = 0; i < 4; i++) pthread_create(&threads[i], 0, churn, 0);
                int good = 0;
                for (int i = 0; i < 200; i++) {
                    pid_t child = fork();
                    if (child == 0) { for (int j = 0; j < 1000; j++) free(malloc(j)); _exit(42); }
                    int status;
                    waitpid(child, &status, 0);
                    good += WIFEXITED(status) && WEXITSTATUS(status) == 42;
                }
                stop = 1;
                for (int i = 0; i < 4; i++) pthread_join(threads[i], 0);
                printf("children %d\\n", good);
                return 0;
            }
            """)
        let ending = try Live.run(["heap", "-q", "--pass-status", "-o", "s.pb.gz", "--", program], in: directory)
        #expect(ending.status == 0 && ending.text == "children 200\n", "\(ending.errors)")
        let followed = try Live.run(
            ["heap", "-q", "--pass-status", "--follow-fork", "-o", "f.pb.gz", "--", program], in: directory)
        #expect(followed.status == 0 && followed.text == "children 200\n", "\(followed.errors)")
    }

    @Test("programs that cannot be recorded are refused with the reason")
    func refusals() throws {
        let source = try directory.write("nothing.c", "int main(void) { return 0; }\n")
        for (flags, reason) in [(["-static"], "fully static"), (["-fsanitize=address"], "AddressSanitizer")] {
            let path = directory.newName("program")
            let build = try LiveProcess(["/usr/bin/gcc", "-o", path, source] + flags, in: directory).wait()
            // The sanitizer's library is not installed everywhere.
            guard build.status == 0 else {
                print("heap, live: \(flags) skipped: \(build.errors)")
                continue
            }
            let ending = try Live.run(["heap", "-o", "none.pb.gz", "--", path], in: directory)
            #expect(ending.status == 5 && ending.errors.contains(reason), "\(ending.errors)")
            #expect(!FileManager.default.fileExists(atPath: directory.path + "/none.pb.gz"))
        }
        let absent = try Live.run(["heap", "--", "./no-such-program"], in: directory)
        #expect(absent.status == 5 && absent.errors.contains("no-such-program"), "\(absent.errors)")
    }

    @Test("where little memory may be mapped, samples take the place of a full recording")
    func addressSpace() throws {
        let script = "ulimit -v 4000000; exec \(Live.workload) heap --churn 100000"
        let found = try record(["--", "/bin/sh", "-c", script])
        #expect(found.profile.extras?.warnings.contains { $0.code == "address_space" } == true)
        let bytes = Double(found.sum("alloc_space", under: "churnBlocks"))
        // Some 150 samples of 64 KiB: their standard error is 8%.
        #expect(abs(bytes - 1e7) < 0.5e7, "\(bytes)")
    }
}

/// A heap profile that was recorded, and what the program said of itself.
struct HeapLiveRecording {
    let profile: Profile
    let output: String

    /// Runs `heap` with the given arguments to its end, which shall be the program's status.
    init(_ arguments: [String], status: Int32 = 0, in directory: LiveDirectory) throws {
        let path = directory.newName("heap")
        let ending = try Live.run(["heap", "-q", "--pass-status", "-o", path] + arguments, in: directory)
        try self.init(path: path, ending: ending, status: status)
    }

    /// What a run of `heap` wrote.
    init(path: String, ending: LiveProcess.Ending, status: Int32 = 0) throws {
        #expect(ending.status == status, "\(ending.errors)")
        let data = try #require(FileManager.default.contents(atPath: path), "no profile: \(ending.errors)")
        profile = try Profile(decoding: Array(data))
        output = ending.text
    }

    var warningCodes: [String] { profile.extras?.warnings.map(\.code) ?? [] }

    func names(_ sample: Profile.Sample) -> [String] {
        sample.locations.flatMap { location in
            profile.locations[location].lines.map { profile.functions[$0.function].name }
        }
    }

    /// The sum of a sample type, of the stacks in which a function of that name stands.
    func sum(_ type: String, under name: String? = nil) -> Int {
        guard let index = profile.sampleTypes.firstIndex(where: { $0.type == type }) else { return -1 }
        return profile.samples.reduce(0) { sum, sample in
            guard name.map({ name in names(sample).contains { $0.contains(name) } }) ?? true else { return sum }
            return sum + Int(sample.values[index])
        }
    }

    /// Live objects by the name of their type.
    var liveObjects: [String: Int] {
        var result: [String: Int] = [:]
        for sample in profile.samples {
            guard let type = profile.text(LabelKey.type, in: sample.labelSet) else { continue }
            result[type, default: 0] += Int(sample.values[4])
        }
        return result
    }

    /// What the program printed for a metric, by subject.
    func truth(_ metric: String) -> [String: Int] { Self.truth(metric, in: output) }

    static func truth(_ metric: String, in text: String) -> [String: Int] {
        var result: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 3, words[0] == metric { result[String(words[1])] = Int(words[2]) }
        }
        return result
    }
}
