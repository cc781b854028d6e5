import Glibc
import PerfModel
import Testing

@testable import PerfLinux

@Suite("Output file")
struct OutputFileTests {
    @Test("writes the bytes, readable by the owner alone, and leaves nothing else")
    func writes() throws {
        try TemporaryDirectory.with { directory in
            let path = directory + "/out file"
            #expect(try OutputFile.write(Array("hello".utf8), to: path, owner: nil) == nil)
            #expect(try contents(path) == Array("hello".utf8))
            #expect(try mode(path) == S_IFREG | 0o600)
            #expect(try entries(directory) == ["out file"])
            try OutputFile.write([], to: path)
            #expect(try contents(path) == [])
        }
    }

    @Test("replaces a file and a link to one, but not what the link points to")
    func replaces() throws {
        try TemporaryDirectory.with { directory in
            try OutputFile.write([1], to: directory + "/old")
            try OutputFile.write([2], to: directory + "/old")
            #expect(try contents(directory + "/old") == [2])
            for target in ["old", "nowhere"] {
                // SAFETY: both are terminated strings for the duration of the call.
                #expect(unsafe symlink(target, directory + "/link") == 0)
                try OutputFile.checkWritable(directory + "/link")
                try OutputFile.write([3], to: directory + "/link")
                #expect(try mode(directory + "/link") & S_IFMT == S_IFREG)
                #expect(try contents(directory + "/old") == [2])
                // SAFETY: as above.
                #expect(unsafe unlink(directory + "/link") == 0)
            }
            #expect(try entries(directory) == ["old"])
        }
    }

    @Test("refuses what it must not replace, and says so", arguments: [true, false])
    func refuses(early: Bool) throws {
        func attempt(_ path: String) throws(OutputFileError) {
            if early { try OutputFile.checkWritable(path) } else { try OutputFile.write([1], to: path) }
        }
        try TemporaryDirectory.with { directory in
            // SAFETY: all are terminated strings for the duration of the calls.
            unsafe #expect(mkfifo(directory + "/fifo", 0o600) == 0)
            unsafe #expect(mkdir(directory + "/sub", 0o700) == 0)
            unsafe #expect(symlink("fifo", directory + "/to-fifo") == 0)
            unsafe #expect(symlink("/proc/self/fd/1", directory + "/stdout") == 0)
            let before = try entries(directory)
            let other = "name another file, or - for standard output: -o -"
            let cases: [(path: String, summary: String, remedy: String)] = [
                ("/fifo", "it exists and is not a regular file", other),
                ("/to-fifo", "it exists and is not a regular file", other),
                ("/stdout", "it exists and is not a regular file", other),
                ("/sub", "it is a directory", "name a file in it: -o \(directory)/sub/profile.pb.gz"),
                ("/sub/", "it is a directory", "name a file in it: -o \(directory)/sub/profile.pb.gz"),
                ("/sub/..", "it is a directory", "name a file in it: -o \(directory)/sub/../profile.pb.gz"),
                (
                    "/no ne/file", "\(directory)/no ne: No such file or directory",
                    "create the directory: mkdir -p '\(directory)/no ne'"
                ),
                (
                    "/fifo/file", "\(directory)/fifo: Not a directory",
                    "name a file in a directory that you may write to: -o FILE"
                ),
                (
                    "/" + String(repeating: "n", count: 256), "File name too long",
                    "name a shorter file: -o FILE"
                ),
            ]
            for row in cases {
                let error = #expect(throws: OutputFileError.self) { try attempt(directory + row.path) }
                #expect(error?.summary == "cannot write \(directory)\(row.path): \(row.summary)")
                #expect(error?.remedy == row.remedy)
                #expect(error?.exitCode == .failure)
            }
            #expect(throws: OutputFileError.self) { try attempt("") }
            #expect(throws: OutputFileError.self) { try attempt(directory + "/a\0b") }
            #expect(try entries(directory) == before)
        }
    }

    @Test("a long name still gets a temporary beside it")
    func longName() throws {
        try TemporaryDirectory.with { directory in
            let name = String(repeating: "ü", count: 127) + "x"
            try OutputFile.checkWritable("\(directory)/\(name)")
            try OutputFile.write([1], to: "\(directory)/\(name)")
            #expect(try entries(directory) == [name])
        }
    }

    @Test("a name without a directory is in the current one")
    func currentDirectory() async {
        await #expect(processExitsWith: .success) {
            try TemporaryDirectory.with { directory in
                // SAFETY: a terminated string for the duration of the call.
                unsafe #expect(chdir(directory) == 0)
                try OutputFile.write([1], to: "file")
                #expect(try entries(directory) == ["file"])
                unsafe #expect(chdir("/") == 0)
            }
        }
    }

    @Test("a full disk is named, and leaves neither a half file nor the old one changed")
    func fullDisk() async {
        guard geteuid() == 0 else { return print("skipped: mounting a small file system needs root") }
        await #expect(processExitsWith: .success) {
            try TemporaryDirectory.with { directory in
                guard try mountSmallDisk(at: directory) else { return }
                defer {
                    // SAFETY: a terminated string for the duration of the call.
                    unsafe _ = umount2(directory, 0)
                }
                let path = directory + "/profile"
                try OutputFile.write([1, 2, 3], to: path)
                try OutputFile.checkWritable(path)
                let large = [UInt8](repeating: 7, count: 1 << 20)
                let error = #expect(throws: OutputFileError.self) { try OutputFile.write(large, to: path) }
                #expect(error?.summary == "cannot write \(path): No space left on device")
                #expect(
                    error?.remedy
                        == "free some space (df -h \(directory)), or name a file on another disk: -o FILE"
                )
                #expect(try entries(directory) == ["profile"])
                #expect(try contents(path) == [1, 2, 3])
            }
        }
    }

    @Test("the limit on file sizes is an error and not a signal")
    func fileSizeLimit() async {
        await #expect(processExitsWith: .success) {
            try TemporaryDirectory.with { directory in
                var limit = rlimit(rlim_cur: 4096, rlim_max: 4096)
                // SAFETY: the struct outlives the call, which reads it.
                unsafe #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
                let error = #expect(throws: OutputFileError.self) {
                    try OutputFile.write([UInt8](repeating: 7, count: 4097), to: directory + "/file")
                }
                #expect(error?.remedy == "raise the limit: ulimit -f unlimited")
                #expect(try entries(directory) == [])
                try OutputFile.write([UInt8](repeating: 7, count: 4096), to: directory + "/file")
            }
        }
    }

    @Test("a directory without permission is named early")
    func permission() async {
        guard geteuid() == 0 else { return print("skipped: changing the user needs root") }
        await #expect(processExitsWith: .success) {
            try TemporaryDirectory.with { directory in
                // SAFETY: a terminated string for the duration of the call.
                unsafe #expect(chmod(directory, 0o755) == 0)
                #expect(seteuid(65534) == 0)
                defer { #expect(seteuid(0) == 0) }
                let error = #expect(throws: OutputFileError.self) {
                    try OutputFile.checkWritable(directory + "/file")
                }
                #expect(error?.summary == "cannot write \(directory)/file: \(directory): Permission denied")
            }
        }
    }

    @Test("belongs to the user who called sudo")
    func sudo() throws {
        #expect(SudoUser(user: "1000", group: "100") == SudoUser(user: "1000", group: "100"))
        for bad in [nil, "", "x", "-1", "4294967295", "4294967296", "1 "] {
            #expect(SudoUser(user: bad, group: "1") == nil)
            #expect(SudoUser(user: "1", group: bad) == nil)
        }
        guard geteuid() == 0 else { return print("skipped: giving a file away needs root") }
        try TemporaryDirectory.with { directory in
            let path = directory + "/file"
            let warning = try OutputFile.write([1], to: path, owner: SudoUser(user: "12345", group: "54321"))
            #expect(warning == nil)
            var status = stat()
            // SAFETY: path and struct are valid during the call.
            unsafe #expect(stat(path, &status) == 0)
            #expect(status.st_uid == 12345)
            #expect(status.st_gid == 54321)
            #expect(try mode(path) == S_IFREG | 0o600)
        }
    }

    @Test(
        "nothing in a target's name gets out of the file name",
        arguments: [
            ("my-server", "my-server"), ("../../etc/passwd", "_.._etc_passwd"), ("", "process"), ("...", "process"),
            ("-rf", "rf"), ("a b\n\u{1B}[31m", "a_b___31m"), ("größe", "größe"), ("日本", "日本"),
            ("\u{202E}exe", "_exe"), ("$(reboot)", "__reboot_"), ("(sd-pam)", "_sd-pam_"),
            ("kworker/0:1", "kworker_0_1"),
        ]
    )
    func names(name: String, expected: String) {
        #expect(OutputFile.nameComponent(name) == expected)
        #expect(OutputFile.defaultName(process: name, pid: 7) == "perfdoctor-\(expected)-7.pb.gz")
    }

    @Test("a long name is cut between characters")
    func longComponent() {
        #expect(OutputFile.nameComponent(String(repeating: "x", count: 500)).utf8.count == 64)
        #expect(OutputFile.nameComponent("x" + String(repeating: "ü", count: 500)).utf8.count == 63)
    }
}

/// Gives this thread a mount namespace of its own and mounts 64 KiB there.
///
/// - Returns: false, with the reason printed, where that is not allowed.
private func mountSmallDisk(at directory: String) throws -> Bool {
    // glibc declares unshare for _GNU_SOURCE only, which Swift's module does not define.
    // SAFETY: the symbol is glibc's `int unshare(int)`.
    let symbol = unsafe try #require(dlsym(nil, "unshare"))
    let unshare = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Int32).self)
    let newMountNamespace: Int32 = 0x0002_0000
    guard unshare(newMountNamespace) == 0 else {
        print("skipped: no mount namespace: \(SystemCallError.text(of: errno))")
        return false
    }
    let recursive: UInt = 1 << 14
    let isPrivate: UInt = 1 << 18
    // SAFETY: all are terminated strings for the duration of the calls.
    guard unsafe mount("none", "/", nil, recursive | isPrivate, nil) == 0,
        unsafe "size=64k".withCString({ options in unsafe mount("tmpfs", directory, "tmpfs", 0, options) }) == 0
    else {
        print("skipped: cannot mount: \(SystemCallError.text(of: errno))")
        return false
    }
    return true
}

private func contents(_ path: String) throws -> [UInt8] {
    let file = try OpenFile(path: path)
    return file.bytes(at: FileOffset(rawValue: 0), count: Int(file.byteCount))
}

private func mode(_ path: String) throws -> mode_t {
    var status = stat()
    // SAFETY: path and struct are valid during the call.
    unsafe try #require(lstat(path, &status) == 0)
    return status.st_mode
}

private func entries(_ directory: String) throws -> [String] {
    try TemporaryDirectory.entries(of: directory)
}
