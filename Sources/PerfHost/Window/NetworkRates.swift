/// What went over an interface in a window.
package struct InterfaceRates: Hashable, Sendable {
    package struct Direction: Hashable, Sendable {
        package var bytesPerSecond: Double
        package var packetsPerSecond: Double
        package var packets: UInt64
        package var errors: UInt64
        package var drops: UInt64

        /// Errors of packets and errors together; nil without either.
        package var errorRatio: Double? { Self.ratio(errors, packets) }
        package var dropRatio: Double? { Self.ratio(drops, packets) }

        private static func ratio(_ bad: UInt64, _ good: UInt64) -> Double? {
            bad == 0 && good == 0 ? nil : Double(bad) / (Double(bad) + Double(good))
        }
    }

    package var name: String
    package var received: Direction
    package var sent: Direction
    /// Bits a second; nil where the driver does not know it.
    package var speed: UInt64?

    /// Of its speed, in the busier direction, 0...1; nil where the speed is not known.
    package var utilization: Double? {
        guard let speed, speed > 0 else { return nil }
        return min(1, max(received.bytesPerSecond, sent.bytesPerSecond) * 8 / Double(speed))
    }

    static func all(
        _ first: [InterfaceCounters], _ last: [InterfaceCounters], _ elapsed: UInt64, _ changes: inout CounterChanges
    ) -> [InterfaceRates] {
        var before: [String: InterfaceCounters] = [:]
        for interface in first { before[interface.name] = interface }
        return last.compactMap { interface in
            before[interface.name].flatMap { InterfaceRates($0, interface, elapsed, &changes) }
        }
    }

    /// Nil for an interface that was removed and added in between.
    init?(_ first: InterfaceCounters, _ last: InterfaceCounters, _ elapsed: UInt64, _ changes: inout CounterChanges) {
        let seconds = Double(elapsed) / 1e9
        func direction(_ field: KeyPath<InterfaceCounters, InterfaceCounters.Direction>, _ label: String) -> Direction?
        {
            let (old, new) = (first[keyPath: field], last[keyPath: field])
            let name = "net.\(last.name).\(label)"
            guard let bytes = changes.change(old.bytes, new.bytes, "\(name).bytes"),
                let packets = changes.change(old.packets, new.packets, "\(name).packets"),
                let errors = changes.change(old.errors, new.errors, "\(name).errors"),
                let drops = changes.change(old.drops, new.drops, "\(name).drops")
            else { return nil }
            return Direction(
                bytesPerSecond: Double(bytes) / seconds, packetsPerSecond: Double(packets) / seconds,
                packets: packets, errors: errors, drops: drops)
        }
        guard let received = direction(\.received, "received"), let sent = direction(\.sent, "sent") else { return nil }
        name = last.name
        self.received = received
        self.sent = sent
        speed = last.speed
    }
}

/// Softnet counters of all CPUs together.
package struct SoftnetChanges: Hashable, Sendable {
    package var processed: UInt64
    package var dropped: UInt64
    package var squeezed: UInt64

    init(_ first: [SoftnetCounters], _ last: [SoftnetCounters], _ changes: inout CounterChanges) {
        var before: [Int: SoftnetCounters] = [:]
        for cpu in first { before[cpu.cpu] = cpu }
        processed = 0
        dropped = 0
        squeezed = 0
        for cpu in last {
            guard let old = before[cpu.cpu] else { continue }
            let name = "softnet.cpu\(cpu.cpu)"
            processed &+= changes.change(old.processed, cpu.processed, "\(name).processed") ?? 0
            dropped &+= changes.change(old.dropped, cpu.dropped, "\(name).dropped") ?? 0
            squeezed &+= changes.change(old.squeezed, cpu.squeezed, "\(name).squeezed") ?? 0
        }
    }
}
