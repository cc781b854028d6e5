import PerfModel

/// Whether the kernel tells how long work waited for CPU, memory and I/O.
enum PressureChecks {
    static func items(_ scene: SelfCheck.Scene) -> [SelfCheckItem] {
        [host(scene), cgroup(scene)]
    }

    private static func host(_ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("psi.host", "pressure (PSI)")
        switch scene.files.text(at: "/proc/pressure/cpu") {
        case .available(let text) where text.hasPrefix("some"): return .ok(id, title, "the kernel reports it")
        case .available:
            return .trouble(
                .limited, id, title, "/proc/pressure/cpu is empty", so: consequence, mend: "boot with psi=1"
            )
        case .unavailable(let reason, _):
            return .trouble(
                .limited, id, title, reason, so: consequence,
                mend: "boot with psi=1 (a kernel with CONFIG_PSI); containers may hide /proc/pressure"
            )
        }
    }

    private static func cgroup(_ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("psi.cgroup", "pressure per cgroup")
        let path = OwnCgroup(files: scene.files).pressurePath(of: "cpu")
        if let path, scene.files.exists(path) { return .ok(id, title, path.printable) }
        // The root cgroup has no such files; there the host's own pressure is the same.
        if let path, path.hasSuffix("/cgroup/cpu.pressure"), scene.files.exists("/proc/pressure/cpu") {
            return .ok(id, title, "ours is the root: the host's pressure is its pressure")
        }
        return .trouble(
            .limited, id, title, path == nil ? "needs cgroups of version 2" : "the cgroup has no pressure files",
            so: "whether one container or the whole host is short cannot be told apart",
            mend: path == nil ? "boot with systemd.unified_cgroup_hierarchy=1" : "boot with psi=1"
        )
    }

    private static let consequence = "how long work waits for CPU, memory and I/O has to be estimated"
}
