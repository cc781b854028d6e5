import PerfModel

/// Looks into a server while it is asked, on a connection and a thread of its own; it only ever reads.
///
/// Calls come in order: ``begin(before:)``, ``look(before:)`` again and again, ``finish(before:client:thresholds:)``.
package protocol ServerObserver: AnyObject {
    /// Between two looks.
    var interval: Duration { get }

    /// Connects, and takes the first snapshot.
    func begin(before deadline: UInt64) throws(ProbeFailure)

    /// Looks at what changes quickly, such as who waits for what; what fails is told at the end.
    func look(before deadline: UInt64)

    /// Takes the last snapshot, and checks what was seen.
    ///
    /// - Parameters:
    ///   - deadline: nanoseconds of CLOCK_MONOTONIC.
    ///   - client: what the prober measured meanwhile.
    ///   - thresholds: what the user set, by the id of the check.
    /// - Returns: what the checks say; what could not be seen is in it as well.
    func finish(
        before deadline: UInt64, client: ClientLatency, thresholds: [String: CheckThreshold]
    ) -> ServerReport
}

/// What was measured from outside while a server was observed.
package struct ClientLatency: Hashable, Sendable {
    /// Nanoseconds; nil where there are too few answers for it.
    package var median: UInt64?
    package var p95: UInt64?
    package var p99: UInt64?
    /// Answers that they are from.
    package var count: Int
    /// The median of the network alone (ping, else a TCP connect), in nanoseconds; nil where it was not measured.
    package var network: UInt64?

    package init(median: UInt64?, p95: UInt64? = nil, p99: UInt64?, count: Int, network: UInt64?) {
        self.median = median
        self.p95 = p95
        self.p99 = p99
        self.count = count
        self.network = network
    }
}

/// What the checks of one server say.
package struct ServerReport: Hashable, Sendable {
    package var findings: [Finding]
    package var healthy: [Healthy]
    package var unmeasured: [Unmeasured]
    /// What it is, for people: `("version", "15.18")`, `("role", "replica")`.
    package var facts: [Fact]

    package struct Healthy: Hashable, Sendable {
        /// The check's.
        package var id: String
        package var resource: Resource
        package var evidence: [Evidence]

        package init(id: String, resource: Resource, evidence: [Evidence]) {
            self.id = id
            self.resource = resource
            self.evidence = evidence
        }
    }

    package struct Fact: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(
        findings: [Finding] = [], healthy: [Healthy] = [], unmeasured: [Unmeasured] = [], facts: [Fact] = []
    ) {
        self.findings = findings
        self.healthy = healthy
        self.unmeasured = unmeasured
        self.facts = facts
    }
}
