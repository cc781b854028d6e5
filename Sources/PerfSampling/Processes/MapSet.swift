import PerfModel
import Synchronization

/// The executable memory of a process during a stretch of its life: from an exec, or from the moment when a new
/// mapping took the place of an old one.
///
/// Mappings are added as they become known. A process that was forked shares the set of its parent until one of the
/// two changes it.
final class MapSet: Sendable {
    /// The address space for the unwinder, with the image behind each of its regions.
    struct Resolved: Sendable {
        var space: AddressSpace
        /// Index into the ``ImageRegistry``, one for each region of the space.
        var images: [Int]
        /// Whether the headers of the region's file are known; addresses are file offsets where they are not.
        var isReadable: [Bool]
    }

    private struct State {
        var mappings: [PerfMapping] = []
        var resolved: Resolved?
    }

    private let state: Mutex<State>

    init(mappings: [PerfMapping] = []) {
        state = Mutex(State(mappings: mappings))
    }

    var mappings: [PerfMapping] {
        state.withLock { $0.mappings }
    }

    /// Adds a mapping; false when it overlaps another one, which it would replace.
    func add(_ mapping: PerfMapping) -> Bool {
        state.withLock { state in
            let overlapping = state.mappings.filter { $0.start < mapping.end && mapping.start < $0.end }
            if overlapping.contains(where: { $0.isSameMemory(as: mapping) }) { return true }
            guard overlapping.isEmpty else { return false }
            state.mappings.append(mapping)
            state.resolved = nil
            return true
        }
    }

    /// The mappings that stay when `mapping` takes its place, and it.
    func mappings(replacedBy mapping: PerfMapping) -> [PerfMapping] {
        mappings.filter { $0.end <= mapping.start || mapping.end <= $0.start } + [mapping]
    }

    /// The address space of these mappings; made by `make` when they have changed since the last call.
    func resolved(_ make: ([PerfMapping]) -> Resolved) -> Resolved {
        let (mappings, known) = state.withLock { ($0.mappings, $0.resolved) }
        if let known { return known }
        let made = make(mappings.sorted { $0.start < $1.start })
        state.withLock { state in
            if state.mappings.count == mappings.count { state.resolved = made }
        }
        return made
    }
}

extension PerfMapping {
    /// Whether both describe one mapping: seen in /proc and, about the same time, in a record.
    fileprivate func isSameMemory(as other: PerfMapping) -> Bool {
        start == other.start && end == other.end && fileOffset == other.fileOffset && path == other.path
    }
}
