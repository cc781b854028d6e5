import PerfLinux
import PerfModel

extension BenchmarkMachine {
    /// Describes the machine whose files these are.
    ///
    /// - Parameters:
    ///   - root: the directory that holds `proc`, `sys` and `etc`.
    ///   - hasPMU: whether hardware counts instructions.
    /// - Returns: the machine; what it does not tell is empty or zero.
    package static func current(
        root: String = "/", hasPMU: Bool = KernelProbes.canCountInstructions
    ) -> BenchmarkMachine {
        let files = HostFiles(root: root)
        let host = HostDescription.current(root: root)
        let container = ContainerLimits.current(files)
        let virtualization = Virtualization.current(files)
        let gibibytes = nominalGibibytes(host.memoryBytes)
        var machineClass = "\(host.architecture)-\(host.cpuCount)cpu-\(gibibytes)gib-\(slug(host.cpuModel))"
        if let quota = container?.cpuQuota { machineClass += "-quota\(Quantity.fixed(quota, digits: 2))" }
        if let limit = container?.memoryLimitBytes { machineClass += "-limit\(limit >> 20)mib" }
        // No count of bytes, no clock rate: what differs between two boots is no fact of the machine.
        let facts = [
            host.cpuModel, "\(host.cpuCount)", host.architecture, "\(gibibytes)", host.kernel, virtualization,
            hasPMU ? "pmu" : "", container?.cpuQuota.map { "\($0)" } ?? "",
            container?.memoryLimitBytes.map { "\($0)" } ?? "", host.os,
        ]
        return BenchmarkMachine(
            host: host, machineClass: machineClass,
            fingerprint: SHA256.hexadecimal(of: Array(facts.joined(separator: "\n").utf8)),
            virtualization: virtualization, hasPMU: hasPMU, container: container)
    }

    /// What the machine was sold with: kernels keep some percent to themselves, and not always as much.
    static func nominalGibibytes(_ bytes: UInt64) -> Int {
        let gibibyte = 1 << 30
        let atLeast = max(1, Int(clamping: (bytes + UInt64(gibibyte) - 1) >> 30))
        // Steps of an eighth at most, so that 62.8 GiB are 64.
        var step = 1
        while step * 16 <= atLeast { step *= 2 }
        return (atLeast + step - 1) / step * step
    }

    /// A model without its trademarks and clock rate, fit for a folder's name: `"intel-xeon-e5-2670-v2"`.
    static func slug(_ model: String) -> String {
        let noise: Set<String> = ["cpu", "processor", "r", "tm", "with", "core", "cores"]
        let words = model.lowercased().split(separator: "@").first ?? ""
        let cleaned = String(words).replacing("(r)", with: " ").replacing("(tm)", with: " ")
        let parts = cleaned.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-")) }
            .map(String.init).filter { !noise.contains($0) && $0.contains { $0.isLetter || $0.isNumber } }
        return parts.isEmpty ? "unknown" : parts.prefix(5).joined(separator: "-")
    }
}
