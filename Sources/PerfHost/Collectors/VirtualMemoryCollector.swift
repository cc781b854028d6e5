import PerfModel

/// `/proc/vmstat`: paging, swapping, reclaim, and processes killed for want of memory.
package enum VirtualMemoryCollector: Collector {
    package static let id = "virtual_memory"
    package static let explanation = "paging, swapping, reclaim and out-of-memory kills from /proc/vmstat"

    package static func collect(
        from reader: HostReader, after previous: HostSnapshot?, into snapshot: inout HostSnapshot
    ) {
        snapshot.virtualMemory = reader.part(at: "/proc/vmstat") { bytes in
            let counters = NamedCounters([String: UInt64](namedLines: bytes))
            return counters.values.isEmpty ? nil : counters
        }
    }

    /// Numbers of pages as they are now; all else only grows.
    static func isGauge(_ name: String) -> Bool {
        guard name.hasPrefix("nr_") else { return name == "workingset_nodes" }
        return ![
            "nr_dirtied", "nr_written", "nr_vmscan_write", "nr_vmscan_immediate_reclaim", "nr_throttled_written",
            "nr_foll_pin_acquired", "nr_foll_pin_released", "nr_tlb_remote_flush", "nr_tlb_remote_flush_received",
            "nr_tlb_local_flush_all", "nr_tlb_local_flush_one",
        ].contains(name)
    }
}
