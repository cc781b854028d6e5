import PerfModel

/// `/proc/meminfo`, swap areas, compressed memory, and huge pages.
package enum MemoryCollector: Collector {
    package static let id = "memory"
    package static let explanation = "memory, swap, zram, huge pages and ZFS's cache"

    package static func collect(
        from reader: HostReader, after previous: HostSnapshot?, into snapshot: inout HostSnapshot
    ) {
        snapshot.memory = reader.part(at: "/proc/meminfo", parse)
        snapshot.swap = reader.part(at: "/proc/swaps", parseSwaps).map { areas in
            let arc = reader.value(at: "/proc/spl/kstat/zfs/arcstats", parseARC)
            return SwapState(
                areas: areas, zram: zram(reader), zfsCache: arc?["size"], zfsCacheMinimum: arc?["c_min"])
        }
        snapshot.hugePages = hugePages(reader)
    }

    static func parse(_ bytes: [UInt8]) -> MemoryInfo? {
        var info = MemoryInfo(bytes: [:], counts: [:])
        for line in bytes.lines {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let fields = line[(colon + 1)...].fields
            guard let value = fields.first?.unsigned else { continue }
            let name = line[..<colon].text
            if fields.count >= 2, fields[1].elementsEqual("kB".utf8) {
                let product = value.multipliedReportingOverflow(by: 1024)
                if !product.overflow { info.bytes[name] = product.partialValue }
            } else {
                info.counts[name] = value
            }
        }
        return info.total == nil ? nil : info
    }

    static func parseSwaps(_ bytes: [UInt8]) -> [SwapArea]? {
        let lines = bytes.lines
        guard let head = lines.first, head.hasPrefix("Filename") else { return nil }
        return lines.dropFirst().compactMap { line in
            let fields = line.fields
            // The name may hold blanks; the other columns cannot.
            guard fields.count >= 5, let size = fields[fields.count - 3].unsigned,
                let used = fields[fields.count - 2].unsigned, size < 1 << 50, used < 1 << 50,
                let priority = Int(fields[fields.count - 1].text)
            else { return nil }
            return SwapArea(
                name: fields[..<(fields.count - 4)].map(\.text).joined(separator: " "),
                kind: fields[fields.count - 4].text, size: size * 1024, used: used * 1024, priority: priority)
        }
    }

    /// Devices that hold something, or are set up: `orig_data_size compr_data_size mem_used_total …`.
    private static func zram(_ reader: HostReader) -> [ZramDevice] {
        reader.names(in: "/sys/block").filter { $0.hasPrefix("zram") }.compactMap { name in
            guard let size = reader.number(at: "/sys/block/\(name)/disksize"), size > 0 else { return nil }
            return reader.value(at: "/sys/block/\(name)/mm_stat") { bytes in
                let fields = bytes[...].trimmed.fields.map(\.unsigned)
                guard fields.count >= 3, let original = fields[0], let compressed = fields[1], let used = fields[2]
                else { return nil }
                return ZramDevice(
                    name: name, originalSize: original, compressedSize: compressed, memoryUsed: used, diskSize: size)
            }
        }
    }

    /// `name type value`.
    static func parseARC(_ bytes: [UInt8]) -> [String: UInt64] {
        var result: [String: UInt64] = [:]
        for line in bytes.lines {
            let fields = line.fields
            if fields.count == 3, let value = fields[2].unsigned { result[fields[0].text] = value }
        }
        return result
    }

    private static func hugePages(_ reader: HostReader) -> Availability<HugePageState> {
        let directory = "/sys/kernel/mm/hugepages"
        let pools = reader.names(in: directory).compactMap { name -> HugePageState.Pool? in
            // hugepages-2048kB
            guard name.hasPrefix("hugepages-"), name.hasSuffix("kB"),
                let size = UInt64(name.dropFirst(10).dropLast(2)), size < 1 << 50,
                let total = reader.number(at: "\(directory)/\(name)/nr_hugepages"),
                let free = reader.number(at: "\(directory)/\(name)/free_hugepages")
            else { return nil }
            return HugePageState.Pool(
                pageSize: size * 1024, total: total, free: free,
                reserved: reader.number(at: "\(directory)/\(name)/resv_hugepages") ?? 0)
        }
        let transparent = "/sys/kernel/mm/transparent_hugepage"
        let state = HugePageState(
            pools: pools, transparent: chosen(reader.text(at: "\(transparent)/enabled")),
            transparentDefragmentation: chosen(reader.text(at: "\(transparent)/defrag")))
        guard !pools.isEmpty || state.transparent != nil else {
            return .unavailable(reason: "this kernel has no huge pages", remedy: nil)
        }
        return .available(state)
    }

    /// `madvise` of `always [madvise] never`.
    static func chosen(_ text: String?) -> String? {
        guard let text, let open = text.firstIndex(of: "["), let close = text[open...].firstIndex(of: "]") else {
            return nil
        }
        return String(text[text.index(after: open)..<close])
    }
}
