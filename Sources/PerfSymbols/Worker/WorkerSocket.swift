import CPerfSymbols
import Glibc
import PerfModel

/// One end of the connection between the program and its worker; closed with the last reference.
final class WorkerSocket: Sendable {
    struct Received {
        var message: WorkerMessage
        /// Files that came along; the receiver owns them.
        var descriptors: [Int32]

        func closeDescriptors() {
            for descriptor in descriptors { close(descriptor) }
        }
    }

    private let descriptor: Int32

    init(owning descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Whether everything was sent in time.
    func send(_ bytes: [UInt8], files: [Int32] = [], timeout: Duration?) -> Bool {
        // SAFETY: both arrays are valid for the counts passed, for the duration of the call.
        unsafe pd_socket_send(descriptor, bytes, bytes.count, files, Int32(files.count), timeout.milliseconds) == 0
    }

    /// The next message; nil at the end of the connection, when time is up, and for a malformed message.
    func receive(timeout: Duration?) -> Received? {
        guard let start = read(WorkerMessage.headerSize, timeout: timeout) else { return nil }
        guard let header = WorkerMessage.Header(start.bytes),
            let rest = read(header.payloadSize, timeout: timeout)
        else {
            for descriptor in start.descriptors { close(descriptor) }
            return nil
        }
        let descriptors = start.descriptors + rest.descriptors
        guard let message = WorkerMessage(kind: header.kind, payload: rest.bytes) else {
            for descriptor in descriptors { close(descriptor) }
            return nil
        }
        return Received(message: message, descriptors: descriptors)
    }

    private func read(_ count: Int, timeout: Duration?) -> (bytes: [UInt8], descriptors: [Int32])? {
        var bytes = [UInt8](repeating: 0, count: count)
        var descriptors: [Int32] = [-1, -1]
        // SAFETY: `bytes` has room for `count`, `descriptors` for two.
        let result = unsafe pd_socket_receive(descriptor, &bytes, count, &descriptors, timeout.milliseconds)
        return result == 0 ? (bytes, descriptors.filter { $0 >= 0 }) : nil
    }
}

extension Duration? {
    /// For poll: -1 waits for ever.
    fileprivate var milliseconds: Int32 {
        guard let self else { return -1 }
        let (seconds, attoseconds) = self.components
        return Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
