import CPerfLinux
import Glibc
import PerfLinux
import PerfModel
import PerfSymbols

/// A program that is to be launched: whether its heap can be recorded, told before it runs.
package enum TargetProgram {
    /// Fails where the tracker cannot work; programs that cannot be found or read are left to the launch itself.
    ///
    /// - Parameter command: the first word of the command line.
    /// - Throws: what stands against it, and what to do instead.
    package static func check(_ command: String) throws(HeapError) {
        guard let path = path(of: command) else { return }
        try check(path, depth: 0)
    }

    private static func check(_ path: String, depth: Int) throws(HeapError) {
        let file: OpenFile
        do {
            file = try OpenFile(path: path)
        } catch {
            return
        }
        if let interpreter = interpreter(ofScript: file) {
            // `#!/usr/bin/env NAME` executes further programs: what they are shows when they connect.
            if depth < 4 { try check(interpreter, depth: depth + 1) }
            return
        }
        let head = file.bytes(at: FileOffset(rawValue: 0), count: 20)
        guard head.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else { return }
        let elf: ElfImage
        do {
            elf = try ElfImage(file)
        } catch {
            throw .hasOtherWordSize(path: path)
        }
        guard elf.machine == Self.machine else { throw .hasOtherWordSize(path: path) }
        guard let segment = elf.segments.first(where: { $0.type == Self.interpreterSegment }) else {
            throw .isStatic(path: path)
        }
        let loader = String(
            decoding: file.bytes(at: segment.offset, count: Int(min(segment.fileSize, 4096))).prefix { $0 != 0 },
            as: UTF8.self
        )
        guard loader.contains("ld-linux") || loader.contains("ld64") else {
            throw .hasOtherCLibrary(path: path, loader: loader)
        }
        if let sanitizer = sanitizer(in: elf) { throw .isSanitized(path: path, sanitizer: sanitizer) }
        if isPrivileged(path) { throw .isPrivileged(path: path) }
    }

    /// `PT_INTERP`.
    private static let interpreterSegment: UInt32 = 3

    private static var machine: ElfImage.Machine {
        #if arch(arm64)
            .aarch64
        #else
            .x86_64
        #endif
    }

    /// As execvp finds it.
    private static func path(of command: String) -> String? {
        if command.contains("/") { return command }
        // SAFETY: the result is null or a terminated string, which is copied at once.
        let search = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/bin:/usr/bin"
        for directory in search.split(separator: ":", omittingEmptySubsequences: false) {
            let path = (directory.isEmpty ? "." : directory) + "/" + command
            // SAFETY: the path is a terminated string for the duration of the call.
            if unsafe access(path, X_OK) == 0 { return path }
        }
        return nil
    }

    private static func interpreter(ofScript file: OpenFile) -> String? {
        let head = file.bytes(at: FileOffset(rawValue: 0), count: 256)
        guard head.starts(with: [0x23, 0x21]) else { return nil }
        let line = head.dropFirst(2).prefix { $0 != 0x0A }
        return line.split { $0 == 0x20 || $0 == 0x09 }.first.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The sanitizer that an image is built with or is; nil for none.
    static func sanitizer(in elf: ElfImage) -> String? {
        let marks = [
            ("__asan_init", "AddressSanitizer"), ("__tsan_init", "ThreadSanitizer"), ("__msan_init", "MemorySanitizer"),
            ("__lsan_init", "LeakSanitizer"), ("__hwasan_init", "HWAddressSanitizer"),
        ]
        guard let section = elf.section(named: ".dynstr") else { return nil }
        let names = elf.source.bytes(at: section.offset, count: Int(min(section.size, 64 << 20)))
        let known = Set(names.split(separator: 0).lazy.filter { $0.count < 32 && $0.starts(with: [0x5F, 0x5F]) })
        return marks.first { known.contains(ArraySlice($0.0.utf8)) }?.1
    }

    private static func isPrivileged(_ path: String) -> Bool {
        var status = stat()
        // SAFETY: `status` outlives the call, which writes one struct.
        guard unsafe stat(path, &status) == 0 else { return false }
        if status.st_mode & S_ISUID != 0, status.st_uid != geteuid() { return true }
        if status.st_mode & S_ISGID != 0, status.st_gid != getegid() { return true }
        // SAFETY: both are terminated strings for the duration of the call.
        return unsafe geteuid() != 0 && pd_attribute_size(path, "security.capability") > 0
    }
}
