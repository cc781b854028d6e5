import Glibc
import PerfModel

/// Which events perf_event_open gives.
enum EventChecks {
    static func items(_ scene: SelfCheck.Scene) -> [SelfCheckItem] {
        [cpuClock(scene), privileges(scene), kernel(scene), hardware(scene), switches(scene), systemWide(scene)]
    }

    private static func cpuClock(_ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("perf.cpu_clock", "CPU samples")
        let error = scene.probes.cpuClock
        guard error != 0 else { return .ok(id, title, "the software clock samples our own code") }
        return .trouble(
            .missing, id, title, "perf_event_open: \(SystemCallError.text(of: error))",
            so: "nothing can be recorded; reports of recordings made elsewhere work", mend: remedy(error, scene),
            isEssential: true
        )
    }

    private static func privileges(_ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("perf.privileges", "perf privileges")
        let level = scene.files.number(at: "/proc/sys/kernel/perf_event_paranoid")
        let levelText = level.map { "perf_event_paranoid is \($0)" } ?? "perf_event_paranoid cannot be read"
        if scene.privileges.perfmon {
            let name = scene.privileges.administrator ? "CAP_SYS_ADMIN" : "CAP_PERFMON"
            return .ok(id, title, "\(levelText); \(name) overrides it")
        }
        guard let level, level >= 1 else { return .ok(id, title, levelText) }
        let consequence =
            level == 1
            ? "single processes can be recorded with their kernel frames, not the whole host"
            : "only user code of our own processes can be recorded"
        return .trouble(
            .limited, id, title, "\(levelText), without CAP_PERFMON", so: consequence, mend: lowerParanoid
        )
    }

    private static func kernel(_ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("perf.kernel", "kernel samples")
        let error = scene.probes.cpuClockWithKernel
        guard error != 0 else { return .ok(id, title, "allowed") }
        return .trouble(
            .missing, id, title, SystemCallError.text(of: error),
            so: "kernel frames are missing; time in system calls is not sampled", mend: remedy(error, scene)
        )
    }

    private static func hardware(_ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("perf.hardware", "hardware events")
        let error = scene.probes.cycles
        guard error != 0 else { return .ok(id, title, "cycles can be counted") }
        let isAbsent = error == ENOENT || error == EOPNOTSUPP || error == ENODEV
        return .trouble(
            .limited, id, title, isAbsent ? "no hardware counters here" : SystemCallError.text(of: error),
            so: "no cycles and cache misses; CPU time is sampled by the software clock instead",
            mend: isAbsent ? "give the virtual machine a PMU, or record on real hardware" : remedy(error, scene)
        )
    }

    private static func switches(_ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("perf.switches", "context switches")
        let error = scene.probes.contextSwitches
        guard error != 0 else { return .ok(id, title, "can be sampled with stacks") }
        return .trouble(
            .missing, id, title, SystemCallError.text(of: error),
            so: "time off the CPU has durations but no stacks", mend: remedy(error, scene)
        )
    }

    private static func systemWide(_ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("perf.system_wide", "whole host")
        let error = scene.probes.systemWide
        guard error != 0 else { return .ok(id, title, "all processes can be recorded") }
        return .trouble(
            .missing, id, title, SystemCallError.text(of: error), so: "record -a and --cgroup do not work",
            mend: remedy(error, scene)
        )
    }

    private static let lowerParanoid =
        "run as root, or: sysctl kernel.perf_event_paranoid=-1, or: setcap cap_perfmon,cap_sys_ptrace=ep perfdoctor"

    /// What mends a refusal; the reason is not always the same.
    private static func remedy(_ error: Int32, _ scene: SelfCheck.Scene) -> String {
        switch error {
        case ENOSYS:
            return "the kernel lacks CONFIG_PERF_EVENTS, or a sandbox hides the call: record on the host instead"
        case EPERM where scene.privileges.perfmon || CgroupChecks.isContainer(scene.files),
            EACCES where scene.privileges.perfmon:
            return "a container's seccomp profile refuses it: docker run --cap-add PERFMON "
                + "--security-opt seccomp=unconfined"
        case EACCES, EPERM: return lowerParanoid
        case EMFILE, ENFILE: return "raise the limit of open files: ulimit -n 65536"
        default: return "record on the host rather than in a sandbox; the kernel's log may say more: dmesg"
        }
    }
}
