import Glibc
import PerfLinux
import PerfModel

/// Gives the snapshots of a recording again, through the collectors that look at live hosts.
///
/// A scene written by hand needs a directory `t0000`, `t0001`… for each snapshot, files below `proc` and `sys` in it,
/// and `snapshot.json` with at least `{"monotonic_ns": 2000000000}`.
package final class HostReplay {
    private let directory: String
    private let names: [String]
    private var index = 0
    private var collector: HostCollector?
    private let chosenOptions: HostCollectorOptions?

    /// - Parameters:
    ///   - directory: what was written while recording.
    ///   - options: instead of those that it was recorded with.
    /// - Throws: when the directory holds no snapshot.
    package init(directory: String, options: HostCollectorOptions? = nil) throws(SceneError) {
        self.directory = directory
        chosenOptions = options
        // SAFETY: the path is a terminated string for the duration of the call.
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .failed(SystemCallError(operation: "open", subject: directory, errno: errno))
        }
        do throws(SystemCallError) {
            names = try DirectoryNames.read(owning: descriptor, name: directory)
                .compactMap { name in Self.number(ofSnapshot: name).map { (number: $0, name: name) } }
                .sorted { ($0.number, $0.name) < ($1.number, $1.name) }.map(\.name)
        } catch {
            throw .failed(error)
        }
        guard !names.isEmpty else { throw .noSnapshots(path: directory) }
    }

    /// Number of snapshots.
    package var count: Int { names.count }

    /// 12 of `t0012`.
    private static func number(ofSnapshot name: String) -> Int? {
        guard name.hasPrefix("t"), name.dropFirst().allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int(name.dropFirst())
    }

    /// The next snapshot; nil after the last one.
    ///
    /// - Throws: when it cannot be read as a whole; files that are missing make parts unavailable.
    package func next() throws(SceneError) -> HostSnapshot? {
        guard index < names.count else { return nil }
        let scene = try ReplayHost(directory: "\(directory)/\(names[index])")
        index += 1
        let collector: HostCollector
        if let known = self.collector {
            collector = known
            collector.move(to: scene)
        } else {
            collector = HostCollector(source: scene, options: chosenOptions ?? scene.options ?? HostCollectorOptions())
            self.collector = collector
        }
        for _ in 0..<scene.lookCount { collector.look() }
        return collector.snapshot()
    }

    /// All snapshots that are left.
    package func snapshots() throws(SceneError) -> [HostSnapshot] {
        var result: [HostSnapshot] = []
        while let snapshot = try next() { result.append(snapshot) }
        return result
    }
}
