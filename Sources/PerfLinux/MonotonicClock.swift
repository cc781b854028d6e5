import Glibc
import PerfModel

/// CLOCK_MONOTONIC in nanoseconds, the clock of all perf records.
///
/// The kernel's records know no time namespaces: in one, what the clock is set forward there is taken off again.
package enum MonotonicClock {
    package static var nanoseconds: UInt64 {
        var now = timespec()
        // SAFETY: clock_gettime fills one timespec that outlives the call; it cannot fail for this clock.
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec) &- UInt64(bitPattern: namespaceOffset)
    }

    /// Nanoseconds that our time namespace is ahead of the host.
    private static let namespaceOffset: Int64 = {
        // Without the file the kernel has no time namespaces.
        guard
            case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                try WholeFile.contents(of: "/proc/self/timens_offsets", atMost: 4096)
            })
        else { return 0 }
        return offset(in: String(decoding: bytes, as: UTF8.self))
    }()

    /// The offset in a text such as `monotonic 864000 0`: seconds and nanoseconds; 0 for any other.
    static func offset(in text: String) -> Int64 {
        for line in text.split(separator: "\n") {
            let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            // Older kernels have the number of the clock.
            guard fields.count == 3, fields[0] == "monotonic" || fields[0] == "1", let seconds = Int64(fields[1]),
                let nanoseconds = Int64(fields[2])
            else { continue }
            let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
            return overflow ? 0 : product &+ nanoseconds
        }
        return 0
    }
}
