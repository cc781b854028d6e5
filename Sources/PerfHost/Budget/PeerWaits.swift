import PerfLinux
import PerfModel

/// Which peers the threads of who is diagnosed wait for.
package struct PeerWait: Hashable, Sendable {
    /// Of whom answers are due: database, cache or network.
    package var reason: WaitReason
    /// `10.0.0.5:5432`, or the path of a local socket.
    package var address: String
    /// Of all waits for that reason, 0...1.
    package var share: Double

    /// Peers that were asked and had not answered yet, the most waited for first.
    ///
    /// Local sockets do not tell whether they were asked; a database or a cache at the other end is waited for.
    ///
    /// - Parameter observation: with looks at threads.
    /// - Returns: none where nobody looked.
    package static func of(_ observation: HostObservation) -> [PeerWait] {
        var isOfTarget: [Int32: Bool] = [:]
        for process in observation.whole.processes.value?.processes ?? [] {
            isOfTarget[process.pid] = observation.isOfTarget(process) && !process.isKernelThread
        }
        var counts: [WaitReason: [String: Int]] = [:]
        var totals: [WaitReason: Int] = [:]
        for look in observation.whole.looks.lazy.flatMap(\.threads)
        where isOfTarget[look.pid] ?? (look.pid == observation.target) {
            guard let reason = look.reason, [.database, .cache, .network].contains(reason) else { continue }
            totals[reason, default: 0] += 1
            guard let peer = look.peer, peer.isDialled, peer.owesAnswer ?? (reason != .network) else { continue }
            counts[reason, default: [:]][peer.address, default: 0] += 1
        }
        return counts.flatMap { reason, addresses in
            addresses.map { address, count in
                PeerWait(reason: reason, address: address, share: Double(count) / Double(totals[reason] ?? count))
            }
        }.sorted { ($0.share, $1.reason.rawValue, $1.address) > ($1.share, $0.reason.rawValue, $0.address) }
    }
}
