import PerfHost
import PerfModel

/// What processes did in a window, as `pidstat -u -r -d -w` prints it.
///
/// Source: sysstat 12.6, pidstat(1): percent of one CPU, memory and I/O in kibibytes. Of processes that were not
/// looked at closely, waits, I/O and switches are not known.
package enum ProcessNumbers {
    private static let table = NumberTable(
        first: nil,
        columns: [
            ("PID", 7), ("%usr", 6), ("%system", 7), ("%wait", 6), ("%CPU", 6), ("minflt/s", 9), ("majflt/s", 8),
            ("RSS", 9), ("kB_rd/s", 9), ("kB_wr/s", 9), ("cswch/s", 8), ("nvcswch/s", 9), ("threads", 7),
        ].map { NumberTable.Column($0.0, $0.1) }, lastHeading: "Command")

    package static var header: String { table.header }

    /// The busiest processes: those that used a CPU, then those that moved data, then those that faulted.
    ///
    /// - Parameters:
    ///   - window: where they were seen.
    ///   - limit: of so many at most.
    ///   - include: which ones.
    /// - Returns: a line for each that did anything; nil where processes cannot be seen.
    package static func lines(
        of window: HostWindow, limit: Int, where include: (ProcessRates) -> Bool = { _ in true }
    ) -> [String]? {
        guard let processes = window.processes.value?.processes else { return nil }
        return ProcessOrder.cpu.sorted(processes.filter { include($0) && $0.isActive }, in: window).prefix(limit)
            .map { line(of: $0, in: window) }
    }

    private static func line(of process: ProcessRates, in window: HostWindow) -> String {
        func kibibytes(_ rate: Double?) -> String? { NumberTable.fixed(rate.map { $0 / 1024 }) }
        return table.line(
            [
                String(process.pid), NumberTable.fixed(process.userCPUs * 100),
                NumberTable.fixed(process.systemCPUs * 100), NumberTable.fixed(process.waiting.map { $0 * 100 }),
                NumberTable.fixed(process.cpus * 100), NumberTable.fixed(process.minorFaultsPerSecond),
                NumberTable.fixed(process.majorFaultsPerSecond),
                NumberTable.whole(window.last.residentBytes(ofProcess: process.pid).map { Double($0) / 1024 }),
                kibibytes(process.readBytesPerSecond), kibibytes(process.writtenBytesPerSecond),
                NumberTable.fixed(process.voluntarySwitchesPerSecond),
                NumberTable.fixed(process.involuntarySwitchesPerSecond), String(process.threadCount),
            ], last: process.name.printable)
    }
}

extension ProcessRates {
    /// Whether it did anything that counts.
    var isActive: Bool {
        cpus > 0 || movedBytesPerSecond ?? 0 > 0 || majorFaultsPerSecond > 0 || waiting ?? 0 >= 0.001
    }

    /// To and from block devices; nil where it is not known.
    var movedBytesPerSecond: Double? {
        guard readBytesPerSecond != nil || writtenBytesPerSecond != nil else { return nil }
        return (readBytesPerSecond ?? 0) + (writtenBytesPerSecond ?? 0)
    }
}
