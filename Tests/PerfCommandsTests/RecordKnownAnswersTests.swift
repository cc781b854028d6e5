import PerfModel
import PerfProfiles
import Testing

extension RecordLiveTests {
    @Suite("known answers")
    struct KnownAnswers {
        private let directory: LiveDirectory

        init() throws {
            directory = try LiveDirectory()
        }

        private func record(_ variant: String, _ workload: [String], options: [String] = []) throws -> LiveRecording {
            try Live.record(options + ["--", Live.workload(variant)] + workload, in: directory)
        }

        /// DESIGN's budgets of stacks that reach main or the thread's start.
        private static let rootedBudgets = [
            "debug": 0.995, "swiftpm": 0.995, "static": 0.995, "plain": 0.95, "plain-g": 0.97,
        ]

        @Test("the split 70 : 20 : 10 is found, and stacks are whole", arguments: Live.variants)
        func spin(variant: String) throws {
            let recording = try record(variant, ["spin", "--ms", "800"])
            let parts = try ["spinSeventy", "spinTwenty", "spinTen"].map {
                ($0, try #require(recording.truth("cpu_ns", $0)))
            }
            let spun = parts.reduce(0) { $0 + $1.1 }
            let sampled = parts.reduce(0) { $0 + recording.count(under: $1.0) }
            for (name, time) in parts {
                let share = recording.count(under: name) / max(1, sampled)
                #expect(abs(share - time / spun) < recording.margin(time / spun), "\(name): \(share)")
            }
            #expect(sampled > 0.8 * recording.sampleCount)
            let budget = try #require(Self.rootedBudgets[variant])
            #expect(recording.rootedShare >= budget - recording.margin(budget), "\(recording.counts)")
        }

        @Test("each way to unwind finds the leaf", arguments: ["auto", "fp", "dwarf"])
        func unwindModes(mode: String) throws {
            let recording = try record(
                Live.variants[0], ["spin", "--ms", "400"], options: ["--unwind", mode])
            let leaves = recording.profile.samples.reduce(0.0) { sum, sample in
                let leaf = recording.names(sample).first ?? ""
                return leaf.contains("spin") || leaf.contains("churn") ? sum + Double(sample.values[0]) : sum
            }
            // The rest is the program's start, the kernel, and what -Onone calls for each step.
            #expect(leaves > 0.6 * recording.sampleCount)
            #expect(recording.profile.extras?.unwind == mode)
        }

        @Test("200 frames of recursion are 200 frames")
        func recursion() throws {
            let recording = try record(Live.variants[0], ["recursion", "--depth", "200", "--ms", "600"])
            var exact = 0.0
            var inLeaf = 0.0
            for sample in recording.profile.samples {
                let names = recording.names(sample)
                guard names.contains(where: { $0.contains("recursionLeaf") }) else { continue }
                inLeaf += Double(sample.values[0])
                if names.count(where: { $0.contains("recurse") }) == 200 { exact += Double(sample.values[0]) }
            }
            #expect(inLeaf > 0.7 * recording.sampleCount)
            #expect(exact >= 0.9 * (inLeaf - Double(recording.counts.degraded)), "\(recording.counts)")
        }

        @Test("2,000 frames are more than the kernel copies: their leaves are right, and they are counted as cut")
        func deepRecursion() throws {
            let recording = try record(Live.variants[0], ["recursion", "--depth", "2000", "--ms", "600"])
            #expect(recording.share(under: "recursionLeaf") > 0.7)
            let deep = recording.profile.samples.filter { sample in
                recording.names(sample).count { $0.contains("recurse") } > 150
            }
            #expect(!deep.isEmpty, "the large copy of the stack reaches further than the usual one")
            #expect(Double(recording.counts.truncated) > 0.5 * recording.sampleCount)
            #expect(recording.counts.truncated <= recording.counts.unrooted)
            let warnings = recording.profile.extras?.warnings ?? []
            #expect(
                !warnings.contains { $0.code == "no_unwind_information" && $0.message.contains("perfdoctor-workload") },
                "a stack that is too deep is not the program's fault")
        }

        @Test("every thread has its name and its time")
        func threads() throws {
            let recording = try record(Live.variants[0], ["threads", "--count", "16", "--ms", "800"])
            let times = recording.timeByThread
            for number in 0..<16 {
                let name = "worker-\(number)"
                let truth = try #require(recording.truth("cpu_ns", name))
                let seen = times[name] ?? 0
                // n samples of 1 ms have the standard deviation sqrt(n), and lost ones may all be of one thread.
                let samples = truth / 1e6
                let margin = (5 * samples.squareRoot() + 5 + Double(recording.counts.lost)) * 1e6
                #expect(abs(seen - truth) < margin, "\(name): \(seen) of \(truth)")
            }
        }

        @Test("threads that live a millisecond are seen")
        func shortThreads() throws {
            let recording = try record(Live.variants[0], ["short-threads", "--count", "300"])
            let truth = try #require(recording.truth("cpu_ns", "shortWork")) / 1e6
            let seen = recording.count(under: "shortWork") + Double(recording.counts.lost)
            #expect(seen > truth - 5 * truth.squareRoot() - 0.1 * truth)
            #expect(recording.counts.malformed == 0)
        }

        @Test(
            "real work is whole to its root",
            arguments: [
                ("mix", "mixRound"), ("leaves", "Leaves"), ("async", "asyncBurst"),
            ])
        func work(name: String, function: String) throws {
            let recording = try record(Live.variants[0], [name, "--ms", "700"])
            #expect(recording.share(under: function) > 0.5, "\(recording.counts)")
            #expect(recording.rootedShare > 0.995 - recording.margin(0.995), "\(recording.counts)")
        }

        @Test("a library that is opened in mid-run has its names")
        func dlopen() throws {
            let recording = try record(Live.variants[0], ["dlopen"])
            for name in ["beforeLibrary", "insideLibrary"] {
                let truth = try #require(recording.truth("cpu_ns", name))
                let share = truth / recording.total
                #expect(abs(recording.share(under: name) - share) < recording.margin(share) + 0.05, "\(name)")
            }
            #expect(recording.count(under: "crc32") > 0)
        }

        @Test("all processes of a tree are seen", arguments: [0, 1])
        func forks(exec: Int) throws {
            let recording = try record(
                Live.variants[0],
                ["forks", "--depth", "2", "--width", "2", "--ms", "60", "--exec", String(exec)])
            let lines = recording.ending.text.split(separator: "\n").filter { $0.hasPrefix("cpu_ns pid-") }
            let pids = Set(
                lines.compactMap { $0.split(separator: " ")[1].split(separator: "-").last }.map { Int64($0) })
            #expect(pids.count == 7)
            #expect(Set(recording.pids.map { Optional($0) }).isSuperset(of: pids))
            #expect(recording.share(under: "forkWork") > 0.5)
        }

        @Test("a thousand short children do no harm")
        func thousandChildren() throws {
            // Each child has its own sampling period: one that ends before the first period does is not seen.
            let recording = try record(
                Live.variants[0], ["forks", "--count", "1000"], options: ["-F", "9999"])
            #expect(recording.truth("children", "short") == 1000)
            #expect(recording.pids.count > 10)
            #expect(recording.counts.malformed == 0)
        }
    }
}
