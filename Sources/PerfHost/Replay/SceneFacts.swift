import FoundationEssentials
import PerfLinux
import PerfModel

/// What a recorded snapshot needs beside the files of the host: `snapshot.json`.
///
/// Only `monotonic_ns` has to be there, so that a scene can be written by hand: the file trees and a time.
struct SceneFacts: Codable, Equatable, Sendable {
    /// What was not in a file, by absolute path of the live host.
    struct Answers: Codable, Equatable, Sendable {
        /// Names in directories; a directory that is missing here is listed in the recording.
        var listings: [String: [String]]?
        /// Where symbolic links point.
        var links: [String: String]?
        /// Calls that failed for another reason than that there is no such file.
        var errors: [String: Failure]?
        /// `WaitReason` by `pid/tid`, where the place in the kernel did not tell.
        var reasons: [String: String]?
        /// The other ends of connections that threads wait for, by `pid/tid`.
        var peers: [String: WaitPeer]?
    }

    struct Failure: Codable, Equatable, Sendable {
        var operation: String
        var errno: Int32
        var remedy: String?
    }

    struct Look: Codable, Equatable, Sendable {
        var monotonic: UInt64
        var cost: UInt64?
        var answers: Answers?

        private enum CodingKeys: String, CodingKey {
            case monotonic = "monotonic_ns"
            case cost = "cost_ns"
            case answers
        }
    }

    var monotonic: UInt64
    var boot: UInt64?
    var wall: UInt64?
    var ticksPerSecond: UInt64?
    var pageSize: UInt64?
    /// CPUs that were online; for readers, as files tell it too.
    var cpuCount: Int?
    /// Our own process while it was recorded.
    var ownProcess: Int32?
    var options: HostCollectorOptions?
    var spaces: [String: FileSystemSpace]?
    /// Numbers of CPUs by pid; 0 is our own process.
    var affinities: [String: Int]?
    /// By tid.
    var delays: [String: TaskDelays]?
    var answers: Answers?
    var looks: [Look]?
    var cost: SnapshotCost?

    private enum CodingKeys: String, CodingKey {
        case monotonic = "monotonic_ns"
        case boot = "boot_ns"
        case wall = "wall_ns"
        case ticksPerSecond = "ticks_per_second"
        case pageSize = "page_size_bytes"
        case cpuCount = "cpu_count"
        case ownProcess = "own_process"
        case options, spaces, affinities, delays, answers, looks, cost
    }

    var instant: HostInstant { HostInstant(monotonic: monotonic, boot: boot ?? monotonic, wall: wall ?? 0) }

    static let fileName = "snapshot.json"

    /// - Throws: when it is not JSON of this form.
    init(parsing bytes: [UInt8], path: String) throws(SceneError) {
        do {
            self = try JSONDecoder().decode(SceneFacts.self, from: Data(bytes))
        } catch {
            throw .malformed(path: path, reason: Self.reason(of: error))
        }
    }

    init(monotonic: UInt64) {
        self.monotonic = monotonic
    }

    /// - Throws: nothing that occurs: all values are numbers and texts.
    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return JSONText.escapingUnprintable([UInt8](try encoder.encode(self))) + [UInt8(ascii: "\n")]
    }

    private static func reason(of error: any Error) -> String {
        guard let error = error as? DecodingError else { return "it is not JSON" }
        switch error {
        case .keyNotFound(let key, _): return "it has no \(key.stringValue.printable)"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "\(context.codingPath.map(\.stringValue).joined(separator: ".").printable) is of another kind"
        default: return "it is not JSON"
        }
    }
}
