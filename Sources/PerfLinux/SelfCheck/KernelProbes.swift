import CPerfLinux
import PerfModel

/// What was tried for real, because no file tells: system calls and libraries.
///
/// A number is 0 where it worked and the errno value where it did not.
package struct KernelProbes: Sendable {
    /// Sampling our own user code by the software clock: what recording needs at least.
    package var cpuClock: Int32 = 0
    /// The same with kernel frames.
    package var cpuClockWithKernel: Int32 = 0
    /// Hardware cycles of our own user code.
    package var cycles: Int32 = 0
    /// Context switches with kernel frames: stacks of what waits.
    package var contextSwitches: Int32 = 0
    /// All processes of a CPU.
    package var systemWide: Int32 = 0
    package var bpf: Int32 = 0
    /// Why programs in the kernel cannot keep account of waits though they can be loaded; nil when they can.
    package var bpfObstacle: String?
    package var remoteMemory: Int32 = 0
    package var ptrace: Int32 = 0
    /// Those of `ClientLibrary.all` that could be opened, by file name.
    package var libraries: Set<String> = []
    /// The C library; `nil` when this process has none that can be told.
    package var libc: Libc?

    /// The C library that this process runs with.
    package struct Libc: Hashable, Sendable {
        package var path: String
        /// Lower-case hexadecimal; empty when it has none.
        package var buildID: String
        /// Whether it carries a compressed symbol table.
        package var hasDebugData: Bool

        package init(path: String, buildID: String, hasDebugData: Bool) {
            self.path = path
            self.buildID = buildID
            self.hasDebugData = hasDebugData
        }
    }

    /// Everything works: the start of a scene in tests.
    package init() {}

    /// Tries all of it, here and now.
    package static func live() -> KernelProbes {
        let software: UInt32 = 1
        let hardware: UInt32 = 0
        var probes = KernelProbes()
        probes.cpuClock = -pd_probe_event(software, 0, 0, 0)
        probes.cpuClockWithKernel = -pd_probe_event(software, 0, 1, 0)
        probes.cycles = -pd_probe_event(hardware, 0, 0, 0)
        probes.contextSwitches = -pd_probe_event(software, 3, 1, 0)
        probes.systemWide = -pd_probe_event(software, 0, 0, 1)
        probes.bpf = -pd_probe_bpf()
        if !ProcFileSystem().isInFirstNamespace { probes.bpfObstacle = "process ids are those of a container" }
        #if !arch(x86_64)
            probes.bpfObstacle = "they know the registers of x86-64 only"
        #endif
        probes.remoteMemory = -pd_probe_remote_memory()
        probes.ptrace = -pd_probe_ptrace()
        for library in ClientLibrary.all {
            for file in [library.file] + library.newerFiles {
                // SAFETY: the name is a terminated string for the duration of the call.
                if unsafe pd_probe_library(file) == 0 { probes.libraries.insert(file) }
            }
        }
        probes.libc = ownLibc()
        return probes
    }

    private static func ownLibc() -> Libc? {
        var raw = pd_libc()
        // SAFETY: `raw` outlives the call, which writes one struct.
        guard unsafe pd_own_libc(&raw) == 0 else { return nil }
        // SAFETY: both views are of arrays inside `raw` and end with their closures, which copy the bytes.
        let path = unsafe withUnsafeBytes(of: &raw.path) { unsafe [UInt8]($0) }
        let note = unsafe withUnsafeBytes(of: &raw.build_id) { unsafe [UInt8]($0) }
        let buildID = note.prefix(Int(raw.build_id_size)).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        return Libc(
            path: String(decoding: path.prefix { $0 != 0 }, as: UTF8.self), buildID: buildID.joined(),
            hasDebugData: raw.has_debugdata != 0
        )
    }
}
