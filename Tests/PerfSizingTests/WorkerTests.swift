import PerfModel
import Testing

@testable import PerfSizing

@Suite("Workers") struct WorkerTests {
    @Test(
        "has cores × 2 + 1 by the formula, of quotas as well",
        arguments: [(1, 3), (2, 5), (4, 9), (8, 17), (1.5, 4), (0.5, 2), (0.01, 1), (8192, 16385)])
    func formula(cpus: Double, workers: Int) {
        #expect(WorkerArithmetic.byFormula(cpus: cpus) == workers)
    }

    @Test(
        "has λ × service time / 0.8 by measurement, rounded up",
        arguments: [
            (42, 0.18, 10), (8, 0.1, 1), (16, 0.1, 2), (16.1, 0.1, 3), (0.001, 0.001, 1), (1000, 0.5, 625),
            (1e12, 1e12, 1_000_000_000_000_000),
        ])
    func measured(rate: Double, time: Double, workers: Int) {
        #expect(WorkerArithmetic.measured(rate: rate, serviceTime: time) == workers)
    }

    @Test("has one worker per core while jobs only compute, and more the more they wait")
    func carried() {
        #expect(WorkerArithmetic.carried(cpus: 4, computeRatio: 1) == 4)
        #expect(WorkerArithmetic.carried(cpus: 4, computeRatio: 0.5) == 8)
        #expect(WorkerArithmetic.carried(cpus: 4, computeRatio: 0.1) == 40)
        #expect(WorkerArithmetic.carried(cpus: 0.5, computeRatio: 1) == 1)
        // What is wanted and what is carried agree where CPUs are used for 80%.
        let rate = WorkerArithmetic.carriedRate(cpus: 4, serviceTime: 0.18, computeRatio: 0.9)
        let needed = WorkerArithmetic.cpusNeeded(rate: rate, serviceTime: 0.18, computeRatio: 0.9)
        #expect(abs(needed - 4) < 1e-9)
    }

    @Test("has connections of pools, and what of them fits")
    func pools() {
        #expect(PoolArithmetic.demanded(processes: 4, poolSize: 50, overflow: 20) == 280)
        #expect(PoolArithmetic.demanded(processes: .max, poolSize: 50, overflow: 20) == .max)
        #expect(PoolArithmetic.largestPool(processes: 4) == 24)
        #expect(PoolArithmetic.largestPool(processes: 97) == 1)
        #expect(PoolArithmetic.largestPool(processes: 98) == nil && PoolArithmetic.largestPool(processes: 0) == nil)
        #expect(PoolArithmetic.ceiling(vcpus: 8) == 17)
    }

    @Test("finds workers as children of one parent with one command, and no others")
    func groups() {
        func process(_ pid: Int32, _ parent: Int32, _ command: String) -> WorkerGroup.Process {
            WorkerGroup.Process(pid: pid, parent: parent, command: command)
        }
        let groups = WorkerGroup.all(of: [
            process(12, 10, "rq worker default"), process(11, 10, "rq worker default"), process(13, 10, "rq info"),
            process(21, 20, "rq worker default"), process(5, 2, "kworker"), process(6, 2, "kworker"),
            process(30, 1, ""), process(31, 1, ""), process(43, 40, "uvicorn"), process(42, 40, "uvicorn"),
            process(41, 40, "uvicorn"),
        ])
        #expect(groups.map(\.pids) == [[41, 42, 43], [11, 12]])
        #expect(groups.map(\.parent) == [40, 10] && groups[1].command == "rq worker default")
    }

    @Test(
        "turns the guide's rule at 80% and 95%",
        arguments: [(0.0, WorkerAdvice.Direction.add), (0.799, .add), (0.8, .keep), (0.95, .keep), (0.951, .reduce)])
    func rule(cpuRatio: Double, direction: WorkerAdvice.Direction) {
        #expect(WorkerAdvice.byGuide(cpuRatio: cpuRatio) == direction)
    }

    @Test("corrects the rule where CPUs are full, where work is missing, and where CPUs have room")
    func advice() {
        // Eight workers share two CPUs: each has 25%, and more would not help.
        let full = WorkerAdvice(workers: 8, cpuRatio: 0.25, cpus: 2)
        #expect(full.guide == .add && full.corrected == .reduce, "\(full.reason)")
        // One worker on each CPU computes all the time: neither more nor fewer help.
        let computing = WorkerAdvice(workers: 2, cpuRatio: 0.97, cpus: 2)
        #expect(computing.guide == .reduce && computing.corrected == .keep, "\(computing.reason)")
        // Two busy workers on eight CPUs.
        let room = WorkerAdvice(workers: 2, cpuRatio: 0.97, cpus: 8)
        #expect(room.guide == .reduce && room.corrected == .add, "\(room.reason)")
        // Workers that wait for work are below 80% for ever.
        let idle = WorkerAdvice(workers: 4, cpuRatio: 0.1, cpus: 8, busyRatio: 0.2)
        #expect(idle.guide == .add && idle.corrected == .keep, "\(idle.reason)")
        // Workers that wait for a database all the time are busy, and CPUs have room.
        let waiting = WorkerAdvice(workers: 4, cpuRatio: 0.1, cpus: 8, busyRatio: 0.9)
        #expect(waiting.guide == .add && waiting.corrected == .add, "\(waiting.reason)")
        // Others use the CPUs.
        let crowded = WorkerAdvice(workers: 2, cpuRatio: 0.1, cpus: 8, hostCPURatio: 0.95)
        #expect(crowded.corrected == .keep, "\(crowded.reason)")
    }

    @Test("prints formula and table both, explains them, and prefers the measured form")
    func contradiction() throws {
        let inputs = try SizingInputs([.jobsPerSecond: 5])
        let sizing = Sizing(inputs: inputs, cpus: EffectiveCPUs(count: 2, origin: .option))
        let contradiction = try #require(sizing.contradictions.first { $0.id == "workers" })
        // cores × 2 + 1 = 5 against 4 on 2 vCPU.
        #expect(Set(contradiction.statements.map(\.value)).isSuperset(of: [5, 4]))
        #expect(contradiction.preferred.contains("λ × service time / 0.8"))
        #expect(contradiction.explanation.contains("one per CPU is the limit"))
        let formula = try #require(sizing.recommendations.first { $0.id == "worker_formula" })
        #expect(!formula.isPreferred && formula.number("workers") == 5)
    }

    @Test("has for CPUs alone the largest row that they carry", arguments: [(2, 4), (3, 4), (4, 8), (8, 16), (16, 32)])
    func byCores(cores: Double, workers: Double) throws {
        let sizing = Sizing(
            inputs: try SizingInputs([.cores: cores]), cpus: EffectiveCPUs(count: cores, origin: .option))
        #expect(sizing.recommendations.first { $0.id == "rq_worker_table" }?.number("workers") == workers)
        #expect(sizing.summary.contains("by the formula"))
    }

    @Test("doubts a row of workers on fewer CPUs than it has")
    func fewerCPUs() throws {
        let inputs = try SizingInputs([.jobsPerSecond: 12])
        let few = Sizing(inputs: inputs, cpus: EffectiveCPUs(count: 2, origin: .option))
        let message = few.warnings.first { $0.code == "fewer_cpus" }?.message ?? ""
        #expect(message.contains("at most 25% of its time"), "\(message)")
        let enough = Sizing(inputs: inputs, cpus: EffectiveCPUs(count: 4, origin: .option))
        #expect(!enough.warnings.contains { $0.code == "fewer_cpus" })
    }

    @Test("says which limit leaves how many CPUs")
    func limits() {
        func text(_ count: Double, _ affinity: Int?, _ cpuset: Int?, _ quota: Double?) -> String {
            EffectiveCPUs(count: count, origin: .host(online: 4, affinity: affinity, cpuset: cpuset, quota: quota)).text
        }
        #expect(text(4, 4, nil, nil) == "4 CPUs of this host")
        #expect(text(1.5, 4, nil, 1.5) == "1.5 CPUs of this host by its cgroup's quota (4 online)")
        #expect(text(2, 4, 2, nil) == "2 CPUs of this host by its cpuset (4 online)")
        #expect(text(1, 1, nil, nil) == "1 CPU of this host by its affinity (4 online)")
    }
}
