import FoundationEssentials
import Glibc

/// A cgroup of a test's own, in a hierarchy that counts events.
struct LiveCgroup {
    let path: String
    private var children: [String] = []

    /// Makes one; nil, with the reason printed, where that cannot be.
    init?(named name: String) throws {
        let mounts = try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)
        // perf_event is a controller of its own in version 1, and part of every version 2 hierarchy.
        var found: String?
        for line in mounts.split(separator: "\n") {
            let fields: [String] = line.split(separator: " ").map(String.init)
            guard fields.count > 3, found == nil else { continue }
            let isFirst = fields[2] == "cgroup" && fields[3].split(separator: ",").contains("perf_event")
            if fields[2] == "cgroup2" || isFirst { found = fields[1] }
        }
        guard let root = found else {
            print("--cgroup: skipped: no cgroup file system with perf events is mounted")
            return nil
        }
        path = root + "/perfdoctor-test-\(name)-\(getpid())"
        // SAFETY: terminated strings for the duration of the calls.
        guard unsafe mkdir(path, 0o755) == 0 else {
            print("--cgroup: skipped: \(root) is not writable")
            return nil
        }
    }

    /// Makes a cgroup inside.
    mutating func addChild(_ name: String) -> String {
        let child = path + "/" + name
        // SAFETY: a terminated string for the duration of the call.
        if unsafe mkdir(child, 0o755) == 0 { children.append(child) }
        return child
    }

    /// Moves a process into a cgroup.
    static func move(_ pid: Int32, to path: String) throws {
        try Data("\(pid)\n".utf8).write(to: URL(filePath: path + "/cgroup.procs"))
    }

    /// Removes it with its children, which must be empty by now.
    func remove() -> Bool {
        // SAFETY: terminated strings for the duration of the calls.
        for child in children where unsafe rmdir(child) != 0 { return false }
        // SAFETY: a terminated string for the duration of the call.
        return unsafe rmdir(path) == 0
    }
}
