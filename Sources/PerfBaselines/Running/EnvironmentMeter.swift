import Glibc
import PerfLinux
import PerfModel

/// Looks at a machine before and after a measurement, and tells what it was like between.
package struct EnvironmentMeter: Sendable {
    private let files: HostFiles
    private let start: Snapshot

    private struct Snapshot: Sendable {
        var time: UInt64
        /// Ticks of all CPUs, and those that the hypervisor gave to others.
        var ticks: UInt64?
        var stolen: UInt64?
        /// Microseconds, by resource.
        var stalls: [String: UInt64]
    }

    /// Begins.
    ///
    /// - Parameters:
    ///   - root: the directory that holds `proc` and `sys`.
    ///   - time: nanoseconds of a clock that does not jump.
    package init(root: String = "/", time: UInt64 = MonotonicClock.nanoseconds) {
        files = HostFiles(root: root)
        start = Self.snapshot(files, time)
    }

    /// The environment as it is, with steal and stalls since the start.
    ///
    /// - Parameters:
    ///   - time: as at the start; nil for now.
    ///   - variables: `NAME=value` of the programs.
    ///   - root: of the machine after the measurement, for tests; nil for the same.
    /// - Returns: what is known of it.
    package func environment(
        time: UInt64 = MonotonicClock.nanoseconds, variables: [String] = EnvironmentMeter.ownVariables,
        root: String? = nil
    ) -> BenchmarkEnvironment {
        let files = root.map { HostFiles(root: $0) } ?? files
        let end = Self.snapshot(files, time)
        var steal: Double?
        if let before = start.ticks, let after = end.ticks, after > before, let first = start.stolen,
            let last = end.stolen
        {
            // The counter of stolen time goes backwards on some kernels.
            steal = last > first ? min(1, Double(last - first) / Double(after - before)) : 0
        }
        let elapsed = Double(time &- start.time) / 1000
        func ratio(_ resource: String) -> Double? {
            guard let before = start.stalls[resource], let after = end.stalls[resource], elapsed > 0 else { return nil }
            return after > before ? min(1, Double(after - before) / elapsed) : 0
        }
        let pressure = BenchmarkEnvironment.Pressure(cpu: ratio("cpu"), memory: ratio("memory"), io: ratio("io"))
        let isKnown = pressure.cpu != nil || pressure.memory != nil || pressure.io != nil
        return BenchmarkEnvironment(
            loadAverage: files.line(at: "/proc/loadavg")?.split(separator: " ").first.flatMap { Double($0) },
            stealRatio: steal, pressure: isKnown ? pressure : nil,
            governor: files.line(at: "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            hasTurbo: Self.turbo(files),
            addressRandomization: files.number(at: "/proc/sys/kernel/randomize_va_space"),
            environmentHash: Self.hash(of: variables))
    }

    /// The environment that programs are given.
    package static var ownVariables: [String] {
        var result: [String] = []
        var index = 0
        // SAFETY: `environ` is an array of terminated strings that ends with null; nobody changes it meanwhile.
        while let entry = unsafe environ[index] {
            result.append(unsafe String(cString: entry))
            index += 1
        }
        return result
    }

    /// Over the sorted variables, but for those that are different in each run or shell.
    static func hash(of variables: [String]) -> String {
        let varied = ["PERFDOCTOR_", "_=", "SHLVL=", "OLDPWD=", "PWD="]
        let kept = variables.filter { variable in !varied.contains { variable.hasPrefix($0) } }
        return SHA256.hexadecimal(of: Array(kept.sorted().joined(separator: "\n").utf8))
    }

    private static func turbo(_ files: HostFiles) -> Bool? {
        if let isOff = files.number(at: "/sys/devices/system/cpu/intel_pstate/no_turbo") { return isOff == 0 }
        return files.number(at: "/sys/devices/system/cpu/cpufreq/boost").map { $0 != 0 }
    }

    private static func snapshot(_ files: HostFiles, _ time: UInt64) -> Snapshot {
        var snapshot = Snapshot(time: time, stalls: [:])
        // user nice system idle iowait irq softirq steal guest guest_nice; guests are part of user.
        let fields = files.line(at: "/proc/stat")?.split(separator: " ").dropFirst().compactMap { UInt64($0) } ?? []
        if fields.count >= 8 {
            snapshot.ticks = fields.prefix(8).reduce(0) { $0 &+ $1 }
            snapshot.stolen = fields[7]
        }
        for resource in ["cpu", "memory", "io"] {
            guard let line = files.line(at: "/proc/pressure/\(resource)"), line.hasPrefix("some "),
                let total = line.split(separator: " ").first(where: { $0.hasPrefix("total=") })
            else { continue }
            snapshot.stalls[resource] = UInt64(total.dropFirst("total=".count))
        }
        return snapshot
    }
}

extension BenchmarkEnvironment {
    /// The environment at this moment; steal and stalls, which take a time between, are not known.
    ///
    /// - Parameter root: the directory that holds `proc` and `sys`.
    /// - Returns: what is known of it.
    package static func current(root: String = "/") -> BenchmarkEnvironment {
        var environment = EnvironmentMeter(root: root, time: 0).environment(time: 0)
        environment.stealRatio = nil
        environment.pressure = nil
        return environment
    }
}
