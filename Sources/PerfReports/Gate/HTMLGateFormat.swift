import PerfBaselines
import PerfModel

/// For browsers: verdict, comparisons, the pairs as pictures, and the cause, in one file that needs no script.
package struct HTMLGateFormat: GateFormat {
    package static let id = "html"
    package static let explanation = "for browsers: verdict, comparisons, plots of the pairs, cause; in one file"

    package static func bytes(of report: GateReport) -> [UInt8] {
        var page = Array(HTMLAssets.diagnosisUntilTitle.utf8)
        let title = "\(report.result.verdict.rawValue.uppercased()): \(report.result.summary) – perfdoctor"
        page.append(contentsOf: HTMLMarkup.escaped(title.printable).utf8)
        page.append(contentsOf: HTMLAssets.titleUntilHeadEnd.utf8)
        page.append(contentsOf: HTMLAssets.diagnosisHeadEnd.utf8)
        page.append(contentsOf: GateMarkup(report: report).bytes)
        page.append(contentsOf: "</body>\n</html>\n".utf8)
        return page
    }
}

/// A gate's result as markup; its style is that of a diagnosis.
private struct GateMarkup {
    let report: GateReport
    private var result: GateResult { report.result }

    var bytes: [UInt8] {
        var page = HTMLMarkup()
        page.element("main", ["class": "diagnosis gate"]) { page in
            writeVerdict(to: &page)
            page.doubts(result.warnings)
            writeComparisons(to: &page)
            writePictures(to: &page)
            writeCause(to: &page)
            writeUnmeasured(to: &page)
        }
        page.raw("\n")
        return page.bytes
    }

    private func writeVerdict(to page: inout HTMLMarkup) {
        page.element("h1", ["id": "verdict"], result.summary)
        page.element("p", ["class": "badges"]) { page in
            let look =
                switch result.verdict {
                case .pass: "badge none"
                case .fail: "badge critical"
                case .inconclusive, .invalid: "badge warning"
                }
            page.element("span", ["class": look], result.verdict.rawValue.uppercased())
            for verdict in [GateResult.Verdict.fail, .invalid, .inconclusive, .pass] {
                let count = result.comparisons.count { $0.isGated && $0.verdict == verdict }
                if count > 0 { page.element("span", ["class": "badge"], "\(count) \(verdict.rawValue)") }
            }
        }
        page.element("dl", ["class": "lead"]) { page in
            func add(_ term: String, _ text: String) {
                guard !text.isEmpty else { return }
                page.element("dt", term)
                page.element("dd", text)
            }
            add("Base", report.base)
            add("Head", report.head)
            if let machine = report.machine {
                add("Machine", "\(machine.machineClass) (\(machine.cpuModel), \(machine.cpuCount) CPUs)")
            }
            if let start = report.startedAt {
                add("Started", InternetTime.text(nanosecondsSince1970: start - start % 1_000_000_000))
            }
            if let duration = report.duration { add("Took", Quantity.text(duration.wholeNanoseconds, unit: "ns")) }
            for advice in GateAdvice(report: report).sentences { add("Next", advice) }
        }
    }

    private func section(
        _ id: String, _ title: String, to page: inout HTMLMarkup, _ body: (inout HTMLMarkup) -> Void
    ) {
        page.section(id, title, body)
    }

    private func writeComparisons(to page: inout HTMLMarkup) {
        guard !result.comparisons.isEmpty else { return }
        section("comparisons", "Comparisons", to: &page) { page in
            page.element("div", ["class": "wide"]) { page in
                page.element("table", ["class": "sheet"]) { page in
                    page.element("thead") { page in
                        page.element("tr") { page in
                            for name in ["Verdict", "Benchmark", "Metric"] {
                                page.element("th", ["scope": "col"], name)
                            }
                            for name in ["Base", "Head", "Change", "Interval", "n", "Would find"] {
                                page.element("th", ["scope": "col", "class": "number"], name)
                            }
                            page.element("th", ["scope": "col"], "Why")
                        }
                    }
                    page.element("tbody") { page in
                        for one in GateWords.ordered(result.comparisons) { row(one, to: &page) }
                    }
                }
            }
        }
    }

    private func row(_ one: GateResult.Comparison, to page: inout HTMLMarkup) {
        let look =
            switch (one.verdict, one.isGated) {
            case (.fail, true): "badge critical"
            case (.pass, _): one.isImproved ? "badge none" : "badge"
            case (_, true): "badge warning"
            default: "badge"
            }
        page.element("tr") { page in
            page.element("td") { $0.element("span", ["class": look], GateWords.verdict(one)) }
            page.element("th", ["scope": "row"], one.id)
            page.element("td", one.metric.isEmpty ? "" : GateWords.name(ofMetric: one.metric))
            for cell in [
                GateWords.value(one.baseline, unit: one.unit), GateWords.value(one.head, unit: one.unit),
                GateWords.change(one.effectRatio), one.interval == nil ? "" : GateWords.interval(one.interval),
                one.count > 0 ? Quantity.grouped(Int64(one.count)) : "",
                one.detectableRatio == nil ? "" : GateWords.detectable(one.detectableRatio),
            ] {
                page.element("td", ["class": "number"], cell)
            }
            page.element("td", ["class": "quiet"], one.reason)
        }
    }

    private func writePictures(to page: inout HTMLMarkup) {
        let shown = report.pairs.filter { $0.ratios.count > 1 }
        guard !shown.isEmpty else { return }
        section("pairs", "Pairs: head by base, in the order of the runs", to: &page) { page in
            page.element("div", ["class": "charts"]) { page in
                for pairs in shown {
                    let comparison = result.comparisons.first { $0.id == pairs.id && $0.metric == pairs.metric }
                    PairPlot(pairs: pairs, comparison: comparison).write(to: &page)
                }
            }
        }
    }

    private func writeCause(to page: inout HTMLMarkup) {
        for part in GateCauseSection.all(of: result) {
            section(part.id, part.text, to: &page) { page in
                switch part.content {
                case .parts(let parts): write(parts, to: &page)
                case .counters(let counters):
                    page.element("ul") { page in
                        for counter in counters { page.element("li", GateWords.counter(counter)) }
                    }
                }
            }
        }
    }

    private func write(_ parts: [GateResult.Cause.Part], to page: inout HTMLMarkup) {
        page.element("table", ["class": "sheet parts"]) { page in
            page.element("tbody") { page in
                for part in parts {
                    page.element("tr") { page in
                        page.element("td", ["class": "number"], GateWords.delta(of: part))
                        page.element("td", GateWords.place(of: part))
                    }
                }
            }
        }
    }

    private func writeUnmeasured(to page: inout HTMLMarkup) {
        guard !result.unmeasured.isEmpty else { return }
        section("unmeasured", "Not measured", to: &page) { page in
            page.element("dl", ["class": "facts"]) { page in
                for one in result.unmeasured {
                    page.element("dt", one.id)
                    page.element("dd") { page in
                        page.text(one.reason)
                        if !one.remedy.isEmpty { page.element("p", ["class": "remedy"], one.remedy) }
                    }
                }
            }
        }
    }
}
