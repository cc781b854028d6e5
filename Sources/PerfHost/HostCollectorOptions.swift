/// What to look at, and how closely.
package struct HostCollectorOptions: Hashable, Sendable, Codable {
    /// The process that is diagnosed; nil for the host alone.
    package var target: Int32?
    /// A process that is looked at deeply, whatever it does: somebody wants to know.
    ///
    /// No part of a recording.
    package var pinned: Int32?
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

    private enum CodingKeys: String, CodingKey {
        case target
        case deepProcesses = "deep_processes"
        case cgroupProcesses = "cgroup_processes"
        case threadsPerProcess = "threads_per_process"
        case threadsPerLook = "threads_per_look"
    }

    /// What a scene does not say is as usual.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func number(_ key: CodingKeys, _ usual: Int) throws -> Int {
            min(max(try values.decodeIfPresent(Int.self, forKey: key) ?? usual, 0), 1 << 20)
        }
        let usual = HostCollectorOptions()
        target = try values.decodeIfPresent(Int32.self, forKey: .target)
        deepProcesses = try number(.deepProcesses, usual.deepProcesses)
        cgroupProcesses = try number(.cgroupProcesses, usual.cgroupProcesses)
        threadsPerProcess = try number(.threadsPerProcess, usual.threadsPerProcess)
        threadsPerLook = try number(.threadsPerLook, usual.threadsPerLook)
    }
}
