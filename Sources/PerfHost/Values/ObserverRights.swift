import PerfLinux

/// What the process that looked at a host was allowed, so that a remedy does not ask for what it has.
package struct ObserverRights: Hashable, Sendable {
    /// A right by its bit in `CapEff` (capabilities(7)).
    package enum Capability: Int, Sendable {
        case netAdmin = 12
        case sysPtrace = 19

        var name: String {
            switch self {
            case .netAdmin: "CAP_NET_ADMIN"
            case .sysPtrace: "CAP_SYS_PTRACE"
            }
        }
    }

    /// Its effective user; nil where that is not known, as in older recordings.
    package var user: UInt32?
    /// Bits of its effective capabilities.
    package var capabilities: UInt64?
    /// Whether its capabilities hold for processes of the whole host; nil where that is not known.
    package var isInFirstUserNamespace: Bool?
    /// Whether its process ids or its cgroups are a container's.
    package var isInContainer = false

    package init() {}

    init(from reader: HostReader) {
        let fields = reader.value(at: "/proc/self/status") { bytes in
            bytes.lines.reduce(into: [String: [String]]()) { fields, line in
                guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
                fields[line[..<colon].text] = line[(colon + 1)...].fields.map(\.text)
            }
        }
        if let users = fields?["Uid"], users.count >= 2 { user = UInt32(users[1]) }
        capabilities = fields?["CapEff"]?.first.flatMap { UInt64($0, radix: 16) }
        // The numbers of the first namespaces are the same in every kernel (include/linux/proc_ns.h).
        isInFirstUserNamespace = Self.isFirst("user", 4_026_531_837, reader)
        isInContainer =
            Self.isFirst("pid", 4_026_531_836, reader) == false
            || Self.isFirst("cgroup", 4_026_531_835, reader) == false
    }

    private static func isFirst(_ kind: String, _ number: UInt64, _ reader: HostReader) -> Bool? {
        do throws(SystemCallError) {
            return try reader.linkTarget(of: "/proc/self/ns/\(kind)") == "\(kind):[\(number)]"
        } catch {
            return nil
        }
    }

    /// What lets it see what was denied.
    ///
    /// - Parameters:
    ///   - capability: that the kernel asks for.
    ///   - usual: what others than root are told.
    /// - Returns: for root, what root lacks here: being told to become root would help nobody.
    package func remedy(needing capability: Capability, others usual: String) -> String {
        guard user == 0, let capabilities else { return usual }
        let name = capability.name
        if capabilities >> UInt64(capability.rawValue) & 1 == 0 {
            return "needs \(name), which root lacks here: give it to the container (--cap-add), or run on the host"
        }
        if isInFirstUserNamespace == false {
            return "needs \(name) in the first user namespace: this one's root has it only within; run on the host"
        }
        return "root has \(name) and is refused: a security module or a sandbox does that; run outside of it"
    }

    /// The same for files of other users' processes that the kernel shows to who may trace them.
    package func traceRemedy(others usual: String) -> String { remedy(needing: .sysPtrace, others: usual) }
}
