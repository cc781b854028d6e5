import PerfBaselines
import PerfModel

/// A trend for browsers: a plot of each series with its changes, in one file that needs no script.
package enum TrendPage {
    package static func bytes(of trend: BaselineTrend) -> [UInt8] {
        var page = Array(HTMLAssets.diagnosisUntilTitle.utf8)
        page.append(contentsOf: HTMLMarkup.escaped("\(TrendWords.headline(trend)) – perfdoctor".printable).utf8)
        page.append(contentsOf: HTMLAssets.titleUntilHeadEnd.utf8)
        page.append(contentsOf: HTMLAssets.diagnosisHeadEnd.utf8)
        var markup = HTMLMarkup()
        markup.element("main", ["class": "diagnosis gate"]) { page in
            page.element("h1", ["id": "trend"], TrendWords.headline(trend))
            writeChanges(of: trend, to: &page)
            writeDoubts(of: trend, to: &page)
            page.element("section", ["id": "series"]) { page in
                page.element("h2", "Results, the oldest first")
                page.element("div", ["class": "charts"]) { page in
                    for series in trend.series { TrendPlot(series: series).write(to: &page) }
                }
            }
        }
        page.append(contentsOf: markup.bytes)
        page.append(contentsOf: "\n</body>\n</html>\n".utf8)
        return page
    }

    private static func writeChanges(of trend: BaselineTrend, to page: inout HTMLMarkup) {
        page.element("section", ["id": "changes"]) { page in
            page.element("h2", "Changes")
            let changed = trend.series.filter { !$0.changes.isEmpty }
            guard !changed.isEmpty else {
                page.element("p", "No change that can be told from chance.")
                return
            }
            page.element("table", ["class": "sheet"]) { page in
                page.element("tbody") { page in
                    for series in changed {
                        for change in series.changes {
                            page.element("tr") { page in
                                page.element("td") { page in
                                    page.element(
                                        "span", ["class": change.isWorse ? "badge critical" : "badge none"],
                                        change.isWorse ? "worse" : "better")
                                }
                                page.element("th", ["scope": "row"], TrendWords.title(series))
                                page.element("td", TrendWords.change(change, in: series))
                            }
                        }
                    }
                }
            }
        }
    }

    private static func writeDoubts(of trend: BaselineTrend, to page: inout HTMLMarkup) {
        guard !trend.warnings.isEmpty else { return }
        page.element("section", ["class": "notices doubts", "aria-label": "Doubts"]) { page in
            page.element("ul") { page in
                for warning in trend.warnings {
                    page.element("li") { page in
                        page.element("span", ["class": "message"], warning.message)
                        page.element("span", ["class": "remedy"], warning.remedy)
                    }
                }
            }
        }
    }
}
