import Synchronization

/// The threads that were sampled, numbered; shared by all shards.
final class ThreadTable: Sendable {
    struct Thread: Hashable, Sendable {
        /// Index into the processes of the ``ProcessTable``.
        var process: Int
        var tid: Int32
    }

    private let state = Mutex<(threads: [Thread], indices: [Thread: Int32])>(([], [:]))

    var threads: [Thread] {
        state.withLock { $0.threads }
    }

    func index(of thread: Thread) -> Int32 {
        state.withLock { state in
            if let known = state.indices[thread] { return known }
            state.threads.append(thread)
            state.indices[thread] = Int32(state.threads.count - 1)
            return Int32(state.threads.count - 1)
        }
    }
}
