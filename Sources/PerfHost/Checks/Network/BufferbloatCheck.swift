import PerfModel

/// Queues of the network that fill under load.
package struct BufferbloatCheck: Check {
    package static let id = "net.bufferbloat"
    package static let resource = Resource.network
    package static let explanation = "Does the way to a peer become slow under load?"
    package static let source = "round trips under load / round trips without"
    package static let trap = "the peer itself may be what is slow under load"
    package static let threshold = CheckThreshold(5, unit: "ratio", origin: "proposed")

    /// The host's counters do not tell; only probes do.
    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        .unmeasured(
            reason: "no peer was asked, with and without load",
            remedy: "ping the peer, first at rest and then under load")
    }
}
