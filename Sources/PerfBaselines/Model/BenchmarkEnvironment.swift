/// What the machine was like during the runs; nil where it could not be read.
package struct BenchmarkEnvironment: Hashable, Sendable, Codable {
    /// Stalls in the run, 0...1 of its time.
    package struct Pressure: Hashable, Sendable, Codable {
        package var cpu: Double?
        package var memory: Double?
        package var io: Double?

        package init(cpu: Double? = nil, memory: Double? = nil, io: Double? = nil) {
            self.cpu = cpu
            self.memory = memory
            self.io = io
        }
    }

    /// Over one minute, at the start.
    package var loadAverage: Double?
    /// Of the CPU time, what the hypervisor gave to others, 0...1.
    package var stealRatio: Double?
    package var pressure: Pressure?
    /// `"performance"`; nil where the CPU has none.
    package var governor: String?
    /// Whether the CPU may raise its clock.
    package var hasTurbo: Bool?
    /// `randomize_va_space`: 0, 1 or 2.
    package var addressRandomization: Int?
    /// Hexadecimal hash of the environment variables that programs were given, but for those that are varied.
    package var environmentHash: String?

    package init(
        loadAverage: Double? = nil, stealRatio: Double? = nil, pressure: Pressure? = nil, governor: String? = nil,
        hasTurbo: Bool? = nil, addressRandomization: Int? = nil, environmentHash: String? = nil
    ) {
        self.loadAverage = loadAverage
        self.stealRatio = stealRatio
        self.pressure = pressure
        self.governor = governor
        self.hasTurbo = hasTurbo
        self.addressRandomization = addressRandomization
        self.environmentHash = environmentHash
    }

    private enum CodingKeys: String, CodingKey {
        case loadAverage = "loadavg"
        case stealRatio = "steal_ratio"
        case pressure = "psi"
        case governor
        case hasTurbo = "turbo"
        case addressRandomization = "aslr"
        case environmentHash = "env_hash"
    }
}
