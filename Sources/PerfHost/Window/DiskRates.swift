/// What a disk did in a window, by the formulas of iostat.
///
/// `utilization` counts moments with at least one request: of a device that serves many at once, 1 does not mean that
/// it can do no more, and requests shorter than a clock tick are mostly missed. Source: sysstat 12.6, iostat.c and
/// rd_stats.c.
package struct DiskRates: Hashable, Sendable {
    package struct Direction: Hashable, Sendable {
        /// Requests that were completed in the window.
        package var requests: UInt64
        /// Requests a second.
        package var requestsPerSecond: Double
        package var bytesPerSecond: Double
        /// Requests that were merged into others, a second.
        package var mergedPerSecond: Double
        /// Of all that were asked for, 0...1.
        package var mergedRatio: Double
        /// Mean time from the request to its completion, milliseconds; 0 without requests, as in iostat.
        package var await: Double
        /// Mean size of a request, bytes; 0 without requests.
        package var requestSize: Double
    }

    package var name: String
    package var parent: String?
    package var read: Direction
    package var write: Direction
    package var discard: Direction?
    package var flushesPerSecond: Double?
    /// Milliseconds.
    package var flushAwait: Double?
    /// Milliseconds, over reads, writes and discards.
    package var await: Double
    /// Mean number of requests that waited or were served: aqu-sz.
    package var queueSize: Double
    /// 0...1, of the window.
    package var utilization: Double
    /// Requests at the device at the window's end.
    package var inFlight: UInt64

    package var isPartition: Bool { parent != nil }
    package var requests: UInt64 { read.requests &+ write.requests &+ (discard?.requests ?? 0) }

    static func all(
        _ first: [DiskCounters], _ last: [DiskCounters], _ elapsed: UInt64, _ changes: inout CounterChanges
    ) -> [DiskRates] {
        var before: [String: DiskCounters] = [:]
        for disk in first { before[disk.name] = disk }
        return last.compactMap { disk in
            before[disk.name].flatMap { DiskRates($0, disk, elapsed, &changes) }
        }
    }

    /// Nil for a device that was removed and added in between, or is another one under the same name.
    init?(_ first: DiskCounters, _ last: DiskCounters, _ elapsed: UInt64, _ changes: inout CounterChanges) {
        guard first.major == last.major, first.minor == last.minor else {
            changes.mark("disk.\(last.name)", .reset)
            return nil
        }
        let seconds = Double(elapsed) / 1e9
        let name = last.name
        func direction(
            _ requests: KeyPath<DiskCounters, UInt64>, _ merged: KeyPath<DiskCounters, UInt64>,
            _ sectors: KeyPath<DiskCounters, UInt64>, _ milliseconds: KeyPath<DiskCounters, UInt64>, _ label: String
        ) -> (Direction, UInt64)? {
            guard
                let count = changes.change(first[keyPath: requests], last[keyPath: requests], "disk.\(name).\(label)s"),
                let joined = changes.change(
                    first[keyPath: merged], last[keyPath: merged], "disk.\(name).\(label)s_merged"),
                let moved = changes.change(
                    first[keyPath: sectors], last[keyPath: sectors], "disk.\(name).\(label)_sectors"),
                let time = changes.change(
                    first[keyPath: milliseconds], last[keyPath: milliseconds], "disk.\(name).\(label)_ms")
            else { return nil }
            return (Direction(count, merged: joined, sectors: moved, milliseconds: time, seconds: seconds), time)
        }
        guard let (read, readTime) = direction(\.reads, \.readsMerged, \.sectorsRead, \.readMilliseconds, "read"),
            let (write, writeTime) = direction(
                \.writes, \.writesMerged, \.sectorsWritten, \.writeMilliseconds, "write"),
            let busy = changes.change(first.busyMilliseconds, last.busyMilliseconds, "disk.\(name).busy_ms"),
            let weighted = changes.change(
                first.weightedMilliseconds, last.weightedMilliseconds, "disk.\(name).weighted_ms")
        else { return nil }
        self.name = name
        self.parent = last.parent
        self.read = read
        self.write = write
        var time = readTime &+ writeTime
        var count = read.requests &+ write.requests
        if let requests = changes.change(first.discards, last.discards, "disk.\(name).discards"),
            let merged = changes.change(first.discardsMerged, last.discardsMerged, "disk.\(name).discards_merged"),
            let sectors = changes.change(first.sectorsDiscarded, last.sectorsDiscarded, "disk.\(name).discard_sectors"),
            let spent = changes.change(
                first.discardMilliseconds, last.discardMilliseconds, "disk.\(name).discard_ms")
        {
            discard = Direction(
                requests, merged: merged, sectors: sectors, milliseconds: spent, seconds: seconds)
            time &+= spent
            count &+= requests
        }
        if let requests = changes.change(first.flushes, last.flushes, "disk.\(name).flushes"),
            let spent = changes.change(first.flushMilliseconds, last.flushMilliseconds, "disk.\(name).flush_ms")
        {
            flushesPerSecond = Double(requests) / seconds
            flushAwait = requests == 0 ? 0 : Double(spent) / Double(requests)
        }
        self.await = count == 0 ? 0 : Double(time) / Double(count)
        queueSize = Double(weighted) / 1000 / seconds
        utilization = min(1, Double(busy) / 1000 / seconds)
        inFlight = last.inFlight
    }
}

extension DiskRates.Direction {
    fileprivate init(_ requests: UInt64, merged: UInt64, sectors: UInt64, milliseconds: UInt64, seconds: Double) {
        self.requests = requests
        requestsPerSecond = Double(requests) / seconds
        bytesPerSecond = Double(sectors) * 512 / seconds
        mergedPerSecond = Double(merged) / seconds
        mergedRatio = merged == 0 ? 0 : Double(merged) / (Double(requests) + Double(merged))
        self.await = requests == 0 ? 0 : Double(milliseconds) / Double(requests)
        requestSize = requests == 0 ? 0 : Double(sectors) * 512 / Double(requests)
    }
}
