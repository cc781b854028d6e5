import CPerfLinux
import Glibc
import PerfModel

/// One run of a program in a process tree of its own, and what the whole tree used.
///
/// A process between perfdoctor and the program reaps everything that the program leaves behind, so that daemons and
/// orphans are counted, and killed where they outlive their time. While the program runs, nobody looks at it.
package final class ProcessTreeRun {
    package struct Options: Sendable {
        package enum Stream: Hashable, Sendable {
            case inherited
            case descriptor(Int32)
        }

        /// The program, looked up in PATH, and its arguments.
        package var arguments: [String]
        /// `NAME=value`, beside or instead of what perfdoctor has.
        package var environment: [String] = []
        /// Where it starts; nil for perfdoctor's own.
        package var directory: String?
        package var input = Stream.inherited
        package var output = Stream.inherited
        package var error = Stream.inherited
        /// A further descriptor, and the number that the program gets it as.
        package var extra: (descriptor: Int32, number: Int32)?
        /// Runs, one after the other, each in a process of its own.
        package var repetitions = 1
        /// For each run; nil for none.
        package var timeout: Duration?
        /// How long what outlives the program may go on, before it is killed.
        package var patience: Duration = .seconds(2)
        /// Exit statuses after which the next run begins.
        package var acceptedStatuses: Set<Int32> = [0]
        /// CPUs that it may run on; empty for all.
        package var cpus: [Int32] = []
        /// Counts system calls by stopping the program at each: slows it down many times.
        package var countsSystemCalls = false
        /// Counts instructions in user space by hardware, where there is such a counter.
        package var countsInstructions = false

        package init(arguments: [String]) {
            self.arguments = arguments
        }
    }

    package enum Ending: Hashable, Sendable {
        case exit(Int32)
        case signal(Int32, dumpedCore: Bool)
        case timeout
        case notStarted(SystemCallError)
        case cancelled
    }

    /// Of all repetitions together.
    package struct Usage: Hashable, Sendable {
        /// How the last repetition ended.
        package var ending: Ending
        /// Repetitions that ended by themselves.
        package var finished: Int
        /// Descendants that outlived their parent.
        package var orphans: Int
        /// Descendants that outlived the program by more than the patience, and were killed.
        package var killed: Int
        /// Nanoseconds from before the program is executed until it has ended; what outlives it is not part of it.
        package var wallTime: UInt64
        /// Nanoseconds of the whole tree, in user space and in the kernel.
        package var userTime: UInt64
        package var systemTime: UInt64
        /// Of the largest process.
        package var peakResidentBytes: UInt64
        /// The kernel reports at least so much of any program: what its parent had resident when it began.
        package var floorResidentBytes: UInt64
        package var minorFaults: UInt64
        package var majorFaults: UInt64
        package var voluntarySwitches: UInt64
        package var involuntarySwitches: UInt64
        /// 0 unless they are counted.
        package var systemCalls: UInt64
        /// Nil where they are not counted, or nothing can count them.
        package var instructions: UInt64?
    }

    /// Readable when the run is over.
    package var descriptor: Int32 { run.result_fd }

    private var run = pd_run()
    private let program: String
    private let directory: String?
    private let countsInstructions: Bool

    /// Begins the run.
    ///
    /// - Parameter options: what to run, and how.
    /// - Throws: when no process or pipe can be had; a program that cannot be executed is an ``Ending``.
    package init(_ options: Options) throws(SystemCallError) {
        program = options.arguments.first ?? ""
        directory = options.directory
        countsInstructions = options.countsInstructions
        var native = pd_run_options()
        func descriptor(_ stream: Options.Stream) -> Int32 {
            if case .descriptor(let number) = stream { number } else { -1 }
        }
        native.input_fd = descriptor(options.input)
        native.output_fd = descriptor(options.output)
        native.error_fd = descriptor(options.error)
        native.extra_fd = options.extra?.descriptor ?? -1
        native.extra_number = options.extra?.number ?? -1
        native.repetitions = UInt32(clamping: options.repetitions)
        native.timeout_ns = options.timeout.map { UInt64(clamping: $0.wholeNanoseconds) } ?? 0
        native.patience_ns = UInt64(clamping: options.patience.wholeNanoseconds)
        native.counts_system_calls = options.countsSystemCalls ? 1 : 0
        native.counts_instructions = options.countsInstructions ? 1 : 0
        native.has_cpus = options.cpus.isEmpty ? 0 : 1
        // SAFETY: the arrays of the struct are plain bytes that live as long as `native`, and indices are checked.
        unsafe withUnsafeMutableBytes(of: &native.accepted) { bytes in
            for status in options.acceptedStatuses where (0...255).contains(status) {
                unsafe bytes[Int(status) / 8] |= 1 << UInt8(status % 8)
            }
        }
        unsafe withUnsafeMutableBytes(of: &native.cpus) { bytes in
            for cpu in options.cpus where cpu >= 0 && Int(cpu) / 8 < bytes.count {
                unsafe bytes[Int(cpu) / 8] |= 1 << UInt8(cpu % 8)
            }
        }
        // SAFETY: each strdup'd string and the terminated arrays live until the fork has copied them.
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe options.arguments.map { unsafe strdup($0) } + [nil]
        var additions: [UnsafeMutablePointer<CChar>?] = unsafe options.environment.map { unsafe strdup($0) } + [nil]
        let path = unsafe options.directory.flatMap { unsafe strdup($0) }
        defer {
            for index in unsafe arguments.indices { unsafe free(arguments[index]) }
            for index in unsafe additions.indices { unsafe free(additions[index]) }
            unsafe free(path)
        }
        let result = unsafe pd_run_begin(&arguments, &additions, path, &native, &run)
        guard result == 0 else { throw SystemCallError(operation: "fork", subject: "for \(program)", errno: -result) }
    }

    deinit {
        // Nobody took the result: the tree must not outlive us.
        if run.result_fd >= 0 {
            cancel()
            do throws(SystemCallError) {
                while try poll() == nil { wait(or: nil, atMost: 1000) }
            } catch {
                // The reaper is gone: there is nobody to wait for.
            }
        }
    }

    /// Kills the whole tree.
    package func cancel() {
        // SAFETY: `run` is ours and outlives the call.
        unsafe pd_run_cancel(&run)
    }

    /// What was used, once all is over.
    ///
    /// Never waits.
    ///
    /// - Returns: the usage; nil while something runs.
    /// - Throws: when the process that waits for the program was killed itself.
    package func poll() throws(SystemCallError) -> Usage? {
        var result = pd_run_result()
        // SAFETY: both outlive the call, which fills one struct.
        let state = unsafe pd_run_poll(&run, &result)
        guard state >= 0 else { throw SystemCallError(operation: "wait", subject: "for \(program)", errno: -state) }
        guard state == 1 else { return nil }
        return Usage(
            ending: ending(of: result), finished: Int(result.finished), orphans: Int(result.orphans),
            killed: Int(result.killed), wallTime: result.wall_ns, userTime: result.user_ns,
            systemTime: result.system_ns, peakResidentBytes: result.peak_resident_bytes,
            floorResidentBytes: result.floor_resident_bytes, minorFaults: result.minor_faults,
            majorFaults: result.major_faults, voluntarySwitches: result.voluntary_switches,
            involuntarySwitches: result.involuntary_switches, systemCalls: result.system_calls,
            instructions: countsInstructions && result.instructions_error == 0 ? result.instructions : nil)
    }

    /// Waits for the end, or kills the tree when that is asked for.
    ///
    /// - Parameter interruption: asked at the start, and whenever its descriptor is readable.
    /// - Returns: what was used.
    /// - Throws: when the process that waits for the program was killed itself.
    package func finish(interruption: (any RunInterruption)? = nil) throws(SystemCallError) -> Usage {
        var interruption = interruption
        var isWorthAsking = true
        while true {
            if isWorthAsking, let asked = interruption, asked.isRequested() {
                cancel()
                interruption = nil
            }
            if let usage = try poll() { return usage }
            isWorthAsking = wait(or: interruption?.descriptor, atMost: -1)
        }
    }

    /// - Returns: whether the interruption is readable.
    @discardableResult
    private func wait(or interruption: Int32?, atMost milliseconds: Int32) -> Bool {
        var polled = [run.result_fd, interruption ?? -1].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        // SAFETY: the array outlives the call, which changes only its elements.
        unsafe Glibc.poll(&polled, nfds_t(polled.count), milliseconds)
        return polled[1].revents != 0
    }

    private func ending(of result: pd_run_result) -> Ending {
        switch result.state {
        case PD_RUN_EXITED.rawValue: .exit(result.code)
        case PD_RUN_SIGNALED.rawValue: .signal(result.code, dumpedCore: result.dumped_core != 0)
        case PD_RUN_TIMED_OUT.rawValue: .timeout
        case PD_RUN_CANCELLED.rawValue: .cancelled
        default: .notStarted(failure(stage: result.stage, errno: result.code))
        }
    }

    private func failure(stage: UInt32, errno: Int32) -> SystemCallError {
        switch stage {
        case PD_RUN_DIRECTORY.rawValue:
            SystemCallError(
                operation: "change to", subject: directory ?? "", errno: errno, remedy: "check the directory's name")
        case PD_RUN_AFFINITY.rawValue:
            SystemCallError(
                operation: "pin", subject: program, errno: errno,
                remedy: "name CPUs that are online and allowed here: nproc; cat /sys/devices/system/cpu/online")
        case PD_RUN_STREAMS.rawValue: SystemCallError(operation: "redirect", subject: program, errno: errno)
        case PD_RUN_TRACE.rawValue:
            SystemCallError(
                operation: "trace", subject: program, errno: errno,
                remedy: "let perfdoctor trace its own children: in a container, docker run --cap-add SYS_PTRACE")
        default: LaunchedProcess.executionError(program: program, errno: errno)
        }
    }
}
