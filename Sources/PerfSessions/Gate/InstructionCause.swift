import PerfBaselines
import PerfModel
import PerfProfiles
import PerfSymbols

/// Which functions account for more instructions: counted one by one, so that next to nothing is chance.
struct InstructionCause {
    let options: BenchmarkRunner.Options

    private static let shown = 8
    /// Runs of one Swift program differ by less, of base's whole.
    private static let leastRatio = 0.0005

    /// Functions that execute more in head, the largest first.
    ///
    /// - Parameters:
    ///   - base: is run once.
    ///   - head: is run once.
    /// - Returns: at most eight.
    /// - Throws: why instructions of functions cannot be counted here.
    func parts(base: BenchmarkCommand, head: BenchmarkCommand) throws -> [GateResult.Cause.Part] {
        let source = try InstructionSource(options)
        func functions(_ command: BenchmarkCommand) throws(GateCauseError) -> [CallgrindFunctions.Function] {
            switch source.functions(of: command) {
            case .available(let counted): return Array(counted.functions.values)
            case .unavailable(let reason, let remedy): throw GateCauseError(summary: reason, remedy: remedy)
            }
        }
        let (before, after) = (try functions(base), try functions(head))
        return Self.parts(before, after, names: Symbolizer().demangled((before + after).map(\.name)))
    }

    /// - Parameters:
    ///   - before: of base.
    ///   - after: of head.
    ///   - names: of mangled names.
    /// - Returns: what grew, as ratios of base's whole, the largest first.
    static func parts(
        _ before: [CallgrindFunctions.Function], _ after: [CallgrindFunctions.Function], names: [String: String]
    ) -> [GateResult.Cause.Part] {
        let whole = before.reduce(0) { $0 + Double($1.instructions) }
        guard whole > 0 else { return [] }
        var parts: [String: GateResult.Cause.Part] = [:]
        for (function, sign) in after.map({ ($0, 1.0) }) + before.map({ ($0, -1.0) }) {
            let name = names[function.name] ?? function.name
            // Names of compilers' making differ from build to build.
            let key = ComparableName.of(name)
            var part =
                parts[key]
                ?? GateResult.Cause.Part(name: name, deltaRatio: 0, file: function.file, line: function.line)
            part.deltaRatio += sign * Double(function.instructions) / whole
            parts[key] = part
        }
        return parts.values.filter { $0.deltaRatio >= leastRatio }
            .sorted { ($1.deltaRatio, $0.name) < ($0.deltaRatio, $1.name) }.prefix(shown).map { $0 }
    }
}
