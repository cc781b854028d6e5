import CPerfLinux
import Glibc
import PerfLinux
import PerfModel

/// The memory of a process that stands still.
package struct SnapshotMemory: FrozenMemory {
    package let pid: Int32

    private let file: MemoryFileDescriptor

    package init(pid: Int32) {
        self.pid = pid
        file = MemoryFileDescriptor(pid: pid)
    }

    package func read(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let start = buffer.baseAddress, buffer.count > 0 else { return 0 }
        // process_vm_readv pins pages, for which the kernel (since 5.19) gives a forked process its own copy of each: the
        // heap would be there twice. The file of its memory shares them.
        if file.number >= 0, let offset = off_t(exactly: address) {
            // SAFETY: the call writes at most `count` bytes and returns how many it wrote.
            return unsafe max(0, pread(file.number, start, buffer.count, offset))
        }
        // SAFETY: the shim writes at most `count` bytes and returns how many it wrote.
        return unsafe max(0, Int(pd_memory_read(pid, address, start, UInt64(buffer.count))))
    }

    package func written(_ range: Range<UInt64>) -> [Range<UInt64>] {
        guard range.upperBound - range.lowerBound > Self.smallest else { return [range] }
        let first = range.lowerBound / Self.pageSize
        let count = Int((range.upperBound + Self.pageSize - 1) / Self.pageSize - first)
        // A word a page; the two highest bits say that it is in memory, or in swap, the next that it is a file's own.
        // SAFETY: the path is a terminated string for the duration of the call.
        let file = unsafe open("/proc/\(pid)/pagemap", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [range] }
        defer { close(file) }
        var result: [Range<UInt64>] = []
        var page = 0
        while page < count {
            let wanted = min(count - page, 1 << 16)
            let offset = off_t((first + UInt64(page)) * 8)
            // SAFETY: there is room for so many words, and so many as were read whole are initialized.
            let words = unsafe [UInt64](unsafeUninitializedCapacity: wanted) { buffer, initialized in
                initialized = unsafe max(0, pread(file, buffer.baseAddress, wanted * 8, offset)) / 8
            }
            guard !words.isEmpty else {
                result.append((first + UInt64(page)) * Self.pageSize..<range.upperBound)
                break
            }
            for (index, word) in words.enumerated() where word >> 62 != 0 && word >> 61 & 1 == 0 {
                let start = (first + UInt64(page + index)) * Self.pageSize
                if let last = result.last, last.upperBound == start {
                    result[result.count - 1] = last.lowerBound..<start + Self.pageSize
                } else {
                    result.append(start..<start + Self.pageSize)
                }
            }
            page += words.count
        }
        return result.map { $0.clamped(to: range) }
    }

    /// Less is read faster than it is asked about.
    private static let smallest: UInt64 = 1 << 18
    private static let pageSize = UInt64(sysconf(Int32(_SC_PAGESIZE)))
}

/// The opened file of a process's memory; negative where it cannot be opened.
private final class MemoryFileDescriptor: Sendable {
    let number: Int32

    init(pid: Int32) {
        // SAFETY: the path is a terminated string for the duration of the call.
        number = unsafe open("/proc/\(pid)/mem", O_RDONLY | O_CLOEXEC)
    }

    deinit {
        if number >= 0 { close(number) }
    }
}
