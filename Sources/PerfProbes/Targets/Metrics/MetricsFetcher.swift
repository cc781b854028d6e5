/// Gets the metrics of a service, on one connection and one thread.
package protocol MetricsFetcher: AnyObject {
    /// How long each part of connecting took, in order.
    var connecting: [ProbePhase] { get }

    /// - Parameter deadline: nanoseconds of CLOCK_MONOTONIC; the call is over by then.
    /// - Returns: an answer of status 200.
    /// - Throws: why there is none.
    func fetch(before deadline: UInt64) throws(ProbeFailure) -> MetricsAnswer
}

/// The metrics of a service as it sent them.
package struct MetricsAnswer: Hashable, Sendable {
    /// Nanoseconds of CLOCK_MONOTONIC.
    package var sentAt: UInt64
    package var receivedAt: UInt64
    package var phases: [ProbePhase]
    package var contentType: String?
    package var body: [UInt8]

    package init(
        sentAt: UInt64, receivedAt: UInt64, phases: [ProbePhase] = [], contentType: String?, body: [UInt8]
    ) {
        self.sentAt = sentAt
        self.receivedAt = receivedAt
        self.phases = phases
        self.contentType = contentType
        self.body = body
    }

    /// - Throws: when it is none of metrics.
    func scrape(_ selection: MetricsSelection) throws(ExpositionError) -> MetricsScrape {
        try MetricsScrape(
            body, syntax: ExpositionParser.Syntax(contentType: contentType), takenAt: receivedAt, selection: selection)
    }
}
