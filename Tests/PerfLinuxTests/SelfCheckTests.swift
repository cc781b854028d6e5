import Glibc
import PerfModel
import Testing

@testable import PerfLinux

@Suite("Self-check")
struct SelfCheckTests {
    private static let scenes = #filePath.dropLast("SelfCheckTests.swift".count) + "Fixtures/self-check/"

    /// A recorded host, with everything tried as successful as `change` leaves it.
    private func check(_ scene: String, _ change: (inout KernelProbes) -> Void = { _ in }) -> SelfCheck {
        var probes = KernelProbes()
        probes.libraries = Set(ClientLibrary.all.map(\.file))
        probes.libc = KernelProbes.Libc(
            path: "/lib/x86_64-linux-gnu/libc.so.6", buildID: "93ac61ec5a8eb1396f9fbd350e3169a558528a40",
            hasDebugData: false
        )
        change(&probes)
        return SelfCheck(files: HostFiles(root: Self.scenes + scene), probes: probes)
    }

    private func item(_ id: String, _ check: SelfCheck) throws -> SelfCheckItem {
        try #require(check.items.first { $0.id == id })
    }

    @Test("finds nothing wrong with root on a bare host")
    func allIsWell() {
        let check = check("root-on-debian")
        #expect(check.items.filter { $0.state != .ok } == [])
        #expect(check.verdict == "Everything works here.")
        #expect(check.isUsable)
    }

    @Test("names what a user at paranoid level 4 lacks, and says that nothing can be recorded")
    func unprivileged() throws {
        let check = check("unprivileged-paranoid-4") {
            $0.cpuClock = EACCES
            $0.cpuClockWithKernel = EACCES
            $0.cycles = EACCES
            $0.contextSwitches = EACCES
            $0.systemWide = EACCES
            $0.bpf = EPERM
        }
        #expect(!check.isUsable)
        #expect(check.verdict == "perfdoctor cannot record here: perf_event_open: Permission denied.")
        #expect(check.items.first?.id == "perf.cpu_clock")
        #expect(try item("perf.cpu_clock", check).remedy?.contains("kernel.perf_event_paranoid=-1") == true)
        #expect(try item("perf.privileges", check).finding == "perf_event_paranoid is 4, without CAP_PERFMON")
        #expect(try item("access.ptrace", check).state == .limited)
        #expect(try item("access.kernel_symbols", check).finding == "addresses are hidden (kptr_restrict is 1)")
        // 4096 descriptors on 64 CPUs; 516 + 64 KiB / 64 CPUs of locked memory; 63 frames; 500 Hz.
        #expect(
            try item("limits.descriptors", check).finding == "at most 4096: enough to attach to 63 threads on 64 CPUs"
        )
        #expect(try item("limits.memlock", check).state == .limited)
        #expect(try item("limits.depth", check).state == .limited)
        #expect(try item("limits.rate", check).state == .limited)
        #expect(try item("debug.libc", check).remedy == "apt-get install libc6-dbg")
    }

    @Test("recognises a container: seccomp, hidden pressure, throttling, no list of CPUs")
    func container() throws {
        let check = check("container-without-psi") {
            $0.cpuClock = EPERM
            $0.remoteMemory = ENOSYS
            $0.ptrace = EPERM
        }
        #expect(try item("perf.cpu_clock", check).remedy?.contains("seccomp=unconfined") == true)
        #expect(try item("container", check).state == .limited)
        #expect(try item("psi.host", check).state == .limited)
        #expect(
            try item("cgroup.limits", check).finding
                == "1.50 CPUs, 512 MiB of memory; throttled in 97 of 812 periods"
        )
        #expect(try item("access.memory", check).state == .limited)
        #expect(try item("access.ptrace", check).remedy == "docker run --cap-add SYS_PTRACE")
    }

    @Test("tells hybrid cgroups from version 2, and reads limits of version 1")
    func hybrid() throws {
        let check = check("hybrid-cgroups")
        #expect(try item("cgroup.version", check).finding == "hybrid: version 1 with an empty version 2")
        #expect(try item("cgroup.limits", check).finding == "0.50 CPUs")
        #expect(try item("psi.cgroup", check).state == .limited)
        #expect(check.isUsable)
    }

    @Test("names the package of every library that is missing")
    func libraries() throws {
        let check = check("root-on-debian") { $0.libraries = [] }
        for library in ClientLibrary.all {
            let item = try item("library.\(library.package)", check)
            #expect(item.remedy == "apt-get install \(library.package)")
            #expect(item.state == (library.servesRecording ? .missing : .limited))
        }
        #expect(check.isUsable)
    }

    @Test("survives files that no kernel writes", arguments: ["garbage", "no-such-scene"])
    func garbage(scene: String) {
        let check = check(scene)
        #expect(check.items.count > 20)
        #expect(HostDescription.current(root: Self.scenes + scene).memoryBytes == 0)
    }

    @Test("gives every trouble a consequence and a remedy, and every check an id of its own")
    func laws() {
        let all = ["root-on-debian", "unprivileged-paranoid-4", "container-without-psi", "hybrid-cgroups", "garbage"]
        for scene in all {
            let check = check(scene) {
                $0.cpuClockWithKernel = EACCES
                $0.cycles = ENOENT
                $0.libc = nil
            }
            #expect(Set(check.items.map(\.id)).count == check.items.count)
            for item in check.items {
                #expect((item.state == .ok) == (item.consequence == nil), "\(scene) \(item.id)")
                #expect((item.state == .ok) == (item.remedy == nil), "\(scene) \(item.id)")
            }
        }
    }

    @Test("puts the worst first")
    func order() {
        let check = check("hybrid-cgroups") { $0.contextSwitches = EACCES }
        let states = check.items.map(\.state)
        let ranks = states.map { SelfCheckItem.State.allCases.firstIndex(of: $0) ?? 0 }
        #expect(ranks == ranks.sorted(by: >))
        #expect(states.first == .missing)
    }

    @Test("tries everything for real without harm, whatever the host allows")
    func live() {
        let probes = KernelProbes.live()
        #expect(probes.cpuClock >= 0 && probes.bpf >= 0 && probes.ptrace >= 0)
        let check = SelfCheck(files: HostFiles(), probes: probes)
        #expect(check.items.count > 20)
        #expect(probes.libc?.path.hasSuffix("libc.so.6") == true)
    }

    @Test("describes the host")
    func host() {
        let host = HostDescription.current(root: Self.scenes + "root-on-debian")
        #expect(
            host
                == HostDescription(
                    name: "dev1", os: "Debian GNU/Linux 12 (bookworm)", kernel: "6.18.44", architecture: "x86_64",
                    cpuModel: "AMD EPYC 9B14", cpuCount: 8, memoryBytes: 24_684_096 * 1024
                )
        )
        #expect(HostDescription.current(root: Self.scenes + "container-without-psi").cpuCount == 2)
    }

    @Test(
        "counts CPUs in the kernel's lists, and nothing else",
        arguments: [
            ("0", 1), ("0-3", 4), ("0-3,8,10-11", 7), ("", nil), ("3-1", nil), ("0-", nil), ("-1", nil),
            ("0--2", nil), ("a", nil), ("0-99999999999", nil), ("0,,1", nil),
        ] as [(String, Int?)]
    )
    func lists(list: String, count: Int?) {
        #expect(HostDescription.count(ofCPUs: list) == count)
    }
}
