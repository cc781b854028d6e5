import PerfBaselines
import PerfModel

/// The ratios of a metric's pairs as vector graphics: a dot a pair, the effect and its interval beside them.
struct PairPlot {
    let pairs: GateReport.Pairs
    let comparison: GateResult.Comparison?

    private static let width = 360.0
    private static let height = 150.0
    private static let plot = (left: 52.0, right: 352.0, top: 10.0, bottom: 132.0)

    func write(to page: inout HTMLMarkup) {
        let ratios = pairs.ratios.filter { $0.isFinite && $0 > 0 }
        guard let least = ratios.min(), let most = ratios.max() else { return }
        let metric = GateWords.name(ofMetric: pairs.metric)
        let effect = comparison?.effectRatio
        let low = min(least, 0.98, comparison?.interval.map(\.lowerBound).flatMap(Self.usable) ?? 1)
        let high = max(most, 1.02, comparison?.interval.map(\.upperBound).flatMap(Self.usable) ?? 1)
        let words =
            "\(pairs.id), \(metric): \(ratios.count) pairs, from \(GateWords.change(least)) to \(GateWords.change(most))"
            + (effect.map { ", typically \(GateWords.change($0))" } ?? "")
        page.element("figure", ["class": "chart"]) { page in
            page.element("figcaption") { $0.element("h3", "\(pairs.id): \(metric)") }
            page.element(
                "svg",
                [
                    "class": "plot", "viewBox": "0 0 \(Int(Self.width)) \(Int(Self.height))", "role": "img",
                    "aria-label": words,
                ]
            ) { page in
                func y(_ ratio: Double) -> Double {
                    Self.plot.bottom - (ratio - low) / (high - low) * (Self.plot.bottom - Self.plot.top)
                }
                for tick in Set([low, 1, high]).sorted() {
                    line(y(tick), look: tick == 1 ? "limit" : "grid", to: &page)
                    page.element(
                        "text",
                        [
                            "x": "\(Int(Self.plot.left - 6))", "y": Quantity.fixed(y(tick) + 4, digits: 1),
                            "text-anchor": "end",
                        ], tick == 1 ? "0%" : GateWords.change(tick))
                }
                if let interval = comparison?.interval, let from = Self.usable(interval.lowerBound),
                    let to = Self.usable(interval.upperBound)
                {
                    page.element(
                        "rect",
                        [
                            "class": "band", "x": "\(Int(Self.plot.left))", "y": Quantity.fixed(y(to), digits: 1),
                            "width": "\(Int(Self.plot.right - Self.plot.left))",
                            "height": Quantity.fixed(max(1, y(from) - y(to)), digits: 1),
                        ]
                    ) { $0.element("title", "interval \(GateWords.interval(interval))") }
                }
                if let effect, Self.usable(effect) != nil { line(y(effect), look: "series s0", to: &page) }
                let step = (Self.plot.right - Self.plot.left) / Double(pairs.ratios.count)
                for (index, ratio) in pairs.ratios.enumerated() where ratio.isFinite && ratio > 0 {
                    page.element(
                        "circle",
                        [
                            "class": "dot",
                            "cx": Quantity.fixed(Self.plot.left + step * (Double(index) + 0.5), digits: 1),
                            "cy": Quantity.fixed(y(ratio), digits: 1), "r": pairs.ratios.count > 80 ? "1.6" : "2.6",
                        ]
                    ) { $0.element("title", "pair \(index + 1): \(GateWords.change(ratio))") }
                }
                page.element(
                    "text",
                    ["x": "\(Int(Self.plot.right))", "y": "\(Int(Self.height - 3))", "text-anchor": "end"],
                    Quantity.counted(Int64(pairs.ratios.count), "pair"))
            }
        }
    }

    private static func usable(_ ratio: Double) -> Double? { ratio.isFinite && ratio > 0 && ratio < 100 ? ratio : nil }

    private func line(_ y: Double, look: String, to page: inout HTMLMarkup) {
        let height = Quantity.fixed(y, digits: 1)
        page.element(
            "path", ["class": look, "d": "M\(Int(Self.plot.left)) \(height)H\(Int(Self.plot.right))"]
        ) { _ in }
    }
}
