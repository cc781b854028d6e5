import PerfClients
import PerfModel

/// One address of something that can be asked, and the way to ask it.
///
/// A new kind is one new file with its schemes, then `ci/generate` for the registry.
package protocol ProbeTarget: Sendable {
    /// Of URLs, without `://`: `["redis", "rediss"]`.
    static var schemes: [String] { get }

    /// Resolves a URL; a name with several addresses gives a target for each.
    ///
    /// - Parameters:
    ///   - url: one of ``schemes``.
    ///   - deadline: nanoseconds of CLOCK_MONOTONIC.
    /// - Returns: at least one target.
    /// - Throws: when the URL says too little, or its name cannot be resolved.
    static func targets(of url: ServerURL, before deadline: UInt64) throws(ProbeFailure) -> [any ProbeTarget]

    /// As the user gave it, without secrets.
    var url: String { get }
    /// What is really asked: `"10.0.0.5:6379"`, `"[::1]:443"`, `"/run/redis.sock"`.
    var address: String { get }
    /// How it is asked: `"icmp (datagram socket)"`, `"tcp connect"`, `"PING"`, `"SELECT 1"`, `"GET"`.
    var method: String { get }
    /// What a good answer takes at most; empty where nobody says so.
    var limits: [LatencyLimit] { get }

    /// Questions a second that it may be asked at most, whatever the rate of the others; nil for any rate.
    var mostRate: Double? { get }

    /// Connects, on the thread that will ask.
    ///
    /// - Parameter deadline: nanoseconds of CLOCK_MONOTONIC.
    /// - Returns: what asks on the connection.
    /// - Throws: why it cannot.
    func connect(before deadline: UInt64) throws(ProbeFailure) -> any Prober

    /// Who looks into the server while it is asked; nil where there is nothing to see but answers.
    func observer() -> (any ServerObserver)?

    /// Who reads what it tells of the guides' key metrics while somebody watches; nil where it tells none.
    func keyMetricReader() -> (any KeyMetricReader)?

    /// What a failure to connect says about the server: "too many clients" is an answer, and a finding.
    func findings(of failure: ProbeFailure) -> [Finding]
}

extension ProbeTarget {
    package var limits: [LatencyLimit] { [] }
    package var mostRate: Double? { nil }
    package func observer() -> (any ServerObserver)? { nil }
    package func keyMetricReader() -> (any KeyMetricReader)? { nil }
    package func findings(of failure: ProbeFailure) -> [Finding] { [] }
}

/// What a quantile of the latency may be at most.
package struct LatencyLimit: Hashable, Sendable {
    /// 0...1 without its ends.
    package var quantile: Double
    package var latency: Duration
    /// Who says so: `"guide A"`, `"perfdoctor.json"`, `"proposed"`.
    package var origin: String

    package init(quantile: Double, latency: Duration, origin: String) {
        self.quantile = quantile
        self.latency = latency
        self.origin = origin
    }
}

/// The registry of kinds of targets.
package enum ProbeTargets {}
