import PerfModel

/// Which cgroups there are, what ours may use, and whether this is a container.
enum CgroupChecks {
    static func items(_ scene: SelfCheck.Scene) -> [SelfCheckItem] {
        let cgroup = OwnCgroup(files: scene.files)
        return [version(cgroup), limits(cgroup, scene), container(scene)]
    }

    private static func version(_ cgroup: OwnCgroup) -> SelfCheckItem {
        let (id, title) = ("cgroup.version", "cgroups")
        switch cgroup.version {
        case .unified: return .ok(id, title, "version 2, ours is \(cgroup.path.printable)")
        case .hybrid:
            return .trouble(
                .limited, id, title, "hybrid: version 1 with an empty version 2",
                so: legacyConsequence(cgroup),
                mend: "boot with systemd.unified_cgroup_hierarchy=1"
            )
        case .legacy:
            return .trouble(
                .limited, id, title, "version 1",
                so: legacyConsequence(cgroup),
                mend: "boot with systemd.unified_cgroup_hierarchy=1"
            )
        case .none:
            return .trouble(
                .limited, id, title, "none are mounted", so: "limits and throttling cannot be seen",
                mend: "mount -t cgroup2 none /sys/fs/cgroup"
            )
        }
    }

    private static func legacyConsequence(_ cgroup: OwnCgroup) -> String {
        let place = cgroup.hasLegacyEvents ? "the perf_event hierarchy" : "the version 2 hierarchy"
        return "record --cgroup looks for the path in \(place); no pressure per cgroup"
    }

    private static func limits(_ cgroup: OwnCgroup, _ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("cgroup.limits", "own limits")
        let usage = cgroup.limits(in: scene.files)
        let parts = [
            usage.cpus.map { "\($0) CPUs" }, usage.memoryBytes.map { "\($0 >> 20) MiB of memory" },
        ].compactMap(\.self)
        let finding = parts.isEmpty ? "no limit on CPU or memory" : parts.joined(separator: ", ")
        guard usage.throttledPeriods > 0 else { return .ok(id, title, finding) }
        return .trouble(
            .limited, id, title, "\(finding); throttled in \(usage.throttledPeriods) of \(usage.periods) periods",
            so: "what is measured in this cgroup is slower than the machine",
            mend: "raise cpu.max (docker run --cpus, resources.limits.cpu)"
        )
    }

    private static func container(_ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("container", "container")
        guard isContainer(scene.files) else { return .ok(id, title, "no sign of one") }
        return .trouble(
            .limited, id, title, "this is one",
            so: "processes outside of it are invisible; PIDs differ from the host's",
            mend: "to see them: docker run --pid=host --privileged, or run perfdoctor on the host"
        )
    }

    /// Whether something says that this is a container.
    static func isContainer(_ files: HostFiles) -> Bool {
        if files.exists("/.dockerenv") || files.exists("/run/.containerenv") { return true }
        // Seen from inside, a process in an inner PID namespace has one number; PID 1 tells by its cgroup.
        let first = files.text(at: "/proc/1/cgroup").value ?? ""
        return ["/docker", "/kubepods", "/lxc", "/libpod"].contains { first.contains($0) }
    }
}
