import PerfHost
import PerfModel

/// What each CPU did in a window, as `mpstat -P ALL` prints it: percent of its time.
///
/// Source: sysstat 12.6, mpstat(1).
package enum ProcessorNumbers {
    private static let table = NumberTable(
        first: NumberTable.Column("CPU", 4),
        columns: ["%usr", "%nice", "%sys", "%iowait", "%irq", "%soft", "%steal", "%guest", "%idle"].map {
            NumberTable.Column($0, 7)
        })

    package static var header: String { table.header }

    /// A line for all CPUs together and one for each; nil where they cannot be seen.
    package static func lines(of window: HostWindow) -> [String]? {
        guard let usage = window.cpu.value else { return nil }
        return [line("all", usage.total)] + usage.cpus.map { line(String($0.number), $0.shares) }
    }

    private static func line(_ name: String, _ shares: CPUUsage.Shares) -> String {
        // Guests are told apart from programs; of which of both they are a part the kernel's sum does not say.
        let user = max(0, shares.user - shares.guest)
        let nice = shares.nice - max(0, shares.guest - shares.user)
        return table.line(
            first: name,
            [
                user, nice, shares.system, shares.iowait, shares.irq, shares.softirq, shares.steal, shares.guest,
                shares.idle,
            ].map { NumberTable.fixed($0 * 100) })
    }
}
