import PerfModel

/// Sockets, ports, connection tracking and the backlog of received packets.
package enum SocketCollector: Collector {
    package static let id = "socket"
    package static let explanation = "sockets and ports in use, connection tracking, and the backlog of packets"

    package static func collect(
        from reader: HostReader, after previous: HostSnapshot?, into snapshot: inout HostSnapshot
    ) {
        let (directory, isOwn) = reader.network(of: snapshot.target)
        snapshot.sockets = reader.part(at: "\(directory)/sockstat", parse).map { counts in
            var counts = counts
            if let six = reader.value(at: "\(directory)/sockstat6", named) {
                counts.tcpInUse = counts.tcpInUse.map { $0 &+ (six["TCP6.inuse"] ?? 0) }
                counts.udpInUse = counts.udpInUse.map { $0 &+ (six["UDP6.inuse"] ?? 0) }
            }
            // Settings are those of our own network.
            guard isOwn else { return counts }
            if let ports = reader.value(at: "/proc/sys/net/ipv4/ip_local_port_range", numbers), ports.count == 2 {
                counts.firstEphemeralPort = UInt16(exactly: ports[0])
                counts.lastEphemeralPort = UInt16(exactly: ports[1])
            }
            if let limits = reader.value(at: "/proc/sys/net/ipv4/tcp_mem", numbers), limits.count == 3 {
                counts.tcpMemoryPressure = limits[1]
                counts.tcpMemoryLimit = limits[2]
            }
            return counts
        }
        snapshot.softnet = reader.part(at: "/proc/net/softnet_stat", parseSoftnet)
        guard isOwn else {
            snapshot.connectionTracking = .unavailable(
                reason: "the target is in a network namespace of its own",
                remedy: "run perfdoctor in it: nsenter --target PID --net")
            return
        }
        let netfilter = "/proc/sys/net/netfilter"
        snapshot.connectionTracking = reader.part(at: "\(netfilter)/nf_conntrack_count") { $0[...].trimmed.unsigned }
            .flatMap { count in
                reader.part(at: "\(netfilter)/nf_conntrack_max") { bytes in
                    bytes[...].trimmed.unsigned.map { ConnectionTracking(count: count, limit: $0) }
                }
            }
    }

    /// `TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 147`, as `TCP.inuse` and so on.
    static func named(_ bytes: [UInt8]) -> [String: UInt64]? {
        var result: [String: UInt64] = [:]
        for line in bytes.lines {
            let fields = line.fields
            guard let group = fields.first, group.last == UInt8(ascii: ":") else { continue }
            var index = 1
            while index + 1 < fields.count {
                result["\(group.dropLast().text).\(fields[index].text)"] = fields[index + 1].unsigned
                index += 2
            }
        }
        return result.isEmpty ? nil : result
    }

    static func parse(_ bytes: [UInt8]) -> SocketCounts? {
        named(bytes).map { values in
            SocketCounts(
                used: values["sockets.used"], tcpInUse: values["TCP.inuse"], tcpOrphans: values["TCP.orphan"],
                tcpTimeWait: values["TCP.tw"], tcpMemory: values["TCP.mem"], udpInUse: values["UDP.inuse"])
        }
    }

    private static func numbers(_ bytes: [UInt8]) -> [UInt64]? {
        bytes[...].trimmed.fields.compactMap(\.unsigned)
    }

    /// A line for each CPU; its number is the 13th column since Linux 5.10, the line's number before.
    static func parseSoftnet(_ bytes: [UInt8]) -> [SoftnetCounters]? {
        var result: [SoftnetCounters] = []
        for (index, line) in bytes.lines.enumerated() {
            let fields = line.fields.map(\.hexadecimal)
            guard fields.count >= 3, let processed = fields[0], let dropped = fields[1], let squeezed = fields[2] else {
                return nil
            }
            let number = fields.count >= 13 ? fields[12].flatMap { Int(exactly: $0) } : nil
            result.append(
                SoftnetCounters(cpu: number ?? index, processed: processed, dropped: dropped, squeezed: squeezed))
        }
        return result.isEmpty ? nil : result
    }
}
