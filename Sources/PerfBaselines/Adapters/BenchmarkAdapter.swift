import PerfModel

/// A document of kind `benchmark`: what `bench`, `load` and baselines write.
package enum BenchmarkAdapter: ResultAdapter {
    package static let id = "perfdoctor"
    package static let explanation = "perfdoctor bench or load -o FILE, and every baseline"

    package static func recognizes(_ source: ResultSource) -> Bool { source.documentKind == BenchmarkDocument.kind }

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        do throws(BenchmarkDocumentError) {
            let result = try BenchmarkDocument.parsed(source.bytes, file: source.file)
            return ImportedResult(adapter: Self.id, result: result)
        } catch {
            switch error {
            case .notJSON(_, let reason), .malformed(_, let reason): throw ReadingProblem(place: "", reason: reason)
            case .noSchema: throw ReadingProblem(place: "schema", reason: "it is missing")
            case .otherSchema(_, let schema): throw ReadingProblem(place: "schema", reason: "'\(schema)'")
            }
        }
    }
}
