import FoundationEssentials
import Testing

/// Instructions as a counter that decides, where no hardware counts them.
@Suite(
    "a gate on instructions, live", .serialized, .tags(.live), .timeLimit(.minutes(20)),
    .enabled(
        if: Live.isPossible && LiveCompiler.isPossible(for: "a gate on instructions, live")
            && FileManager.default.isExecutableFile(atPath: "/usr/bin/valgrind"),
        "see above; or valgrind is not installed: apt-get install valgrind"))
struct InstructionGateTests {
    private struct Gate: Decodable {
        struct Comparison: Decodable {
            var metric, verdict, reason: String
            var gated: Bool
            var baseline, head: Double?
        }
        struct Part: Decodable {
            var name, metric: String
            var deltaRatio: Double
            var file: String?
        }
        struct Cause: Decodable { var functions: [Part] }
        var verdict, summary: String
        var comparisons: [Comparison]
        var cause: Cause?
    }

    private func gate(_ base: String, _ head: String, _ more: String..., in directory: LiveDirectory) throws -> Gate {
        let ending = try LiveProcess(
            [
                Live.perfdoctor, "gate", "--base-cmd", base, "--head-cmd", head, "--counters", "instructions",
                "--max-pairs", "3", "--format", "json",
            ] + more, in: directory
        ).wait()
        try #require([0, 1].contains(ending.status), "\(ending.errors)")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Gate.self, from: Data(ending.output))
    }

    private func program(_ steps: Int, _ name: String, in directory: LiveDirectory) throws -> String {
        try LiveCompiler.compile(
            """
            #include <stdint.h>
            __attribute__((noinline)) uint64_t mix(uint64_t value) {
                for (int i = 0; i < \(steps); i++) value = value * 6364136223846793005u + 1;
                return value;
            }
            int main(void) { return mix(1) == 0; }
            """, to: name, in: directory)
    }

    @Test("2% more of them fails, whatever the time says, and names the function with its line")
    func c() throws {
        let directory = try LiveDirectory()
        let gate = try gate(
            try program(500_000, "base", in: directory), try program(510_000, "head", in: directory), in: directory)
        #expect(gate.verdict == "fail")
        #expect(gate.summary.hasSuffix("more instructions"), "\(gate.summary)")
        let counted = try #require(gate.comparisons.first { $0.metric == "instructions" })
        #expect(counted.gated && counted.verdict == "fail" && counted.reason.hasSuffix("in every run"))
        // Four instructions a step, or the few of another compiler; the start of a process is a part of the rest.
        let more = try #require(counted.head) - #require(counted.baseline)
        #expect((20_000...80_000).contains(more), "\(more)")
        let part = try #require(gate.cause?.functions.first { $0.metric == "instructions" })
        #expect(part.name == "mix" && part.file == "head.c")
        #expect(abs(try #require(counted.baseline) * part.deltaRatio - more) < 0.02 * more)
    }

    @Test("a Swift program counts the same in every run, and more where it does more")
    func swift() throws {
        let directory = try LiveDirectory()
        let same = try gate(
            "\(Live.workload) heap --count 10", "\(Live.workload) heap --count 10", "--run-identical", "--no-cause",
            in: directory)
        let counted = try #require(same.comparisons.first { $0.metric == "instructions" })
        #expect(counted.verdict == "pass" && counted.gated, "\(counted.reason)")
        let more = try gate(
            "\(Live.workload) heap --count 10", "\(Live.workload) heap --count 20000", in: directory)
        #expect(
            more.verdict == "fail" && more.comparisons.contains { $0.metric == "instructions" && $0.verdict == "fail" })
        #expect(more.cause?.functions.contains { $0.metric == "instructions" } == true)
    }
}
