import FoundationEssentials
import PerfLinux
import PerfModel
import Testing

@testable import PerfBaselines

@Suite("benchmark machine")
struct BenchmarkMachineTests {
    /// A host's files below a directory.
    private struct Host {
        let directory = TestDirectory.make()

        func write(_ text: String, to path: String) throws {
            let file = directory.path + path
            let folder = file.split(separator: "/").dropLast().joined(separator: "/")
            try FileManager.default.createDirectory(atPath: "/" + folder, withIntermediateDirectories: true)
            try OutputFile.writeOwn(Array(text.utf8), to: file)
        }

        init() throws {
            try write("host\n", to: "/proc/sys/kernel/hostname")
            try write("6.1.0\n", to: "/proc/sys/kernel/osrelease")
            try write("x86_64\n", to: "/proc/sys/kernel/arch")
            try write(
                "model name : Intel(R) Xeon(R) CPU E5-2670 v2 @ 2.50GHz\nflags : fpu hypervisor sse\nbogomips : 4999.99\n",
                to: "/proc/cpuinfo")
            try write("0-3\n", to: "/sys/devices/system/cpu/online")
            try write("MemTotal:       24576000 kB\n", to: "/proc/meminfo")
            try write("PRETTY_NAME=\"Debian 12\"\n", to: "/etc/os-release")
            try write("QEMU\n", to: "/sys/class/dmi/id/sys_vendor")
            try write("0::/a/b\n", to: "/proc/self/cgroup")
            try write("150000 100000\n", to: "/sys/fs/cgroup/a/cpu.max")
            try write("max 100000\n", to: "/sys/fs/cgroup/a/b/cpu.max")
            try write("536870912\n", to: "/sys/fs/cgroup/a/b/memory.max")
        }
    }

    @Test("a class, limits and a fingerprint, from files")
    func machine() throws {
        let host = try Host()
        defer { host.directory.remove() }
        let machine = BenchmarkMachine.current(root: host.directory.path, hasPMU: false)
        #expect(machine.machineClass == "x86_64-4cpu-24gib-intel-xeon-e5-2670-v2-quota1.50-limit512mib")
        #expect(machine.virtualization == "qemu")
        #expect(machine.container == BenchmarkMachine.Container(cpuQuota: 1.5, memoryLimitBytes: 512 << 20))
        #expect(machine.fingerprint.count == 64)
        // What a boot changes is no fact.
        try host.write(
            "model name : Intel(R) Xeon(R) CPU E5-2670 v2 @ 2.50GHz\nflags : fpu hypervisor sse\nbogomips : 5000.01\n",
            to: "/proc/cpuinfo")
        try host.write("MemTotal:       24577100 kB\n", to: "/proc/meminfo")
        #expect(BenchmarkMachine.current(root: host.directory.path, hasPMU: false).fingerprint == machine.fingerprint)
        #expect(BenchmarkMachine.current(root: host.directory.path, hasPMU: true).fingerprint != machine.fingerprint)
    }

    @Test(
        "memory is what the machine was sold with",
        arguments: [(24_089_000, 24), (16_300_000, 16), (65_800_000, 64), (7_900_000, 8), (500_000, 1), (0, 1)])
    func memory(kibibytes: UInt64, gibibytes: Int) {
        #expect(BenchmarkMachine.nominalGibibytes(kibibytes << 10) == gibibytes)
    }

    @Test(
        "models are folder names",
        arguments: [
            ("AMD EPYC 7B13", "amd-epyc-7b13"), ("", "unknown"), ("../../x", "x"),
            ("12th Gen Intel(R) Core(TM) i7-1260P", "12th-gen-intel-i7-1260p"), ("Neoverse-N1", "neoverse-n1"),
        ])
    func slugs(model: String, slug: String) {
        #expect(BenchmarkMachine.slug(model) == slug)
    }

    @Test("steal and stalls are those between two looks")
    func environment() throws {
        let host = try Host()
        defer { host.directory.remove() }
        let after = try Host()
        defer { after.directory.remove() }
        try host.write("cpu  100 0 100 800 0 0 0 0 0 0\n", to: "/proc/stat")
        try host.write("some avg10=0.00 avg60=0.00 avg300=0.00 total=1000\n", to: "/proc/pressure/cpu")
        try after.write("cpu  200 0 150 900 0 0 0 50 0 0\n", to: "/proc/stat")
        try after.write("some avg10=0.00 avg60=0.00 avg300=0.00 total=251000\n", to: "/proc/pressure/cpu")
        try after.write("0.50 0.40 0.30 1/100 4711\n", to: "/proc/loadavg")
        try after.write("1\n", to: "/sys/devices/system/cpu/intel_pstate/no_turbo")
        try after.write("2\n", to: "/proc/sys/kernel/randomize_va_space")
        let meter = EnvironmentMeter(root: host.directory.path, time: 0)
        let environment = meter.environment(
            time: 1_000_000_000, variables: ["B=2", "A=1"], root: after.directory.path)
        #expect(environment.stealRatio == 50.0 / 300)
        #expect(environment.pressure == BenchmarkEnvironment.Pressure(cpu: 0.25))
        #expect(environment.loadAverage == 0.5)
        #expect(environment.hasTurbo == false)
        #expect(environment.addressRandomization == 2)
        #expect(environment.governor == nil)
        #expect(
            environment.environmentHash
                == EnvironmentMeter.hash(of: ["A=1", "B=2", "PERFDOCTOR_PADDING=xx", "_=/bin/a"]))
        #expect(environment.environmentHash != EnvironmentMeter.hash(of: ["A=1", "B=3"]))
    }
}
