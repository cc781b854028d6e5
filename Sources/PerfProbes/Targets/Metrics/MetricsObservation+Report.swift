import PerfModel

extension MetricsObservation {
    /// What all checks say, and what the histograms tell.
    package func report(thresholds: [String: CheckThreshold]) -> ServerReport {
        var report = ServerReport(facts: facts)
        report.ask(MetricsHTTPCheck.self, self, thresholds)
        report.ask(MetricsDatabaseCheck.self, self, thresholds)
        report.ask(MetricsLLMCheck.self, self, thresholds)
        if selection.wanted.contains(where: \.isAsked) { report.ask(MetricsNamedCheck.self, self, thresholds) }
        report.ask(MetricsBoundsCheck.self, self, thresholds)
        report.ask(MetricsHitCheck.self, self, thresholds)
        report.ask(MetricsErrorsCheck.self, self, thresholds)
        return report
    }

    /// Label sets of a histogram that are told one by one.
    private static let mostSets = 8

    private var facts: [ServerReport.Fact] {
        var facts: [ServerReport.Fact] = []
        if seconds > 0 {
            facts.append(ServerReport.Fact("scrapes", "\(scrapes) in \(Quantity.fixed(seconds, digits: 1)) s"))
        }
        if resets > 0 { facts.append(ServerReport.Fact("resets", "counters began anew \(resets) times")) }
        for wanted in selection.wanted {
            guard let family = family(wanted).value, let all = family.all else { continue }
            facts.append(ServerReport.Fact(wanted.name, text(of: all, wanted.name)))
            guard family.sets.count > 1 else { continue }
            for set in family.sets.prefix(Self.mostSets) {
                facts.append(ServerReport.Fact(wanted.name + set.labels.text, text(of: set.counts, wanted.name)))
            }
            if family.sets.count > Self.mostSets {
                facts.append(
                    ServerReport.Fact("\(wanted.name), others", "\(family.sets.count - Self.mostSets) label sets"))
            }
        }
        for wanted in selection.wanted {
            for (labels, value) in (last?.summaries[wanted.name] ?? [:]).sorted(by: { $0.key.text < $1.key.text })
                .prefix(Self.mostSets)
            {
                let shown = value.isNaN ? "nothing observed" : MetricsWords.text(value, of: wanted.name)
                facts.append(ServerReport.Fact("\(wanted.name)\(labels.text), by the server itself", shown))
            }
        }
        return facts
    }

    /// `"1,204 (120.4/s): p50 12.0 ms, p95 81.0 ms, p99 > 5.00 s, mean 20.1 ms"`.
    private func text(of counts: HistogramCounts, _ name: String) -> String {
        var parts = [0.5, 0.95, 0.99].compactMap { ratio -> String? in
            let quantile = counts.quantile(ratio)
            guard quantile != .unknown else { return nil }
            return "\(MetricsWords.name(of: ratio)) \(MetricsWords.text(quantile, of: name))"
        }
        if let mean = counts.mean { parts.append("mean \(MetricsWords.text(mean, of: name))") }
        let rate = seconds > 0 ? " (\(Quantity.fixed(counts.total / seconds, digits: 1))/s)" : ""
        return "\(MetricsWords.count(counts.total))\(rate): \(parts.joined(separator: ", "))"
    }
}
