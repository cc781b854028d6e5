import PerfModel

/// `--csv`: the file `PREFIX_stats.csv` of Locust, in milliseconds.
package enum LocustAdapter: ResultAdapter {
    package static let id = "locust"
    package static let explanation = "locust --csv PREFIX, its PREFIX_stats.csv"

    package static func recognizes(_ source: ResultSource) -> Bool {
        guard let header = source.lines.first else { return false }
        return header.hasPrefix("Type,Name,") && header.contains("Request Count") && header.contains("Requests/s")
    }

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        var result = BenchmarkResult(series: [])
        let rows = try CSVRows(source.text ?? "").rows
        guard let header = rows.first else { throw ReadingProblem(place: "line 1", reason: "there is no header") }
        for (index, row) in rows.enumerated().dropFirst() {
            guard row.count == header.count else {
                throw ReadingProblem(
                    place: "row \(index + 1)", reason: "\(row.count) columns, where the header has \(header.count)")
            }
            let cells = Dictionary(zip(header, row)) { first, _ in first }
            result.series += try series(Row(cells: cells, place: "row \(index + 1)"))
        }
        result.series = result.series.numberingDuplicates()
        return ImportedResult(adapter: Self.id, result: result)
    }

    private struct Row {
        var cells: [String: String]
        var place: String

        /// Nil for what Locust does not know: an empty cell, or `N/A`.
        func amount(_ column: String) throws(ReadingProblem) -> Double? {
            guard let text = cells[column], !text.isEmpty, text != "N/A" else { return nil }
            guard let value = Double(text), value.isFinite, value >= 0 else {
                throw ReadingProblem(place: "\(place), \(column)", reason: "'\(text)' is no amount")
            }
            return value
        }
    }

    private static func series(_ row: Row) throws(ReadingProblem) -> [MetricSeries] {
        guard let name = row.cells["Name"], !name.isEmpty else {
            throw ReadingProblem(place: "\(row.place), Name", reason: "a request without a name")
        }
        let type = row.cells["Type"] ?? ""
        let id = MetricSeries.ID(suite: "", benchmark: type.isEmpty ? name : "\(type) \(name)")
        let requests = try row.amount("Request Count") ?? 0
        guard requests > 0 else { return [] }
        let count = Int(min(requests, 9e15))
        func milliseconds(_ column: String) throws(ReadingProblem) -> Double? {
            try row.amount(column).map { $0 * 1e6 }
        }
        var percentiles: [String: Double] = [:]
        for column in row.cells.keys.sorted() where column.hasSuffix("%") {
            guard column != "100%", let value = try milliseconds(column) else { continue }
            percentiles["p\(column.dropLast())"] = value
        }
        let latency = MetricSeries.Summary(
            count: count, mean: try milliseconds("Average Response Time"),
            minimum: try milliseconds("Min Response Time"), median: try milliseconds("Median Response Time"),
            maximum: try milliseconds("Max Response Time"), percentiles: percentiles)
        let failures = try row.amount("Failure Count") ?? 0
        guard failures <= requests else {
            throw ReadingProblem(place: "\(row.place), Failure Count", reason: "more failures than requests")
        }
        let success = (requests - failures) / requests
        var all = [
            MetricSeries.figures(id, "latency", "ns", latency, kind: .histogram, clock: "monotonic"),
            MetricSeries.figures(
                id, "success_rate", "ratio", MetricSeries.Summary(count: count, mean: success, median: success)),
        ]
        if let rate = try row.amount("Requests/s") { all.append(.figure(id, "throughput", "1/s", rate)) }
        return all
    }
}
