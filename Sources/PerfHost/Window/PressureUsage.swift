/// Stalls in a window, by the totals of the kernel: exact, where the averages lag behind.
package struct PressureUsage: Hashable, Sendable {
    /// Ratios of the window, 0...1.
    package struct Resource: Hashable, Sendable {
        package var some: Double
        /// Nil where the kernel does not tell.
        package var full: Double?
    }

    package var cpu: Resource?
    package var memory: Resource?
    package var io: Resource?
    package var irq: Resource?

    init(
        _ first: PressureSet, _ last: PressureSet, _ elapsed: UInt64, _ name: String, _ changes: inout CounterChanges
    ) {
        func resource(_ field: KeyPath<PressureSet, ResourcePressure?>, _ label: String) -> Resource? {
            guard let before = first[keyPath: field], let after = last[keyPath: field],
                let some = changes.change(before.some.total, after.some.total, "\(name).\(label).some")
            else { return nil }
            let full = changes.change(before.full?.total, after.full?.total, "\(name).\(label).full")
            return Resource(some: Self.ratio(some, elapsed), full: full.map { Self.ratio($0, elapsed) })
        }
        // A cgroup that the target has left says nothing about the one that it is in now.
        guard first.path == last.path else { return }
        cpu = resource(\.cpu, "cpu")
        memory = resource(\.memory, "memory")
        io = resource(\.io, "io")
        irq = resource(\.irq, "irq")
    }

    /// The kernel brings totals up to date every two seconds at the latest: a short window may get more than itself.
    private static func ratio(_ microseconds: UInt64, _ elapsed: UInt64) -> Double {
        min(1, Double(microseconds) * 1000 / Double(elapsed))
    }
}
