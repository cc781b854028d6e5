import CPerfWire
import Glibc
import PerfLinux
import PerfModel
import PerfSymbols

/// The tracker in a process that ran already: brought in, and taken out again.
///
/// The library comes from memory, so that it needs no file that the process could read, and stays mapped until the
/// process ends: nobody can know when the last thread has left code.
package struct RunningTracker: Sendable {
    package let pid: Int32
    /// How long one thread of it stood still, in nanoseconds.
    package let pause: UInt64
    private let proc: ProcFileSystem

    /// Loading reads files and begins libraries.
    private static let patience: UInt64 = 30_000_000_000
    /// Looks whether all threads have left the tracker.
    private static let mostLooks = 5

    /// Brings the tracker in, which connects to a recorder: another thread has to serve it meanwhile.
    ///
    /// - Parameters:
    ///   - pid: of the process.
    ///   - socket: the recorder's name.
    ///   - proc: where files of processes are.
    /// - Throws: why not; the process goes on as before then.
    package init(into pid: Int32, socket: String, proc: ProcFileSystem = ProcFileSystem()) throws {
        self.pid = pid
        self.proc = proc
        let bytes = PreloadLibrary.bytes()
        let library = try ElfImage(bytes)
        let program = try RunningProgram(pid: pid, proc: proc)
        if let arena = program.arena {
            try Self.checkDeserted(arena, of: pid)
            // Of a recording that was ended by force: what it left is given back first.
            guard try Self.takeOut(of: program, library: library, proc: proc) else {
                throw InjectionError.notLeft(pid: pid)
            }
        }
        let injection = try ProcessInjection(into: pid, plan: program.plan, proc: proc)
        defer { injection.end() }
        if program.trackers[library.buildID] == nil { try Self.load(bytes, by: injection, of: program) }
        guard
            let bias = try program.trackers[library.buildID]?.bias
                ?? RunningProgram.tracker(library, in: pid, proc)?.bias
        else { throw HeapError.cannotLoad(pid: pid, reason: "its loader did not map the library") }
        let name = try injection.place(Array(socket.utf8) + [0])
        let function = try Self.function("perfdoctor_attach", of: library, bias: bias)
        let result = Int64(bitPattern: try injection.call(function, [name], atMost: Self.patience))
        pause = injection.end()
        guard result == 0 else {
            throw HeapError.cannotLoad(
                pid: pid, reason: SystemCallError.text(of: Int32(truncatingIfNeeded: -result)))
        }
    }

    /// Refuses where somebody records the process now.
    private static func checkDeserted(_ arena: UInt64, of pid: Int32) throws(HeapError) {
        let bytes = RemoteMemory(pid: pid).memory(
            at: CodeAddress(rawValue: arena), count: MemoryLayout<pd_heap_control>.size)
        guard bytes.count == MemoryLayout<pd_heap_control>.size else { return }
        // SAFETY: as many bytes as the value has, any pattern of which is valid.
        let control = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: pd_heap_control.self) }
        let silence = MonotonicClock.nanoseconds &- control.heartbeat_ns
        guard control.recorder_pid > 0, silence < UInt64(PD_HEAP_SILENCE_NS) else { return }
        if kill(control.recorder_pid, 0) == 0 || errno == EPERM {
            throw .isRecorded(pid: pid, recorder: control.recorder_pid)
        }
    }

    /// Takes the tracker out: calls of the process lead where they led before, and its memory is given back.
    ///
    /// - Returns: false where a thread may still be on its way through it, and the memory stays reserved.
    /// - Throws: why not.
    package func end() throws -> Bool {
        let program = try RunningProgram(pid: pid, proc: proc)
        return try Self.takeOut(of: program, library: try ElfImage(PreloadLibrary.bytes()), proc: proc)
    }

    private static func takeOut(of program: RunningProgram, library: ElfImage, proc: ProcFileSystem) throws -> Bool {
        guard let tracker = program.trackers[library.buildID] else {
            throw HeapError.cannotLoad(
                pid: program.pid, reason: "another version of perfdoctor has left its tracker there")
        }
        let detach = try function("perfdoctor_detach", of: library, bias: tracker.bias)
        let injection = try ProcessInjection(into: program.pid, plan: program.plan, proc: proc)
        defer { injection.end() }
        let left = Int64(bitPattern: try injection.call(detach, [], atMost: patience))
        injection.end()
        guard left == 0 else { throw HeapError.cannotLeave(pid: program.pid, entries: left) }
        let release = try function("perfdoctor_release", of: library, bias: tracker.bias)
        var plan = program.plan
        plan.left = tracker.code
        for look in 0..<mostLooks {
            // A thread in a heap call leaves it within microseconds.
            usleep(useconds_t(20_000 << look))
            do throws(InjectionError) {
                let quiet = try ProcessInjection(into: program.pid, plan: plan, proc: proc)
                defer { quiet.end() }
                _ = try quiet.call(release, [], atMost: patience)
                return true
            } catch .notLeft {
                continue
            }
        }
        return false
    }

    /// Has the process load the library from a file in its own memory.
    private static func load(_ bytes: [UInt8], by injection: ProcessInjection, of program: RunningProgram) throws {
        let descriptor = try injection.makeMemoryFile(named: RunningProgram.trackerName)
        let written = Result { () throws(SystemCallError) in
            try write(bytes, to: "/proc/\(program.pid)/fd/\(descriptor)")
        }
        var message = ""
        if case .success = written {
            // A name that the loader has not seen yet, whatever descriptor it was before.
            let slashes = String(repeating: "/", count: 1 + Int.random(in: 0..<64))
            let path = try injection.place(Array("/proc/self/fd\(slashes)\(descriptor)".utf8) + [0])
            let handle = try injection.call(program.open, [path, UInt64(RTLD_NOW)], atMost: patience)
            if handle == 0 {
                let text = try injection.call(program.error, [], atMost: patience)
                let bytes = RemoteMemory(pid: program.pid).memory(at: CodeAddress(rawValue: text), count: 512)
                message = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                if message.isEmpty { message = "its loader gives no reason" }
            }
        }
        try injection.closeFile(descriptor)
        try written.get()
        guard message.isEmpty else { throw HeapError.cannotLoad(pid: program.pid, reason: message) }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(SystemCallError) {
        // SAFETY: the path is a terminated string for the duration of the call.
        let file = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw SystemCallError(operation: "open", subject: path, errno: errno) }
        defer { close(file) }
        var done = 0
        while done < bytes.count {
            // SAFETY: the buffer is the array's own, read within its bounds.
            let count = unsafe bytes.withUnsafeBytes { buffer -> Int in
                guard let base = buffer.baseAddress else { return 0 }
                return unsafe Glibc.write(file, base + done, bytes.count - done)
            }
            guard count > 0 else { throw SystemCallError(operation: "write", subject: path, errno: errno) }
            done += count
        }
    }

    private static func function(_ name: String, of library: ElfImage, bias: UInt64) throws(HeapError) -> UInt64 {
        guard let address = library.exportedFunctions([name])[name] else {
            throw .noLibrary(path: name, reason: "the tracker has no such function")
        }
        return address.rawValue &+ bias
    }
}
