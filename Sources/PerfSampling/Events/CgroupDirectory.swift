import Glibc
import PerfLinux
import PerfModel

/// The directory of a cgroup that events are opened on, and who is in it.
final class CgroupDirectory: Sendable {
    let path: String
    /// Open as long as this value lives: events of threads that are found late need it as well.
    let descriptor: Int32

    /// Deeper than any hierarchy is nested.
    private static let deepest = 64

    /// - Throws: the failed `open`.
    init(path: String) throws(SystemCallError) {
        self.path = path
        // SAFETY: the path is a terminated string for the duration of the call.
        descriptor = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemCallError(operation: "open", subject: path, errno: errno) }
    }

    deinit {
        close(descriptor)
    }

    /// The threads of the cgroup and of those inside it; numbers of another PID namespace are left out.
    func threads() -> Set<Int32> {
        var found: Set<Int32> = []
        collect(path, depth: 0, into: &found)
        return found
    }

    private func collect(_ directory: String, depth: Int, into found: inout Set<Int32>) {
        guard depth < Self.deepest else { return }
        // Version 2 has cgroup.threads, version 1 has tasks.
        for name in ["cgroup.threads", "tasks"] {
            guard
                case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                    try WholeFile.contents(of: "\(directory)/\(name)", atMost: 64 << 20)
                })
            else { continue }
            found.formUnion(
                String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { Int32($0) }.filter { $0 > 0 }
            )
            break
        }
        for child in Self.directories(in: directory) {
            collect("\(directory)/\(child)", depth: depth + 1, into: &found)
        }
    }

    private static func directories(in path: String) -> [String] {
        // SAFETY: the path is a terminated string for the duration of the call.
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var result: [String] = []
        // SAFETY: readdir's entry is valid until the next call on this directory, which nobody else uses.
        while let entry = unsafe readdir(directory) {
            guard unsafe entry.pointee.d_type == UInt8(DT_DIR) else { continue }
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { result.append(name) }
        }
        return result
    }
}
