import Glibc
import Synchronization

/// Threads that help to consume samples when one is not enough.
///
/// With one shard there are none and the caller does the work itself.
final class ShardWorkers {
    private struct Job: @unchecked Sendable {
        // @unchecked: a job is touched by one worker, and by the caller only after `finished` said so.
        let body: () -> Void
    }

    private final class Mailbox: Sendable {
        let job = Mutex<Job?>(nil)
        let isStopped = Mutex(false)
        let posted = Semaphore()
        let finished = Semaphore()
    }

    private var mailboxes: [Mailbox] = []
    private var threads: [pthread_t] = []

    init(count: Int) {
        for _ in 0..<count {
            let mailbox = Mailbox()
            var thread = pthread_t()
            // SAFETY: the retained mailbox is taken over by the thread's first instruction.
            let argument = unsafe Unmanaged.passRetained(mailbox).toOpaque()
            let result = unsafe pthread_create(
                &thread, nil,
                { argument in
                    guard let argument = unsafe argument else { return nil }
                    ShardWorkers.serve(unsafe Unmanaged<Mailbox>.fromOpaque(argument).takeRetainedValue())
                    return nil
                }, argument
            )
            guard result == 0 else {
                // Fewer helpers are slower, not wrong.
                unsafe Unmanaged<Mailbox>.fromOpaque(argument).release()
                return
            }
            mailboxes.append(mailbox)
            threads.append(thread)
        }
    }

    /// Runs `body` for each shard, in parallel as far as there are threads, and returns when all are done.
    func run(_ shards: [SampleShard], _ body: @escaping (SampleShard) -> Void) {
        let helped = shards.dropFirst().prefix(mailboxes.count)
        for (mailbox, shard) in zip(mailboxes, helped) {
            let job = Job { body(shard) }
            mailbox.job.withLock { $0 = job }
            mailbox.posted.signal()
        }
        for shard in shards.prefix(1) + shards.dropFirst(1 + mailboxes.count) { body(shard) }
        for mailbox in mailboxes.prefix(helped.count) { mailbox.finished.wait() }
    }

    func stop() {
        for mailbox in mailboxes {
            mailbox.isStopped.withLock { $0 = true }
            mailbox.posted.signal()
        }
        for thread in threads { pthread_join(thread, nil) }
        mailboxes = []
        threads = []
    }

    private static func serve(_ mailbox: Mailbox) {
        while true {
            mailbox.posted.wait()
            if mailbox.isStopped.withLock({ $0 }) { return }
            let job = mailbox.job.withLock { job -> Job? in
                defer { job = nil }
                return job
            }
            job?.body()
            mailbox.finished.signal()
        }
    }
}

/// A counting semaphore of the C library.
@safe private final class Semaphore: @unchecked Sendable {
    // @unchecked: sem_t is made to be used by several threads.
    private let storage: UnsafeMutablePointer<sem_t>

    init() {
        unsafe storage = .allocate(capacity: 1)
        unsafe sem_init(storage, 0, 0)
    }

    deinit {
        // SAFETY: allocated in init; nobody waits on a semaphore that is being released.
        unsafe sem_destroy(storage)
        unsafe storage.deallocate()
    }

    func signal() {
        unsafe sem_post(storage)
    }

    func wait() {
        while unsafe sem_wait(storage) != 0 {}
    }
}
