import CPerfLinux
import PerfModel

/// The memory of a running process, read with process_vm_readv; the process is not stopped.
package struct RemoteMemory: MemoryReader {
    package let pid: Int32

    package init(pid: Int32) {
        self.pid = pid
    }

    package func memory(at address: CodeAddress, count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        // SAFETY: the call writes at most `count` bytes and returns how many it wrote.
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            guard let base = buffer.baseAddress else { return }
            let got = unsafe pd_memory_read(pid, address.rawValue, base, UInt64(count))
            initialized = max(0, Int(got))
        }
    }
}
