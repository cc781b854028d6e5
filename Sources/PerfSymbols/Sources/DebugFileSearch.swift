import CZlib
import PerfLinux
import PerfModel

/// Finds the separate file that holds the debug information of an image.
///
/// The image may come from a container and name any path; a file counts only when its build ID is the image's, or,
/// for an image without one, when its checksum is the one in `.gnu_debuglink`.
package struct DebugFileSearch: Sendable {
    /// A file with the debug information of an image.
    package struct DebugFile: Sendable {
        package var file: OpenFile
        package var elf: ElfImage
        /// Where it was found, in the root that it was found in.
        package var path: String
    }

    private static let directory = "/usr/lib/debug"
    private static let largestChecked: UInt64 = 2 << 30

    /// The target's root first, then ours.
    private let roots: [RootDirectory]

    package init(roots: [RootDirectory]) {
        self.roots = roots
    }

    /// The debug file of an image that the target knows as `path`.
    package func debugFile(of elf: ElfImage, path: String) -> DebugFile? {
        let byBuildID = Self.buildIDPath(elf.buildID).map { [$0] } ?? []
        let candidates = byBuildID + linkedPaths(of: elf, path: path)
        for root in roots {
            for candidate in candidates {
                if let found = open(candidate, in: root, buildID: elf.buildID, checksum: elf.debugLink?.checksum) {
                    return found
                }
            }
        }
        return nil
    }

    /// The file that `dwz` moved common debug information to.
    package func alternative(of debug: ElfImage, path: String) -> OpenFile? {
        guard let section = debug.section(named: ".gnu_debugaltlink"), section.size <= 8192 else { return nil }
        let bytes = debug.contents(of: section)
        guard let end = bytes.firstIndex(of: 0) else { return nil }
        let name = String(decoding: bytes[..<end], as: UTF8.self)
        let buildID = Array(bytes[(end + 1)...])
        guard !name.isEmpty, buildID.count >= 8 else { return nil }
        let named = name.utf8.first == UInt8(ascii: "/") ? name : Self.parent(of: path) + "/" + name
        let candidates = (Self.buildIDPath(buildID).map { [$0] } ?? []) + [named]
        for root in roots {
            for candidate in candidates {
                if let found = open(candidate, in: root, buildID: buildID, checksum: nil) { return found.file }
            }
        }
        return nil
    }

    /// `/usr/lib/debug/.build-id/xx/yyyy.debug`.
    private static func buildIDPath(_ buildID: [UInt8]) -> String? {
        guard let first = buildID.first, buildID.count >= 2 else { return nil }
        let rest = buildID.dropFirst().map(hexadecimal).joined()
        return "\(directory)/.build-id/\(hexadecimal(first))/\(rest).debug"
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }

    private func linkedPaths(of elf: ElfImage, path: String) -> [String] {
        // A name with a slash would let the image point anywhere.
        guard let name = elf.debugLink?.name, !name.utf8.contains(UInt8(ascii: "/")), name != ".", name != ".." else {
            return []
        }
        let parent = Self.parent(of: path)
        return ["\(parent)/\(name)", "\(parent)/.debug/\(name)", "\(Self.directory)\(parent)/\(name)"]
            .filter { $0 != path }
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
        return String(path[..<slash])
    }

    private func open(_ path: String, in root: RootDirectory, buildID: [UInt8], checksum: UInt32?) -> DebugFile? {
        let file: OpenFile
        let elf: ElfImage
        do {
            file = try root.file(at: path)
            elf = try ElfImage(file)
        } catch {
            // Not there, or not an image: the search goes on.
            return nil
        }
        if buildID.isEmpty {
            guard let checksum, file.byteCount <= Self.largestChecked, Self.checksum(of: file) == checksum else {
                return nil
            }
        } else {
            guard elf.buildID == buildID else { return nil }
        }
        return DebugFile(file: file, elf: elf, path: path)
    }

    /// CRC-32 of a whole file.
    private static func checksum(of file: OpenFile) -> UInt32 {
        var result: UInt = 0
        var offset: UInt64 = 0
        while true {
            let chunk = file.bytes(at: FileOffset(rawValue: offset), count: 1 << 20)
            if chunk.isEmpty { return UInt32(truncatingIfNeeded: result) }
            // SAFETY: the chunk is valid for its count for the duration of the call.
            result = unsafe crc32(result, chunk, UInt32(chunk.count))
            offset += UInt64(chunk.count)
        }
    }
}
