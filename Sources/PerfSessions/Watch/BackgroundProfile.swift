import Glibc
import PerfDiagnosis
import PerfLinux
import PerfModel
import PerfProfiles
import Synchronization

/// Profiles a process for two seconds on a thread of its own, while its host is still watched.
package final class BackgroundProfile: Sendable {
    package enum Outcome: Sendable {
        case profile(Profile)
        case none(reason: String, remedy: String)
        /// A signal came for us while it profiled, which was taken from whoever watches.
        case signal(Int32)
    }

    /// What the thread and we share.
    private final class Box: Sendable {
        let request: DrillDownRequest
        let outcome = Mutex<Outcome?>(nil)

        init(_ request: DrillDownRequest) { self.request = request }

        func run() {
            let found = DrillDown(request: request).profile { _ in }
            let result: Outcome =
                if let signal = found.signal {
                    .signal(signal)
                } else if let profile = found.profile {
                    .profile(profile)
                } else {
                    .none(reason: found.unmeasured?.reason ?? "", remedy: found.unmeasured?.remedy ?? "")
                }
            outcome.withLock { $0 = result }
        }
    }

    package var request: DrillDownRequest { box.request }
    private let box: Box
    private let handle: pthread_t

    /// Starts.
    ///
    /// - Throws: when the system gives no thread.
    package init(_ request: DrillDownRequest) throws(SystemCallError) {
        let box = Box(request)
        // SAFETY: the reference is retained here and released exactly once, by whoever owns it in the end.
        let reference = unsafe Unmanaged.passRetained(box)
        var handle = pthread_t()
        // SAFETY: the argument is the retained box, which the new thread takes over.
        let code = unsafe pthread_create(
            &handle, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, reference.toOpaque())
        guard code == 0 else {
            unsafe reference.release()
            throw SystemCallError(operation: "pthread_create", subject: "a thread that profiles", errno: code)
        }
        self.box = box
        self.handle = handle
    }

    /// Nil while it profiles.
    package var outcome: Outcome? { box.outcome.withLock { $0 } }

    /// Ends it early, and waits until it has ended.
    ///
    /// Call it once, and nothing else afterwards.
    package func end() {
        // It reads our signals as well, and ends for this one; whoever watches has ended, and does not.
        if outcome == nil { kill(getpid(), SIGINT) }
        pthread_join(handle, nil)
    }
}
