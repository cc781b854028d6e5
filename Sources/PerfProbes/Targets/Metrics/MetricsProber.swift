import PerfModel

/// Round trips of scrapes.
package final class MetricsProber: Prober {
    private let fetcher: any MetricsFetcher
    private let address: String
    private let selection: MetricsSelection
    private let mailbox: MetricsMailbox

    init(_ fetcher: any MetricsFetcher, address: String, selection: MetricsSelection, mailbox: MetricsMailbox) {
        self.fetcher = fetcher
        self.address = address
        self.selection = selection
        self.mailbox = mailbox
    }

    package var connecting: [ProbePhase] { fetcher.connecting }

    package func ask(before deadline: UInt64) throws(ProbeFailure) -> ProbeAnswer {
        let answer = try fetcher.fetch(before: deadline)
        do throws(ExpositionError) {
            // A page of HTML is an answer, and none of metrics.
            _ = try answer.scrape(selection)
        } catch { throw ProbeFailure(error, from: address) }
        mailbox.put(answer)
        return ProbeAnswer(sentAt: answer.sentAt, receivedAt: answer.receivedAt, phases: answer.phases)
    }
}

extension ProbeFailure {
    /// Of an answer that is none of metrics.
    init(_ error: ExpositionError, from address: String) {
        self.init(.garbage, "\(address): \(error.summary)", remedy: error.remedy, isConnectionUsable: true)
    }
}
