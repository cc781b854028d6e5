import Glibc
import PerfModel

/// The files in which a host describes itself (/proc, /sys, /etc), live or as recorded below a directory.
package struct HostFiles: Sendable {
    /// Where the tree starts; empty for the live host.
    private let root: String

    /// Files of the live host, or of one that is recorded.
    ///
    /// - Parameter root: the directory that holds `proc`, `sys` and `etc`.
    package init(root: String = "/") {
        self.root = root.hasSuffix("/") ? String(root.dropLast()) : root
    }

    /// What a file says, at most `limit` bytes of it; undecodable bytes are replaced.
    ///
    /// - Parameters:
    ///   - path: absolute, as on the live host.
    ///   - limit: bytes.
    /// - Returns: the text, or why there is none.
    package func text(at path: String, limit: Int = 1 << 20) -> Availability<String> {
        do throws(SystemCallError) {
            return .available(
                String(decoding: try WholeFile.contents(of: root + path, atMost: limit), as: UTF8.self)
            )
        } catch {
            let shown = SystemCallError(operation: error.operation, subject: path, errno: error.errno)
            return .unavailable(reason: shown.summary, remedy: nil)
        }
    }

    /// The first line of a file without surrounding blanks; `nil` when there is none.
    package func line(at path: String) -> String? {
        guard let line = text(at: path).value?.split(separator: "\n").first else { return nil }
        return String(line.trimmed)
    }

    /// The whole number that is all a file holds.
    package func number(at path: String) -> Int? {
        line(at: path).flatMap { Int($0) }
    }

    /// What stands after `key` and a colon in the first line that starts so: `"VmRSS:   4 kB"`.
    package func field(_ key: String, at path: String) -> String? {
        for line in text(at: path).value?.split(separator: "\n") ?? [] {
            guard let colon = line.firstIndex(of: ":"), line[..<colon].trimmed == key else { continue }
            return String(line[line.index(after: colon)...].trimmed)
        }
        return nil
    }

    /// Whether something is at a path.
    package func exists(_ path: String) -> Bool {
        // SAFETY: the path is a terminated string for the duration of the call.
        unsafe access(root + path, F_OK) == 0
    }
}

extension StringProtocol {
    /// This text without blanks and tabs at its ends.
    package var trimmed: SubSequence {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
        let head = self.drop(while: isBlank)
        guard let last = head.lastIndex(where: { !isBlank($0) }) else { return head[head.startIndex..<head.startIndex] }
        return head[...last]
    }
}
