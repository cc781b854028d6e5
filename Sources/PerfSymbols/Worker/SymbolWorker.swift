import CPerfSymbols
import Glibc
import PerfModel

/// The process that handles what hostile files can abuse: libdw and the demanglers.
///
/// It is this executable, started anew with a hidden argument and without privileges, files or much memory. When it
/// crashes or hangs, its master ends it and goes on without the answer.
package enum SymbolWorker {
    /// The hidden argument that makes the executable a worker.
    package static let argument = "__symbolize"

    private static let memoryLimit: UInt64 = 2 << 30
    private static let processorSeconds: UInt32 = 120

    /// Serves requests until the peer hangs up, if this process was started as a worker; returns at once otherwise.
    ///
    /// To be called first in `main`, before anything looks at the arguments.
    package static func runIfRequested() {
        guard CommandLine.arguments.dropFirst().elementsEqual([argument]) else { return }
        // Before the privileges go: an installation may keep its libraries from nobody. Missing is fine; the reply
        // to a request says so.
        _ = pd_libdw_load()
        guard pd_worker_confine(memoryLimit, processorSeconds) == 0 else { exit(ExitCode.failure.rawValue) }
        let connection = WorkerSocket(owning: PD_WORKER_SOCKET)
        while let received = connection.receive(timeout: nil) {
            guard let reply = answer(to: received)?.bytes, connection.send(reply, timeout: nil) else { break }
        }
        exit(ExitCode.success.rawValue)
    }

    private static func answer(to received: WorkerSocket.Received) -> WorkerMessage? {
        defer { received.closeDescriptors() }
        switch received.message {
        case .framesRequest(let addresses):
            guard let file = received.descriptors.first else { return nil }
            return .frames(frames(at: addresses, in: file, alternative: received.descriptors.dropFirst().first))
        case .namesRequest(let names):
            return .names(names.map(Demangler.name(for:)))
        case .frames, .names:
            return nil
        }
    }

    private static func frames(at addresses: [ImageAddress], in file: Int32, alternative: Int32?) -> FramesReply {
        let raw = addresses.map(\.rawValue)
        var reply: UnsafeMutablePointer<UInt8>?
        var size = 0
        // SAFETY: `raw` holds `raw.count` addresses for the call; on success `reply` is a malloc'ed buffer of `size`
        // bytes, which is copied and then freed once.
        let result = unsafe pd_dwarf_frames(file, alternative ?? -1, raw, raw.count, &reply, &size)
        guard result == 0, let buffer = unsafe reply else {
            switch -result {
            case ENOSYS: return FramesReply(status: .libraryMissing)
            case ENODATA: return FramesReply(status: .noDebugInformation)
            default: return FramesReply(status: .failed)
            }
        }
        defer { unsafe free(buffer) }
        let bytes = unsafe Array(UnsafeBufferPointer(start: buffer, count: size))
        return FramesReply(status: .found, encodedFrames: bytes)
    }
}
