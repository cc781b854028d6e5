import PerfLinux

/// Work on several threads.
enum Parallel {
    /// The results in the order of the values; the first is worked on here, and all where the system gives no threads.
    static func map<Value: Sendable, Outcome: Sendable>(
        _ values: [Value], _ transform: @escaping @Sendable (Value) -> Outcome
    ) -> [Outcome] {
        let threads = values.dropFirst().map { value in
            Result { () throws(SystemCallError) in try WorkerThread { transform(value) } }
        }
        let first = values.first.map(transform)
        let others = zip(threads, values.dropFirst()).map { thread, value in
            if case .success(let thread) = thread, let result = thread.join() { return result }
            return transform(value)
        }
        return (first.map { [$0] } ?? []) + others
    }
}
