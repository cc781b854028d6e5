/// A block device in `/proc/diskstats`, with what sysfs says of it.
///
/// A sector is 512 bytes whatever the device uses. Milliseconds are 32-bit numbers that wrap, even on 64-bit kernels.
/// Source: Documentation/admin-guide/iostats.rst.
package struct DiskCounters: Hashable, Sendable {
    package var name: String
    package var major: UInt32
    package var minor: UInt32
    /// The disk that this is a part of; nil for a whole disk.
    package var parent: String?

    package var reads: UInt64
    package var readsMerged: UInt64
    package var sectorsRead: UInt64
    package var readMilliseconds: UInt64
    package var writes: UInt64
    package var writesMerged: UInt64
    package var sectorsWritten: UInt64
    package var writeMilliseconds: UInt64
    /// Requests that are at the device, now.
    package var inFlight: UInt64
    /// Time in which at least one request was at the device.
    package var busyMilliseconds: UInt64
    /// The same, times the number of requests.
    package var weightedMilliseconds: UInt64
    /// Linux 4.18.
    package var discards: UInt64?
    package var discardsMerged: UInt64?
    package var sectorsDiscarded: UInt64?
    package var discardMilliseconds: UInt64?
    /// Linux 5.5.
    package var flushes: UInt64?
    package var flushMilliseconds: UInt64?

    /// What the device says of itself; virtual disks often claim to rotate.
    package var isRotational: Bool?
    /// Bytes.
    package var size: UInt64?
    /// Requests that its queue holds.
    package var queueLimit: UInt64?
    /// `none`, `mq-deadline`, `bfq` or another.
    package var scheduler: String?
}

/// A mount with a file system that holds data.
package struct MountedFileSystem: Hashable, Sendable {
    /// `/dev/vda1`, or what else stands in the mount table.
    package var device: String
    package var mountPoint: String
    package var kind: String
    package var isReadOnly: Bool
    package var space: FileSystemSpace
}

/// statvfs(3).
package struct FileSystemSpace: Hashable, Sendable, Codable {
    /// Bytes.
    package var size: UInt64
    package var free: UInt64
    /// Bytes that users other than root can have.
    package var available: UInt64
    /// 0 where the file system makes inodes as it needs them.
    package var inodes: UInt64
    package var inodesFree: UInt64

    private enum CodingKeys: String, CodingKey {
        case size = "size_bytes"
        case free = "free_bytes"
        case available = "available_bytes"
        case inodes
        case inodesFree = "inodes_free"
    }

    /// As df counts: what is used of what users can have, 0...1; nil for an empty file system.
    package var usedRatio: Double? {
        guard size >= free else { return nil }
        let used = Double(size - free)
        return used + Double(available) > 0 ? used / (used + Double(available)) : nil
    }

    package var inodesUsedRatio: Double? {
        guard inodes > 0, inodes >= inodesFree else { return nil }
        return Double(inodes - inodesFree) / Double(inodes)
    }
}

/// `/proc/sys/fs/file-nr`.
package struct FileHandleCounts: Hashable, Sendable {
    package var allocated: UInt64
    package var limit: UInt64
}
