import FoundationEssentials
import PerfLinux

/// A directory that is removed, with all that is in it, when its last user lets go.
final class TestDirectory {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/perfdoctor-sampling-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            print("cannot remove \(path): \(error)")
        }
    }

    /// Writes a file below the directory, and the directories that it needs.
    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let full = path + "/" + name
        let folder = full.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(filePath: full))
        return full
    }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        try write(name, Array(text.utf8))
    }

    /// The directory in the place of /proc.
    var proc: ProcFileSystem { ProcFileSystem(root: path) }
}
