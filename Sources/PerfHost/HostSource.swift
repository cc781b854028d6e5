import PerfLinux
import PerfModel

/// Where a host's state comes from: the live host, the live host while it is recorded, or a recording.
///
/// Paths are absolute, as on the live host. Errors name them so too, wherever the files really are.
package protocol HostSource: AnyObject {
    func bytes(at path: String, limit: Int) throws(SystemCallError) -> [UInt8]
    func names(in path: String) throws(SystemCallError) -> [String]
    func numbers(in path: String) throws(SystemCallError) -> [Int32]
    func linkTarget(of path: String) throws(SystemCallError) -> String
    func space(at mountPoint: String) throws(SystemCallError) -> FileSystemSpace
    func affinityCount(of pid: Int32) throws(SystemCallError) -> Int
    func delays(of tid: Int32) throws(SystemCallError) -> TaskDelays
    func reason(of wait: KernelWait, thread: WaitingThread) -> WaitReason
    /// Who is at the other end of the connection that it waits for; nil where there is none, or it is not told.
    func peer(of wait: KernelWait, thread: WaitingThread) -> WaitPeer?
    func processStat(_ pid: Int32, into buffer: inout [UInt8]) throws(SystemCallError) -> Int

    /// What is read until ``endSnapshot(_:)`` is part of one snapshot.
    func beginSnapshot()
    /// The snapshot is complete; a recording puts in what it knows better.
    func endSnapshot(_ snapshot: inout HostSnapshot)
    /// The same for a look at threads.
    func beginLook()
    func endLook(_ look: inout ThreadLooks)

    /// Our own process, where it is one of this host's.
    var ownProcess: Int32? { get }
    /// Clock ticks a second.
    var ticksPerSecond: UInt64 { get }
    /// Bytes.
    var pageSize: UInt64 { get }
    /// Now; in a recording, when the current snapshot was taken.
    var now: HostInstant { get }
    /// CPU time of the calling thread, nanoseconds; 0 in a recording.
    var threadTime: UInt64 { get }
}
