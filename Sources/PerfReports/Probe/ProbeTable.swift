import PerfModel
import PerfProbes

/// Latencies of targets side by side.
enum ProbeTable {
    static func of(_ measurements: [ProbeMeasurement]) -> PlainTable {
        let captions = ["target", "verdict", "sent", "lost", "p50", "p90", "p95", "p99", "p99.9", "max", "jitter"]
        let rows = measurements.map { one in
            let latency = one.latency
            return [
                ProbeWords.name(of: one).printable, one.verdict.rawValue, Quantity.grouped(Int64(one.sent)),
                one.sent > 0 ? Quantity.percent(Int64(one.sent - one.received), of: Int64(one.sent)) : "-",
            ]
                + [
                    latency?.p50, latency?.p90, latency?.p95, latency?.p99, latency?.p999, latency?.max,
                    latency?.jitter,
                ].map(time)
        }
        return PlainTable(captions: captions, rows: rows, rightAligned: Set(2...10))
    }

    /// `"1.23 ms"`; `"-"` for what is not known.
    static func time(_ nanoseconds: UInt64?) -> String {
        nanoseconds.map { Quantity.text(Int64(clamping: $0), unit: "ns") } ?? "-"
    }
}
