import PerfModel

/// One line of `/proc/<pid>/maps`: a range of a process's memory.
///
/// Source: proc(5).
package struct ProcessMap: Hashable, Sendable {
    package var start: CodeAddress
    package var end: CodeAddress
    package var isReadable: Bool
    package var isWritable: Bool
    package var isExecutable: Bool
    /// Whether writing to it changes the file, or what other processes see.
    package var isShared = false
    package var fileOffset: FileOffset
    package var deviceMajor: UInt32
    package var deviceMinor: UInt32
    package var inode: UInt64
    /// As the process sees it, without the kernel's ` (deleted)`; a name in brackets, or empty for anonymous memory.
    package var path: String
    package var isDeleted: Bool

    package init(
        start: CodeAddress, end: CodeAddress, isReadable: Bool, isWritable: Bool, isExecutable: Bool,
        fileOffset: FileOffset, deviceMajor: UInt32, deviceMinor: UInt32, inode: UInt64, path: String, isDeleted: Bool
    ) {
        self.start = start
        self.end = end
        self.isReadable = isReadable
        self.isWritable = isWritable
        self.isExecutable = isExecutable
        self.fileOffset = fileOffset
        self.deviceMajor = deviceMajor
        self.deviceMinor = deviceMinor
        self.inode = inode
        self.path = path
        self.isDeleted = isDeleted
    }

    /// All ranges of a maps file, in its order; lines of another form are left out and counted.
    package static func parse(_ bytes: [UInt8]) -> (maps: [ProcessMap], malformed: Int) {
        var maps: [ProcessMap] = []
        var malformed = 0
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            if let map = ProcessMap(line: line) { maps.append(map) } else { malformed += 1 }
        }
        return (maps, malformed)
    }

    /// One line: `start-end perms offset major:minor inode   path`.
    init?(line: ArraySlice<UInt8>) {
        var rest = line[...]
        func field(until separator: UInt8) -> ArraySlice<UInt8>? {
            guard let end = rest.firstIndex(of: separator) else { return nil }
            defer { rest = rest[(end + 1)...] }
            return rest[..<end]
        }
        func hexadecimal(_ digits: ArraySlice<UInt8>?) -> UInt64? {
            digits.flatMap { UInt64(String(decoding: $0, as: UTF8.self), radix: 16) }
        }
        let space = UInt8(ascii: " ")
        guard let start = hexadecimal(field(until: UInt8(ascii: "-"))), let end = hexadecimal(field(until: space)),
            start < end, let permissions = field(until: space), permissions.count == 4,
            let offset = hexadecimal(field(until: space)),
            let major = hexadecimal(field(until: UInt8(ascii: ":"))), let minor = hexadecimal(field(until: space))
        else { return nil }
        let inodeEnd = rest.firstIndex(of: space) ?? rest.endIndex
        guard let inode = UInt64(String(decoding: rest[..<inodeEnd], as: UTF8.self)) else { return nil }
        let flags = Array(permissions)
        var path = Self.unescaped(rest[inodeEnd...].drop { $0 == space })
        let deletedMark = " (deleted)"
        let isDeleted = path.hasSuffix(deletedMark)
        if isDeleted { path.removeLast(deletedMark.count) }
        self.init(
            start: CodeAddress(rawValue: start), end: CodeAddress(rawValue: end),
            isReadable: flags[0] == UInt8(ascii: "r"), isWritable: flags[1] == UInt8(ascii: "w"),
            isExecutable: flags[2] == UInt8(ascii: "x"), fileOffset: FileOffset(rawValue: offset),
            deviceMajor: UInt32(truncatingIfNeeded: major), deviceMinor: UInt32(truncatingIfNeeded: minor),
            inode: inode, path: path, isDeleted: isDeleted
        )
        isShared = flags[3] == UInt8(ascii: "s")
    }

    /// The kernel writes a newline in a path as `\012`; nothing else is escaped.
    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
        let escape = Array("\\012".utf8)
        var result: [UInt8] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index...].starts(with: escape) {
                result.append(UInt8(ascii: "\n"))
                index += escape.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
