import PerfModel

/// `/proc/net/dev`, and the speeds of interfaces from sysfs.
package enum InterfaceCollector: Collector {
    package static let id = "interface"
    package static let explanation = "bytes, packets, errors, drops and speeds of network interfaces"

    package static func collect(
        from reader: HostReader, after previous: HostSnapshot?, into snapshot: inout HostSnapshot
    ) {
        let (directory, isOwn) = reader.network(of: snapshot.target)
        let parsed = reader.part(at: "\(directory)/dev", parse)
        guard case .available(var interfaces) = parsed else {
            snapshot.interfaces = parsed
            return
        }
        // sysfs shows the interfaces of our own network.
        for index in interfaces.indices where isOwn {
            let name = interfaces[index].name
            guard !name.contains("/"), name != ".", name != ".." else { continue }
            interfaces[index].state = reader.text(at: "/sys/class/net/\(name)/operstate")
            // Megabits a second; -1, 0 or an error where the driver does not know.
            if let speed = reader.number(at: "/sys/class/net/\(name)/speed"), speed > 0, speed < 1 << 30 {
                interfaces[index].speed = speed * 1_000_000
            }
        }
        snapshot.interfaces = .available(interfaces)
    }

    static func parse(_ bytes: [UInt8]) -> [InterfaceCounters]? {
        let lines = bytes.lines
        guard lines.count >= 2, lines[0].hasPrefix("Inter-") else { return nil }
        return lines.dropFirst(2).compactMap { line in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let values = line[(colon + 1)...].fields.compactMap(\.unsigned)
            guard values.count >= 16 else { return nil }
            func direction(_ at: Int) -> InterfaceCounters.Direction {
                InterfaceCounters.Direction(
                    bytes: values[at], packets: values[at + 1], errors: values[at + 2], drops: values[at + 3],
                    fifoErrors: values[at + 4])
            }
            return InterfaceCounters(
                name: line[..<colon].trimmed.text, received: direction(0), sent: direction(8), collisions: values[13],
                carrierErrors: values[14])
        }
    }
}
