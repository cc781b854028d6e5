import PerfLinux
import PerfModel

/// What a machine runs on, as far as it lets its guests see.
enum Virtualization {
    /// The first part of the vendor's or product's name that tells, and what it is then called.
    private static let names = [
        ("KVM", "kvm"), ("QEMU", "qemu"), ("Amazon EC2", "amazon"), ("VMware", "vmware"), ("VirtualBox", "oracle"),
        ("innotek", "oracle"), ("Google", "google"), ("Microsoft Corporation", "microsoft"), ("Xen", "xen"),
        ("Parallels", "parallels"), ("OpenStack", "openstack"), ("DigitalOcean", "kvm"),
        ("Apple Virtualization", "apple"),
    ]

    /// `"kvm"`, `"none"`, `"vm"` for an unknown one; empty where it cannot be told.
    static func current(_ files: HostFiles) -> String {
        if let type = files.line(at: "/sys/hypervisor/type"), !type.isEmpty { return String(type) }
        let flags = files.field("flags", at: "/proc/cpuinfo")
        let isGuest = flags?.split(separator: " ").contains("hypervisor")
        // Names of real machines' makers, Microsoft among them, mean nothing without the flag.
        if isGuest == false { return "none" }
        for file in ["product_name", "sys_vendor", "board_vendor", "bios_vendor"] {
            guard let line = files.line(at: "/sys/class/dmi/id/\(file)") else { continue }
            if let name = names.first(where: { line.contains($0.0) }) { return name.1 }
        }
        return isGuest == true ? "vm" : ""
    }
}
