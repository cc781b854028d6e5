import PerfBaselines
import PerfModel

/// The results of a series as vector graphics: a dot each, the level between two changes as a line.
struct TrendPlot {
    let series: BaselineTrend.Series

    private static let width = 360.0
    private static let height = 160.0
    private static let plot = (left: 64.0, right: 352.0, top: 12.0, bottom: 134.0)

    func write(to page: inout HTMLMarkup) {
        let values = series.points.map(\.value)
        guard let least = values.min(), let most = values.max() else { return }
        // A flat series is a line in the middle.
        let margin = max(abs(most) * 0.02, abs(least) * 0.02, (most - least) * 0.05, 1e-9)
        let (low, high) = (least - margin, most + margin)
        guard (high - low).isFinite else { return }
        func y(_ value: Double) -> Double {
            Self.plot.bottom - (value - low) / (high - low) * (Self.plot.bottom - Self.plot.top)
        }
        let step = (Self.plot.right - Self.plot.left) / Double(values.count)
        func x(_ index: Double) -> Double { Self.plot.left + step * index }
        let words = ([TrendWords.title(series), TrendWords.range(series)] + sentences).joined(separator: ". ")
        page.element("figure", ["class": "chart"]) { page in
            page.element("figcaption") { page in
                page.element("h3", TrendWords.title(series))
                page.element("p", ["class": "quiet"], TrendWords.range(series))
            }
            page.element(
                "svg",
                [
                    "class": "plot", "viewBox": "0 0 \(Int(Self.width)) \(Int(Self.height))", "role": "img",
                    "aria-label": words,
                ]
            ) { page in
                for tick in Set([least, most]).sorted() {
                    path("M\(text(Self.plot.left)) \(text(y(tick)))H\(text(Self.plot.right))", look: "grid", to: &page)
                    page.element(
                        "text", ["x": text(Self.plot.left - 6), "y": text(y(tick) + 4), "text-anchor": "end"],
                        TrendWords.value(tick, series))
                }
                for change in series.changes {
                    page.element(
                        "path",
                        [
                            "class": "limit",
                            "d": "M\(text(x(Double(change.index)))) \(text(Self.plot.top))V\(text(Self.plot.bottom))",
                        ]
                    ) { $0.element("title", TrendWords.change(change, in: series)) }
                }
                for (part, level) in levels {
                    path(
                        "M\(text(x(Double(part.lowerBound)))) \(text(y(level)))H\(text(x(Double(part.upperBound))))",
                        look: "series s0", to: &page)
                }
                for (index, point) in series.points.enumerated() {
                    page.element(
                        "circle",
                        [
                            "class": "dot", "cx": text(x(Double(index) + 0.5)), "cy": text(y(point.value)),
                            "r": values.count > 80 ? "1.6" : "2.6",
                        ]
                    ) { $0.element("title", "\(TrendWords.place(point)): \(TrendWords.value(point.value, series))") }
                }
                for (index, anchor) in [(0, "start"), (values.count - 1, "end")] where index == 0 || values.count > 1 {
                    page.element(
                        "text",
                        [
                            "x": text(anchor == "start" ? Self.plot.left : Self.plot.right), "y": text(Self.height - 8),
                            "text-anchor": anchor,
                        ], TrendWords.date(series.points[index].time) ?? "")
                }
            }
            page.element("ul", ["class": "keys"]) { page in
                for sentence in sentences { page.element("li", sentence) }
            }
        }
    }

    private var sentences: [String] {
        series.changes.isEmpty ? [TrendWords.calm(series)] : series.changes.map { TrendWords.change($0, in: series) }
    }

    /// The middle of the results between two changes; none where nothing changed.
    private var levels: [(part: Range<Int>, level: Double)] {
        guard let first = series.changes.first else { return [] }
        let ends = series.changes.dropFirst().map(\.index) + [series.points.count]
        return [(0..<first.index, first.before)]
            + zip(series.changes, ends).map { ($0.index..<$1, $0.after) }
    }

    private func path(_ path: String, look: String, to page: inout HTMLMarkup) {
        page.element("path", ["class": look, "d": path]) { _ in }
    }

    private func text(_ number: Double) -> String { Quantity.fixed(number, digits: 1) }
}
