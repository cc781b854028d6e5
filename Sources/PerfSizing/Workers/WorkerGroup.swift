/// Processes that are workers of one another: children of one parent that run the same command.
package struct WorkerGroup: Hashable, Sendable {
    /// A process as `/proc` tells of it.
    package struct Process: Hashable, Sendable {
        package var pid: Int32
        package var parent: Int32
        /// Its command line, or its name where that is empty.
        package var command: String

        package init(pid: Int32, parent: Int32, command: String) {
            self.pid = pid
            self.parent = parent
            self.command = command
        }
    }

    private struct Key: Hashable {
        var parent: Int32
        var command: String
    }

    package var parent: Int32
    package var command: String
    /// Ascending.
    package var pids: [Int32]

    /// All groups of at least two, the largest first.
    ///
    /// Kernel threads are children of process 2 and no workers.
    ///
    /// - Parameter processes: of one host, in any order.
    /// - Returns: groups; of the same size, by the parent's id.
    package static func all(of processes: some Sequence<Process>) -> [WorkerGroup] {
        var pids: [Key: [Int32]] = [:]
        for process in processes where process.parent != 2 && !process.command.isEmpty {
            pids[Key(parent: process.parent, command: process.command), default: []].append(process.pid)
        }
        return pids.filter { $0.value.count > 1 }
            .map { WorkerGroup(parent: $0.key.parent, command: $0.key.command, pids: $0.value.sorted()) }
            .sorted { ($1.pids.count, $0.parent, $0.command) < ($0.pids.count, $1.parent, $1.command) }
    }
}
