import PerfModel

/// A document of kind `heap`: allocations, memory and leaks of one run.
package enum HeapAdapter: ResultAdapter {
    package static let id = "perfdoctor-heap"
    package static let explanation = "perfdoctor heap --format json: allocations, peak and leaks"

    package static func recognizes(_ source: ResultSource) -> Bool { source.documentKind == "heap" }

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        let json = source.json
        var imported = ImportedResult(adapter: Self.id, result: BenchmarkResult(series: []))
        let id = MetricSeries.ID(suite: "", benchmark: try json.targetName(orElse: source.name))
        let mode = try json["mode"].stringIfKnown()
        // Estimates of a sampled recording, and what a running process did meanwhile, are not the same in every run.
        let isExact = mode != "sampled" && !json["attach_pause_ns"].isPresent
        func add(_ metric: String, _ unit: String, _ node: JSONNode, isCounter: Bool) throws(ReadingProblem) {
            guard node.isPresent else { return }
            var series = MetricSeries.observed(id, metric, unit, [Double(try node.count())])
            series.kind = isCounter && isExact ? .deterministic : .sampled
            // Where memory is at its peak depends on threads and times: a figure.
            if !isCounter { series = .figure(id, metric, unit, Double(try node.count())) }
            imported.result.series.append(series)
        }
        guard json["allocations"].isObject else {
            throw ReadingProblem(place: "allocations", reason: "an object is needed, and it is missing")
        }
        // One look at a running process sees what lives, and nothing of how it came there: its zeros are no counts.
        if mode != "snapshot" {
            try add("allocations", "count", json["allocations"]["count"], isCounter: true)
            try add("allocated_bytes", "bytes", json["allocations"]["bytes"], isCounter: true)
            try add("frees", "count", json["frees"]["count"], isCounter: true)
            try add("peak_heap", "bytes", json["peak"]["bytes"], isCounter: false)
        }
        try add("live_blocks", "count", json["live"]["count"], isCounter: false)
        try add("live_bytes", "bytes", json["live"]["bytes"], isCounter: false)
        imported.unmeasured = try source.unmeasured()
        let isPartial = imported.unmeasured.contains { $0.id == "heap.leaks" }
        if json["leaks"].isPresent {
            var blocks = 0
            var bytes = 0
            for leak in try json["leaks"].elements() {
                blocks = try sum(blocks, try leak["count"].countIfKnown() ?? 1, leak)
                bytes = try sum(bytes, try leak["bytes"].countIfKnown() ?? 0, leak)
            }
            // What leaks does so, also where not all could be seen; that nothing does is not known then.
            for (metric, unit, value) in [("leaks", "count", blocks), ("leaked_bytes", "bytes", bytes)]
            where !isPartial || blocks > 0 {
                var series = MetricSeries.observed(id, metric, unit, [Double(value)])
                series.kind = .deterministic
                imported.result.series.append(series)
            }
        } else if !isPartial {
            imported.unmeasured.append(
                Unmeasured(
                    id: "heap.leaks", reason: "the recording was not searched for leaks",
                    remedy: "record with --leaks"))
        }
        try source.readEnvelope(into: &imported.result)
        return imported
    }

    private static func sum(_ left: Int, _ right: Int, _ node: JSONNode) throws(ReadingProblem) -> Int {
        let (sum, overflow) = left.addingReportingOverflow(right)
        guard !overflow else { throw ReadingProblem(place: node.path, reason: "more than any memory holds") }
        return sum
    }
}
