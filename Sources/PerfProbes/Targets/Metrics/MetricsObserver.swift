import PerfModel

/// Reads what a prober scraped, and scrapes itself at the beginning and at the end.
package final class MetricsObserver: ServerObserver {
    private let connect: (UInt64) throws(ProbeFailure) -> any MetricsFetcher
    private let mailbox: MetricsMailbox
    private var fetcher: (any MetricsFetcher)?
    private var observation: MetricsObservation

    init(
        address: String, selection: MetricsSelection, mailbox: MetricsMailbox,
        connect: @escaping (UInt64) throws(ProbeFailure) -> any MetricsFetcher
    ) {
        self.connect = connect
        self.mailbox = mailbox
        observation = MetricsObservation(address: address, selection: selection)
    }

    package var interval: Duration { .seconds(1) }

    package func begin(before deadline: UInt64) throws(ProbeFailure) {
        try add(try answer(before: deadline))
    }

    package func look(before deadline: UInt64) {
        guard let answer = mailbox.take() else { return }
        do throws(ProbeFailure) { try add(answer) } catch { observation.fail(error) }
    }

    package func finish(
        before deadline: UInt64, client: ClientLatency, thresholds: [String: CheckThreshold]
    ) -> ServerReport {
        look(before: deadline)
        do throws(ProbeFailure) { try add(try answer(before: deadline)) } catch { observation.fail(error) }
        return observation.report(thresholds: thresholds)
    }

    private func answer(before deadline: UInt64) throws(ProbeFailure) -> MetricsAnswer {
        if let fetcher {
            do throws(ProbeFailure) { return try fetcher.fetch(before: deadline) } catch {
                guard !error.isConnectionUsable else { throw error }
                // A connection that nobody used for a while may have been ended: once more on a new one.
                self.fetcher = nil
            }
        }
        let made = try connect(deadline)
        fetcher = made
        return try made.fetch(before: deadline)
    }

    private func add(_ answer: MetricsAnswer) throws(ProbeFailure) {
        // One that was sent for before the last one tells nothing new.
        if let last = observation.last, answer.receivedAt <= last.takenAt { return }
        do throws(ExpositionError) {
            observation.add(try answer.scrape(observation.selection))
        } catch { throw ProbeFailure(error, from: observation.address) }
    }
}
