import PerfHost
import PerfModel

/// A host in one line, as `vmstat` prints it.
///
/// Source: procps 4, vmstat(8): memory and blocks in kibibytes, of the CPU percent of its time. What takes the
/// snapshots is not counted as running, as vmstat does not count itself.
package enum MachineNumbers {
    private static let table = NumberTable(
        first: nil,
        columns: [
            ("r", 2), ("b", 2), ("swpd", 7), ("free", 8), ("buff", 7), ("cache", 8), ("si", 4), ("so", 4), ("bi", 6),
            ("bo", 6), ("in", 6), ("cs", 6), ("us", 2), ("sy", 2), ("id", 3), ("wa", 2), ("st", 2),
        ].map { NumberTable.Column($0.0, $0.1) })

    package static var header: String { table.header }

    package static func line(of window: HostWindow) -> String {
        let last = window.last
        let memory = last.memory.value
        let times = last.cpu.value
        func kibibytes(_ bytes: UInt64?) -> String? { NumberTable.whole(bytes.map { Double($0) / 1024 }) }
        func perSecond(_ count: UInt64?) -> String? {
            NumberTable.whole(count.map { Double($0) / window.elapsedSeconds })
        }
        func paged(_ name: String, bytes: Double) -> String? {
            NumberTable.whole(window.virtualMemory.value?.perSecond(name).map { $0 * bytes / 1024 })
        }
        var swapped: UInt64?
        if let total = memory?.swapTotal, let free = memory?.swapFree { swapped = total >= free ? total - free : 0 }
        var cache = memory?["Cached"]
        if let pages = cache, let slab = memory?["SReclaimable"] { cache = pages &+ slab }
        let page = Double(last.pageSize)
        let shares = window.cpu.value?.total
        func percent(_ share: Double?) -> String? { NumberTable.whole(share.map { $0 * 100 }) }
        return table.line([
            times?.runnable.map { String($0 > 0 ? $0 - 1 : 0) }, times?.blocked.map(String.init),
            kibibytes(swapped), kibibytes(memory?.free), kibibytes(memory?["Buffers"]), kibibytes(cache),
            paged("pswpin", bytes: page), paged("pswpout", bytes: page),
            // The kernel counts these in kibibytes.
            paged("pgpgin", bytes: 1024), paged("pgpgout", bytes: 1024),
            perSecond(window.cpu.value?.interrupts), perSecond(window.cpu.value?.contextSwitches),
            percent(shares.map { $0.user + $0.nice }), percent(shares.map { $0.system + $0.irq + $0.softirq }),
            percent(shares?.idle), percent(shares?.iowait), percent(shares?.steal),
        ])
    }
}
