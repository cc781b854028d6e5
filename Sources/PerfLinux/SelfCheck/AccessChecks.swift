import Glibc
import PerfModel

/// What may be seen of other processes and of the kernel.
enum AccessChecks {
    static func items(_ scene: SelfCheck.Scene) -> [SelfCheckItem] {
        [ptrace(scene), remoteMemory(scene), kernelSymbols(scene), bpf(scene), typeInformation(scene)]
    }

    private static func ptrace(_ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("access.ptrace", "attaching")
        if scene.probes.ptrace != 0 {
            return .trouble(
                .limited, id, title, "ptrace: \(SystemCallError.text(of: scene.probes.ptrace))",
                so: "processes that run already may be refused", mend: "docker run --cap-add SYS_PTRACE"
            )
        }
        if scene.privileges.ptrace { return .ok(id, title, "CAP_SYS_PTRACE: to every process") }
        // Without Yama the file does not exist, and the classic rule holds.
        switch scene.files.number(at: "/proc/sys/kernel/yama/ptrace_scope") ?? 0 {
        case 0: return .ok(id, title, "to processes of the same user")
        case 1:
            return .trouble(
                .limited, id, title, "yama/ptrace_scope is 1, without CAP_SYS_PTRACE",
                so: "record -p works for our own children only; record -- CMD works",
                mend: "run as root, or: sysctl kernel.yama.ptrace_scope=0"
            )
        case 2:
            return .trouble(
                .limited, id, title, "yama/ptrace_scope is 2, without CAP_SYS_PTRACE",
                so: "record -p is refused; record -- CMD works", mend: "run as root"
            )
        default:
            return .trouble(
                .limited, id, title, "yama/ptrace_scope is 3: nobody may attach until the next boot",
                so: "record -p is refused; record -- CMD works",
                mend: "set kernel.yama.ptrace_scope=1 in /etc/sysctl.d and reboot"
            )
        }
    }

    private static func remoteMemory(_ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("access.memory", "memory of processes")
        let error = scene.probes.remoteMemory
        guard error != 0 else { return .ok(id, title, "process_vm_readv works") }
        return .trouble(
            .limited, id, title, "process_vm_readv: \(SystemCallError.text(of: error))",
            so: "what is not in a sample's own stack copy cannot be read: truncated and async stacks",
            mend: "docker run --cap-add SYS_PTRACE"
        )
    }

    private static func kernelSymbols(_ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("access.kernel_symbols", "kernel symbols")
        // The file is asked rather than the setting: it shows what this very process may see.
        let lines = scene.files.text(at: "/proc/kallsyms", limit: 8192).value?.split(separator: "\n") ?? []
        let isVisible = lines.contains { line in
            line.prefix { $0 != " " }.contains { $0 != "0" }
        }
        if isVisible { return .ok(id, title, "/proc/kallsyms shows addresses") }
        let level = scene.files.line(at: "/proc/sys/kernel/kptr_restrict") ?? "unknown"
        return .trouble(
            .limited, id, title,
            lines.isEmpty ? "no /proc/kallsyms" : "addresses are hidden (kptr_restrict is \(level))",
            so: "kernel frames are there, but without names",
            mend: level == "2" ? "sysctl kernel.kptr_restrict=1, and run as root" : "run as root"
        )
    }

    private static func bpf(_ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("access.bpf", "BPF")
        let error = scene.probes.bpf
        guard error != 0 else {
            let hasTypes = scene.files.exists("/sys/kernel/btf/vmlinux")
            let obstacle = scene.probes.bpfObstacle ?? (hasTypes ? nil : "the kernel's types are not known")
            return .ok(
                id, title,
                obstacle.map { "programs can be loaded, but waiting times are taken from event records: \($0)" }
                    ?? "programs can be loaded; they can add up waiting times in the kernel"
            )
        }
        return .trouble(
            .limited, id, title, "bpf: \(SystemCallError.text(of: error))",
            so: "waiting times are taken from event records, at a higher cost",
            mend: error == EPERM || error == EACCES
                ? (scene.privileges.bpf ? "a sandbox refuses it: run on the host" : "run as root, or with CAP_BPF")
                : "a kernel with CONFIG_BPF_SYSCALL"
        )
    }

    private static func typeInformation(_ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("access.btf", "kernel types (BTF)")
        if scene.files.exists("/sys/kernel/btf/vmlinux") { return .ok(id, title, "/sys/kernel/btf/vmlinux") }
        return .trouble(
            .limited, id, title, "no /sys/kernel/btf/vmlinux", so: "BPF programs cannot follow kernel structures",
            mend: "a kernel with CONFIG_DEBUG_INFO_BTF, as distributions have it"
        )
    }
}
