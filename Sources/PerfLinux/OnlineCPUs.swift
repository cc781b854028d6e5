import Glibc
import PerfModel

/// The CPUs that run threads.
package enum OnlineCPUs {
    /// Their numbers, ascending; all configured ones where sysfs does not tell.
    package static var current: [Int32] {
        let sys = ProcFileSystem(root: "/sys/devices/system/cpu")
        if case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
            try sys.contents(of: "online")
        }) {
            let cpus = parse(String(decoding: bytes, as: UTF8.self))
            if !cpus.isEmpty { return cpus }
        }
        return (0..<Int32(max(1, sysconf(Int32(_SC_NPROCESSORS_CONF))))).map { $0 }
    }

    /// A list as the kernel writes it: `0-3,8,10-11`.
    package static func parse(_ text: String) -> [Int32] {
        text.split { $0 == "," || $0.isNewline }.flatMap { part -> [Int32] in
            let ends = part.split(separator: "-").compactMap { Int32($0) }
            guard let first = ends.first, let last = ends.last, ends.count <= 2, first >= 0, first <= last,
                last < 1 << 16
            else { return [] }
            return Array(first...last)
        }
    }
}
