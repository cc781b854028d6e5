import PerfLinux
import PerfModel

/// A host whose snapshots are written down while they are taken.
///
/// `DIR/t0000/proc/…` and `sys/…` hold the files that were read, `looks/0000/proc/…` those of each look at threads,
/// `snapshot.json` what is not a file. Environments are never read; command lines are written without what looks like a
/// secret. A file that is read twice for one snapshot is the same both times, as it will be when it is replayed.
package final class RecordingHost: HostSource {
    private let host: any HostSource
    private let options: HostCollectorOptions
    private var writer: SceneWriter
    /// That of the snapshot, and that of the look inside of which we are.
    private var scenes = [Scene()]
    private var index = 0
    private var looks: [SceneFacts.Look] = []

    /// Why recording ended early; what is on disk until then is complete but for the snapshot that failed.
    package private(set) var failure: SceneError?

    /// What was read since the snapshot or look began.
    private struct Scene {
        var files: [String: Result<[UInt8], SystemCallError>] = [:]
        var answers = SceneFacts.Answers(listings: [:], links: [:], errors: [:], reasons: [:], peers: [:])
        var spaces: [String: FileSystemSpace] = [:]
        var affinities: [String: Int] = [:]
        var delays: [String: TaskDelays] = [:]
    }

    /// - Parameters:
    ///   - host: the live host.
    ///   - directory: a new one, or an empty one.
    ///   - options: those of the collector.
    /// - Throws: when the directory cannot be made or is not empty.
    package init(host: any HostSource, directory: String, options: HostCollectorOptions) throws(SceneError) {
        self.host = host
        self.options = options
        writer = try SceneWriter(directory: directory)
    }

    private static func name(_ index: Int) -> String {
        let digits = "\(index)"
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }

    private var directory: String {
        let snapshot = "t\(Self.name(index))"
        return scenes.count == 1 ? snapshot : "\(snapshot)/looks/\(Self.name(looks.count))"
    }

    // MARK: Snapshots and looks

    package func beginSnapshot() { scenes = [Scene()] }

    package func endSnapshot(_ snapshot: inout HostSnapshot) {
        let scene = scenes[0]
        var facts = SceneFacts(monotonic: snapshot.takenAt.monotonic)
        facts.boot = snapshot.takenAt.boot
        facts.wall = snapshot.takenAt.wall
        facts.ticksPerSecond = snapshot.ticksPerSecond
        facts.pageSize = snapshot.pageSize
        facts.cpuCount = snapshot.cpuLimits.value?.online
        facts.ownProcess = host.ownProcess
        facts.options = options
        facts.spaces = scene.spaces
        facts.affinities = scene.affinities
        facts.delays = scene.delays
        facts.answers = scene.answers
        facts.looks = looks
        facts.cost = snapshot.cost
        do {
            write(try facts.encoded(), to: SceneFacts.fileName)
        } catch {
            failure = failure ?? .malformed(path: "\(directory)/\(SceneFacts.fileName)", reason: "\(error)")
        }
        scenes = [Scene()]
        looks = []
        index += 1
    }

    package func beginLook() { scenes = [Scene(), Scene()] }

    package func endLook(_ look: inout ThreadLooks) {
        let answers = scenes[scenes.count - 1].answers
        scenes = [Scene()]
        looks.append(SceneFacts.Look(monotonic: look.takenAt, cost: look.cost, answers: answers))
    }

    private func write(_ bytes: [UInt8], to path: String) {
        guard failure == nil else { return }
        do throws(SceneError) {
            try writer.write(bytes, to: "\(directory)/\(path)")
        } catch {
            failure = error
        }
    }

    private func change(_ body: (inout Scene) -> Void) {
        body(&scenes[scenes.count - 1])
    }

    /// Notes a failed call, unless it says that there is no such file: that is what a missing file says as well.
    private func note(_ error: SystemCallError, at path: String) {
        guard error.errno != 2 || error.operation != "open" else { return }
        change {
            $0.answers.errors?[path] = SceneFacts.Failure(
                operation: error.operation, errno: error.errno, remedy: error.remedy)
        }
    }

    // MARK: Files

    package func bytes(at path: String, limit: Int) throws(SystemCallError) -> [UInt8] {
        if let known = scenes[scenes.count - 1].files[path] { return Array(try known.get().prefix(limit)) }
        // The whole of it, as another reader may want more; files of the kernel are short.
        let result = Result { () throws(SystemCallError) in try host.bytes(at: path, limit: limit) }
        change { $0.files[path] = result }
        switch result {
        case .success(let bytes): write(Self.redacted(bytes, path), to: String(path.dropFirst()))
        case .failure(let error): note(error, at: path)
        }
        return try result.get()
    }

    package func processStat(_ pid: Int32, into buffer: inout [UInt8]) throws(SystemCallError) -> Int {
        let bytes = try bytes(at: "/proc/\(pid)/stat", limit: buffer.count)
        buffer.replaceSubrange(0..<bytes.count, with: bytes)
        return bytes.count
    }

    /// Nothing secret may go to disk.
    static func redacted(_ bytes: [UInt8], _ path: String) -> [UInt8] {
        if path.hasSuffix("/cmdline") { return CommandLineText.redacted(bytes) }
        if path.hasSuffix("/mounts") || path.hasSuffix("/mountinfo") {
            return CommandLineText.withoutCredentials(bytes)
        }
        return bytes
    }

    // MARK: What is not a file

    package func names(in path: String) throws(SystemCallError) -> [String] {
        if let known = scenes[scenes.count - 1].answers.listings?[path] { return known }
        do throws(SystemCallError) {
            let names = try host.names(in: path)
            change { $0.answers.listings?[path] = names }
            return names
        } catch {
            note(error, at: path)
            throw error
        }
    }

    package func numbers(in path: String) throws(SystemCallError) -> [Int32] {
        if let known = scenes[scenes.count - 1].answers.listings?[path] { return ReplayHost.numbers(among: known) }
        do throws(SystemCallError) {
            let numbers = try host.numbers(in: path)
            change { $0.answers.listings?[path] = numbers.map { "\($0)" } }
            return numbers
        } catch {
            note(error, at: path)
            throw error
        }
    }

    package func linkTarget(of path: String) throws(SystemCallError) -> String {
        do throws(SystemCallError) {
            let target = try host.linkTarget(of: path)
            change { $0.answers.links?[path] = target }
            return target
        } catch {
            note(error, at: path)
            throw error
        }
    }

    package func space(at mountPoint: String) throws(SystemCallError) -> FileSystemSpace {
        do throws(SystemCallError) {
            let space = try host.space(at: mountPoint)
            change { $0.spaces[mountPoint] = space }
            return space
        } catch {
            note(error, at: mountPoint)
            throw error
        }
    }

    package func affinityCount(of pid: Int32) throws(SystemCallError) -> Int {
        do throws(SystemCallError) {
            let count = try host.affinityCount(of: pid)
            change { $0.affinities["\(pid)"] = count }
            return count
        } catch {
            note(error, at: "affinity \(pid)")
            throw error
        }
    }

    package func delays(of tid: Int32) throws(SystemCallError) -> TaskDelays {
        if let known = scenes[scenes.count - 1].delays["\(tid)"] { return known }
        do throws(SystemCallError) {
            let delays = try host.delays(of: tid)
            change { $0.delays["\(tid)"] = delays }
            return delays
        } catch {
            note(error, at: "delays \(tid)")
            throw error
        }
    }

    package func reason(of wait: KernelWait, thread: WaitingThread) -> WaitReason {
        let reason = host.reason(of: wait, thread: thread)
        change { $0.answers.reasons?["\(thread.pid)/\(thread.tid)"] = reason.rawValue }
        return reason
    }

    package func peer(of wait: KernelWait, thread: WaitingThread) -> WaitPeer? {
        let peer = host.peer(of: wait, thread: thread)
        change { $0.answers.peers?["\(thread.pid)/\(thread.tid)"] = peer }
        return peer
    }

    package var ownProcess: Int32? { host.ownProcess }
    package var ticksPerSecond: UInt64 { host.ticksPerSecond }
    package var pageSize: UInt64 { host.pageSize }
    package var now: HostInstant { host.now }
    package var threadTime: UInt64 { host.threadTime }
}
