import PerfLinux
import PerfModel
import PerfReports

/// Source files of this machine, found by the paths that a profile names.
struct SourceFiles: SourceTextProvider {
    /// A beginning of paths and what stands here in its place.
    struct Substitution: Hashable, Sendable {
        var from: String
        var to: String
    }

    var substitutions: [Substitution] = []

    /// No source file that people write is larger, and a profile may name any file.
    private static let limitBytes: UInt64 = 16 << 20

    func text(of path: String) -> SourceText {
        let local = substituted(path)
        // Paths relative to a build directory that nobody knows would find whatever lies here by chance.
        guard local.hasPrefix("/") || local != path else {
            return .unavailable(
                reason: "\(path) is relative; --source-path \(path.prefix { $0 != "/" })=DIRECTORY finds it")
        }
        let file: OpenFile
        do throws(SystemCallError) {
            file = try OpenFile(path: local)
        } catch {
            return .unavailable(reason: "\(local): \(SystemCallError.text(of: error.errno))")
        }
        guard file.byteCount <= Self.limitBytes else {
            return .unavailable(reason: "\(local) is larger than \(Self.limitBytes >> 20) MiB")
        }
        let bytes = file.bytes(at: FileOffset(rawValue: 0), count: Int(file.byteCount))
        guard !bytes.contains(0) else { return .unavailable(reason: "\(local) is not text") }
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            String(decoding: $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0, as: UTF8.self)
        }
        if lines.last == "" { lines.removeLast() }
        return .lines(lines, modifiedAt: file.status.modifiedAt)
    }

    private func substituted(_ path: String) -> String {
        for substitution in substitutions where path.hasPrefix(substitution.from) {
            return substitution.to + path.dropFirst(substitution.from.count)
        }
        return path
    }
}
