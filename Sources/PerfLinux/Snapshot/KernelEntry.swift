import Glibc
import PerfModel

/// An instruction of a process that calls the kernel: one of the page that the kernel gives to all, or of any code.
enum KernelEntry {
    /// Finds one.
    ///
    /// - Throws: when the process is gone, or not ours to read.
    static func address(in pid: Int32, _ proc: ProcFileSystem) throws(SnapshotError) -> UInt64 {
        let text: [UInt8]
        do throws(SystemCallError) {
            text = try proc.contents(of: "\(pid)/maps")
        } catch {
            throw error.errno == ENOENT || error.errno == ESRCH
                ? .notFound(pid: pid)
                : error.errno == EACCES || error.errno == EPERM ? .notPermitted(pid: pid) : .refused(pid: pid, error)
        }
        #if arch(arm64)
            let instruction: [UInt8] = [0x01, 0x00, 0x00, 0xd4]
        #else
            let instruction: [UInt8] = [0x0f, 0x05]
        #endif
        let code = ProcessMap.parse(text).maps.filter(\.isExecutable)
        let memory = RemoteMemory(pid: pid)
        for map in code.filter({ $0.path == "[vdso]" }) + code.filter({ $0.path.contains("libc") || $0.inode != 0 }) {
            let count = Int(min(map.end.rawValue - map.start.rawValue, 4 << 20))
            let bytes = memory.memory(at: map.start, count: count)
            if bytes.isEmpty, kill(pid, 0) != 0 || errno == EPERM { throw .notPermitted(pid: pid) }
            if let offset = bytes.firstRange(of: instruction)?.lowerBound { return map.start.rawValue + UInt64(offset) }
        }
        // A process whose memory cannot be read is not ours to stop.
        throw code.isEmpty ? .notPermitted(pid: pid) : .noEntry(pid: pid)
    }
}
