import PerfModel

/// A line of /proc that does not have the form the kernel documents.
package struct ProcParseError: UserFacingError, Hashable {
    package var path: String
    package var line: String

    package var summary: String { "cannot read \(path.printable): unexpected line \"\(line.printable)\"" }
    package var remedy: String? { "report this with the kernel's version: uname -r" }
}

/// What `/proc/<pid>/stat` says of a process.
///
/// Source: proc(5).
package struct ProcessStat: Hashable, Sendable {
    package var pid: Int32
    /// The command name, at most 15 bytes; a program chooses it freely.
    package var name: String
    /// The kernel's letter: R runs, S sleeps, D waits uninterruptibly, T is stopped, Z is a zombie.
    package var state: Character
    package var parent: Int32
    package var isKernelThread: Bool
    /// User and system time of all its threads, in clock ticks.
    package var cpuTicks: UInt64
    package var threadCount: Int
    /// Clock ticks after boot; with the pid it names one process for ever.
    package var startTicks: UInt64

    /// Whether nothing of it runs any more.
    ///
    /// A process whose main thread has ended is shown as a zombie, too, while its other threads go on.
    package var hasEnded: Bool { state == "X" || (state == "Z" && threadCount <= 1) }

    private static let kernelThreadFlag: UInt64 = 0x0020_0000  // PF_KTHREAD

    /// Reads the one line of the file.
    ///
    /// - Throws: when the line lacks a field or a number is none.
    package init(parsing bytes: [UInt8], path: String) throws(ProcParseError) {
        let text = String(decoding: bytes, as: UTF8.self)
        // The name may hold anything, parentheses and newlines too: it ends at the last one.
        guard let open = bytes.firstIndex(of: UInt8(ascii: "(")), let close = bytes.lastIndex(of: UInt8(ascii: ")")),
            open < close,
            let pid = Int32(String(decoding: bytes[..<open], as: UTF8.self).filter { $0 != " " })
        else { throw ProcParseError(path: path, line: text) }
        let fields = bytes[(close + 1)...].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
            .map { String(decoding: $0, as: UTF8.self) }
        guard fields.count >= 20, let state = fields[0].first, let parent = Int32(fields[1]),
            let flags = UInt64(fields[6]), let user = UInt64(fields[11]), let system = UInt64(fields[12]),
            let threads = Int(fields[17]), let start = UInt64(fields[19])
        else { throw ProcParseError(path: path, line: text) }
        self.pid = pid
        self.name = String(decoding: bytes[(open + 1)..<close], as: UTF8.self)
        self.state = state
        self.parent = parent
        self.isKernelThread = flags & Self.kernelThreadFlag != 0
        self.cpuTicks = user &+ system
        self.threadCount = threads
        self.startTicks = start
    }
}
