import Glibc

extension Workload {
    static let dlopen = Workload(
        name: "dlopen",
        summary: "a library that is loaded in mid-run, used and unloaded, again and again",
        answer: "beforeLibrary half the CPU time; insideLibrary the other half, in the library's function",
        options: [
            .init("ms", 2000, "how long it runs"),
            .init("cycles", 2, "times the library is loaded and unloaded"),
            .init("library", text: "libz.so.1", "what is loaded"),
            .init("symbol", text: "crc32", "its function: unsigned long f(unsigned long, const void *, unsigned)"),
        ]
    ) { settings in
        let cycles = max(1, settings["cycles"])
        let half = settings.nanoseconds(fromMilliseconds: "ms") / Int64(2 * cycles)
        let steps = 200 * churnStepsPerMicrosecond()
        var before: Int64 = 0
        var inside: Int64 = 0
        for _ in 0..<cycles {
            before += beforeLibrary(nanoseconds: half, steps: steps)
            guard let time = useLibrary(settings[text: "library"], symbol: settings[text: "symbol"], half) else {
                return
            }
            inside += time
        }
        Truth.state("cpu_ns", "beforeLibrary", before)
        Truth.state("cpu_ns", "insideLibrary", inside)
    }
}

@inline(never)
func beforeLibrary(nanoseconds: Int64, steps: Int) -> Int64 {
    let start = Clock.threadCPU()
    while Clock.threadCPU() - start < nanoseconds { Sink.keep(churn(19, steps: steps)) }
    return Clock.threadCPU() - start
}

/// A function of the library.
typealias Checksum = @convention(c) (UInt, UnsafeRawPointer?, UInt32) -> UInt

/// Loads the library, uses it and unloads it; returns the CPU time in it, `nil` when it cannot be loaded.
private func useLibrary(_ library: String, symbol: String, _ nanoseconds: Int64) -> Int64? {
    // SAFETY: names are terminated strings; whoever names a symbol promises the signature in `--list`.
    guard let handle = unsafe Glibc.dlopen(library, RTLD_NOW | RTLD_LOCAL) else {
        complain("cannot load \(library)")
        return nil
    }
    defer { _ = unsafe dlclose(handle) }
    guard let address = unsafe dlsym(handle, symbol) else {
        complain("\(library) has no \(symbol)")
        return nil
    }
    return unsafe insideLibrary(unsafeBitCast(address, to: Checksum.self), nanoseconds: nanoseconds)
}

@inline(never)
func insideLibrary(_ checksum: Checksum, nanoseconds: Int64) -> Int64 {
    let bytes = [UInt8](repeating: 0x5A, count: 1 << 18)
    let start = Clock.threadCPU()
    while Clock.threadCPU() - start < nanoseconds {
        // SAFETY: pointer and size are of the same array, for the duration of the call.
        unsafe bytes.withUnsafeBytes { Sink.keep(UInt64(unsafe checksum(0, $0.baseAddress, UInt32($0.count)))) }
    }
    return Clock.threadCPU() - start
}
