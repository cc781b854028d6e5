import PerfDiagnosis
import PerfModel

/// A diagnosis as markup: everything but the flame graph.
struct DiagnosisMarkup {
    let report: DiagnosisReport
    let parts: DiagnosisParts
    var diagnosis: Diagnosis { report.diagnosis }

    init(_ report: DiagnosisReport) {
        self.report = report
        parts = DiagnosisParts(report)
    }

    var bytes: [UInt8] {
        var page = HTMLMarkup()
        page.element("main", ["class": "diagnosis"]) { page in
            writeVerdict(to: &page)
            page.doubts(report.warnings)
            writeBudget(to: &page)
            writeFindings(to: &page)
            writeRemedies(to: &page)
            writeCharts(to: &page)
            writeProcesses(to: &page)
            writeCleared(to: &page)
            writeUnseen(to: &page)
        }
        page.raw("\n")
        return page.bytes
    }

    func section(
        _ id: String, _ title: String, to page: inout HTMLMarkup, _ body: (inout HTMLMarkup) -> Void
    ) {
        page.section(id, title, body)
    }

    // MARK: verdict

    private func writeVerdict(to page: inout HTMLMarkup) {
        let verdict = diagnosis.verdict
        page.raw("\n")
        page.element("h1", ["id": "verdict"], verdict.summary)
        page.element("p", ["class": "badges"]) { page in
            page.element(
                "span", ["class": "badge \(verdict.confidence.rawValue)"], "Confidence \(verdict.confidence.rawValue)")
            let isFine = verdict.bottleneck == .none
            page.element(
                "span", ["class": isFine ? "badge none" : "badge"],
                isFine ? "No bottleneck" : "Bottleneck: \(verdict.bottleneck.rawValue)")
            for severity in Severity.allCases.reversed() {
                let count = diagnosis.findings.count { $0.severity == severity }
                guard count > 0 else { continue }
                page.element("span", ["class": "badge \(severity.rawValue)"], "\(count) \(severity.rawValue)")
            }
        }
        page.element("dl", ["class": "lead"]) { page in
            if let culprit = verdict.culprit { writeCulprit(culprit, to: &page) }
            func add(_ term: String, _ text: String) {
                guard !text.isEmpty else { return }
                page.element("dt", term)
                page.element("dd", text)
            }
            add("Could gain", diagnosis.counterfactual)
            add("Refute it", diagnosis.refutation)
            add("Observed", parts.observed)
            if let host = report.host { add("Host", TextHeader.text(of: host)) }
        }
        writeContents(to: &page)
    }

    private func writeCulprit(_ culprit: Culprit, to page: inout HTMLMarkup) {
        page.element("dt", "Culprit")
        page.element("dd") { page in
            page.element("span", ["class": "culprit"], parts.process(of: culprit))
            if let share = parts.share(of: culprit) { page.text("; \(share)") }
        }
        guard let function = parts.function(of: culprit) else { return }
        page.element("dt", "Function")
        page.element("dd") { page in
            page.element("span", ["class": "culprit"], function)
            guard let file = culprit.file else { return }
            page.text(" ")
            page.element("code", ["class": "quiet"], "\(file)\(culprit.line.map { ":\($0)" } ?? "")")
        }
    }

    private func writeContents(to page: inout HTMLMarkup) {
        var links: [(id: String, title: String)] = []
        if !diagnosis.findings.isEmpty { links.append(("evidence", "Evidence")) }
        if !parts.remedies.isEmpty { links.append(("remedies", "What to do")) }
        links += [("over-time", "Over time"), ("processes", "Processes")]
        if !diagnosis.exonerated.isEmpty { links.append(("cleared", "Ruled out")) }
        if !diagnosis.unmeasured.isEmpty { links.append(("unseen", "Not seen (\(diagnosis.unmeasured.count))")) }
        if report.profile != nil { links.append(("flame-graph", "Flame graph")) }
        page.contents(links)
    }

    // MARK: time

    private func writeBudget(to page: inout HTMLMarkup) {
        guard let budget = diagnosis.budget, budget.threads > 0 else { return }
        let active = budget.active
        let count = Quantity.counted(Int64(budget.threads), "thread")
        let rest: [(name: String, ratio: Double)] = [
            ("sleeping", budget.blocked[.sleep] ?? 0), ("without work", budget.blocked[.idle] ?? 0),
            ("waits whose reason could not be seen", budget.blocked[.unknown] ?? 0),
        ]
        let shown = DiagnosisParts.active(budget)
        section("time", "Time of \(count)", to: &page) { page in
            page.element("div", ["class": "budget"]) { page in
                let others = rest.filter { $0.ratio >= 0.0005 }.map { "\(Self.percent($0.ratio)) \($0.name)" }
                page.element("p") { page in
                    page.element("b", "\(Self.percent(active)) active")
                    if !others.isEmpty { page.text("; the rest: \(others.joined(separator: ", "))") }
                }
                bar(shown, of: 1, label: "All time", to: &page)
                guard active > 0 else { return }
                page.element("p") { $0.element("b", "The active part:") }
                bar(shown, of: active, label: "The active part", to: &page)
                page.element("ul") { page in
                    for part in shown {
                        page.element("li") { page in
                            page.element("span", ["class": "mark \(part.key)"]) { _ in }
                            page.element("b", Self.percent(part.ratio / active))
                            page.text(part.name)
                        }
                    }
                }
            }
        }
    }

    private func bar(_ shown: [DiagnosisParts.TimePart], of whole: Double, label: String, to page: inout HTMLMarkup) {
        let words = shown.map { "\($0.name) \(Self.percent($0.ratio / whole))" }.joined(separator: ", ")
        page.element(
            "svg",
            [
                "viewBox": "0 0 1000 26", "preserveAspectRatio": "none", "role": "img",
                "aria-label": "\(label): \(words)",
            ]
        ) { page in
            var start = 0.0
            func piece(_ key: String, _ name: String, _ ratio: Double) {
                page.element(
                    "rect",
                    [
                        "class": key, "x": Quantity.fixed(start, digits: 2), "y": "0",
                        "width": Quantity.fixed(ratio / whole * 1000, digits: 2), "height": "26",
                    ]
                ) { $0.element("title", "\(name): \(Self.percent(ratio / whole))") }
                start += ratio / whole * 1000
            }
            for part in shown { piece(part.key, part.name, part.ratio) }
            if start < 999 { piece("inactive", "inactive", whole * (1 - start / 1000)) }
        }
    }

    static func percent(_ ratio: Double) -> String { Quantity.fixed(ratio * 100, digits: 1) + "%" }
}
