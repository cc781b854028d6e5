import PerfLinux
import PerfModel

/// Takes quick looks at threads: running, or waiting for what.
struct ThreadLooker {
    let reader: HostReader

    /// - Parameters:
    ///   - processes: whose threads are looked at, the most important first.
    ///   - now: CLOCK_MONOTONIC, nanoseconds.
    /// - Returns: the look; its cost is still 0.
    func look(at processes: [Int32], now: UInt64) -> ThreadLooks {
        var looks = ThreadLooks(takenAt: now, threads: [], hidden: 0, skipped: 0, cost: 0)
        for pid in processes {
            let tids: [Int32]
            do throws(SystemCallError) {
                tids = try reader.numbers(in: "/proc/\(pid)/task")
            } catch {
                // It has ended, or hides all its threads: the snapshot counts that.
                continue
            }
            let room = max(
                0, min(reader.options.threadsPerProcess, reader.options.threadsPerLook - looks.threads.count))
            looks.skipped += max(0, tids.count - room)
            for tid in tids.prefix(room) {
                guard let look = look(at: tid, of: pid) else { continue }
                if look.activity == .hidden { looks.hidden += 1 }
                looks.threads.append(look)
            }
        }
        return looks
    }

    /// Nil for a thread that has ended.
    private func look(at tid: Int32, of pid: Int32) -> ThreadLook? {
        let directory = "/proc/\(pid)/task/\(tid)"
        guard let stat = reader.value(at: "\(directory)/stat", { ProcessStat(parsing: $0, count: $0.count) }) else {
            return nil
        }
        var look = ThreadLook(pid: pid, tid: tid, state: stat.state, activity: .running)
        switch stat.state {
        case "R": return look
        case "Z", "X", "x": return nil
        case "T", "t":
            look.activity = .stopped
            return look
        case "I":
            look.activity = .waiting(reason: .idle, function: "", systemCall: nil)
            return look
        default: break
        }
        if stat.isKernelThread {
            look.activity = waiting(systemCall: nil, arguments: (0, 0), pid, tid, directory).activity
            // A kernel thread that sleeps has nothing to do, unless it waits for a disk or a lock.
            if look.reason == .unknown || look.reason == .network, stat.state == "S" {
                look.activity = .waiting(reason: .idle, function: "", systemCall: nil)
            }
            return look
        }
        let text = reader.value(at: "\(directory)/syscall") { String(decoding: $0, as: UTF8.self) }
        if let blocked = text.flatMap(BlockedThread.parse(systemCall:)) {
            (look.activity, look.peer) = waiting(
                systemCall: blocked.systemCall, arguments: blocked.arguments, pid, tid, directory)
            look.object = Self.object(of: blocked)
            // Outside of a system call one waits for a page.
            if blocked.systemCall == nil, look.reason == .unknown {
                look.activity = .waiting(reason: .memory, function: "", systemCall: nil)
            }
        } else if let text, text.hasPrefix("running") {
            // It was woken since its state was read.
            look.activity = .running
        } else {
            look.activity = hidden(stat.state, pid, tid, directory)
        }
        return look
    }

    /// The number of futex, for x86-64 as those of ``KernelWait``.
    private static let futex: UInt64 = 202
    /// FUTEX_WAIT, FUTEX_LOCK_PI and FUTEX_LOCK_PI2 without flags; condition variables use FUTEX_WAIT_BITSET (9).
    private static let lockOperations: Set<UInt64> = [0, 6, 13]

    private static func object(of blocked: BlockedThread) -> WaitObject? {
        guard let call = blocked.systemCall else { return nil }
        if call == futex {
            return .futex(
                address: blocked.arguments.0, isLock: lockOperations.contains(blocked.arguments.1 & 0x7f))
        }
        guard case .descriptor = KernelWait(systemCall: call).cause else { return nil }
        return .descriptor(Int32(truncatingIfNeeded: blocked.arguments.0))
    }

    /// Without the system call the kernel's function may still be had; a wait that must not be interrupted is for a
    /// disk most of the time, but that is no more than a guess, so it is not made.
    private func hidden(_ state: Character, _ pid: Int32, _ tid: Int32, _ directory: String) -> ThreadActivity {
        let activity = waiting(systemCall: nil, arguments: (0, 0), pid, tid, directory).activity
        if case .waiting(let reason, let function, _) = activity, reason != .unknown, !function.isEmpty {
            return activity
        }
        return .hidden
    }

    private func waiting(
        systemCall: UInt64?, arguments: (UInt64, UInt64), _ pid: Int32, _ tid: Int32, _ directory: String
    ) -> (activity: ThreadActivity, peer: WaitPeer?) {
        var functions =
            reader.value(at: "\(directory)/stack") {
                BlockedThread.functions(ofStack: String(decoding: $0, as: UTF8.self))
            } ?? []
        if functions.isEmpty, let channel = reader.text(at: "\(directory)/wchan"), channel != "0" {
            functions = [channel]
        }
        let wait = KernelWait(functions: functions, systemCall: systemCall)
        let reason: WaitReason
        var peer: WaitPeer?
        if case .reason(let known) = wait.cause, !wait.isEventLoop || systemCall == nil {
            reason = known
        } else if systemCall == nil {
            // Which descriptor is not known.
            reason = .unknown
        } else {
            let thread = WaitingThread(pid: pid, tid: tid, arguments: arguments)
            reason = reader.reason(of: wait, thread: thread)
            if [.network, .database, .cache].contains(reason) { peer = reader.peer(of: wait, thread: thread) }
        }
        let activity = ThreadActivity.waiting(
            reason: reason, function: wait.function, systemCall: systemCall.flatMap { Int(exactly: $0) })
        return (activity, peer)
    }
}
