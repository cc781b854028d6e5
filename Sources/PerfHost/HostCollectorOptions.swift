/// What to look at, and how closely.
package struct HostCollectorOptions: Hashable, Sendable, Codable {
    /// The process that is diagnosed; nil for the host alone.
    package var target: Int32?
    /// Processes beside the target and its cgroup that are looked at deeply.
    package var deepProcesses: Int
    /// Processes of the target's cgroup that are looked at deeply, at most.
    package var cgroupProcesses: Int
    /// Threads of one process that are looked at, at most.
    package var threadsPerProcess: Int
    /// Threads in one quick look, at most.
    package var threadsPerLook: Int

    package init(
        target: Int32? = nil, deepProcesses: Int = 20, cgroupProcesses: Int = 64, threadsPerProcess: Int = 512,
        threadsPerLook: Int = 1024
    ) {
        self.target = target
        self.deepProcesses = deepProcesses
        self.cgroupProcesses = cgroupProcesses
        self.threadsPerProcess = threadsPerProcess
        self.threadsPerLook = threadsPerLook
    }
}
