import Glibc

extension Workload {
    static let pingPong = Workload(
        name: "ping-pong",
        summary: "two threads that pass a byte to and fro through two pipes, as fast as they can",
        answer: "what a round trip takes, profiled and not; pingWait and pongWait are off the CPU nearly all the time",
        options: [
            .init("rounds", 100_000, "round trips; 0: as many as --ms allows"),
            .init("ms", 0, "how long it runs, with --rounds 0"),
        ]
    ) { settings in
        var there: [Int32] = [-1, -1]
        var back: [Int32] = [-1, -1]
        // SAFETY: each array has the two elements that its call writes.
        guard unsafe pipe(&there) == 0, unsafe pipe(&back) == 0 else { return complain("cannot make a pipe") }
        let (pongIn, pingOut, pingIn, pongOut) = (there[0], there[1], back[0], back[1])
        let pong = Thread(named: "pong") {
            while pongWait(pongIn) { pass(pongOut) }
            close(pongOut)
        }
        let rounds = settings["rounds"]
        let deadline = Clock.monotonic() + settings.nanoseconds(fromMilliseconds: "ms")
        let start = Clock.monotonic()
        var done = 0
        while rounds > 0 ? done < rounds : Clock.monotonic() < deadline {
            pass(pingOut)
            guard pingWait(pingIn) else { break }
            done += 1
        }
        let elapsed = Clock.monotonic() - start
        close(pingOut)
        pong?.join()
        Truth.state("rounds", "ping-pong", done)
        Truth.state("round_ns", "ping-pong", elapsed / Int64(max(1, done)))
        Truth.state("wall_ns", "ping-pong", elapsed)
    }

    static let disk = Workload(
        name: "disk",
        summary: "writes blocks and waits until the disk has them, then faults the pages of a file in",
        answer: "writeThrough waits for the disk, faultPages for memory, for what the truth says",
        options: [
            .init("ms", 2000, "how long each of the two runs"),
            .init("file", text: "perfdoctor-workload.disk", "a file to write; it is removed"),
            .init("mib", 64, "its size in MiB"),
        ]
    ) { settings in
        let path = settings[text: "file"]
        // SAFETY: the path is a terminated string for the duration of the call.
        let file = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { return complain("cannot make \(path)") }
        // SAFETY: the path is a terminated string for the duration of the call.
        defer {
            close(file)
            _ = unsafe unlink(path)
        }
        let size = max(1, settings["mib"]) << 20
        let span = settings.nanoseconds(fromMilliseconds: "ms")
        var waited: Int64 = 0
        var deadline = Clock.monotonic() + span
        var offset = 0
        while Clock.monotonic() < deadline {
            waited += Clock.offCPU { writeThrough(file, at: offset % size) }
            offset += 4096
        }
        Truth.state("off_cpu_ns", "writeThrough", waited)
        guard ftruncate(file, off_t(size)) == 0 else { return complain("cannot grow \(path)") }
        for position in stride(from: 0, to: size, by: 1 << 20) { writeBlock(file, at: position, count: 1 << 20) }
        waited = 0
        deadline = Clock.monotonic() + span
        while Clock.monotonic() < deadline {
            fsync(file)
            posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
            waited += Clock.offCPU { faultPages(file, size: size) }
        }
        Truth.state("off_cpu_ns", "faultPages", waited)
    }

    static let eventLoop = Workload(
        name: "event-loop",
        summary: "an event loop that has nothing to do but a timer",
        answer: "all of it is idle: nothing is left to show unless idle waits are asked for",
        options: [
            .init("ms", 2000, "how long it runs"),
            .init("tick-ms", 100, "the timer"),
        ]
    ) { settings in
        // Of two descriptors, as event loops have; one alone would be a client that waits for its answer.
        var ends: [Int32] = [-1, -1]
        // SAFETY: the array has the two elements that the call writes.
        guard unsafe pipe(&ends) == 0 else { return complain("cannot make a pipe") }
        let deadline = Clock.monotonic() + settings.nanoseconds(fromMilliseconds: "ms")
        var waited: Int64 = 0
        while Clock.monotonic() < deadline {
            waited += Clock.offCPU { runLoopOnce(ends[0], milliseconds: Int32(settings["tick-ms"])) }
        }
        for end in ends { close(end) }
        Truth.state("off_cpu_ns", "runLoopOnce", waited)
    }

    static let sleeper = Workload(
        name: "sleeper",
        summary: "threads that wait in one system call from the beginning to the end",
        answer: "sleepThrough has --count times the whole time, though nothing ever switches",
        options: [
            .init("ms", 3000, "how long it runs"),
            .init("count", 4, "threads"),
        ]
    ) { settings in
        let span = settings.nanoseconds(fromMilliseconds: "ms")
        let times = Thread.each(of: max(1, settings["count"]), named: "sleeper") { _ in
            Clock.offCPU { sleepThrough(span) }
        }
        Truth.state("off_cpu_ns", "sleepThrough", times.reduce(0, +))
    }
}

extension Clock {
    /// How long the calling thread was off the CPU during `body`.
    static func offCPU(_ body: () -> Void) -> Int64 {
        let start = (monotonic(), threadCPU())
        body()
        return (monotonic() - start.0) - (threadCPU() - start.1)
    }
}

@inline(never)
func pingWait(_ descriptor: Int32) -> Bool {
    var byte: UInt8 = 0
    // SAFETY: `byte` has room for the one byte that the call may write.
    return unsafe read(descriptor, &byte, 1) == 1
}

@inline(never)
func pongWait(_ descriptor: Int32) -> Bool {
    var bytes: (UInt8, UInt8) = (0, 0)
    // SAFETY: `bytes` has room for the one byte that the call may write.
    let got = unsafe withUnsafeMutableBytes(of: &bytes) { unsafe read(descriptor, $0.baseAddress, 1) }
    return got == 1
}

@inline(never)
func pass(_ descriptor: Int32) {
    // SAFETY: one byte of a string literal.
    _ = unsafe write(descriptor, "x", 1)
}

@inline(never)
func writeThrough(_ file: Int32, at offset: Int) {
    writeBlock(file, at: offset, count: 4096)
    // Not as a tail call, which would take this function off the stack.
    Sink.keep(UInt64(bitPattern: Int64(fdatasync(file))))
}

private func writeBlock(_ file: Int32, at offset: Int, count: Int) {
    let block = [UInt8](repeating: 0x42, count: count)
    // SAFETY: pointer and count are of the same array, read during the call.
    _ = unsafe pwrite(file, block, count, off_t(offset))
}

@inline(never)
func faultPages(_ file: Int32, size: Int) {
    // SAFETY: a mapping of our own, read inside its bounds and unmapped at the end.
    guard let base = unsafe mmap(nil, size, PROT_READ, MAP_SHARED, file, 0), unsafe base != MAP_FAILED else { return }
    unsafe madvise(base, size, MADV_RANDOM)
    var sum: UInt64 = 0
    for offset in stride(from: 0, to: size, by: 4096) {
        sum &+= UInt64(unsafe base.load(fromByteOffset: offset, as: UInt8.self))
    }
    Sink.keep(sum)
    unsafe munmap(base, size)
}

@inline(never)
func runLoopOnce(_ descriptor: Int32, milliseconds: Int32) {
    var entries = [pollfd](repeating: pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0), count: 2)
    // SAFETY: the array outlives the call, which changes only its elements.
    _ = unsafe poll(&entries, nfds_t(entries.count), milliseconds)
}

@inline(never)
func sleepThrough(_ nanoseconds: Int64) {
    Clock.sleep(nanoseconds: nanoseconds)
}
