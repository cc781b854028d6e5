import PerfLinux
import PerfModel

/// The way of all collectors to a host: its files by absolute paths, and what is not a file.
///
/// Counts what is read. One thread uses it.
package final class HostReader {
    package let options: HostCollectorOptions
    private let source: any HostSource
    package private(set) var filesRead = 0
    package private(set) var bytesRead = 0

    /// Longest file that is read, unless more is asked for: bytes.
    package static let usualLimit = 1 << 20

    package init(source: any HostSource, options: HostCollectorOptions) {
        self.source = source
        self.options = options
    }

    /// The whole of a file.
    ///
    /// - Throws: the failed call, with the path as on the live host.
    package func bytes(at path: String, limit: Int = HostReader.usualLimit) throws(SystemCallError) -> [UInt8] {
        let bytes = try source.bytes(at: path, limit: limit)
        filesRead += 1
        bytesRead += bytes.count
        return bytes
    }

    /// What a file says once it is parsed; a file that says nothing sensible is unavailable.
    package func part<Part: Sendable>(
        at path: String, limit: Int = HostReader.usualLimit, remedy: String? = nil, _ parse: ([UInt8]) -> Part?
    ) -> Availability<Part> {
        do throws(SystemCallError) {
            let bytes = try bytes(at: path, limit: limit)
            guard let part = parse(bytes) else {
                return .unavailable(
                    reason: "\(path.printable) does not have the form that the kernel documents", remedy: nil)
            }
            return .available(part)
        } catch {
            return .unavailable(reason: error.summary, remedy: remedy ?? error.remedy)
        }
    }

    /// The same where the reason does not matter.
    package func value<Value>(
        at path: String, limit: Int = HostReader.usualLimit, _ parse: ([UInt8]) -> Value?
    ) -> Value? {
        do throws(SystemCallError) {
            return parse(try bytes(at: path, limit: limit))
        } catch {
            return nil
        }
    }

    /// The whole number that is all a file holds.
    package func number(at path: String) -> UInt64? {
        value(at: path) { $0[...].trimmed.unsigned }
    }

    /// The text of a small file without blanks at its ends; nil for an empty one.
    package func text(at path: String) -> String? {
        value(at: path) { bytes in
            let trimmed = bytes[...].trimmed
            return trimmed.isEmpty ? nil : trimmed.text
        }
    }

    /// The names in a directory, sorted; empty where it cannot be read.
    package func names(in path: String) -> [String] {
        do throws(SystemCallError) {
            return try source.names(in: path)
        } catch {
            return []
        }
    }

    /// The names in a directory, sorted.
    package func listing(of path: String) throws(SystemCallError) -> [String] { try source.names(in: path) }

    /// The numbers among the names in a directory, ascending.
    package func numbers(in path: String) throws(SystemCallError) -> [Int32] { try source.numbers(in: path) }

    package func linkTarget(of path: String) throws(SystemCallError) -> String { try source.linkTarget(of: path) }

    /// Space of the file system that is mounted at a path.
    package func space(at mountPoint: String) throws(SystemCallError) -> FileSystemSpace {
        try source.space(at: mountPoint)
    }

    /// CPUs that a process may run on.
    package func affinityCount(of pid: Int32) throws(SystemCallError) -> Int { try source.affinityCount(of: pid) }

    /// Exact delays of a thread, by taskstats.
    package func delays(of tid: Int32) throws(SystemCallError) -> TaskDelays { try source.delays(of: tid) }

    /// What a wait is for whose place in the kernel does not tell alone.
    package func reason(of wait: KernelWait, thread: WaitingThread) -> WaitReason {
        source.reason(of: wait, thread: thread)
    }

    /// Who is at the other end of the connection that a thread waits for.
    package func peer(of wait: KernelWait, thread: WaitingThread) -> WaitPeer? {
        source.peer(of: wait, thread: thread)
    }

    /// Where the tables of the target's network are, and whether that is our own network namespace.
    ///
    /// A target in a container has its own sockets, interfaces and counters.
    func network(of target: Int32?) -> (directory: String, isOwn: Bool) {
        guard let target else { return ("/proc/net", true) }
        func namespace(_ process: String) -> String? {
            do throws(SystemCallError) {
                return try linkTarget(of: "/proc/\(process)/ns/net")
            } catch {
                return nil
            }
        }
        // One that cannot be seen is taken for ours, as most are.
        guard let other = namespace("\(target)"), let own = namespace("self"), own != other else {
            return ("/proc/net", true)
        }
        return ("/proc/\(target)/net", false)
    }

    /// `/proc/PID/stat` of a process into a buffer that is used again.
    ///
    /// - Returns: the number of bytes.
    func processStat(_ pid: Int32, into buffer: inout [UInt8]) throws(SystemCallError) -> Int {
        let count = try source.processStat(pid, into: &buffer)
        filesRead += 1
        bytesRead += count
        return count
    }

    /// Our own process on the host that is looked at; nil in a scene of another host.
    var ownProcess: Int32? { source.ownProcess }
}
