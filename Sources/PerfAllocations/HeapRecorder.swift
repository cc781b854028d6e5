import CPerfWire
import Glibc
import PerfLinux
import PerfModel

/// Records the heaps of a program and, where asked for, of its children: gives them memory to count in, and looks.
///
/// It is driven by polling: ``serve()`` whenever the descriptor is readable, ``poll()`` a few times a second.
package final class HeapRecorder {
    package struct Options: Sendable {
        /// Mean distance between sampled bytes; nil to record every block.
        package var sampleBytes: UInt64?
        package var followsChildren = false
        /// Whether processes are searched for leaks at their end, or when the recording ends.
        package var searchesLeaks = false
        /// Whether the program runs already: its tracker leaves it when we are gone.
        package var isRunning = false
        /// Names types of a process, by its id.
        package var typeNames: @Sendable (Int32) -> any HeapTypeNames

        package init(typeNames: @escaping @Sendable (Int32) -> any HeapTypeNames) {
            self.typeNames = typeNames
        }
    }

    private let options: Options
    private let listener: LocalListener
    private let proc: ProcFileSystem
    private let library: String?
    private let start = MonotonicClock.nanoseconds
    private(set) var processes: [TrackedProcess] = []
    /// Processes that wait for an answer keep their end of these open.
    private var doorbells: [LocalConnection] = []
    /// Whoever else connects is not answered, unless children are followed.
    private var root: Int32?
    private var failure: SystemCallError?
    /// Processes that may not map much: their heap is sampled instead.
    private var smallCount = 0

    /// Used where a process may not map the memory for a full recording.
    private static let fallbackSampleBytes: UInt64 = 64 << 10
    private static let patience: Int32 = 200

    package init(options: Options, proc: ProcFileSystem = ProcFileSystem()) throws(HeapError) {
        self.options = options
        self.proc = proc
        library = options.isRunning ? nil : try PreloadLibrary.path()
        do {
            listener = try LocalListener(prefix: "perfdoctor-heap")
        } catch {
            throw .system(error)
        }
    }

    /// What the program has to have in its environment.
    package var environment: [String] {
        guard let library else { return [] }
        // SAFETY: the result is null or a terminated string, which is copied at once.
        let others = unsafe getenv("LD_PRELOAD").map { unsafe ":" + String(cString: $0) } ?? ""
        return ["LD_PRELOAD=\(library)\(others)", "\(PD_HEAP_ENVIRONMENT)=\(listener.name)"]
    }

    /// What processes connect to.
    package var socket: String { listener.name }

    /// Readable when a process has connected.
    package var pollDescriptor: Int32 { listener.descriptor }

    package var hasProcesses: Bool { !processes.isEmpty }

    /// Whether any process can be counted; false as well where none has connected.
    package var isCounting: Bool { processes.contains { $0.memory.control.failure == 0 } }

    /// What lives now in all processes, in bytes, for progress.
    package var liveBytes: UInt64 {
        processes.reduce(0) { $0 &+ UInt64(max(0, $1.memory.control.live_bytes)) }
    }

    /// The program that was launched.
    package func follow(root pid: Int32) {
        root = pid
    }

    /// Answers everybody who has connected, and everybody who waits.
    package func serve() {
        while let connection = listener.accept() {
            guard let hello = connection.receive(pd_heap_hello(), within: Self.patience),
                hello.magic == UInt64(PD_HEAP_MAGIC), hello.version == UInt32(PD_HEAP_VERSION)
            else { continue }
            switch hello.request {
            case PD_HEAP_BEGIN.rawValue: begin(connection, isSmall: false)
            case PD_HEAP_BEGIN_SMALL.rawValue: begin(connection, isSmall: true)
            case PD_HEAP_DOORBELL.rawValue: doorbells.append(connection)
            default: continue
            }
        }
        for process in processes where process.isWaiting { process.attend() }
        doorbells = []
    }

    /// Gives back the memory that processes counted in, but for what a thread in the middle of it has to find.
    package func discard() {
        for process in processes { process.memory.discard() }
    }

    /// Looks at what cannot be had later.
    package func poll() {
        let now = MonotonicClock.nanoseconds
        if options.isRunning { for process in processes { process.memory.beat(now) } }
        for process in processes where process.state != PD_HEAP_SEEN.rawValue { process.poll(start: start, now: now) }
        if processes.contains(where: { $0.isWaiting }) { serve() }
    }

    /// Looks at programs that still run, and gives what is known of all.
    ///
    /// - Throws: when nothing is known, and why.
    package func finish(program: String) throws(HeapError) -> HeapRecording {
        for process in processes where !process.wasSeenEnding { process.takeSnapshot() }
        if let failure { throw .system(failure) }
        if let broken = processes.last, processes.allSatisfy({ $0.memory.control.failure != 0 }) {
            if broken.memory.control.failure == UInt32(PD_HEAP_FAILURE_OWN_MALLOC) { throw .ownMalloc(path: program) }
            throw .cannotMap(reason: SystemCallError.text(of: Int32(bitPattern: broken.memory.control.failure_errno)))
        }
        // Wrappers that executed the program have counted little; they are part of the whole.
        let recorded = processes.map { $0.recorded(start: start) }
        guard !recorded.isEmpty else { throw .notLoaded(path: program) }
        return HeapRecording(
            processes: recorded, sampleBytes: options.sampleBytes, smallCount: smallCount,
            duration: MonotonicClock.nanoseconds &- start)
    }

    private func begin(_ connection: LocalConnection, isSmall: Bool) {
        if !options.followsChildren, connection.pid != root { return }
        let layout: HeapLayout = isSmall ? .small : options.sampleBytes == nil ? .every : .sampled
        if isSmall { smallCount += 1 }
        do throws(SystemCallError) {
            let memory = try HeapMemory(
                layout: layout, sampleBytes: options.sampleBytes ?? Self.fallbackSampleBytes,
                followsChildren: options.followsChildren
            )
            if options.isRunning { memory.beat(MonotonicClock.nanoseconds) }
            var welcome = pd_heap_welcome()
            welcome.magic = UInt64(PD_HEAP_MAGIC)
            welcome.arena_bytes = layout.arenaByteCount
            welcome.shadow_bytes = layout.shadowByteCount
            // Looks at the process, which may end at once when it has what it waits for.
            let process = TrackedProcess(
                pid: connection.pid, memory: memory, typeNames: options.typeNames(connection.pid),
                searchesLeaks: options.searchesLeaks, isWhole: !options.isRunning, proc: proc)
            if let room = process.cgroup?.room { memory.limit(toLiveBytes: room) }
            try connection.send(
                welcome, descriptors: (memory.arena.descriptor, memory.shadow?.descriptor ?? -1))
            // One that asks again could not map what it got before.
            processes.removeAll { $0.pid == connection.pid && $0.state == PD_HEAP_NEW.rawValue }
            processes.append(process)
        } catch {
            failure = error
        }
    }
}
