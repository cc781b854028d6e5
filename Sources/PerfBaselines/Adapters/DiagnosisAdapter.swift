import PerfModel

/// A document of kind `diagnosis`: its verdict.
package enum DiagnosisAdapter: ResultAdapter {
    package static let id = "perfdoctor-diagnosis"
    package static let explanation = "perfdoctor diagnose --format json: what bounds the program"

    package static func recognizes(_ source: ResultSource) -> Bool { source.documentKind == "diagnosis" }

    private static let bottlenecks = [
        "cpu", "memory", "disk", "network", "database", "cache", "lock", "none", "mixed",
    ]

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        let verdict = source.json["verdict"]
        let bottleneck = try verdict["bottleneck"].string()
        guard bottlenecks.contains(bottleneck) else {
            throw ReadingProblem(place: "verdict.bottleneck", reason: "'\(bottleneck)' is none that is known")
        }
        let confidence = try verdict["confidence"].string()
        guard ["high", "medium", "low"].contains(confidence) else {
            throw ReadingProblem(place: "verdict.confidence", reason: "'\(confidence)' is none that is known")
        }
        let culprit = verdict["culprit"]
        var who: String?
        if culprit.isPresent {
            let parts = [
                try culprit["process"].stringIfKnown(), try culprit["function"].stringIfKnown(),
            ].compactMap { $0 }
            who = parts.isEmpty ? nil : parts.joined(separator: ": ")
        }
        var imported = ImportedResult(
            adapter: Self.id,
            result: BenchmarkResult(
                series: [],
                diagnosis: DiagnosedBottleneck(
                    bottleneck: bottleneck, confidence: confidence,
                    summary: try verdict["summary"].stringIfKnown() ?? "", culprit: who)))
        imported.unmeasured = try source.unmeasured()
        try source.readEnvelope(into: &imported.result)
        return imported
    }
}
