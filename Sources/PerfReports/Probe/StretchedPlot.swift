import PerfModel

/// A plot as wide as the page, whose texts stay as large as all others: lines are stretched, labels are not.
///
/// Colours come from the style, and it needs no script.
struct StretchedPlot {
    struct Label {
        /// 0...1, from the left or from the bottom.
        var position: Double
        var text: String
    }

    /// Of the lines, in pixels.
    var height: Double
    var rows: [Label]
    /// Empty for a plot above another one that has them.
    var columns: [Label]
    /// What the picture says, for those who do not see it.
    var words: String

    /// Units of the lines from the left to the right.
    static let width = 1000.0

    /// - Parameters:
    ///   - page: where it is written.
    ///   - body: writes lines between 0, 0 and ``width``, ``height``.
    func write(to page: inout HTMLMarkup, _ body: (inout HTMLMarkup) -> Void) {
        page.element("div", ["class": "stretched"]) { page in
            page.element("svg", ["class": "rows", "width": "62", "height": Self.number(height), "aria-hidden": "true"])
            {
                page in
                for row in rows {
                    let y = min(height - 2, max(9, height * (1 - row.position) + 4))
                    page.element("text", ["x": "56", "y": Self.number(y), "text-anchor": "end"], row.text)
                }
            }
            page.element(
                "svg",
                [
                    "class": "lines", "viewBox": "0 0 \(Int(Self.width)) \(Self.number(height))",
                    "preserveAspectRatio": "none", "height": Self.number(height), "role": "img", "aria-label": words,
                ]
            ) { page in
                for row in rows {
                    let y = Self.number(height * (1 - row.position))
                    page.element("path", ["class": "grid", "d": "M0 \(y)H\(Int(Self.width))"]) { _ in }
                }
                for column in columns where column.position > 0 && column.position < 1 {
                    let x = Self.number(column.position * Self.width)
                    page.element("path", ["class": "grid", "d": "M\(x) 0V\(Self.number(height))"]) { _ in }
                }
                body(&page)
            }
            guard !columns.isEmpty else { return }
            page.element("span", "")
            page.element("svg", ["class": "columns", "height": "18", "aria-hidden": "true"]) { page in
                for column in columns {
                    let anchor = column.position < 0.03 ? "start" : column.position > 0.95 ? "end" : "middle"
                    page.element(
                        "text",
                        [
                            "x": "\(Quantity.fixed(column.position * 100, digits: 2))%", "y": "13",
                            "text-anchor": anchor,
                        ], column.text)
                }
            }
        }
    }

    static func number(_ value: Double) -> String { Quantity.fixed(value, digits: 1) }
}
