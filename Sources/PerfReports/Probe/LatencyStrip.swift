import PerfModel
import PerfProbes

/// One target's latencies over time: the largest of each moment as a line, the mean below it, losses as bars.
struct LatencyStrip {
    let measurement: ProbeMeasurement
    let look: Int
    let scale: LatencyScale
    /// Nanoseconds of the time axis, which all strips share.
    let end: Double
    /// Whether it carries the labels of the time axis.
    let isLast: Bool

    private static let height = 92.0
    private var timeline: ProbeTimeline { measurement.timeline }

    func write(to page: inout HTMLMarkup) {
        let plot = StretchedPlot(
            height: Self.height,
            rows: scale.ticks(atMost: 5).map { .init(position: scale.position($0.nanoseconds), text: $0.text) },
            columns: isLast ? Self.columns(end) : [], words: words)
        plot.write(to: &page) { page in
            let spans = spans
            page.element("path", ["class": "area f\(look)", "d": area(spans)]) { _ in }
            page.element("path", ["class": "series s\(look)", "d": line(spans)]) { _ in }
            for limit in measurement.limits { draw(limit, to: &page) }
            losses(&page)
            touches(&page)
        }
    }

    /// When it was slowest, and when it did not answer.
    var words: String {
        var parts: [String] = []
        if let slowest = timeline.slots.indices.max(by: { timeline.slots[$0].most < timeline.slots[$1].most }),
            timeline.slots[slowest].answered > 0
        {
            parts.append(
                "slowest \(Self.time(Double(slowest) * width)) after the start, "
                    + ProbeTable.time(timeline.slots[slowest].most))
        }
        let lost = timeline.slots.indices.filter { timeline.slots[$0].lost > 0 }
        if let first = lost.first, let last = lost.last {
            let count = timeline.slots.reduce(0) { $0 + $1.lost }
            parts.append(
                "\(Quantity.grouped(Int64(count))) lost between \(Self.time(Double(first) * width)) and "
                    + Self.time(Double(last + 1) * width))
        }
        return parts.isEmpty ? "nothing was asked" : parts.joined(separator: "; ")
    }

    // MARK: scales

    private var width: Double { Double(timeline.width) }
    private func x(_ nanoseconds: Double) -> Double { min(1, nanoseconds / max(end, 1)) * StretchedPlot.width }
    private func y(_ nanoseconds: Double) -> Double { Self.height * (1 - scale.position(nanoseconds)) }

    /// Round times of which five or so make the whole.
    static func columns(_ end: Double) -> [StretchedPlot.Label] {
        guard end > 0 else { return [] }
        var step = 1e6
        search: while true {
            for factor in [1.0, 2, 5] where step * factor * 6 >= end {
                step *= factor
                break search
            }
            step *= 10
        }
        return (0...6).map { Double($0) * step }.filter { $0 <= end * 1.0001 }
            .map { .init(position: $0 / end, text: time($0)) }
    }

    /// `"1.5 s"`.
    static func time(_ nanoseconds: Double) -> String {
        let seconds = nanoseconds / 1e9
        let digits = [0, 1, 2].first { digits in
            let text = Double(Quantity.fixed(seconds, digits: digits)) ?? seconds
            return abs(text - seconds) < 1e-4
        }
        return Quantity.fixed(seconds, digits: digits ?? 2) + " s"
    }

    // MARK: lines

    /// Of moments with answers: what was measured holds until the next question, unless that one was lost.
    private struct Span {
        var from: Double
        var until: Double
        var most: Double
        var mean: Double
        /// Whether it follows the one before without a gap.
        var isJoined: Bool
    }

    private var spans: [Span] {
        var spans: [Span] = []
        var isBroken = true
        for (index, slot) in timeline.slots.enumerated() {
            if slot.answered == 0 {
                if slot.lost > 0 { isBroken = true }
                continue
            }
            let from = Double(index) * width
            if !isBroken, !spans.isEmpty { spans[spans.count - 1].until = from }
            spans.append(
                Span(
                    from: from, until: from + width, most: Double(slot.most), mean: Double(slot.mean ?? slot.most),
                    isJoined: !isBroken))
            isBroken = false
        }
        return spans
    }

    private func line(_ spans: [Span]) -> String {
        var path = ""
        for span in spans {
            let y = StretchedPlot.number(y(span.most))
            path += span.isJoined ? "V\(y)" : "M\(StretchedPlot.number(x(span.from))) \(y)"
            path += "H\(StretchedPlot.number(x(span.until)))"
        }
        return path
    }

    /// From the bottom up to the mean.
    private func area(_ spans: [Span]) -> String {
        let bottom = StretchedPlot.number(Self.height)
        var path = ""
        for (index, span) in spans.enumerated() {
            let y = StretchedPlot.number(y(span.mean))
            path += span.isJoined ? "V\(y)" : "M\(StretchedPlot.number(x(span.from))) \(bottom)V\(y)"
            path += "H\(StretchedPlot.number(x(span.until)))"
            if index + 1 == spans.count || !spans[index + 1].isJoined { path += "V\(bottom)Z" }
        }
        return path
    }

    private func draw(_ limit: LatencyLimit, to page: inout HTMLMarkup) {
        let latency = Double(limit.latency.wholeNanoseconds)
        guard latency >= scale.low, latency <= scale.high else { return }
        page.element(
            "path",
            ["class": "limit", "d": "M0 \(StretchedPlot.number(y(latency)))H\(Int(StretchedPlot.width))"]
        ) { _ in }
    }

    private func losses(_ page: inout HTMLMarkup) {
        for (index, slot) in timeline.slots.enumerated() where slot.lost > 0 {
            // As high as the share that was lost, and never too small to be seen.
            let share = Double(slot.lost) / Double(slot.lost + slot.answered)
            let height = max(0.15, share) * Self.height
            rectangle("lost", index, top: Self.height - height, height: height, to: &page) { _ in }
        }
    }

    /// Each moment tells its values when it is pointed at.
    private func touches(_ page: inout HTMLMarkup) {
        for (index, slot) in timeline.slots.enumerated() where slot.answered + slot.lost > 0 {
            rectangle("touch", index, top: 0, height: Self.height, to: &page) { page in
                var parts = ["\(Self.time(Double(index) * width))–\(Self.time(Double(index + 1) * width))"]
                if slot.answered > 0 {
                    parts.append(
                        "\(slot.answered) answered, largest \(ProbeTable.time(slot.most)), mean "
                            + ProbeTable.time(slot.mean))
                }
                if slot.lost > 0 { parts.append("\(slot.lost) lost\(slot.reason.map { ": \($0)" } ?? "")") }
                page.element("title", parts.joined(separator: "; "))
            }
        }
    }

    private func rectangle(
        _ look: String, _ index: Int, top: Double, height: Double, to page: inout HTMLMarkup,
        _ body: (inout HTMLMarkup) -> Void
    ) {
        let from = x(Double(index) * width)
        page.element(
            "rect",
            [
                "class": look, "x": StretchedPlot.number(from), "y": StretchedPlot.number(top),
                "width": StretchedPlot.number(max(2, x(Double(index + 1) * width) - from)),
                "height": StretchedPlot.number(height),
            ], body)
    }
}
