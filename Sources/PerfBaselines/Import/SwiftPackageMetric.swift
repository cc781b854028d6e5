/// Metrics of ordo-one/benchmark in this tool's names and units.
enum SwiftPackageMetric {
    /// - Parameter key: `"wallClock"`.
    /// - Returns: name, unit, and whether values are of `scalingFactor` repetitions.
    static func named(_ key: String) -> (name: String, unit: String, isScaled: Bool) {
        switch key {
        case "wallClock": ("wall_time", "ns", true)
        case "cpuTotal": ("cpu_time", "ns", true)
        case "cpuUser": ("cpu_user_time", "ns", true)
        case "cpuSystem": ("cpu_system_time", "ns", true)
        case "throughput": ("throughput", "1/s", false)
        case "peakMemoryResident": ("peak_rss", "bytes", false)
        case "peakMemoryResidentDelta": ("peak_rss_delta", "bytes", false)
        case "peakMemoryVirtual": ("peak_virtual_memory", "bytes", false)
        case "allocatedResidentMemory": ("allocated_resident_memory", "bytes", false)
        case "memoryLeaked": ("leaked_blocks", "count", true)
        case "mallocCountTotal": ("allocations", "count", true)
        case "mallocCountSmall": ("small_allocations", "count", true)
        case "mallocCountLarge": ("large_allocations", "count", true)
        case "syscalls": ("system_calls", "count", true)
        case "contextSwitches": ("context_switches", "count", false)
        case "instructions": ("instructions", "count", true)
        case "threads": ("threads", "count", false)
        case "threadsRunning": ("threads_running", "count", false)
        case "readSyscalls": ("read_calls", "count", true)
        case "writeSyscalls": ("write_calls", "count", true)
        case "readBytesLogical": ("read_bytes", "bytes", true)
        case "writeBytesLogical": ("written_bytes", "bytes", true)
        case "readBytesPhysical": ("disk_read_bytes", "bytes", true)
        case "writeBytesPhysical": ("disk_written_bytes", "bytes", true)
        case "objectAllocCount": ("object_allocations", "count", true)
        case "retainCount": ("retains", "count", true)
        case "releaseCount": ("releases", "count", true)
        case "retainReleaseDelta": ("retain_release_delta", "count", true)
        default: (MetricSeries.metricName(key), "count", false)
        }
    }

    /// Whether a word is one of the tool's own.
    static func isKnown(_ key: String) -> Bool {
        let (name, unit, isScaled) = named(key)
        return (name, unit, isScaled) != (MetricSeries.metricName(key), "count", false)
            || ["throughput", "threads"].contains(key)
    }
}
