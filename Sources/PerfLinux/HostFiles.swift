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
        // SAFETY: the path is a terminated string for the duration of the call.
        let descriptor = unsafe open(root + path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return failure("open", path, errno: Glibc.errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        // Files of /proc have no size: they are read to their end.
        while bytes.count < limit {
            // SAFETY: the array has as many bytes as the call may write.
            let count = unsafe read(descriptor, &chunk, min(chunk.count, limit - bytes.count))
            if count < 0 && Glibc.errno == EINTR { continue }
            guard count >= 0 else { return failure("read", path, errno: Glibc.errno) }
            if count == 0 { break }
            bytes += chunk.prefix(count)
        }
        return .available(String(decoding: bytes, as: UTF8.self))
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

    private func failure(_ operation: String, _ path: String, errno: Int32) -> Availability<String> {
        .unavailable(
            reason: SystemCallError(operation: operation, subject: path, errno: errno).summary, remedy: nil
        )
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
