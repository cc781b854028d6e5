import PerfModel

/// A line of /proc that does not have the form the kernel documents.
package struct ProcParseError: UserFacingError, Hashable {
    package var path: String
    package var line: String

    package var summary: String { "cannot read \(path.printable): unexpected line \"\(line.printable)\"" }
    package var remedy: String? { "report this with the kernel's version: uname -r" }
}

/// What `/proc/<pid>/stat` says of a process, or `/proc/<pid>/task/<tid>/stat` of a thread.
///
/// Source: proc_pid_stat(5).
package struct ProcessStat: Hashable, Sendable {
    package var pid: Int32 = 0
    /// The command name, at most 15 bytes; a program chooses it freely, and undecodable bytes are replaced.
    package var name = ""
    /// The kernel's letter: R runs or could, S sleeps, D waits uninterruptibly, T is stopped, Z is a zombie, I is an
    /// idle kernel thread.
    package var state: Character = "?"
    package var parent: Int32 = 0
    package var isKernelThread = false
    /// Pages that were had without a disk, since it began.
    package var minorFaults: UInt64 = 0
    package var majorFaults: UInt64 = 0
    /// Time of all its threads, in clock ticks.
    package var userTicks: UInt64 = 0
    package var systemTicks: UInt64 = 0
    /// Time of its children that have ended and that it has waited for, theirs included, in clock ticks.
    package var childTicks: UInt64 = 0
    package var threadCount = 0
    /// Clock ticks after boot; with the pid it names one process for ever.
    package var startTicks: UInt64 = 0
    package var residentPages: UInt64 = 0
    /// The CPU that it ran on last.
    package var processor = 0
    /// Ticks of waiting for block devices; counted only with `kernel.task_delayacct=1`.
    package var blockDelayTicks: UInt64 = 0

    /// User and system time of all its threads, in clock ticks.
    package var cpuTicks: UInt64 { userTicks &+ systemTicks }

    /// Whether nothing of it runs any more.
    ///
    /// A process whose main thread has ended is shown as a zombie, too, while its other threads go on.
    package var hasEnded: Bool { state == "X" || (state == "Z" && threadCount <= 1) }

    private static let kernelThreadFlag: UInt64 = 0x0020_0000  // PF_KTHREAD
    /// A bit for each field that is read.
    private static let wanted: UInt64 = [1, 6, 7, 9, 11, 12, 13, 14, 17, 19, 21, 36, 39].reduce(0) { $0 | 1 << $1 }

    /// Of a process that has not begun: all its counters are 0.
    package static let unborn = ProcessStat()

    private init() {}

    /// Reads the one line of the file.
    ///
    /// - Throws: when the line lacks a field or a number is none.
    package init(parsing bytes: [UInt8], path: @autoclosure () -> String) throws(ProcParseError) {
        guard let stat = ProcessStat(parsing: bytes, count: bytes.count) else {
            throw ProcParseError(path: path(), line: String(decoding: bytes, as: UTF8.self))
        }
        self = stat
    }

    /// Reads the one line of the file from a buffer that is used again.
    ///
    /// - Parameters:
    ///   - bytes: the buffer.
    ///   - count: bytes of it that are the file's.
    package init?(parsing bytes: [UInt8], count: Int) {
        let end = min(count, bytes.count)
        // The name may hold anything, parentheses and newlines too: it ends at the last one.
        guard let open = bytes[..<end].firstIndex(of: UInt8(ascii: "(")),
            let close = bytes[..<end].lastIndex(of: UInt8(ascii: ")")), open < close,
            let pid = Self.number(bytes, 0, open).flatMap({ Int32(exactly: $0) })
        else { return nil }
        self.pid = pid
        name = String(decoding: bytes[(open + 1)..<close], as: UTF8.self)
        var index = close + 1
        var field = 0
        while index < end {
            while index < end, bytes[index] == UInt8(ascii: " ") || bytes[index] == UInt8(ascii: "\n") { index += 1 }
            let start = index
            while index < end, bytes[index] != UInt8(ascii: " "), bytes[index] != UInt8(ascii: "\n") { index += 1 }
            guard start < index else { break }
            guard take(field, bytes, start, index) else { return nil }
            field += 1
        }
        // Up to the start time; what came later is missing in old kernels.
        guard field >= 20 else { return nil }
    }

    /// Takes in the field of a number, the first one behind the name being 0.
    ///
    /// - Returns: whether it has its form.
    private mutating func take(_ field: Int, _ bytes: [UInt8], _ start: Int, _ end: Int) -> Bool {
        if field == 0 {
            state = Character(Unicode.Scalar(bytes[start]))
            return true
        }
        guard Self.wanted & 1 << UInt64(min(field, 63)) != 0 else { return true }
        guard let number = Self.number(bytes, start, end) else { return false }
        switch field {
        case 7: minorFaults = number
        case 9: majorFaults = number
        case 11: userTicks = number
        case 12: systemTicks = number
        case 13, 14: childTicks &+= number
        case 19: startTicks = number
        case 21: residentPages = number
        case 39: blockDelayTicks = number
        default: return takeNarrow(field, number)
        }
        return true
    }

    private mutating func takeNarrow(_ field: Int, _ number: UInt64) -> Bool {
        guard number <= UInt64(UInt32.max) else { return false }
        switch field {
        case 1:
            guard let parent = Int32(exactly: number) else { return false }
            self.parent = parent
        case 6: isKernelThread = number & Self.kernelThreadFlag != 0
        case 17: threadCount = Int(number)
        default: processor = Int(number)
        }
        return true
    }

    /// A decimal number, blanks before its end left out; nil for anything else.
    private static func number(_ bytes: [UInt8], _ start: Int, _ end: Int) -> UInt64? {
        var result: UInt64 = 0
        var digits = 0
        for index in start..<end {
            let byte = bytes[index]
            if byte == UInt8(ascii: " ") { continue }
            guard byte >= 48, byte <= 57 else { return nil }
            let (product, tooLarge) = result.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.addingReportingOverflow(UInt64(byte - 48))
            if tooLarge || overflow { return nil }
            result = sum
            digits += 1
        }
        return digits > 0 ? result : nil
    }
}
