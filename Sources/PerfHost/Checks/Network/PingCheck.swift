import PerfModel

/// How long the network takes to a peer and back.
package struct PingCheck: Check {
    package static let id = "net.ping"
    package static let resource = Resource.network
    package static let explanation = "How long does the network take to a peer and back, and does it lose packets?"
    package static let source = "round trips of ICMP echo, or of TCP connects where that is not allowed"
    package static let trap = "a peer that does not answer ICMP is not down"
    package static let threshold = CheckThreshold(
        1000, unit: "milliseconds", origin: "awesome-prometheus-alerts 1 s",
        conditions: ["loss_warning_ratio": 0.01, "loss_critical_ratio": 0.05])

    /// The host's counters do not tell; only probes do.
    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        .unmeasured(reason: "no peer was asked: round trips are not among a host's counters", remedy: "ping the peer")
    }
}
