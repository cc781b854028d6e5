import PerfDiagnosis
import PerfHost
import PerfModel

extension DiagnosisMarkup {
    // MARK: findings

    func writeFindings(to page: inout HTMLMarkup) {
        section("evidence", "Evidence", to: &page) { page in
            guard !diagnosis.findings.isEmpty else {
                page.element("p", ["class": "note"], "No check found anything.")
                return
            }
            page.element("table", ["class": "sheet findings"]) { page in
                page.tableHead(
                    ["Severity", "Check", "What was seen", "Evidence", "Limit", "Follows from", "Could gain"])
                page.element("tbody") { page in
                    for finding in diagnosis.findings { row(of: finding, to: &page) }
                }
            }
        }
    }

    private func row(of finding: Finding, to page: inout HTMLMarkup) {
        page.element("tr") { page in
            page.element("td") { page in
                page.element("span", ["class": "badge \(finding.severity.rawValue)"], finding.severity.rawValue)
            }
            page.element("th", ["scope": "row", "class": "whole"], finding.id)
            page.element("td", finding.summary)
            page.element(
                "td", ["data-name": "Evidence"], finding.evidence.map(EvidenceText.text).joined(separator: ", "))
            page.element("td", ["data-name": "Limit", "class": "whole"], DiagnosisParts.limit(of: finding) ?? "")
            page.element("td", ["data-name": "Follows from", "class": "whole"], finding.parent ?? "")
            page.element(
                "td", ["data-name": "Could gain", "class": "whole"],
                finding.benefit.map { "at most \(Self.percent($0))" } ?? "")
        }
    }

    func writeRemedies(to page: inout HTMLMarkup) {
        let remedies = parts.remedies
        guard !remedies.isEmpty else { return }
        section("remedies", "What to do", to: &page) { page in
            page.element("ol", ["class": "remedies"]) { page in
                for (finding, remedy) in remedies {
                    page.element("li") { page in
                        page.text(remedy.text)
                        let claims = [
                            "for \(finding.id)", remedy.claimedGain.map { "claimed gain: \($0)" },
                            remedy.source.map { "source: \($0)" },
                        ].compactMap { $0 }
                        page.text(" ")
                        page.element("span", ["class": "quiet"], "(\(claims.joined(separator: "; ")))")
                    }
                }
            }
        }
    }

    // MARK: time series

    func writeCharts(to page: inout HTMLMarkup) {
        let charts = WindowCharts(report.observation, thresholds: report.thresholds)
        let spans = charts.spans
        let all = charts.all
        section("over-time", "Over time", to: &page) { page in
            let count = Quantity.counted(Int64(spans.spans.count), "window")
            page.element(
                "p", ["class": "note"],
                "Each step is one of \(count); the number beside a name is the mean over all. A dotted line is "
                    + "where the check that it names begins to warn: its other conditions must hold as well.")
            page.element("div", ["class": "charts"]) { page in
                for chart in all { WindowChartMarkup(chart: chart, spans: spans).write(to: &page) }
            }
            writeNumbers(all, spans, to: &page)
        }
    }

    /// The charts as a table, for those who do not see or do not trust pictures.
    private func writeNumbers(_ charts: [WindowChart], _ spans: WindowSpans, to page: inout HTMLMarkup) {
        page.element("details", ["class": "windows"]) { page in
            page.element("summary", "All numbers")
            page.scrolled("All numbers") { page in
                page.element("table", ["class": "sheet"]) { page in
                    let times = spans.spans.map {
                        "\(Quantity.fixed($0.lowerBound, digits: 1))–\(Quantity.fixed($0.upperBound, digits: 1)) s"
                    }
                    page.tableHead(["Quantity"] + times, numbers: 1..<(times.count + 1))
                    page.element("tbody") { page in
                        for chart in charts where chart.isSeen {
                            for series in chart.series {
                                page.element("tr") { page in
                                    page.element("th", ["scope": "row"], "\(chart.title): \(series.name)")
                                    for value in series.values {
                                        page.element("td", ["class": "number"], value.map(chart.text) ?? "not seen")
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    // MARK: processes

    func writeProcesses(to page: inout HTMLMarkup) {
        let culprit = diagnosis.verdict.culprit?.pid
        let table = ProcessRows(
            report.observation, including: [culprit, report.observation.target].compactMap { $0 })
        section("processes", "Processes", to: &page) { page in
            guard table.reason == nil else {
                page.element("p", ["class": "note"], "Not seen: \(table.reason ?? "").")
                return
            }
            page.element(
                "p", ["class": "note"],
                "Those that did most, of \(Quantity.grouped(Int64(table.count))): CPU time, major faults, disk traffic, "
                    + "waiting. A dash: not looked at that closely, or not permitted.")
            page.scrolled("Processes") { page in
                page.element("table", ["class": "sheet processes"]) { page in
                    page.tableHead(
                        [
                            "Process", "CPUs", "Threads ready", "Major faults", "Disk reads", "Disk writes",
                            "Threads waiting for",
                        ],
                        numbers: 1..<6)
                    page.element("tbody") { page in
                        for row in table.rows { write(row, isCulprit: row.pid == culprit, to: &page) }
                    }
                }
            }
        }
    }

    private func write(_ row: ProcessRows.Row, isCulprit: Bool, to page: inout HTMLMarkup) {
        func rate(_ bytes: Double?) -> String { bytes.map { EvidenceText.value($0, "bytes_per_second") } ?? "–" }
        page.element("tr") { page in
            page.element("th", ["scope": "row"]) { page in
                page.text("\(row.name) ")
                page.element(
                    "span", ["class": "quiet"], "(pid \(row.pid)\(row.isObserver ? ", perfdoctor itself" : ""))")
                if isCulprit {
                    page.text(" ")
                    page.element("span", ["class": "badge critical"], "culprit")
                }
                if !row.commandLine.isEmpty, row.commandLine != row.name {
                    page.raw("<br>")
                    page.element("code", ["class": "quiet"], Self.shortened(row.commandLine.printable))
                }
            }
            page.element("td", ["class": "number"]) { page in
                page.text(Quantity.fixed(row.cpus, digits: 2))
                if row.childCPUs >= 0.05 {
                    page.raw("<br>")
                    page.element(
                        "span", ["class": "quiet"], "ended children \(Quantity.fixed(row.childCPUs, digits: 2))")
                }
            }
            page.element("td", ["class": "number"], row.waiting.map { Quantity.fixed($0, digits: 2) } ?? "–")
            page.element("td", ["class": "number"], EvidenceText.value(row.majorFaultsPerSecond, "per_second"))
            page.element("td", ["class": "number"], rate(row.readBytesPerSecond))
            page.element("td", ["class": "number"], rate(row.writtenBytesPerSecond))
            let waits = row.waits.map { "\($0.reason.rawValue) \(Quantity.fixed($0.threads, digits: 2))" }
            page.element("td", waits.isEmpty ? "–" : waits.joined(separator: ", "))
        }
    }

    private static let longestCommandLine = 120

    private static func shortened(_ text: String) -> String {
        text.count <= longestCommandLine ? text : text.prefix(longestCommandLine - 1) + "…"
    }

    // MARK: the rest

    func writeCleared(to page: inout HTMLMarkup) {
        let cleared = parts.cleared
        guard !cleared.isEmpty else { return }
        section("cleared", "Ruled out", to: &page) { page in
            page.element("dl", ["class": "facts"]) { page in
                for (resource, evidence) in cleared {
                    page.element("dt", resource.rawValue)
                    page.element("dd", evidence)
                }
            }
        }
    }

    func writeUnseen(to page: inout HTMLMarkup) {
        let unseen = parts.unseen
        guard !unseen.isEmpty else { return }
        section("unseen", "Not seen", to: &page) { page in
            page.element("dl", ["class": "facts"]) { page in
                for group in unseen {
                    page.element("dt", group.ids.joined(separator: ", "))
                    page.element("dd") { page in
                        page.text(group.reason)
                        guard !group.remedy.isEmpty else { return }
                        page.element("div", ["class": "remedy"], group.remedy)
                    }
                }
            }
        }
    }
}
