import FoundationEssentials
import Glibc
import PerfModel
import Testing

@testable import PerfHost

/// Directories of tests: temporary ones, and scenes that stand in the source as texts.
enum SceneDirectory {
    /// Passes the path of a new, empty directory, and removes it with all that is in it.
    static func with<Result>(_ body: (String) throws -> Result) throws -> Result {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("perfdoctor-test.\(UUID())")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: false)
        defer {
            do { try FileManager.default.removeItem(at: root) } catch { Issue.record(error) }
        }
        return try body(root.path)
    }

    /// Writes files and the directories above them.
    static func write(_ files: [String: [UInt8]], below root: String) throws {
        var directories: Set<String> = []
        for (name, bytes) in files {
            let path = "\(root)/\(name)"
            let directory = path.split(separator: "/").dropLast().joined(separator: "/")
            if directories.insert(directory).inserted {
                try FileManager.default.createDirectory(atPath: "/\(directory)", withIntermediateDirectories: true)
            }
            // Data.write waits for the disk.
            // SAFETY: a terminated path for the duration of the call.
            let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            try #require(descriptor >= 0, "\(path)")
            defer { close(descriptor) }
            // SAFETY: the count does not reach beyond the array.
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            try #require(count == bytes.count)
        }
    }

    /// All files below a directory, their contents by their paths below it.
    static func files(below root: String) throws -> [String: [UInt8]] {
        var result: [String: [UInt8]] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) {
            var isDirectory = false
            guard FileManager.default.fileExists(atPath: "\(root)/\(name)", isDirectory: &isDirectory), !isDirectory
            else { continue }
            result[name] = [UInt8](try Data(contentsOf: URL(filePath: "\(root)/\(name)")))
        }
        return result
    }

    /// The snapshots of files that are given as texts, one dictionary for each; two seconds apart.
    static func snapshots(
        _ scenes: [[String: String]], options: HostCollectorOptions? = nil
    ) throws -> [HostSnapshot] {
        try with { root in
            for (index, files) in scenes.enumerated() {
                var bytes = files.mapValues { Array($0.utf8) }
                if bytes["snapshot.json"] == nil {
                    bytes["snapshot.json"] = Array(#"{"monotonic_ns": \#((index + 1) * 2_000_000_000)}"#.utf8)
                }
                try write(bytes, below: "\(root)/t000\(index)")
            }
            return try HostReplay(directory: root, options: options).snapshots()
        }
    }

    /// The window of two such snapshots.
    static func window(_ first: [String: String], _ last: [String: String]) throws -> HostWindow {
        try #require(HostWindow(try snapshots([first, last])))
    }

    /// A recorded scene of this target's fixtures.
    static func fixture(_ name: String) -> String {
        let directory = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        return "/\(directory)/Fixtures/\(name)"
    }
}
