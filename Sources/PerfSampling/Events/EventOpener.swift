import CPerfLinux
import Glibc
import PerfLinux
import PerfModel

/// Opens the events of a target with the best settings that kernel and privileges allow.
struct EventOpener {
    struct Opened {
        var events: [PerfEvent]
        var rings: [PerfRing]
        var settings: PerfEvent.Settings
        /// Has to live as long as events are opened on it.
        var cgroup: CgroupDirectory?
    }

    let options: SamplingOptions
    let proc: ProcFileSystem
    /// Whether the events tell of each switch.
    let recordsSwitches: Bool
    private let cpus: [Int32]
    private let ringPages: UInt32

    /// An eighth of the ring: each wake-up costs the target time.
    ///
    /// Users without privileges get smaller rings than they ask for: eight samples with their stacks leave room there.
    private var wakeupByteCount: Int { geteuid() == 0 ? Int(ringPages) * 4096 / 8 : 128 << 10 }

    init(options: SamplingOptions, proc: ProcFileSystem, recordsSwitches: Bool) {
        self.recordsSwitches = recordsSwitches
        self.options = options
        self.proc = proc
        cpus = OnlineCPUs.current
        ringPages = options.ringPages(cpuCount: cpus.count)
    }

    /// Opens every event that the target needs, disabled, and one ring for each CPU.
    func open(_ target: SamplingTarget) throws(SamplerError) -> Opened {
        switch target {
        case .launched(let pid):
            return try open(threads: [pid], startsOnExec: true)
        case .processes(let pids):
            for pid in pids { try check(pid) }
            let all = ProcessTree.withDescendants(pids, proc: proc)
            var threads = ProcessTree.threads(of: all, proc: proc)
            if !options.threads.isEmpty {
                let missing = options.threads.subtracting(threads)
                if let tid = missing.min() { throw .noSuchThread(tid: tid) }
                threads = threads.filter { options.threads.contains($0) }
            }
            guard !threads.isEmpty else { throw .noSuchProcess(pid: pids.first ?? 0) }
            do {
                return try open(threads: threads, startsOnExec: false)
            } catch .system(let error) where error.errno == ESRCH {
                // It ended while its events were opened.
                throw .noSuchProcess(pid: pids.first ?? 0)
            }
        case .system:
            return try open(on: cpus.map { .cpu($0) }, startsOnExec: false, what: "the whole machine")
        case .cgroup(let path):
            return try openCgroup(path)
        }
    }

    /// Opens the first directory that stands for the cgroup and that the kernel can count in.
    private func openCgroup(_ path: String) throws(SamplerError) -> Opened {
        var reason = "no such directory"
        for candidate in CgroupPath.candidates(for: path) {
            let directory: CgroupDirectory
            do throws(SystemCallError) {
                directory = try CgroupDirectory(path: candidate)
            } catch {
                if error.errno != ENOENT { reason = SystemCallError.text(of: error.errno) }
                continue
            }
            do {
                var opened = try open(
                    on: cpus.map { .cgroup(descriptor: directory.descriptor, cpu: $0) }, startsOnExec: false,
                    what: "the cgroup \(candidate)"
                )
                opened.cgroup = directory
                return opened
            } catch .system(let error) where error.errno == EINVAL || error.errno == EBADF {
                reason = "\(candidate.printable) belongs to no hierarchy that counts events (version 2, or perf_event)"
            }
        }
        throw .notACgroup(path: path, reason: reason)
    }

    private func open(threads: [Int32], startsOnExec: Bool) throws(SamplerError) -> Opened {
        let needed = threads.count * cpus.count
        let limit = pd_descriptor_limit_raise(UInt64(needed + 1024))
        guard limit >= Int64(needed + 64) else {
            throw .tooManyDescriptors(needed: needed, limit: Int(limit))
        }
        return try open(
            on: threads.flatMap { thread in cpus.map { .thread(thread, cpu: $0) } }, startsOnExec: startsOnExec,
            what: startsOnExec ? "a program that we launch" : "the process"
        )
    }

    private func open(
        on targets: [PerfEvent.Target], startsOnExec: Bool, what: String
    ) throws(SamplerError) -> Opened {
        let (settings, first) = try firstEvent(on: targets, startsOnExec: startsOnExec, what: what)
        var events = [first]
        for target in targets where target != first.target {
            do throws(SystemCallError) {
                events.append(try PerfEvent(settings, on: target))
            } catch {
                // A thread may end while its siblings are opened; a CPU may go offline.
                if error.errno == ESRCH || error.errno == ENODEV { continue }
                throw Self.explained(error, what: what, event: settings.event, proc: proc)
            }
        }
        var rings: [Int32: PerfRing] = [:]
        for event in events {
            do throws(SystemCallError) {
                if let ring = rings[event.target.cpu] {
                    try event.redirect(to: ring)
                } else {
                    rings[event.target.cpu] = try PerfRing(of: event, pages: ringPages)
                }
            } catch {
                throw .system(error)
            }
        }
        return Opened(events: events, rings: rings.values.sorted { $0.cpu < $1.cpu }, settings: settings)
    }

    /// Tries settings from the best to the least until the kernel takes one.
    private func firstEvent(
        on targets: [PerfEvent.Target], startsOnExec: Bool, what: String
    ) throws(SamplerError) -> (PerfEvent.Settings, PerfEvent) {
        let isOffCPU = options.clock == .offCPU
        let candidates = isOffCPU ? [.switchRecords] : options.event.map { [$0] } ?? [.cycles, .cpuClock]
        var failure: SystemCallError?
        for event in candidates {
            for includesKernel in [true, false] {
                for hasBuildIDs in [true, false] {
                    var settings = PerfEvent.Settings(
                        event: event, frequency: options.frequency,
                        stackByteCount: options.unwind == .fp ? 0 : SamplingOptions.stackByteCount,
                        includesKernel: includesKernel, inherits: true, startsOnExec: startsOnExec,
                        hasBuildIDs: hasBuildIDs, wakeupByteCount: wakeupByteCount
                    )
                    settings.recordsSwitches = recordsSwitches
                    // The copy tells the same and more, down to where it is cut off.
                    settings.hasUserCallchain = settings.stackByteCount == 0
                    for target in targets {
                        do throws(SystemCallError) {
                            return (settings, try PerfEvent(settings, on: target))
                        } catch {
                            failure = error
                            // The thread may have ended: the next one tells more.
                            guard error.errno == ESRCH else { break }
                        }
                    }
                }
            }
        }
        guard let failure else { throw .noPerfEvents(reason: "nothing to open") }
        throw Self.explained(failure, what: what, event: candidates[candidates.count - 1], proc: proc)
    }

    private static func explained(
        _ error: SystemCallError, what: String, event: EventSpecification, proc: ProcFileSystem
    ) -> SamplerError {
        switch error.errno {
        case EACCES, EPERM:
            var paranoid: Int?
            if case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                try proc.contents(of: "sys/kernel/perf_event_paranoid")
            }) {
                paranoid = Int(String(decoding: bytes, as: UTF8.self).filter { $0.isNumber || $0 == "-" })
            }
            return .notPermitted(what: what, paranoid: paranoid)
        case ENOENT, EOPNOTSUPP, ENODEV: return .unsupportedEvent(event.name)
        case ENOSYS: return .noPerfEvents(reason: SystemCallError.text(of: error.errno))
        case EMFILE, ENFILE:
            return .system(
                SystemCallError(
                    operation: error.operation, subject: error.subject, errno: error.errno,
                    remedy: "raise the limit of open files: ulimit -n 65536"
                ))
        default: return .system(error)
        }
    }

    /// Tells early and clearly why a process cannot be sampled.
    private func check(_ pid: Int32) throws(SamplerError) {
        if pid == getpid() { throw .ourselves(pid: pid) }
        let stat: ProcessStat
        do {
            stat = try ProcessStat(parsing: proc.contents(of: "\(pid)/stat"), path: "\(proc.root)/\(pid)/stat")
        } catch {
            throw .noSuchProcess(pid: pid)
        }
        if stat.isKernelThread { throw .kernelThread(pid: pid, name: stat.name) }
        if stat.hasEnded { throw .zombie(pid: pid, name: stat.name) }
    }
}
