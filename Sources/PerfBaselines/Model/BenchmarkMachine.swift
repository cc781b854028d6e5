import PerfModel

/// The machine that benchmarks ran on: stable facts alone, since results are compared only where these agree.
///
/// Nothing that differs between two boots of one machine is part of it: a key that hashed measured clock rates made
/// 16 of 17 regressions of one project up.
package struct BenchmarkMachine: Hashable, Sendable, Codable {
    /// Limits of the container or cgroup that the benchmarks ran in; nil for none.
    package struct Container: Hashable, Sendable, Codable {
        /// CPUs.
        package var cpuQuota: Double?
        package var memoryLimitBytes: UInt64?

        package init(cpuQuota: Double?, memoryLimitBytes: UInt64?) {
            self.cpuQuota = cpuQuota
            self.memoryLimitBytes = memoryLimitBytes
        }

        private enum CodingKeys: String, CodingKey {
            case cpuQuota = "cpu_quota"
            case memoryLimitBytes = "mem_limit"
        }
    }

    package var name: String
    /// Machines of one class give comparable timings: `"x86_64-2cpu-24gib-intel-xeon"`; also a folder name.
    package var machineClass: String
    /// SHA-256 over all of the facts below, in hexadecimal.
    package var fingerprint: String
    package var cpuModel: String
    /// CPUs that are online.
    package var cpuCount: Int
    /// As `uname -m` prints it.
    package var architecture: String
    package var memoryBytes: UInt64
    package var kernel: String
    /// `"kvm"`, `"none"`; empty where it cannot be told.
    package var virtualization: String
    /// Whether hardware counts instructions.
    package var hasPMU: Bool
    package var container: Container?
    /// Distribution, as `PRETTY_NAME` in os-release says it.
    package var os: String

    package init(
        host: HostDescription, machineClass: String, fingerprint: String, virtualization: String, hasPMU: Bool,
        container: Container?
    ) {
        name = host.name
        self.machineClass = machineClass
        self.fingerprint = fingerprint
        cpuModel = host.cpuModel
        cpuCount = host.cpuCount
        architecture = host.architecture
        memoryBytes = host.memoryBytes
        kernel = host.kernel
        self.virtualization = virtualization
        self.hasPMU = hasPMU
        self.container = container
        os = host.os
    }

    /// Those that other documents have of a host, and those of a stored baseline; a reader takes either.
    private enum CodingKeys: String, CodingKey {
        case name, fingerprint, kernel, container, os, architecture, arch, vcpus, virt, pmu
        case machineClass = "class"
        case cpuModel = "cpu_model"
        case cpuCount = "cpu_count"
        case memoryBytes = "memory_bytes"
        case memoryGiB = "mem_gib"
        case osImage = "os_image"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ keys: CodingKeys...) throws -> String {
            for key in keys { if let value = try container.decodeIfPresent(String.self, forKey: key) { return value } }
            return ""
        }
        name = try text(.name)
        machineClass = try text(.machineClass)
        fingerprint = try text(.fingerprint)
        cpuModel = try text(.cpuModel)
        cpuCount =
            try container.decodeIfPresent(Int.self, forKey: .cpuCount)
            ?? container.decodeIfPresent(Int.self, forKey: .vcpus) ?? 0
        architecture = try text(.architecture, .arch)
        memoryBytes = try container.decodeIfPresent(UInt64.self, forKey: .memoryBytes) ?? 0
        kernel = try text(.kernel)
        virtualization = try text(.virt)
        hasPMU = try container.decodeIfPresent(Bool.self, forKey: .pmu) ?? false
        self.container = try container.decodeIfPresent(Container.self, forKey: .container)
        os = try text(.os, .osImage)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(machineClass, forKey: .machineClass)
        try container.encode(fingerprint, forKey: .fingerprint)
        try container.encode(cpuModel, forKey: .cpuModel)
        try container.encode(cpuCount, forKey: .cpuCount)
        try container.encode(cpuCount, forKey: .vcpus)
        try container.encode(architecture, forKey: .architecture)
        try container.encode(architecture, forKey: .arch)
        try container.encode(memoryBytes, forKey: .memoryBytes)
        try container.encode((Double(memoryBytes) / 1_073_741_824 * 10).rounded() / 10, forKey: .memoryGiB)
        try container.encode(kernel, forKey: .kernel)
        try container.encode(virtualization, forKey: .virt)
        try container.encode(hasPMU, forKey: .pmu)
        try container.encode(self.container, forKey: .container)
        try container.encode(os, forKey: .os)
        try container.encode(os, forKey: .osImage)
    }
}
