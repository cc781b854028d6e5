/// What a result says that sizes follow from.
package struct Measurement: Hashable, Sendable {
    /// What comes at a rate.
    package enum Work: String, Hashable, Sendable, Codable {
        case jobs, requests, operations

        /// `"jobs/s"`.
        var rateUnit: String { "\(rawValue)/s" }
    }

    /// One stream of work: its rate, and what one of it takes.
    package struct Flow: Hashable, Sendable {
        package var work: Work
        /// The finding, benchmark or URL.
        package var name: String
        /// A second; nil where the result does not say.
        package var rate: Double?
        /// Seconds; nil where the result does not say.
        package var serviceTime: Double?
        /// Whether that is what a client waited for, queues and network included: no less than the service time.
        package var isResponseTime = false
        /// Workers that did it.
        package var workers: Double?
        /// Share of their time in which they had something to do.
        package var busyRatio: Double?
        /// CPU time of one worker over wall time.
        package var cpuRatio: Double?
    }

    /// Nobody reads the sizes of more.
    static let flowLimit = 32

    /// As the user named it.
    package var file: String
    /// `"diagnosis"`, `"probe"`, `"benchmark"`.
    package var kind: String
    /// At most ``flowLimit``.
    package var flows: [Flow] = []
    /// Flows beyond the limit.
    package var leftOut = 0
    /// Share of busy time (not idle, asleep, unknown, nor waiting for a CPU) for which the target computed; nil without a
    /// time budget.
    package var computeRatio: Double?
    /// Threads that the time budget is of; nil where the result does not say.
    package var threads: Double?
    /// Whether ``computeRatio`` is 1 because the verdict says so: the budget of several threads has their waits for each
    /// other, and is no worker's.
    package var isCPUBoundByVerdict = false
    /// Share of busy time for which it waited for a CPU, or was throttled: with CPUs enough it goes.
    package var cpuWaitRatio: Double?
    /// Share of busy time for which it waited for the database.
    package var databaseRatio: Double?
    /// `verdict.bottleneck` of a diagnosis.
    package var bottleneck: String?
    package var hostName: String?
    package var hostCPUs: Double?
}
