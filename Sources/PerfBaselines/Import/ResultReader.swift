import PerfModel

/// Finds the form of a file of results and reads it.
package enum ResultReader {
    /// Reads results of any known form.
    ///
    /// - Parameters:
    ///   - bytes: of a file that anybody may have written.
    ///   - file: its name, for errors, and for benchmarks without a name of their own.
    /// - Returns: what it holds: finite numbers, none below zero, each series once.
    /// - Throws: why nothing can be read from it.
    package static func read(_ bytes: [UInt8], file: String) throws(ResultReadingError) -> ImportedResult {
        guard !bytes.isEmpty else { throw ResultReadingError(file: file, reason: .empty) }
        let source = ResultSource(bytes, file: file)
        guard let adapter = ResultAdapters.all.first(where: { $0.recognizes(source) }) else {
            if let kind = source.documentKind { throw ResultReadingError(file: file, reason: .otherKind(kind)) }
            let isJSON = bytes.first { !" \t\r\n".utf8.contains($0) }.map { "{[".utf8.contains($0) } ?? false
            throw ResultReadingError(file: file, reason: .unknown(isJSON ? source.jsonProblem : nil))
        }
        do throws(ReadingProblem) {
            try source.checkVersion()
            var imported = try adapter.read(source)
            if source.documentKind != BenchmarkDocument.kind {
                var provenance = imported.result.provenance ?? BenchmarkResult.Provenance()
                provenance.importedFrom = adapter.id
                imported.result.provenance = provenance
            }
            try check(imported.result)
            return imported
        } catch {
            throw ResultReadingError(file: file, reason: .malformed(adapter: adapter.id, error))
        }
    }

    /// More series than anybody gates.
    private static let mostSeries = 100_000

    private static func check(_ result: BenchmarkResult) throws(ReadingProblem) {
        guard !result.series.isEmpty || result.diagnosis != nil || !result.objectives.isEmpty else {
            throw ReadingProblem(place: "", reason: "it holds no results")
        }
        guard result.series.count <= mostSeries else {
            throw ReadingProblem(place: "", reason: "more than \(mostSeries) series")
        }
        var seen: Set<String> = []
        for series in result.series {
            let place = "\(series.id.text), \(series.metric)"
            guard !series.id.benchmark.isEmpty, !series.metric.isEmpty else {
                throw ReadingProblem(place: place, reason: "a benchmark without a name")
            }
            guard seen.insert("\(series.id.text)\u{0}\(series.metric)").inserted else {
                throw ReadingProblem(place: place, reason: "it occurs twice")
            }
            let summary = series.summary
            var values = series.samples.map(\.value)
            values += [summary?.mean, summary?.median, summary?.standardDeviation, summary?.minimum, summary?.maximum]
                .compactMap { $0 }
            values += summary.map { Array($0.percentiles.values) } ?? []
            guard let wrong = values.first(where: { !$0.isFinite || $0 < 0 }) else { continue }
            throw ReadingProblem(place: place, reason: "\(wrong) cannot have been measured")
        }
    }
}

/// A file that holds no results that can be read.
package struct ResultReadingError: UserFacingError, Hashable {
    package enum Reason: Hashable, Sendable {
        case empty
        /// No adapter knows it; why it is no JSON, where it looks like that.
        case unknown(ReadingProblem?)
        /// A document of perfdoctor that cannot be gated.
        case otherKind(String)
        case malformed(adapter: String, ReadingProblem)
    }

    package var file: String
    package var reason: Reason

    package init(file: String, reason: Reason) {
        self.file = file
        self.reason = reason
    }

    package var summary: String {
        switch reason {
        case .empty: "\(file.printable) is empty"
        case .unknown(nil): "\(file.printable) is no result of a known form"
        case .unknown(let problem?): "\(file.printable) is not JSON: \(problem.text)"
        case .otherKind(let kind):
            "\(file.printable) is a perfdoctor document of kind '\(kind.printable)', which holds no results to gate"
        case .malformed(let adapter, let problem):
            "\(file.printable) looks like a result of \(adapter), and cannot be read: \(problem.text)"
        }
    }

    package var remedy: String? {
        switch reason {
        case .empty: "write it again with the tool that measures: perfdoctor bench 'COMMAND' -o RESULT.json"
        case .unknown(nil): "known forms: \(ResultAdapters.all.map { $0.id }.joined(separator: ", "))"
        case .unknown: "write it again: the file may have been cut off"
        case .otherKind: "name a document of kind benchmark, probe, diagnosis, heap or profile"
        case .malformed:
            "write it again with the tool that measures, or convert it to a perfdoctor.benchmark/1 document"
        }
    }
}
