import PerfModel

/// Limits on how much and how fast the kernel samples.
enum SamplingLimitChecks {
    static func items(_ scene: SelfCheck.Scene) -> [SelfCheckItem] {
        [rings(scene), descriptors(scene), rate(scene), depth(scene)]
    }

    /// What recording likes to have for each CPU: 512 pages and the control page.
    private static let wantedRingKibibytes = 513 * 4
    /// What it needs: 16 pages and the control page.
    private static let leastRingKibibytes = 17 * 4

    private static func rings(_ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("limits.memlock", "sample buffers")
        if scene.privileges.lockMemory { return .ok(id, title, "CAP_IPC_LOCK: no limit on locked memory") }
        let cpus = max(
            1, HostDescription.count(ofCPUs: scene.files.line(at: "/sys/devices/system/cpu/online") ?? "") ?? 1)
        let perCPU = scene.files.number(at: "/proc/sys/kernel/perf_event_mlock_kb") ?? 0
        let locked = limit("Max locked memory", scene.files)?.soft
        // The kernel counts the first amount per user and CPU, and what exceeds it against RLIMIT_MEMLOCK.
        let (total, overflow) = (locked ?? .max).dividedReportingOverflow(by: 1024 * cpus)
        let available = overflow || locked == nil ? Int.max : perCPU.addingReportingOverflow(total).partialValue
        let finding = "perf_event_mlock_kb is \(perCPU), locked memory \(text(locked, unit: " bytes")), \(cpus) CPUs"
        if available >= wantedRingKibibytes { return .ok(id, title, finding) }
        return .trouble(
            available >= leastRingKibibytes ? .limited : .missing, id, title, finding,
            so: "buffers are smaller than wanted: at high rates samples get lost (they are counted)",
            mend: "sysctl kernel.perf_event_mlock_kb=\(wantedRingKibibytes), or: ulimit -l unlimited"
        )
    }

    private static func descriptors(_ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("limits.descriptors", "open files")
        let description = HostDescription.count(ofCPUs: scene.files.line(at: "/sys/devices/system/cpu/online") ?? "")
        let cpus = max(1, description ?? 1)
        guard let limit = limit("Max open files", scene.files) else {
            return .trouble(
                .limited, id, title, "the limit cannot be read",
                so: "attaching to a process with many threads may fail", mend: "ulimit -n 1048576"
            )
        }
        guard let hard = limit.hard else { return .ok(id, title, "no limit") }
        // One event for each thread on each CPU; 64 are for everything else.
        let threads = max(0, hard - 64) / cpus
        let finding = "at most \(hard): enough to attach to \(threads) threads on \(cpus) CPUs"
        if threads >= 1000 { return .ok(id, title, finding) }
        return .trouble(
            .limited, id, title, finding, so: "attaching to a process with more threads fails",
            mend: "ulimit -n 1048576 (as root), or LimitNOFILE= in the service's unit"
        )
    }

    private static func rate(_ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("limits.rate", "sample rate")
        guard let rate = scene.files.number(at: "/proc/sys/kernel/perf_event_max_sample_rate") else {
            return .trouble(
                .limited, id, title, "perf_event_max_sample_rate cannot be read",
                so: "the kernel may lower the rate", mend: "mount /proc with its sys directory"
            )
        }
        let percent = scene.files.number(at: "/proc/sys/kernel/perf_cpu_time_max_percent") ?? 0
        let isUnlimited = percent == 0 || percent == 100
        let finding =
            "up to \(rate) Hz" + (isUnlimited ? "" : ", lowered when sampling takes over \(percent)% of a CPU")
        if rate >= 1000 { return .ok(id, title, finding) }
        return .trouble(
            .limited, id, title, finding, so: "the default of 999 Hz is not reached; fewer samples, wider intervals",
            mend: "sysctl kernel.perf_event_max_sample_rate=100000"
        )
    }

    private static func depth(_ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("limits.depth", "stack depth")
        let depth = scene.files.number(at: "/proc/sys/kernel/perf_event_max_stack")
        let finding = depth.map { "\($0) frames by frame pointers" } ?? "perf_event_max_stack cannot be read"
        if let depth, depth >= 127 { return .ok(id, title, finding) }
        return .trouble(
            .limited, id, title, finding, so: "deep stacks may be cut off (they are counted as truncated)",
            mend: "sysctl kernel.perf_event_max_stack=127"
        )
    }

    /// A row of /proc/self/limits; `nil` inside stands for "unlimited".
    private static func limit(_ name: String, _ files: HostFiles) -> (soft: Int?, hard: Int?)? {
        for line in files.text(at: "/proc/self/limits").value?.split(separator: "\n") ?? [] {
            guard line.hasPrefix(name) else { continue }
            let words = line.dropFirst(name.count).split(separator: " ")
            guard words.count >= 2 else { return nil }
            return (number(words[0]), number(words[1]))
        }
        return nil
    }

    /// What is more than an `Int` holds is no limit either.
    private static func number(_ word: Substring) -> Int? {
        Int(word)
    }

    private static func text(_ number: Int?, unit: String) -> String {
        number.map { "\($0)\(unit)" } ?? "unlimited"
    }
}
