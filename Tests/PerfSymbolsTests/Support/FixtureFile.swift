import PerfLinux
import PerfModel

/// Files beside the tests.
enum FixtureFile {
    static func bytes(_ name: String) throws -> [UInt8] {
        // This file is in Support, which is a sibling of Fixtures.
        let directory = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let file = try OpenFile(path: "/\(directory)/Fixtures/\(name)")
        return file.bytes(at: FileOffset(rawValue: 0), count: Int(file.byteCount))
    }
}
