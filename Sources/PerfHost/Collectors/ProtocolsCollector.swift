import PerfModel

/// Counters of the network protocols.
package enum ProtocolsCollector: Collector {
    package static let id = "protocols"
    package static let explanation =
        "counters of IP, TCP and UDP of the target's network, from /proc/net/snmp and netstat"

    package static func collect(
        from reader: HostReader, after previous: HostSnapshot?, into snapshot: inout HostSnapshot
    ) {
        let directory = reader.network(of: snapshot.target).directory
        var counters = NamedCounters()
        let snmp = reader.part(at: "\(directory)/snmp", parse)
        guard case .available(let basic) = snmp else {
            snapshot.protocols = snmp
            return
        }
        counters = basic
        if let extended = reader.value(at: "\(directory)/netstat", parse) {
            counters.values.merge(extended.values) { old, _ in old }
        }
        snapshot.protocols = .available(counters)
    }

    /// Pairs of lines: `Tcp: RtoAlgorithm …` and `Tcp: 1 …`.
    ///
    /// Numbers below 0 (`MaxConn: -1`) mean none.
    static func parse(_ bytes: [UInt8]) -> NamedCounters? {
        var counters = NamedCounters()
        let lines = bytes.lines
        var index = 0
        while index + 1 < lines.count {
            let names = lines[index].fields
            let values = lines[index + 1].fields
            guard let prefix = names.first, prefix.last == UInt8(ascii: ":"), values.first == prefix else {
                index += 1
                continue
            }
            let group = prefix.dropLast().text
            for (name, value) in zip(names.dropFirst(), values.dropFirst()) {
                if let value = value.unsigned { counters.values["\(group).\(name.text)"] = value }
            }
            index += 2
        }
        return counters.values.isEmpty ? nil : counters
    }

    /// Numbers that are as they are now.
    static func isGauge(_ name: String) -> Bool {
        [
            "Tcp.CurrEstab", "Tcp.RtoAlgorithm", "Tcp.RtoMin", "Tcp.RtoMax", "Tcp.MaxConn", "Ip.Forwarding",
            "Ip.DefaultTTL",
        ].contains(name)
    }
}
