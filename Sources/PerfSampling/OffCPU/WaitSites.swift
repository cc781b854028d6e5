import PerfLinux
import PerfModel
import PerfSymbols
import Synchronization

/// A place in the kernel with a reason: what the waits of one kind have in common.
struct WaitSite: Hashable, Sendable {
    var reason: WaitReason
    /// The kernel's function; empty when unknown.
    var function: String
}

/// The distinct wait sites of a recording, numbered; shared by all shards.
final class WaitSites: Sendable {
    private struct State {
        var sites: [WaitSite] = []
        var indices: [WaitSite: Int32] = [:]
        var waits: [UInt64: KernelWait] = [:]
        var descriptors: DescriptorReasons
    }

    private let state: Mutex<State>
    private let symbols: KernelSymbols?

    /// Chains of the kernel that are remembered; beyond it each is looked up again.
    private static let mostChains = 1 << 16

    init(symbols: KernelSymbols?, proc: ProcFileSystem) {
        self.symbols = symbols
        state = Mutex(State(descriptors: DescriptorReasons(proc: proc)))
    }

    /// Whether the kernel's functions have names here.
    var hasNames: Bool { symbols != nil }

    var sites: [WaitSite] {
        state.withLock { $0.sites }
    }

    func index(of site: WaitSite) -> Int32 {
        state.withLock { Self.index(of: site, in: &$0) }
    }

    /// The site of a thread that waits in a system call or fault.
    ///
    /// - Parameters:
    ///   - chain: the kernel's frames, leaf first; may be empty.
    ///   - systemCall: its number, where it is known.
    ///   - arguments: the first two arguments of the system call.
    ///   - pid: the process.
    ///   - now: CLOCK_MONOTONIC, nanoseconds.
    /// - Returns: an index into ``sites``.
    func index(
        chain: some Collection<UInt64>, systemCall: UInt64?, arguments: (UInt64, UInt64), pid: Int32, now: UInt64
    ) -> Int32 {
        var hash: UInt64 = systemCall ?? 0
        for address in chain { hash = (hash ^ address) &* 0x9E37_79B9_7F4A_7C15 }
        return state.withLock { state in
            var wait = state.waits[hash]
            if wait == nil {
                wait = self.wait(chain: chain, systemCall: systemCall)
                if state.waits.count < Self.mostChains { state.waits[hash] = wait }
            }
            guard let wait else { return -1 }
            return Self.index(of: Self.site(of: wait, arguments: arguments, pid: pid, now: now, in: &state), in: &state)
        }
    }

    /// The site of functions by name, as /proc/<pid>/stack and wchan have them.
    func index(
        functions: [String], systemCall: UInt64?, arguments: (UInt64, UInt64), pid: Int32, now: UInt64
    ) -> Int32 {
        let wait = KernelWait(functions: functions, systemCall: systemCall)
        return state.withLock { state in
            Self.index(of: Self.site(of: wait, arguments: arguments, pid: pid, now: now, in: &state), in: &state)
        }
    }

    /// What waits in a place of the kernel are for, as far as the place alone tells.
    func cause(chain: some Collection<UInt64>, systemCall: UInt64?) -> KernelWait.Cause {
        wait(chain: chain, systemCall: systemCall).cause
    }

    private func wait(chain: some Collection<UInt64>, systemCall: UInt64?) -> KernelWait {
        let names = symbols.map { symbols in chain.compactMap { symbols.symbol(at: $0)?.name } } ?? []
        if names.isEmpty, let systemCall { return KernelWait(systemCall: systemCall) }
        return KernelWait(functions: names)
    }

    private static func site(
        of wait: KernelWait, arguments: (UInt64, UInt64), pid: Int32, now: UInt64, in state: inout State
    ) -> WaitSite {
        let reason = state.descriptors.reason(of: wait, arguments: arguments, process: pid, now: now)
        return WaitSite(reason: reason, function: wait.function)
    }

    private static func index(of site: WaitSite, in state: inout State) -> Int32 {
        if let known = state.indices[site] { return known }
        state.sites.append(site)
        state.indices[site] = Int32(state.sites.count - 1)
        return Int32(state.sites.count - 1)
    }
}

extension KernelSymbols {
    /// All functions of the running kernel; nil where their addresses are hidden.
    ///
    /// All of them: which are needed is known only while the waits come.
    static func current(_ proc: ProcFileSystem) -> KernelSymbols? {
        guard
            case .success(let text) = Result(catching: { () throws(SystemCallError) in
                try proc.contents(of: "kallsyms")
            }), case .available(let found) = KernelSymbols.parse(text)
        else { return nil }
        return found
    }
}
