import PerfLinux
import PerfModel

/// Where the cgroups of a process are: in v1, v2, or both beside each other.
struct CgroupPaths: Hashable, Sendable {
    /// A cgroup in one tree.
    struct Place: Hashable, Sendable {
        /// Where the tree is mounted.
        var mount: String
        /// Below the mount; `/` for its root.
        var path: String

        var directory: String { path == "/" ? mount : mount + path }

        /// Its directory and those of its ancestors, from the leaf to the root of the mount.
        var ancestors: [(directory: String, path: String)] {
            var result = [(directory, path)]
            var rest = path[...]
            while let slash = rest.lastIndex(of: "/"), rest != "/" {
                rest = rest[..<slash]
                let parent = rest.isEmpty ? "/" : String(rest)
                result.append((parent == "/" ? mount : mount + parent, parent))
                if rest.isEmpty { break }
            }
            return result
        }
    }

    /// In the tree of v2.
    var unifiedPlace: Place?
    /// In trees of v1, by controller.
    var controllers: [String: Place]

    var unified: String? { unifiedPlace?.directory }

    var version: CgroupState.Version {
        guard controllers["cpu"] != nil || controllers["memory"] != nil else { return .v2 }
        return unifiedPlace == nil ? .v1 : .hybrid
    }

    /// Who manages a resource: v1's controller where there is one, else v2.
    func place(of controller: String) -> (place: Place, isUnified: Bool)? {
        if let place = controllers[controller] { return (place, false) }
        return unifiedPlace.map { ($0, true) }
    }

    /// The first place that is not the root of its tree: what others call the cgroup of the process.
    var main: Place? {
        let places = [unifiedPlace, controllers["cpu"], controllers["memory"]].compactMap { $0 }
        return places.first { $0.path != "/" } ?? places.first
    }

    /// Reads where a process is.
    ///
    /// - Parameters:
    ///   - pid: a process; nil for our own.
    ///   - reader: the host's files.
    /// - Returns: its cgroups as far as they are mounted here.
    static func read(of pid: Int32?, from reader: HostReader) -> Availability<CgroupPaths> {
        let process = pid.map { "\($0)" } ?? "self"
        return reader.part(at: "/proc/self/mountinfo", limit: 8 << 20, mounts).flatMap { mounts in
            reader.part(at: "/proc/\(process)/cgroup") { parse($0, mounts) }.flatMap { paths in
                guard paths.main != nil else {
                    return .unavailable(
                        reason: "no cgroup of the process is mounted here", remedy: "mount /sys/fs/cgroup")
                }
                return .available(paths)
            }
        }
    }

    struct Mount {
        /// The part of the tree that is mounted.
        var root: String
        var point: String
        /// Nil for v2.
        var controllers: [String]?
    }

    /// Lines `31 23 0:28 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu`.
    static func mounts(_ bytes: [UInt8]) -> [Mount]? {
        let lines = bytes.lines
        let mounts = lines.compactMap { line -> Mount? in
            let fields = line.fields
            guard fields.count >= 9, let dash = fields[6...].firstIndex(where: { $0.elementsEqual("-".utf8) }),
                dash + 3 < fields.count
            else { return nil }
            let root = FileSystemCollector.unescaped(fields[3])
            let point = FileSystemCollector.unescaped(fields[4])
            switch fields[dash + 1].text {
            case "cgroup2": return Mount(root: root, point: point, controllers: nil)
            case "cgroup":
                return Mount(
                    root: root, point: point, controllers: fields[dash + 3].text.split(separator: ",").map(String.init))
            default: return nil
            }
        }
        return lines.isEmpty ? nil : mounts
    }

    /// Lines `4:memory:/a/b` of v1, `0::/a/b` of v2.
    static func parse(_ bytes: [UInt8], _ mounts: [Mount]) -> CgroupPaths? {
        var paths = CgroupPaths(unifiedPlace: nil, controllers: [:])
        let lines = bytes.lines
        for line in lines {
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let path = parts[2].text
            if parts[1].isEmpty {
                paths.unifiedPlace = place(of: path, in: mounts.filter { $0.controllers == nil })
            } else {
                for name in parts[1].text.split(separator: ",").map(String.init) {
                    paths.controllers[name] = place(
                        of: path, in: mounts.filter { $0.controllers?.contains(name) ?? false })
                }
            }
        }
        return lines.isEmpty ? nil : paths
    }

    /// Nil for a cgroup that lies outside of what is mounted (`/../..`, as in a container).
    private static func place(of path: String, in mounts: [Mount]) -> Place? {
        guard path.hasPrefix("/"), !path.split(separator: "/").contains("..") else { return nil }
        for mount in mounts {
            if mount.root == "/" { return Place(mount: mount.point, path: path) }
            if path == mount.root { return Place(mount: mount.point, path: "/") }
            if path.hasPrefix(mount.root + "/") {
                return Place(mount: mount.point, path: String(path.dropFirst(mount.root.count)))
            }
        }
        return nil
    }
}
