import Glibc
import Synchronization

/// A thread that does one thing and gives back a value.
package final class WorkerThread<Value: Sendable>: Sendable {
    /// What the thread and we share.
    private final class Box: Sendable {
        let body: @Sendable () -> Value
        let value = Mutex<Value?>(nil)

        init(_ body: @escaping @Sendable () -> Value) { self.body = body }
    }

    private let box: Box
    private let handle: pthread_t

    /// Starts.
    ///
    /// - Throws: when the system gives no thread.
    package init(_ body: @escaping @Sendable () -> Value) throws(SystemCallError) {
        let box = Box(body)
        let start: @Sendable () -> Void = {
            let value = box.body()
            box.value.withLock { $0 = value }
        }
        // SAFETY: the reference is retained here and released exactly once, by whoever owns it in the end.
        let reference = unsafe Unmanaged.passRetained(ThreadStart(start))
        var handle = pthread_t()
        // SAFETY: the argument is the retained object, which the new thread takes over.
        let code = unsafe pthread_create(
            &handle, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, reference.toOpaque())
        guard code == 0 else {
            unsafe reference.release()
            throw SystemCallError(operation: "pthread_create", subject: "a thread", errno: code)
        }
        self.box = box
        self.handle = handle
    }

    /// Nil while it runs.
    package var value: Value? { box.value.withLock { $0 } }

    /// Waits until it has ended; call it once, or ``abandon()``.
    ///
    /// - Returns: its value.
    package func join() -> Value? {
        pthread_join(handle, nil)
        return value
    }

    /// Lets it go on alone: nobody waits for it.
    package func abandon() {
        pthread_detach(handle)
    }
}

/// What a thread begins with; not generic, so that C can call it.
private final class ThreadStart: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
