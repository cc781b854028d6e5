import PerfLinux
import PerfModel

/// Mounted file systems with their space and inodes, and the host's file handles.
package enum FileSystemCollector: Collector {
    package static let id = "file_system"
    package static let explanation = "space and inodes of mounted file systems, and file handles"

    /// Mounts that are asked for their space.
    private static let mostMounts = 256
    /// Asking these may wait for a server that does not answer, for ever.
    private static let remote: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "9p", "afs", "glusterfs", "lustre", "ncpfs", "ocfs2", "gfs2",
        "davfs", "virtiofs", "autofs", "fuse",
    ]

    package static func collect(
        from reader: HostReader, after previous: HostSnapshot?, into snapshot: inout HostSnapshot
    ) {
        snapshot.fileSystems = reader.part(at: "/proc/self/mounts", limit: 8 << 20, parse).map { mounts in
            mounts.prefix(mostMounts).compactMap { mount in
                do throws(SystemCallError) {
                    let space = try reader.space(at: mount.mountPoint)
                    guard space.size > 0 else { return nil }
                    return MountedFileSystem(
                        device: mount.device, mountPoint: mount.mountPoint, kind: mount.kind,
                        isReadOnly: mount.isReadOnly, space: space)
                } catch {
                    // A mount that is hidden by another, or went away.
                    return nil
                }
            }
        }
        snapshot.fileHandles = reader.part(at: "/proc/sys/fs/file-nr") { bytes in
            let fields = bytes[...].trimmed.fields.map(\.unsigned)
            guard fields.count == 3, let allocated = fields[0], let limit = fields[2] else { return nil }
            return FileHandleCounts(allocated: allocated, limit: limit)
        }
    }

    struct Mount {
        var device: String
        var mountPoint: String
        var kind: String
        var isReadOnly: Bool
    }

    /// Mounts that hold data: those of block devices, and of kinds that keep data without one; each device once.
    static func parse(_ bytes: [UInt8]) -> [Mount]? {
        let lines = bytes.lines
        var seen: Set<String> = []
        var mounts: [Mount] = []
        for line in lines {
            let fields = line.fields
            guard fields.count >= 4 else { continue }
            let kind = fields[2].text
            let device = unescaped(fields[0])
            guard !remote.contains(kind), !kind.hasPrefix("fuse.") else { continue }
            guard device.hasPrefix("/dev/") || ["tmpfs", "zfs", "btrfs", "overlay", "bcachefs"].contains(kind),
                kind != "squashfs", kind != "iso9660", kind != "devtmpfs"
            else { continue }
            // Bind mounts show the same device at many places; tmpfs are distinct though they share a name.
            let isShared = kind == "tmpfs" || kind == "overlay"
            guard isShared || seen.insert(device).inserted else { continue }
            let options = fields[3].split(separator: UInt8(ascii: ","))
            mounts.append(
                Mount(
                    device: device, mountPoint: unescaped(fields[1]), kind: kind,
                    isReadOnly: options.contains { $0.elementsEqual("ro".utf8) }))
        }
        return lines.isEmpty ? nil : mounts
    }

    /// Blanks, tabs, line ends and backslashes are octal: `\040`.
    static func unescaped(_ field: Bytes) -> String {
        guard field.contains(UInt8(ascii: "\\")) else { return field.text }
        var result: [UInt8] = []
        var index = field.startIndex
        while index < field.endIndex {
            let digits = field[(index + 1)...].prefix(3)
            if field[index] == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ $0 >= 48 && $0 <= 55 }) {
                let value = digits.reduce(0) { $0 * 8 + Int($1 - 48) }
                result.append(UInt8(truncatingIfNeeded: value))
                index += 4
            } else {
                result.append(field[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
