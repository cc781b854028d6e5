import PerfModel

/// A ``WindowChart`` as vector graphics: colours come from the style, and it needs no script.
struct WindowChartMarkup {
    let chart: WindowChart
    let spans: WindowSpans

    private static let width = 360.0
    private static let height = 146.0
    private static let plot = (left: 62.0, right: 352.0, top: 10.0, bottom: 122.0)

    func write(to page: inout HTMLMarkup) {
        page.element("figure", ["class": "chart"]) { page in
            page.element("figcaption") { $0.element("h3", chart.title) }
            guard chart.isSeen else {
                page.element("p", ["class": "note"], "\(chart.reason ?? "Not seen: no window has a value").")
                return
            }
            keys(&page)
            page.element(
                "svg",
                [
                    "class": "plot", "viewBox": "0 0 \(Int(Self.width)) \(Int(Self.height))", "role": "img",
                    "aria-label": summary,
                ]
            ) { page in
                let end = axisEnd
                for tick in ticks(end) { horizontal(tick, end, &page) }
                times(&page)
                for (index, series) in chart.series.enumerated() {
                    page.element("path", ["class": "series s\(index % 4)", "d": path(series.values, end)]) { _ in }
                }
                for (index, limit) in chart.limits.enumerated() { line(limit, end, isLeft: index % 2 == 1, &page) }
                touches(&page)
            }
        }
    }

    // MARK: words

    private func mean(_ series: WindowChart.Series) -> String {
        WindowChart.mean(series.values, weights: spans.lengths).map(chart.text) ?? "not seen"
    }

    /// What the picture says, for those who do not see it.
    private var summary: String {
        let parts = chart.series.map { series in
            let seen = series.values.compactMap { $0 }
            let most = seen.max().map { ", at most \(chart.text($0))" } ?? ""
            return "\(series.name) \(mean(series)) in the mean\(most)"
        }
        let limits = chart.limits.map { "limit \($0.text)" }
        return "\(chart.title): \((parts + limits).joined(separator: "; "))"
    }

    private func keys(_ page: inout HTMLMarkup) {
        page.element("ul", ["class": "keys"]) { page in
            for (index, series) in chart.series.enumerated() {
                page.element("li") { page in
                    page.element("svg", ["viewBox": "0 0 18 8", "aria-hidden": "true"]) { page in
                        page.element("path", ["class": "series s\(index % 4)", "d": "M0 4H18"]) { _ in }
                    }
                    page.element("span", series.name)
                    page.element("b", mean(series))
                }
            }
        }
    }

    // MARK: scales

    /// The highest value, limits included, rounded up to a tick.
    private var axisEnd: Double {
        let values = chart.series.flatMap { $0.values.compactMap { $0 } }
        let most = max(values.max() ?? 0, chart.limits.map(\.value).max() ?? 0, chart.least)
        let step = Self.step(most > 0 ? most : 1, isBinary: chart.unit.hasPrefix("bytes"))
        let end = (most / step).rounded(.up) * step
        return chart.unit == "ratio" ? min(1, max(end, step)) : max(end, step)
    }

    /// A round number of which three or so make the whole.
    private static func step(_ most: Double, isBinary: Bool) -> Double {
        var step = isBinary ? 1.0 : 1e-6
        if isBinary {
            while step * 4 < most { step *= 2 }
            return step
        }
        while true {
            for factor in [1.0, 2, 5] where step * factor * 4 >= most { return step * factor }
            step *= 10
        }
    }

    private func ticks(_ end: Double) -> [Double] {
        let step = Self.step(end, isBinary: chart.unit.hasPrefix("bytes"))
        return (0...8).map { Double($0) * step }.filter { $0 <= end * 1.0001 }
    }

    private func x(_ seconds: Double) -> Double {
        Self.plot.left + seconds / max(spans.end, 1e-9) * (Self.plot.right - Self.plot.left)
    }

    private func y(_ value: Double, _ end: Double) -> Double {
        Self.plot.bottom - min(max(value / end, 0), 1) * (Self.plot.bottom - Self.plot.top)
    }

    private func number(_ value: Double) -> String { Quantity.fixed(value, digits: 1) }

    // MARK: lines

    private func horizontal(_ tick: Double, _ end: Double, _ page: inout HTMLMarkup) {
        let y = y(tick, end)
        page.element(
            "line",
            [
                "class": "grid", "x1": number(Self.plot.left), "x2": number(Self.plot.right), "y1": number(y),
                "y2": number(y),
            ]
        ) { _ in }
        page.element("text", ["x": number(Self.plot.left - 6), "y": number(y + 4), "text-anchor": "end"], label(tick))
    }

    private func label(_ tick: Double) -> String {
        guard tick > 0 else { return "0" }
        return switch chart.unit {
        case "ratio": "\(shortest(tick * 100))%"
        case "per_second": "\(shortest(tick))/s"
        case "milliseconds": "\(shortest(tick)) ms"
        case "count": shortest(tick)
        default: chart.text(tick)
        }
    }

    private func shortest(_ value: Double) -> String {
        if value >= 1000 { return Quantity.grouped(Int64(min(value, 1e15).rounded())) }
        let digits = abs(value - value.rounded()) < 1e-6 ? 0 : value >= 0.1 ? 1 : 3
        return Quantity.fixed(value, digits: digits)
    }

    private func times(_ page: inout HTMLMarkup) {
        let step = Self.step(max(spans.end, 1e-3), isBinary: false)
        for index in 0...8 where Double(index) * step <= spans.end * 1.0001 {
            let x = x(Double(index) * step)
            let anchor = index == 0 ? "start" : x > Self.plot.right - 12 ? "end" : "middle"
            page.element(
                "text", ["x": number(x), "y": number(Self.height - 8), "text-anchor": anchor],
                "\(shortest(Double(index) * step)) s")
        }
    }

    /// A window's value holds for all of it: steps, with gaps where nothing was seen.
    private func path(_ values: [Double?], _ end: Double) -> String {
        var path = ""
        var last: Double?
        for (span, value) in zip(spans.spans, values) {
            guard let value else {
                last = nil
                continue
            }
            let y = number(y(value, end))
            if let last, abs(last - span.lowerBound) < 0.05 {
                path += "V\(y)"
            } else {
                path += "M\(number(x(span.lowerBound))) \(y)"
            }
            path += "H\(number(x(span.upperBound)))"
            last = span.upperBound
        }
        return path
    }

    private func line(_ limit: WindowChart.Limit, _ end: Double, isLeft: Bool, _ page: inout HTMLMarkup) {
        let y = y(limit.value, end)
        page.element(
            "line",
            [
                "class": "limit", "x1": number(Self.plot.left), "x2": number(Self.plot.right), "y1": number(y),
                "y2": number(y),
            ]
        ) { _ in }
        // Below the line where there is no room above.
        let isHigh = y < Self.plot.top + 14
        page.element(
            "text",
            [
                "class": "limit", "x": number(isLeft ? Self.plot.left + 2 : Self.plot.right - 2),
                "y": number(isHigh ? y + 13 : y - 4), "text-anchor": isLeft ? "start" : "end",
            ],
            limit.text)
    }

    /// Each window tells its values when it is pointed at.
    private func touches(_ page: inout HTMLMarkup) {
        for (index, span) in spans.spans.enumerated() {
            page.element(
                "rect",
                [
                    "class": "touch", "x": number(x(span.lowerBound)), "y": number(Self.plot.top),
                    "width": number(x(span.upperBound) - x(span.lowerBound)),
                    "height": number(Self.plot.bottom - Self.plot.top),
                ]
            ) { page in
                let values = chart.series.map { series in
                    "\(series.name) \(series.values[index].map(chart.text) ?? "not seen")"
                }
                page.element(
                    "title",
                    "\(shortest(span.lowerBound))–\(shortest(span.upperBound)) s: \(values.joined(separator: ", "))")
            }
        }
    }
}
