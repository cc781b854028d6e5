import PerfModel

/// What works on a host, what does not, what that means and what mends it.
package struct SelfCheck: Sendable {
    /// Worst first; otherwise in the order in which they are asked.
    package let items: [SelfCheckItem]

    /// Everything a check may look at.
    struct Scene {
        let files: HostFiles
        let probes: KernelProbes
        let privileges: Privileges
    }

    /// All checks, in the order of the output.
    private static let checks: [@Sendable (Scene) -> [SelfCheckItem]] = [
        EventChecks.items, SamplingLimitChecks.items, AccessChecks.items, PressureChecks.items, CgroupChecks.items,
        LibraryChecks.items,
    ]

    /// Judges a host.
    ///
    /// - Parameters:
    ///   - files: what it says of itself, live or recorded.
    ///   - probes: what was tried.
    package init(files: HostFiles, probes: KernelProbes) {
        let scene = Scene(files: files, probes: probes, privileges: Privileges(files: files))
        let items = Self.checks.flatMap { $0(scene) }
        self.items = [SelfCheckItem.State.missing, .limited, .ok].flatMap { state in
            items.filter { $0.state == state }
        }
    }

    /// Whether perfdoctor can do its work here at all.
    package var isUsable: Bool {
        !items.contains { $0.isEssential && $0.state == .missing }
    }

    /// The answer in one sentence.
    package var verdict: String {
        let missing = items.filter { $0.state == .missing }
        let limited = items.filter { $0.state == .limited }
        if let essential = missing.first(where: \.isEssential) {
            return "perfdoctor cannot record here: \(essential.finding)."
        }
        let counts = [(missing, "missing"), (limited, "limited")].filter { !$0.0.isEmpty }
        guard !counts.isEmpty else { return "Everything works here." }
        let parts = counts.map { items, word in
            let names = items.prefix(4).map(\.title).joined(separator: ", ") + (items.count > 4 ? ", …" : "")
            return "\(items.count) \(items.count == 1 ? "thing is" : "things are") \(word) (\(names))"
        }
        return "Everything perfdoctor needs works here; \(parts.joined(separator: " and "))."
    }
}

/// What the kernel allows this process.
struct Privileges: Sendable {
    /// Bits of CapEff.
    private let effective: UInt64

    init(files: HostFiles) {
        effective = files.field("CapEff", at: "/proc/self/status").flatMap { UInt64($0, radix: 16) } ?? 0
    }

    var administrator: Bool { has(21) }
    var perfmon: Bool { has(38) || administrator }
    var ptrace: Bool { has(19) }
    var bpf: Bool { has(39) || administrator }
    /// To lock memory beyond the limits.
    var lockMemory: Bool { has(14) }

    private func has(_ bit: UInt64) -> Bool {
        effective >> bit & 1 == 1
    }
}
