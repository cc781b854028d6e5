import PerfLinux
import PerfModel

/// Asks the worker, starts it when it is needed, and does without it when it fails.
struct WorkerClient {
    enum Frames {
        case found([[FramesReply.Frame]])
        case libraryMissing
        case noDebugInformation
        /// The worker crashed, hung, or made no sense.
        case failed
    }

    /// Crashes spent on finding the name that a demangler crashes on.
    private static let mostNameFailures = 32
    private static let largestBatch = 1 << 20

    private let executable: String
    private let timeout: Duration
    private var worker: WorkerProcess?
    private var nameFailures = 0

    init(executable: String, timeout: Duration) {
        self.executable = executable
        self.timeout = timeout
    }

    /// Whether no worker can be had: one did not start, and the next would not either.
    private(set) var isUnusable = false

    /// Frames at addresses that are sorted and distinct.
    mutating func frames(at addresses: [ImageAddress], file: OpenFile, alternative: OpenFile?) -> Frames {
        let files = [file.descriptor] + (alternative.map { [$0.descriptor] } ?? [])
        guard case .frames(let reply) = exchange(.framesRequest(addresses), files: files) else { return .failed }
        switch reply.status {
        case .found:
            guard reply.frames.count == addresses.count else { return .failed }
            return .found(reply.frames)
        case .libraryMissing: return .libraryMissing
        case .noDebugInformation: return .noDebugInformation
        case .failed: return .failed
        }
    }

    /// The demangled names; nil for each name that could not be had.
    mutating func names(for mangled: [String]) -> [String?] {
        var result: [String?] = []
        result.reserveCapacity(mangled.count)
        var start = 0
        while start < mangled.count {
            var end = start
            var size = 0
            while end < mangled.count, size < Self.largestBatch {
                size += mangled[end].utf8.count
                end += 1
            }
            result += batch(mangled[start..<end])
            start = end
        }
        return result
    }

    /// Splits a batch that crashes the worker, until only the name that does it is left out.
    private mutating func batch(_ names: ArraySlice<String>) -> [String?] {
        guard nameFailures < Self.mostNameFailures else { return names.map { _ in nil } }
        if case .names(let answer) = exchange(.namesRequest(Array(names))), answer.count == names.count {
            return answer
        }
        nameFailures += 1
        guard names.count > 1, !isUnusable else { return names.map { _ in nil } }
        let middle = names.startIndex + names.count / 2
        let first = batch(names[..<middle])
        return first + batch(names[middle...])
    }

    /// One request and its answer; nil when there is none, and then the worker is gone.
    private mutating func exchange(_ request: WorkerMessage, files: [Int32] = []) -> WorkerMessage? {
        guard let bytes = request.bytes, let worker = startedWorker() else { return nil }
        guard worker.socket.send(bytes, files: files, timeout: timeout),
            let received = worker.socket.receive(timeout: timeout)
        else {
            self.worker = nil
            return nil
        }
        // A worker has no files to give.
        received.closeDescriptors()
        return received.message
    }

    /// A worker that has answered to a request for nothing: whatever fails later is the fault of what it was given.
    private mutating func startedWorker() -> WorkerProcess? {
        if let worker { return worker }
        guard !isUnusable, let greeting = WorkerMessage.namesRequest([]).bytes else { return nil }
        do {
            let worker = try WorkerProcess(executable: executable)
            if worker.socket.send(greeting, timeout: timeout), let received = worker.socket.receive(timeout: timeout) {
                received.closeDescriptors()
                if received.message == .names([]) {
                    self.worker = worker
                    return worker
                }
            }
        } catch {
            // The same as a worker that starts and says nothing.
        }
        isUnusable = true
        return nil
    }
}
