import PerfModel

/// Settings of the kernel that findings and remedies refer to.
package enum SettingsCollector: Collector {
    package static let id = "settings"
    package static let explanation = "settings of the kernel that findings refer to, from /proc/sys"

    private static let names = [
        "fs.file-max", "fs.nr_open", "kernel.pid_max", "kernel.sched_autogroup_enabled", "kernel.task_delayacct",
        "kernel.threads-max", "net.core.netdev_max_backlog", "net.core.rmem_max", "net.core.somaxconn",
        "net.core.wmem_max", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_congestion_control",
        "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_max_syn_backlog", "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_tw_reuse", "net.ipv4.tcp_wmem",
        "vm.dirty_background_ratio", "vm.dirty_ratio", "vm.max_map_count", "vm.min_free_kbytes",
        "vm.overcommit_memory", "vm.overcommit_ratio", "vm.swappiness", "vm.vfs_cache_pressure",
        "vm.zone_reclaim_mode",
    ]

    package static func collect(
        from reader: HostReader, after previous: HostSnapshot?, into snapshot: inout HostSnapshot
    ) {
        var settings = KernelSettings(values: [:])
        for name in names {
            let path = "/proc/sys/" + String(name.map { $0 == "." ? "/" : $0 })
            settings.values[name] = reader.text(at: path).map { text in
                text.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
            }
        }
        snapshot.settings =
            settings.values.isEmpty
            ? .unavailable(reason: "/proc/sys cannot be read", remedy: "mount -t proc proc /proc")
            : .available(settings)
    }
}
