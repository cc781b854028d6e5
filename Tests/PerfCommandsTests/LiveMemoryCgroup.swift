import FoundationEssentials
import Glibc

/// A memory cgroup of a test's own, with a limit, in either version of the hierarchy.
struct LiveMemoryCgroup {
    private let path: String

    /// The file that takes ids of processes which move into it.
    var processes: String { path + "/cgroup.procs" }

    /// Makes one; nil, with the reason printed, where that cannot be.
    init?(named name: String, limit: Int) throws {
        let mounts = try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)
        var found: (root: String, file: String)?
        for line in mounts.split(separator: "\n") {
            let fields: [String] = line.split(separator: " ").map(String.init)
            guard fields.count > 3, found == nil else { continue }
            if fields[2] == "cgroup", fields[3].split(separator: ",").contains("memory") {
                found = (fields[1], "memory.limit_in_bytes")
            } else if fields[2] == "cgroup2" {
                // Controllers of version 2 are on where the parent says so.
                let controllers = Result {
                    try String(contentsOfFile: fields[1] + "/cgroup.subtree_control", encoding: .utf8)
                }
                guard case .success(let text) = controllers else { continue }
                let names: [String] = text.split(whereSeparator: \.isWhitespace).map(String.init)
                guard names.contains("memory") else { continue }
                found = (fields[1], "memory.max")
            }
        }
        guard let (root, file) = found else {
            print("heap, live: skipped: no cgroup file system that counts memory is mounted")
            return nil
        }
        path = "\(root)/perfdoctor-test-\(name)-\(getpid())"
        // SAFETY: a terminated string for the duration of the call.
        guard unsafe mkdir(path, 0o755) == 0 else {
            print("heap, live: skipped: \(root) is not writable")
            return nil
        }
        do {
            try Data("\(limit)\n".utf8).write(to: URL(filePath: "\(path)/\(file)"))
        } catch {
            print("heap, live: skipped: \(path)/\(file) takes no limit: \(error)")
            _ = remove()
            return nil
        }
    }

    /// Removes it; its processes must have ended.
    func remove() -> Bool {
        // SAFETY: a terminated string for the duration of the call.
        unsafe rmdir(path) == 0
    }
}
