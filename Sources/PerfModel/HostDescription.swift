/// The machine a result was measured on; part of every document.
package struct HostDescription: Hashable, Sendable, Codable {
    package var name: String
    /// Distribution, as `PRETTY_NAME` in os-release says it.
    package var os: String
    /// Kernel release: `"6.18.44"`.
    package var kernel: String
    /// As `uname -m` prints it: `"x86_64"`, `"aarch64"`.
    package var architecture: String
    package var cpuModel: String
    /// CPUs that are online.
    package var cpuCount: Int
    package var memoryBytes: UInt64

    package init(
        name: String, os: String, kernel: String, architecture: String, cpuModel: String, cpuCount: Int,
        memoryBytes: UInt64
    ) {
        self.name = name
        self.os = os
        self.kernel = kernel
        self.architecture = architecture
        self.cpuModel = cpuModel
        self.cpuCount = cpuCount
        self.memoryBytes = memoryBytes
    }

    private enum CodingKeys: String, CodingKey {
        case name, os, kernel, architecture
        case cpuModel = "cpu_model"
        case cpuCount = "cpu_count"
        case memoryBytes = "memory_bytes"
    }
}
