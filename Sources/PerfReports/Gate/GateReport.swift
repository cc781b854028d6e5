import PerfBaselines
import PerfModel

/// What a gate decided, with what readers want to know beside it.
package struct GateReport: Sendable {
    /// Runs of one metric, pair by pair.
    package struct Pairs: Sendable, Hashable {
        /// Of the comparison.
        package var id: String
        package var metric: String
        /// In the order in which they were measured.
        package var pairs: [MeasuredPair]

        package init(id: String, metric: String, pairs: [MeasuredPair]) {
            self.id = id
            self.metric = metric
            self.pairs = pairs
        }

        /// Head by base; of nothing there is no ratio.
        var ratios: [Double] { pairs.map { $0.base > 0 ? $0.head / $0.base : .nan } }
    }

    package var result: GateResult
    /// What was compared: `"main (3f2a1c0)"`, a command, or a file.
    package var base: String
    package var head: String
    package var machine: BenchmarkMachine?
    /// Nanoseconds since 1970-01-01 UTC.
    package var startedAt: Int64?
    package var duration: Duration?
    /// For the pictures; empty where nothing was run in pairs.
    package var pairs: [Pairs]
    package var layout: Report.Layout
    /// Whether results were judged that had been measured before.
    package var isStored: Bool

    /// Links of the programs that took turns; nil where they are always the same.
    var layoutCount: Int? {
        let count = pairs.map { Set($0.pairs.compactMap(\.layout)).count }.max() ?? 0
        return count > 0 ? count : nil
    }

    package init(
        result: GateResult, base: String, head: String, machine: BenchmarkMachine? = nil, startedAt: Int64? = nil,
        duration: Duration? = nil, pairs: [Pairs] = [], layout: Report.Layout = Report.Layout(),
        isStored: Bool = false
    ) {
        self.result = result
        self.base = base
        self.head = head
        self.machine = machine
        self.startedAt = startedAt
        self.duration = duration
        self.pairs = pairs
        self.layout = layout
        self.isStored = isStored
    }
}
