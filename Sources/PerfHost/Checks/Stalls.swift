import PerfModel

extension HostObservation {
    /// Stalls on disks of who is diagnosed; nil without PSI.
    var diskStall: Double? { pressure.value?.io?.some }

    /// Stalls for want of memory of who is diagnosed; nil without PSI.
    var memoryStall: Double? { pressure.value?.memory?.some }

    /// The id of what causes stalls on disks, or work of the kernel, where that is want of memory: pages that are read
    /// again and again, and pages that are swapped, raise both by about as much.
    func memoryCause(of stall: Double?) -> String? {
        guard let memory = memoryStall, threshold(of: MemoryPressureCheck.self).severity(of: memory) != nil,
            memory >= 0.5 * (stall ?? 0)
        else { return nil }
        return MemoryPressureCheck.id
    }

    /// Whole disks; those in memory (zram, ram) are memory, and slices of disks are counted with their disks.
    package var disks: Availability<[DiskRates]> {
        whole.disks.map { disks in
            disks.filter { !$0.isPartition && !$0.name.hasPrefix("zram") && !$0.name.hasPrefix("ram") }
        }
    }
}
