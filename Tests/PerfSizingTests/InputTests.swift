import PerfModel
import Testing

@testable import PerfSizing

@Suite("Sizing inputs") struct InputTests {
    @Test(
        "refuses what no service has", arguments: SizingInput.allCases,
        [0, -1, -0.5, .nan, .infinity, -.infinity, 1e13, .greatestFiniteMagnitude])
    func absurd(input: SizingInput, value: Double) {
        #expect {
            _ = try SizingInputs([input: value])
        } throws: { error in
            guard let error = error as? SizingInputError else { return false }
            return error.exitCode == .usage && error.summary.hasPrefix(input.option) && error.input == input
        }
    }

    @Test("takes parts of rates and CPUs, and not of tenants", arguments: SizingInput.allCases)
    func parts(input: SizingInput) {
        let isTaken: Bool
        do throws(SizingInputError) {
            isTaken = try SizingInputs([input: 1.5])[input] == 1.5
        } catch {
            isTaken = false
        }
        #expect(isTaken == [.requestsPerSecond, .jobsPerSecond, .cores].contains(input))
    }

    @Test("takes the largest value of each, for which every table has a row", arguments: SizingInput.allCases)
    func largest(input: SizingInput) throws {
        let inputs = try SizingInputs([input: input.largest])
        let sizing = Sizing(inputs: inputs, cpus: EffectiveCPUs(count: inputs[.cores] ?? 8192, origin: .option))
        #expect(!sizing.recommendations.isEmpty && !sizing.summary.isEmpty)
    }

    @Test("writes numbers as people do")
    func figures() {
        let texts: [(Double, String)] = [
            (9.45, "9.45"), (0.18, "0.18"), (1200, "1,200"), (1_234_567.8, "1,234,568"), (0.000_001_234, "0.00000123"),
            (4, "4"), (19.84, "19.8"), (0, "0"), (-2.5, "-2.5"), (1e15, "1,000,000,000,000,000"), (1e300, "1e+300"),
            (.infinity, "inf"), (99.99, "100"),
        ]
        for (value, text) in texts { #expect(Figure.text(value) == text) }
        #expect(Figure.percent(0.853) == "85.3%" && Figure.counted(1, "CPU") == "1 CPU")
    }
}
