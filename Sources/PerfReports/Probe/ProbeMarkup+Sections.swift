import PerfModel
import PerfProbes

extension ProbeMarkup {
    // MARK: losses

    /// Why questions were not answered.
    struct Loss {
        var target: String
        /// Nil where nothing could be asked.
        var count: Int?
        var failure: ProbeFailure
    }

    var losses: [Loss] {
        report.measurements.flatMap { one in
            one.failures.map { Loss(target: ProbeWords.name(of: one), count: $0.count, failure: $0.failure) }
        } + report.unresolved.map { Loss(target: $0.url, count: nil, failure: $0.failure) }
    }

    func writeLosses(to page: inout HTMLMarkup) {
        let losses = losses
        guard !losses.isEmpty else { return }
        page.section("losses", "Losses and their reasons") { page in
            page.element("table", ["class": "sheet findings"]) { page in
                page.tableHead(["Questions", "Target", "Why there was no answer", "What to do"], numbers: 0..<1)
                page.element("tbody") { page in
                    for loss in losses {
                        page.element("tr") { page in
                            page.element(
                                "td", ["data-name": "Questions", "class": "number"],
                                loss.count.map { Quantity.grouped(Int64($0)) } ?? "all")
                            page.element("th", ["scope": "row"], loss.target)
                            page.element("td", loss.failure.summary)
                            page.element("td", ["data-name": "What to do"], loss.failure.remedy ?? "")
                        }
                    }
                }
            }
        }
    }

    // MARK: findings

    /// The worst first.
    private var found: [(target: String, finding: Finding)] {
        report.measurements.flatMap { one in
            one.report.findings.map { (ProbeWords.name(of: one), $0) }
        }.sorted {
            $0.1.severity == $1.1.severity ? $0.1.id < $1.1.id : $0.1.severity > $1.1.severity
        }
    }

    func writeFindings(to page: inout HTMLMarkup) {
        let found = found
        guard !found.isEmpty else { return }
        page.section("findings", "Findings") { page in
            page.element("table", ["class": "sheet findings"]) { page in
                page.tableHead(["Severity", "Check", "What was seen", "Evidence", "Limit", "Follows from", "Where"])
                page.element("tbody") { page in
                    for (target, finding) in found { row(of: finding, on: target, to: &page) }
                }
            }
        }
    }

    private func row(of finding: Finding, on target: String, to page: inout HTMLMarkup) {
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
            let subject = finding.subject.isEmpty || target.contains(finding.subject) ? "" : ", \(finding.subject)"
            page.element("td", ["data-name": "Where", "class": "where"], target + subject)
        }
    }

    /// What to do, each once; what causes something comes before what follows from it.
    var remedies: [(id: String, remedy: Remedy)] {
        var seen: Set<String> = []
        let ordered = found.filter { $0.finding.parent == nil } + found.filter { $0.finding.parent != nil }
        return ordered.flatMap { _, finding in
            finding.remedies.filter { seen.insert($0.text).inserted }.map { (finding.id, $0) }
        }
    }

    func writeRemedies(to page: inout HTMLMarkup) {
        let remedies = remedies
        guard !remedies.isEmpty else { return }
        page.section("remedies", "What to do") { page in
            page.element("ol", ["class": "remedies"]) { page in
                for (id, remedy) in remedies {
                    page.element("li") { page in
                        page.text(remedy.text)
                        let claims = [
                            "for \(id)", remedy.claimedGain.map { "claimed gain: \($0)" },
                            remedy.source.map { "source: \($0)" },
                        ].compactMap { $0 }
                        page.text(" ")
                        page.element("span", ["class": "quiet"], "(\(claims.joined(separator: "; ")))")
                    }
                }
            }
        }
    }

    // MARK: phases

    /// Targets whose time of connecting, or of an answer, has parts.
    var phased: [ProbeMeasurement] {
        report.measurements.filter { !$0.connecting.isEmpty || !$0.phases.isEmpty }
    }

    func writePhases(to page: inout HTMLMarkup) {
        let phased = phased
        guard !phased.isEmpty else { return }
        page.section("phases", "Phases") { page in
            let groups: [(title: String, parts: KeyPath<ProbeMeasurement, [ProbePhase]>)] = [
                ("Connecting, once", \.connecting), ("Answers, medians", \.phases),
            ]
            page.element("div", ["class": "budget"]) { page in
                for group in groups {
                    let shown = phased.filter { !$0[keyPath: group.parts].isEmpty }
                    guard !shown.isEmpty else { continue }
                    // One scale for all targets: bars can be compared.
                    let most = shown.map { Self.sum($0[keyPath: group.parts]) }.max() ?? 1
                    page.element("h3", group.title)
                    for one in shown {
                        page.element("p", ProbeWords.name(of: one))
                        bar(one[keyPath: group.parts], of: max(most, 1), to: &page)
                    }
                }
            }
        }
    }

    private static func sum(_ phases: [ProbePhase]) -> Double { phases.reduce(0) { $0 + Double($1.nanoseconds) } }

    private func bar(_ phases: [ProbePhase], of whole: Double, to page: inout HTMLMarkup) {
        let words = phases.map { "\(Self.name($0.name)) \(ProbeTable.time($0.nanoseconds))" }.joined(separator: ", ")
        page.element(
            "svg", ["viewBox": "0 0 1000 26", "preserveAspectRatio": "none", "role": "img", "aria-label": words]
        ) { page in
            var start = 0.0
            for (index, phase) in phases.enumerated() {
                let width = Double(phase.nanoseconds) / whole * 1000
                page.element(
                    "rect",
                    [
                        "class": "phase\(index % 6)", "x": Quantity.fixed(start, digits: 2), "y": "0",
                        "width": Quantity.fixed(width, digits: 2), "height": "26",
                    ]
                ) { $0.element("title", "\(Self.name(phase.name)): \(ProbeTable.time(phase.nanoseconds))") }
                start += width
            }
        }
        page.element("ul") { page in
            for (index, phase) in phases.enumerated() {
                page.element("li") { page in
                    page.element("span", ["class": "mark phase\(index % 6)"]) { _ in }
                    page.element("b", ProbeTable.time(phase.nanoseconds))
                    page.text(Self.name(phase.name))
                }
            }
        }
    }

    private static func name(_ phase: String) -> String { phase.split(separator: "_").joined(separator: " ") }

    // MARK: servers

    /// Targets that tell more than answers.
    var seen: [ProbeMeasurement] {
        report.measurements.filter { !$0.report.facts.isEmpty || !$0.report.healthy.isEmpty }
    }

    func writeServers(to page: inout HTMLMarkup) {
        let seen = seen
        guard !seen.isEmpty else { return }
        page.section("servers", "What servers say of themselves") { page in
            for one in seen {
                page.element("h3", ["class": "server"], ProbeWords.name(of: one))
                page.element("dl", ["class": "facts"]) { page in
                    for fact in one.report.facts {
                        page.element("dt", fact.name)
                        page.element("dd", fact.value)
                    }
                }
                let healthy = one.report.healthy.sorted { $0.id < $1.id }
                guard !healthy.isEmpty else { continue }
                page.element("details", ["class": "windows"]) { page in
                    page.element("summary", "\(Quantity.counted(Int64(healthy.count), "check")) found nothing")
                    page.element("dl", ["class": "facts"]) { page in
                        for one in healthy {
                            page.element("dt", one.id)
                            page.element("dd", one.evidence.map(EvidenceText.text).joined(separator: ", "))
                        }
                    }
                }
            }
        }
    }

    // MARK: the prober itself

    func writeProber(to page: inout HTMLMarkup) {
        guard !report.measurements.isEmpty else { return }
        page.section("prober", "The prober itself") { page in
            page.element(
                "p", ["class": "note"],
                "How late we were to ask, though we could have, is not in the latencies. A prober that was too slow itself "
                    + "judges nothing.")
            page.element("dl", ["class": "facts"]) { page in
                if let cpus = report.ownCPUs {
                    page.element("dt", "CPU")
                    page.element("dd", "\(Quantity.fixed(cpus * 100, digits: 1))% of a CPU")
                }
                if let delay = report.runDelay {
                    page.element("dt", "Ready without a CPU")
                    page.element("dd", "\(Quantity.fixed(delay * 100, digits: 1))% of the time")
                }
                for one in report.measurements {
                    page.element("dt", ProbeWords.name(of: one))
                    page.element("dd") { page in
                        if one.verdict == .invalid {
                            page.element("span", ["class": "badge warning"], "INVALID")
                            page.text(" \(one.reason ?? ""). ")
                        }
                        page.text(lateness(of: one))
                    }
                }
            }
        }
    }

    private func lateness(of one: ProbeMeasurement) -> String {
        let made = "\(Quantity.counted(Int64(one.connections), "connection")) made"
        guard let lag = one.lag else { return "\(made); nothing was asked" }
        let parts = [("late by", lag.p50), ("one time in ten by", lag.p90), ("at most by", Optional(lag.max))]
        return parts.compactMap { words, value in value.map { "\(words) \(ProbeTable.time($0))" } }
            .joined(separator: ", ") + "; \(made)"
    }

    // MARK: the rest

    func writeUnseen(to page: inout HTMLMarkup) {
        let groups = UnseenGroup.all(of: report.unmeasured)
        guard !groups.isEmpty else { return }
        page.section("unseen", "Not seen") { page in
            page.element("dl", ["class": "facts"]) { page in
                for group in groups {
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
