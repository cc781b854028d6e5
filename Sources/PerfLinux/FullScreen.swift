import CPerfLinux
import Glibc
import PerfModel

/// A terminal that is used as a whole and given back as it was, also when we crash or are stopped.
///
/// One at a time; one thread uses it.
package final class FullScreen {
    private let descriptor: Int32
    /// What stands on it; empty when it has to be drawn as a whole.
    private var shown: [String] = []

    // The alternate screen, no cursor, no line that goes on in the next one.
    private static let enter = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[2J"
    private static let leave = "\u{1B}[?2026l\u{1B}[0m\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

    /// Takes the terminal.
    ///
    /// - Parameter descriptor: of a terminal.
    /// - Throws: when its modes cannot be changed.
    package init(descriptor: Int32) throws(SystemCallError) {
        self.descriptor = descriptor
        try take()
    }

    deinit { pd_terminal_leave() }

    /// Takes it again after it was given back.
    package func take() throws(SystemCallError) {
        shown = []
        // SAFETY: both are terminated strings for the duration of the call, which copies what it keeps.
        let code = unsafe pd_terminal_enter(descriptor, Self.enter, Self.leave)
        guard code >= 0 else {
            throw SystemCallError(operation: "tcsetattr", subject: "the terminal", errno: -code)
        }
    }

    /// Gives it back as it was.
    package func giveBack() { pd_terminal_leave() }

    /// Whether it was not given back in the meantime, because a signal stopped us.
    package var isOurs: Bool { pd_terminal_is_ours() == 1 }

    /// Gives it back, stops as Ctrl-Z does, and takes it again when we go on.
    package func stop() throws(SystemCallError) {
        let code = pd_terminal_stop()
        guard code >= 0 else { throw SystemCallError(operation: "kill", subject: "our own group", errno: -code) }
        try take()
    }

    /// Columns and rows; 80 and 24 where the terminal does not tell.
    package var size: (columns: Int, rows: Int) {
        var columns: Int32 = 0
        var rows: Int32 = 0
        // SAFETY: both outlive the call, which writes one number each.
        let code = unsafe pd_terminal_size(descriptor, &columns, &rows)
        return code == 0 && columns > 0 && rows > 0 ? (Int(columns), Int(rows)) : (80, 24)
    }

    /// Draws everything anew with the next update.
    package func forget() { shown = [] }

    /// What makes the terminal show these lines: only those that have changed, as one update.
    ///
    /// - Parameter lines: one for each row, without line ends.
    /// - Returns: the bytes to write; empty when nothing has changed.
    package func update(to lines: [String]) -> [UInt8] {
        defer { shown = lines }
        let text = Self.difference(from: shown, to: lines)
        // Terminals that know it show all of it at once; others ignore it.
        return text.isEmpty ? [] : Array("\u{1B}[?2026h\(text)\u{1B}[?2026l".utf8)
    }

    static func difference(from old: [String], to new: [String]) -> String {
        let isWhole = old.count != new.count
        var text = isWhole ? "\u{1B}[2J" : ""
        for (row, line) in new.enumerated() where isWhole || old[row] != line {
            // Erased first: behind a line as wide as the screen its last character would be erased.
            text += "\u{1B}[\(row + 1);1H\u{1B}[K\(line)"
        }
        return text
    }

    /// What was typed; empty when nothing waits, nil when nobody will type any more.
    package static func read(from descriptor: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 256)
        // SAFETY: the kernel writes into the array's own storage, at most its count.
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
        if count > 0 { return Array(buffer.prefix(count)) }
        return count < 0 && (errno == EINTR || errno == EAGAIN) ? [] : nil
    }
}
