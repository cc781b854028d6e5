import Glibc

/// A POSIX thread that runs a closure; Swift closures do not fit `pthread_create` by themselves.
struct Thread {
    private let handle: pthread_t

    /// Starts a thread; `nil` when the system gives no more of them.
    init?(named name: String, _ body: @escaping @Sendable () -> Void) {
        final class Body {
            let name: String
            let run: @Sendable () -> Void
            init(name: String, run: @escaping @Sendable () -> Void) {
                self.name = name
                self.run = run
            }
        }
        // SAFETY: the reference is retained here and released exactly once, by whoever owns it in the end.
        let box = unsafe Unmanaged.passRetained(Body(name: name, run: body))
        var handle = pthread_t()
        // SAFETY: the argument is the retained box, which the new thread takes over.
        let result = unsafe pthread_create(
            &handle, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let body = unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                nameThisThread(body.name)
                body.run()
                return nil
            }, box.toOpaque())
        guard result == 0 else {
            unsafe box.release()
            return nil
        }
        self.handle = handle
    }

    /// Waits until it has ended.
    func join() {
        _ = pthread_join(handle, nil)
    }

    /// Runs `body` in `count` threads at once and returns what each of them returned.
    static func each<Result: Sendable>(
        of count: Int, named name: String, _ body: @escaping @Sendable (Int) -> Result
    ) -> [Result] {
        let results = Locked<[Int: Result]>([:])
        let threads = (0..<count).compactMap { index in
            Thread(named: "\(name)-\(index)") {
                let result = body(index)
                results.update { $0[index] = result }
            }
        }
        if threads.count < count { complain("only \(threads.count) of \(count) threads could be started") }
        for thread in threads { thread.join() }
        return results.update { found in found.sorted { $0.key < $1.key }.map(\.value) }
    }
}

/// Names the calling thread; glibc's own function for that is hidden from Swift.
private func nameThisThread(_ name: String) {
    // SAFETY: the path is a string literal.
    let descriptor = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    let bytes = Array(name.utf8.prefix(15))
    // SAFETY: pointer and count are of the same array, read during the call.
    _ = unsafe write(descriptor, bytes, bytes.count)
    close(descriptor)
}

/// A value behind a lock.
@safe
final class Locked<Value>: @unchecked Sendable {
    // Guarded by `lock`, which every access takes.
    private var value: Value
    private let lock: UnsafeMutablePointer<pthread_mutex_t>

    init(_ value: Value) {
        self.value = value
        // SAFETY: one mutex, initialized before anybody else sees it.
        unsafe lock = .allocate(capacity: 1)
        unsafe lock.initialize(to: pthread_mutex_t())
        _ = unsafe pthread_mutex_init(lock, nil)
    }

    deinit {
        // SAFETY: nobody else refers to this object any more.
        unsafe pthread_mutex_destroy(lock)
        unsafe lock.deallocate()
    }

    /// Changes the value while nobody else can see it.
    @discardableResult
    func update<Result>(_ change: (inout Value) -> Result) -> Result {
        // SAFETY: the mutex is initialized and lives as long as this object.
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return change(&value)
    }
}
