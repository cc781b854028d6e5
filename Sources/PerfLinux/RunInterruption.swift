import Glibc
import Synchronization

/// What may end a run before it ends itself.
package protocol RunInterruption: Sendable {
    /// Readable when it is worth asking.
    var descriptor: Int32 { get }
    /// Whether the run shall end; once it says so, it says so for ever.
    func isRequested() -> Bool
}

/// The signals by which people and machines stop a program: INT, TERM, HUP and QUIT.
package final class StopSignals: RunInterruption {
    private let receiver: SignalReceiver
    private let isStopped = Mutex(false)

    package var descriptor: Int32 { receiver.descriptor }

    /// - Parameter receiver: the only reader of its signals from now on is this object.
    package init(_ receiver: SignalReceiver) { self.receiver = receiver }

    package func isRequested() -> Bool {
        isStopped.withLock { isStopped in
            while let signal = receiver.next() {
                if [SIGINT, SIGTERM, SIGHUP, SIGQUIT].contains(signal.number) { isStopped = true }
            }
            return isStopped
        }
    }
}
