import CPerfLinux
import Glibc

/// The signals that end or steer a recording, read as values instead of by handlers.
///
/// They are blocked while this exists for the process; children get the mask that perfdoctor was started with.
package final class SignalReceiver: Sendable {
    package struct Signal: Hashable, Sendable {
        package var number: Int32
        /// Whether the terminal or the kernel sent it: then the target, in the same foreground group, has it too.
        package var isFromKernel: Bool
    }

    /// Becomes readable when a signal waits.
    package let descriptor: Int32

    /// Call it before the first thread starts, so that no thread takes a signal the old way.
    ///
    /// - Throws: when the kernel has no signalfd to give.
    package init() throws(SystemCallError) {
        descriptor = pd_signals_open()
        guard descriptor >= 0 else {
            throw SystemCallError(operation: "signalfd", subject: "for our own signals", errno: -descriptor)
        }
    }

    deinit {
        close(descriptor)
    }

    /// The next signal that waits, or nil.
    package func next() -> Signal? {
        var raw = pd_signal()
        // SAFETY: `raw` outlives the call, which writes one struct.
        guard unsafe pd_signal_next(descriptor, &raw) == 1 else { return nil }
        return Signal(number: raw.number, isFromKernel: raw.from_kernel != 0)
    }

    /// The name of a signal: `"SIGTERM"`.
    package static func name(of number: Int32) -> String {
        // SAFETY: sigabbrev's shim returns a constant of the C library, or null for an unknown number.
        guard let text = unsafe pd_signal_name(number) else { return "signal \(number)" }
        return unsafe "SIG" + String(cString: text)
    }
}
