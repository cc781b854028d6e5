import Synchronization

/// The newest answer that nobody has read: a prober puts it in, and an observer takes it out.
///
/// So a service is scraped once for both.
final class MetricsMailbox: Sendable {
    private let answer = Mutex<MetricsAnswer?>(nil)

    func put(_ newest: MetricsAnswer) { answer.withLock { $0 = newest } }

    func take() -> MetricsAnswer? {
        answer.withLock { held in
            defer { held = nil }
            return held
        }
    }
}
