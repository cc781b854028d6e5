/// Where the directory of a cgroup may be: people name it by its path in the file system or in its hierarchy.
enum CgroupPath {
    /// Mount points of the hierarchies that events can be counted in: version 2, hybrid, version 1.
    private static let hierarchies = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/perf_event"]

    /// Directories to try, in this order: the path itself, then the same group in each hierarchy.
    ///
    /// `/sys/fs/cgroup/cpu/app` of a version 1 host stands for `app` in the hierarchies that count events.
    static func candidates(for path: String) -> [String] {
        var names = [path]
        let mount = "/sys/fs/cgroup/"
        if path.hasPrefix(mount), let slash = path.dropFirst(mount.count).firstIndex(of: "/") {
            names.append(String(path[slash...]))
        }
        var result = path.hasPrefix("/") ? [path] : []
        for name in names where !name.hasPrefix(mount) {
            for hierarchy in hierarchies {
                result.append(hierarchy + (name.hasPrefix("/") ? "" : "/") + name)
            }
        }
        return result
    }
}
