import PerfModel

extension HostDescription {
    /// Describes the host whose files these are; what it does not tell is empty or zero.
    ///
    /// - Parameter root: the directory that holds `proc`, `sys` and `etc`.
    /// - Returns: the description.
    package static func current(root: String = "/") -> HostDescription {
        let files = HostFiles(root: root)
        return HostDescription(
            name: files.line(at: "/proc/sys/kernel/hostname") ?? "",
            os: prettyName(files),
            kernel: files.line(at: "/proc/sys/kernel/osrelease") ?? "",
            architecture: files.line(at: "/proc/sys/kernel/arch") ?? buildArchitecture,
            cpuModel: files.field("model name", at: "/proc/cpuinfo") ?? "",
            cpuCount: onlineCPUs(files),
            memoryBytes: memoryBytes(files)
        )
    }

    /// CPUs in a list as the kernel prints it: `"0-3,8"`.
    ///
    /// - Parameter list: the text.
    /// - Returns: how many it names; `nil` when it is not such a list.
    package static func count(ofCPUs list: String) -> Int? {
        var count = 0
        for part in list.trimmed.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
                first >= 0, last >= first, last < 1 << 20
            else { return nil }
            count += last - first + 1
        }
        return count
    }

    private static func onlineCPUs(_ files: HostFiles) -> Int {
        if let list = files.line(at: "/sys/devices/system/cpu/online"), let count = count(ofCPUs: list) {
            return count
        }
        // /sys is not mounted everywhere; /proc/stat has a line for each CPU that is online.
        let lines = files.text(at: "/proc/stat").value?.split(separator: "\n") ?? []
        return lines.count { $0.hasPrefix("cpu") && !$0.hasPrefix("cpu ") }
    }

    private static func memoryBytes(_ files: HostFiles) -> UInt64 {
        // "kB" here is kibibytes.
        guard let kibibytes = files.field("MemTotal", at: "/proc/meminfo")?.split(separator: " ").first,
            let number = UInt64(kibibytes)
        else { return 0 }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: 1024)
        return overflow ? 0 : bytes
    }

    private static func prettyName(_ files: HostFiles) -> String {
        for path in ["/etc/os-release", "/usr/lib/os-release"] {
            for line in files.text(at: path).value?.split(separator: "\n") ?? [] {
                guard line.hasPrefix("PRETTY_NAME=") else { continue }
                let value = line.dropFirst("PRETTY_NAME=".count).trimmed
                return String(value.drop { $0 == "\"" || $0 == "'" }.prefix { $0 != "\"" && $0 != "'" })
            }
        }
        return ""
    }

    /// For kernels before 6.1, which do not tell: a program runs on what it was built for.
    private static var buildArchitecture: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "aarch64"
        #else
            ""
        #endif
    }
}
