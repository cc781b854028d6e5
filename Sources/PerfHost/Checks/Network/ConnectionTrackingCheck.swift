import PerfModel

/// The firewall's table of connections.
package struct ConnectionTrackingCheck: Check {
    package static let id = "net.conntrack"
    package static let resource = Resource.network
    package static let explanation = "Is the firewall's table of connections full?"
    package static let source = "/proc/sys/net/netfilter: nf_conntrack_count / nf_conntrack_max"
    package static let trap = "a full table drops new connections and leaves old ones: what is there works on"
    package static let threshold = CheckThreshold(
        0.80, 0.95, unit: "ratio", origin: "awesome-prometheus-alerts 80%; 95% proposed")

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let tracking = observation.last.connectionTracking.value, tracking.limit > 0 else {
            return unmeasured(observation.last.connectionTracking, "the limit of nf_conntrack")
        }
        let used = min(1, Double(tracking.count) / Double(tracking.limit))
        let context = [
            Evidence("connections", Double(tracking.count), "count"),
            Evidence("limit", Double(tracking.limit), "count"),
        ]
        guard threshold.severity(of: used) != nil else {
            return .healthy([Evidence("used_ratio", used, "ratio")] + context)
        }
        return .findings([
            finding(
                used, "used_ratio", threshold: threshold, family: .saturation, evidence: context,
                summary: "the firewall's table of connections is \(Words.percent(used)) full: "
                    + "\(Words.grouped(Double(tracking.count))) of \(Words.grouped(Double(tracking.limit)))",
                remedies: [
                    Remedy("raise net.netfilter.nf_conntrack_max, or exempt traffic that needs no state (notrack)"),
                    GuideRemedies.keepAlive,
                ])
        ])
    }
}
