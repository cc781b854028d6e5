/// `/proc/meminfo`.
package struct MemoryInfo: Hashable, Sendable {
    /// Values that the kernel gives in kB, in bytes.
    package var bytes: [String: UInt64]
    /// Values without a unit: `HugePages_Total` and so on.
    package var counts: [String: UInt64]

    package var total: UInt64? { bytes["MemTotal"] }
    /// What programs can get without swapping; Linux 3.14.
    package var available: UInt64? { bytes["MemAvailable"] }
    package var free: UInt64? { bytes["MemFree"] }
    package var swapTotal: UInt64? { bytes["SwapTotal"] }
    package var swapFree: UInt64? { bytes["SwapFree"] }
    /// Huge pages that are set aside and not in use: memory that nobody else can have.
    package var freeHugePages: UInt64? {
        guard let count = counts["HugePages_Free"], let size = bytes["Hugepagesize"] else { return nil }
        let product = count.multipliedReportingOverflow(by: size)
        return product.overflow ? nil : product.partialValue
    }

    package subscript(_ name: String) -> UInt64? { bytes[name] ?? counts[name] }
}

package struct SwapArea: Hashable, Sendable {
    package var name: String
    /// `partition` or `file`.
    package var kind: String
    /// Bytes.
    package var size: UInt64
    package var used: UInt64
    package var priority: Int
}

/// A compressed block device in memory; what is swapped to it still takes memory.
package struct ZramDevice: Hashable, Sendable {
    package var name: String
    /// Bytes before compression.
    package var originalSize: UInt64
    /// Bytes after it.
    package var compressedSize: UInt64
    /// Bytes of memory that it takes.
    package var memoryUsed: UInt64
    /// Bytes; the size that the device shows.
    package var diskSize: UInt64
}

package struct SwapState: Hashable, Sendable {
    package var areas: [SwapArea]
    package var zram: [ZramDevice]
    /// Bytes in the ARC of ZFS, which are given back under pressure; nil without ZFS.
    package var zfsCache: UInt64?
    /// Bytes below which the ARC does not shrink.
    package var zfsCacheMinimum: UInt64?
}

/// `/sys/devices/system/node/node*/numastat` and the node's memory.
package struct NUMANode: Hashable, Sendable {
    package var number: Int
    /// Pages since boot: `numa_hit`, `numa_miss`, `numa_foreign`, `local_node`, `other_node` and so on.
    package var counters: NamedCounters
    /// Bytes; nil where the node does not tell.
    package var total: UInt64?
    package var free: UInt64?

    /// The counters of all nodes together.
    static func sum(_ nodes: [NUMANode]) -> NamedCounters {
        var result = NamedCounters()
        for node in nodes { result.values.merge(node.counters.values, uniquingKeysWith: &+) }
        return result
    }
}

package struct HugePageState: Hashable, Sendable {
    package struct Pool: Hashable, Sendable {
        /// Bytes of one page.
        package var pageSize: UInt64
        /// Pages.
        package var total: UInt64
        package var free: UInt64
        package var reserved: UInt64
    }

    package var pools: [Pool]
    /// `always`, `madvise` or `never`: what is chosen in transparent_hugepage/enabled.
    package var transparent: String?
    package var transparentDefragmentation: String?
}
