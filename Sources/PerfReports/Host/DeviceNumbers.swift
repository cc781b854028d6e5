import PerfHost
import PerfModel

/// What block devices did in a window, as `iostat -x` prints it.
///
/// Source: sysstat 12.6, iostat(1). Kilobytes are kibibytes there, and here.
package enum DeviceNumbers {
    private static let table = NumberTable(
        first: NumberTable.Column("Device", 13),
        columns: [
            ("r/s", 8), ("rkB/s", 9), ("rrqm/s", 8), ("%rrqm", 6), ("r_await", 7), ("rareq-sz", 8),
            ("w/s", 8), ("wkB/s", 9), ("wrqm/s", 8), ("%wrqm", 6), ("w_await", 7), ("wareq-sz", 8),
            ("d/s", 8), ("dkB/s", 9), ("drqm/s", 8), ("%drqm", 6), ("d_await", 7), ("dareq-sz", 8),
            ("f/s", 8), ("f_await", 7), ("aqu-sz", 7), ("%util", 6),
        ].map { NumberTable.Column($0.0, $0.1) })

    package static var header: String { table.header }

    /// A line for each whole disk that has served a request since the host started.
    ///
    /// - Returns: the lines by name; nil where disks cannot be seen.
    package static func lines(of window: HostWindow) -> [String]? {
        guard let disks = window.disks.value else { return nil }
        let used = Set((window.last.disks.value ?? []).filter(\.hasServed).map(\.name))
        return disks.filter { !$0.isPartition && used.contains($0.name) }.sorted { $0.name < $1.name }.map(line)
    }

    private static func line(of disk: DiskRates) -> String {
        table.line(
            first: disk.name.printable,
            cells(disk.read) + cells(disk.write) + cells(disk.discard)
                + [
                    NumberTable.fixed(disk.flushesPerSecond), NumberTable.fixed(disk.flushAwait),
                    NumberTable.fixed(disk.queueSize), NumberTable.fixed(disk.utilization * 100),
                ])
    }

    private static func cells(_ direction: DiskRates.Direction?) -> [String?] {
        [
            NumberTable.fixed(direction?.requestsPerSecond),
            NumberTable.fixed(direction.map { $0.bytesPerSecond / 1024 }),
            NumberTable.fixed(direction?.mergedPerSecond), NumberTable.fixed(direction.map { $0.mergedRatio * 100 }),
            NumberTable.fixed(direction?.await), NumberTable.fixed(direction.map { $0.requestSize / 1024 }),
        ]
    }
}

extension DiskCounters {
    fileprivate var hasServed: Bool { reads > 0 || writes > 0 || discards ?? 0 > 0 }
}
