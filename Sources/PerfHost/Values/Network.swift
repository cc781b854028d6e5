/// An interface in `/proc/net/dev`, counted since it came up.
package struct InterfaceCounters: Hashable, Sendable {
    package struct Direction: Hashable, Sendable {
        package var bytes: UInt64
        package var packets: UInt64
        package var errors: UInt64
        package var drops: UInt64
        package var fifoErrors: UInt64
    }

    package var name: String
    package var received: Direction
    package var sent: Direction
    package var collisions: UInt64
    /// Carrier losses while sending.
    package var carrierErrors: UInt64
    /// Bits a second; nil where the driver does not know it, as of virtual ones.
    package var speed: UInt64?
    /// `up`, `down`, `unknown` or another word of the kernel.
    package var state: String?
    package var isLoopback: Bool { name == "lo" }
}

/// A line of `/proc/net/softnet_stat`, hexadecimal 32-bit numbers that wrap.
package struct SoftnetCounters: Hashable, Sendable {
    package var cpu: Int
    package var processed: UInt64
    /// Packets that found the backlog full.
    package var dropped: UInt64
    /// Rounds that ended with work left.
    package var squeezed: UInt64
}

/// `/proc/net/sockstat` and `sockstat6`.
package struct SocketCounts: Hashable, Sendable {
    package var used: UInt64?
    package var tcpInUse: UInt64?
    package var tcpOrphans: UInt64?
    package var tcpTimeWait: UInt64?
    /// Pages.
    package var tcpMemory: UInt64?
    /// Pages at which the kernel begins to save, and at which it refuses; `net.ipv4.tcp_mem`.
    package var tcpMemoryPressure: UInt64?
    package var tcpMemoryLimit: UInt64?
    package var udpInUse: UInt64?
    /// The ports that outgoing connections get, both included.
    package var firstEphemeralPort: UInt16?
    package var lastEphemeralPort: UInt16?
}

/// The table of netfilter.
package struct ConnectionTracking: Hashable, Sendable {
    package var count: UInt64
    package var limit: UInt64
}

/// Settings of the kernel that checks look at: `/proc/sys` paths with dots, and what they hold.
package struct KernelSettings: Hashable, Sendable {
    package var values: [String: String]

    /// `"net.core.somaxconn"`; nil where this kernel has no such setting or does not show it.
    package subscript(_ name: String) -> String? { values[name] }

    package func number(_ name: String) -> Int? { values[name].flatMap { Int($0) } }
}
