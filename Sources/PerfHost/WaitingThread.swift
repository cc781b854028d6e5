/// A thread that waits in a system call.
package struct WaitingThread: Sendable {
    package var pid: Int32
    package var tid: Int32
    /// The first two arguments of the system call.
    package var arguments: (UInt64, UInt64)
}
