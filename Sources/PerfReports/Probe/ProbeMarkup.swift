import PerfModel
import PerfProbes

/// What a probe measured as markup; its style is that of a diagnosis.
struct ProbeMarkup {
    let report: ProbeReport

    /// Looks of lines, after which they begin anew.
    private static let looks = 8

    init(_ report: ProbeReport) {
        self.report = report
    }

    var bytes: [UInt8] {
        var page = HTMLMarkup()
        page.element("main", ["class": "diagnosis probe"]) { page in
            writeVerdict(to: &page)
            page.doubts(report.warnings)
            writeTargets(to: &page)
            writeDistributions(to: &page)
            writeTime(to: &page)
            writeLosses(to: &page)
            writeFindings(to: &page)
            writeRemedies(to: &page)
            writePhases(to: &page)
            writeServers(to: &page)
            writeProber(to: &page)
            writeUnseen(to: &page)
        }
        page.raw("\n")
        return page.bytes
    }

    /// Targets with answers, and the look of their lines.
    var answered: [(measurement: ProbeMeasurement, look: Int)] {
        report.measurements.enumerated().filter { $1.received > 0 }.map { ($1, $0 % Self.looks) }
    }

    // MARK: verdict

    private func writeVerdict(to page: inout HTMLMarkup) {
        let count = report.measurements.count + report.unresolved.count
        let fine = report.measurements.count { $0.verdict == .ok }
        page.raw("\n")
        page.element(
            "h1", ["id": "verdict"],
            count == 1
                ? ProbeWords.summary(report)
                : fine == count
                    ? "All \(count) targets are fine" : "\(fine) of \(count) targets \(fine == 1 ? "is" : "are") fine")
        page.element("p", ["class": "badges"]) { page in
            for (verdict, look) in [
                (ProbeMeasurement.Verdict.failed, "critical"), (.slow, "warning"), (.invalid, "warning"), (.ok, "none"),
            ] {
                let unresolved = verdict == .failed ? report.unresolved.count : 0
                let count = report.measurements.count { $0.verdict == verdict } + unresolved
                guard count > 0 else { continue }
                page.element("span", ["class": "badge \(look)"], "\(count) \(Self.word(verdict))")
            }
            for severity in Severity.allCases.reversed() {
                let count = report.findings.count { $0.severity == severity }
                guard count > 0 else { continue }
                page.element(
                    "span", ["class": "badge \(severity.rawValue)"],
                    "\(Quantity.counted(Int64(count), "finding")): \(severity.rawValue)")
            }
        }
        page.element("dl", ["class": "lead"]) { page in
            func add(_ term: String, _ text: String) {
                guard !text.isEmpty else { return }
                page.element("dt", term)
                page.element("dd", text)
            }
            let start = report.startedAt == 0 ? "" : "\(Timestamp.text(nanosecondsSince1970: report.startedAt)), "
            add(
                "Asked",
                "\(start)\(report.rateText), on time whatever the answers take, for "
                    + Quantity.text(report.duration.wholeNanoseconds, unit: "ns"))
            if let host = report.host { add("From", TextHeader.text(of: host)) }
        }
        page.contents(links)
    }

    private var links: [(id: String, title: String)] {
        var links = [(id: "targets", title: "Targets")]
        if !answered.isEmpty { links.append(("latencies", "Latencies")) }
        if !timed.isEmpty { links.append(("over-time", "Over time")) }
        if !losses.isEmpty { links.append(("losses", "Losses")) }
        if !report.findings.isEmpty { links.append(("findings", "Findings")) }
        if !remedies.isEmpty { links.append(("remedies", "What to do")) }
        if !phased.isEmpty { links.append(("phases", "Phases")) }
        if !seen.isEmpty { links.append(("servers", "Servers")) }
        if !report.measurements.isEmpty { links.append(("prober", "The prober")) }
        if !report.unmeasured.isEmpty { links.append(("unseen", "Not seen")) }
        return links
    }

    static func word(_ verdict: ProbeMeasurement.Verdict) -> String {
        switch verdict {
        case .ok: "fine"
        case .slow: "slow"
        case .failed: "failed"
        case .invalid: "not judged"
        }
    }

    static func look(_ verdict: ProbeMeasurement.Verdict) -> String {
        switch verdict {
        case .ok: "badge none"
        case .slow, .invalid: "badge warning"
        case .failed: "badge critical"
        }
    }

    // MARK: targets

    private func writeTargets(to page: inout HTMLMarkup) {
        page.section("targets", "Targets") { page in
            page.element("table", ["class": "sheet findings targets"]) { page in
                page.tableHead(
                    ["Verdict", "Target", "p50", "p90", "p95", "p99", "p99.9", "Largest", "Jitter", "Sent", "Lost"],
                    numbers: 2..<11)
                page.element("tbody") { page in
                    for one in report.measurements { row(one, to: &page) }
                    for one in report.unresolved { row(one, to: &page) }
                }
            }
            page.element(
                "p", ["class": "note"],
                "A dash: too few answers for that percentile. Jitter is the mean difference of answers that follow "
                    + "one another.")
        }
    }

    private func row(_ one: ProbeMeasurement, to page: inout HTMLMarkup) {
        let latency = one.latency
        page.element("tr") { page in
            page.element("td") { $0.element("span", ["class": Self.look(one.verdict)], Self.word(one.verdict)) }
            page.element("th", ["scope": "row"]) { page in
                page.element("span", ProbeWords.name(of: one))
                page.element("span", ["class": "quiet aside"], one.method)
                if let reason = one.reason { page.element("span", ["class": "aside"], reason) }
            }
            for (name, value) in [
                ("p50", latency?.p50), ("p90", latency?.p90), ("p95", latency?.p95), ("p99", latency?.p99),
                ("p99.9", latency?.p999), ("Largest", latency?.max), ("Jitter", latency?.jitter),
            ] {
                page.element("td", ["data-name": name, "class": "number"], value.map { ProbeTable.time($0) } ?? "–")
            }
            page.element("td", ["data-name": "Sent", "class": "number"], Quantity.grouped(Int64(one.sent)))
            page.element(
                "td", ["data-name": "Lost", "class": "number"],
                one.sent > 0 ? Quantity.percent(Int64(one.sent - one.received), of: Int64(one.sent)) : "–")
        }
    }

    private func row(_ one: ProbeReport.Unresolved, to page: inout HTMLMarkup) {
        page.element("tr") { page in
            page.element("td") { $0.element("span", ["class": Self.look(.failed)], Self.word(.failed)) }
            page.element("th", ["scope": "row"]) { page in
                page.element("span", one.url)
                page.element("span", ["class": "aside"], one.failure.summary)
            }
            for _ in 0..<9 { page.element("td", "") }
        }
    }

    // MARK: plots

    /// All latencies on one axis, so that plots can be compared.
    private var scale: LatencyScale {
        LatencyScale(
            answered.flatMap { one, _ in
                [one.latency?.min, one.latency?.max].compactMap { value in value.map { Double($0) } }
            })
    }

    private func writeDistributions(to page: inout HTMLMarkup) {
        guard !answered.isEmpty else { return }
        page.section("latencies", "Latencies side by side") { page in
            page.element(
                "p", ["class": "note"],
                "How long an answer took, by percentile: at 90%, one answer in ten took longer. Both axes are "
                    + "logarithmic.")
            page.element("figure", ["class": "chart"]) { page in
                page.element("ul", ["class": "keys"]) { page in
                    for (one, look) in answered {
                        page.element("li") { page in
                            key(look, to: &page)
                            page.element("span", ProbeWords.name(of: one))
                            if let median = one.latency?.p50 { page.element("b", ProbeTable.time(median)) }
                        }
                    }
                }
                PercentilePlot(answered, scale: scale).write(to: &page)
            }
        }
    }

    private func key(_ look: Int, to page: inout HTMLMarkup) {
        page.element("svg", ["viewBox": "0 0 18 8", "aria-hidden": "true"]) { page in
            page.element("path", ["class": "series s\(look)", "d": "M0 4H18"]) { _ in }
        }
    }

    /// Targets that anything was asked of.
    private var timed: [(measurement: ProbeMeasurement, look: Int)] {
        report.measurements.enumerated().filter { !$1.timeline.slots.isEmpty }.map { ($1, $0 % Self.looks) }
    }

    private func writeTime(to page: inout HTMLMarkup) {
        let timed = timed
        guard !timed.isEmpty else { return }
        let end =
            timed.map { Double($0.measurement.timeline.width) * Double($0.measurement.timeline.slots.count) }
            .max() ?? 1
        let scale = scale
        page.section("over-time", "Over time") { page in
            page.element(
                "p", ["class": "note"],
                "By when a question was due. The line is the largest latency of each moment, the area reaches up to the "
                    + "mean; a red bar is what was not answered, as high as its share. A server that stood still is a "
                    + "flank that falls: who asked later waited less.")
            page.element("figure", ["class": "chart strips"]) { page in
                for (index, one) in timed.enumerated() {
                    let strip = LatencyStrip(
                        measurement: one.measurement, look: one.look, scale: scale, end: end,
                        isLast: index == timed.count - 1)
                    page.element("h3") { page in
                        key(one.look, to: &page)
                        page.element("span", ProbeWords.name(of: one.measurement))
                        page.element("span", ["class": "quiet"], strip.words)
                        for limit in one.measurement.limits {
                            let name = Quantity.fixed(limit.quantile * 100, digits: limit.quantile > 0.99 ? 1 : 0)
                            page.element(
                                "span", ["class": "quiet"],
                                "limit of p\(name): \(Quantity.text(limit.latency.wholeNanoseconds, unit: "ns")) "
                                    + "(\(limit.origin))")
                        }
                    }
                    strip.write(to: &page)
                }
            }
        }
    }
}
