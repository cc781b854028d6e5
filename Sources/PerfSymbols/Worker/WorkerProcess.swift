import CPerfSymbols
import Glibc

/// A running worker; ended and reaped with the last reference.
final class WorkerProcess: Sendable {
    let socket: WorkerSocket
    private let pid: pid_t

    /// Starts `executable` as a worker.
    ///
    /// - Throws: the errno of what failed.
    init(executable: String) throws(WorkerStartError) {
        var pid: pid_t = 0
        var descriptor: Int32 = -1
        // SAFETY: both strings are terminated for the call; the results are written before it returns.
        let result = unsafe pd_worker_spawn(executable, SymbolWorker.argument, &pid, &descriptor)
        guard result == 0 else { throw WorkerStartError(errno: -result) }
        self.pid = pid
        self.socket = WorkerSocket(owning: descriptor)
    }

    deinit {
        _ = pd_worker_end(pid)
    }
}

/// The worker could not be started.
struct WorkerStartError: Error, Hashable {
    var errno: Int32
}
