import Glibc

extension Workload {
    static let blocker = Workload(
        name: "blocker",
        summary: "three threads that wait: for a lock, in a sleep, for a pipe; next to none burns CPU",
        answer: "blockOnLock, blockOnSleep and blockOnRead are off the CPU for what the truth says",
        options: [
            .init("ms", 2000, "how long it runs"),
            .init("wait-ms", 20, "length of each wait"),
        ]
    ) { settings in
        let deadline = Clock.monotonic() + settings.nanoseconds(fromMilliseconds: "ms")
        let wait = settings.nanoseconds(fromMilliseconds: "wait-ms")
        // The holder releases the lock only between two long waits, so whoever wants it waits in a futex.
        let lock = Locked(0)
        let holder = Thread(named: "holder") {
            while Clock.monotonic() < deadline {
                lock.update { _ in Clock.sleep(nanoseconds: wait) }
                Clock.sleep(nanoseconds: wait / 100)
            }
        }
        var ends: [Int32] = [-1, -1]
        // SAFETY: the array has the two elements that the call writes.
        guard unsafe pipe(&ends) == 0 else { return complain("cannot make a pipe") }
        let (reading, writing) = (ends[0], ends[1])
        let writer = Thread(named: "writer") {
            while Clock.monotonic() < deadline {
                Clock.sleep(nanoseconds: wait)
                // SAFETY: one byte of a string literal.
                _ = unsafe write(writing, "x", 1)
            }
            close(writing)
        }
        let names = ["blockOnLock", "blockOnSleep", "blockOnRead"]
        let times = Thread.each(of: 3, named: "blocked") { index -> Int64 in
            var waited: Int64 = 0
            while Clock.monotonic() < deadline {
                let start = Clock.monotonic() - Clock.threadCPU()
                switch index {
                case 0: blockOnLock(lock)
                case 1: blockOnSleep(wait)
                default: if !blockOnRead(reading) { return waited }
                }
                // On the CPU it did not wait.
                waited += Clock.monotonic() - Clock.threadCPU() - start
                // Until the holder has the lock again: who takes a free lock over and over does not wait.
                if index == 0 { Clock.sleep(nanoseconds: wait / 20) }
            }
            return waited
        }
        holder?.join()
        writer?.join()
        close(reading)
        for (name, time) in zip(names, times) { Truth.state("off_cpu_ns", name, time) }
        Truth.state("cpu_ns", "process", Clock.processCPU())
    }
}

@inline(never)
func blockOnLock(_ lock: Locked<Int>) {
    lock.update { $0 += 1 }
}

@inline(never)
func blockOnSleep(_ nanoseconds: Int64) {
    Clock.sleep(nanoseconds: nanoseconds)
}

@inline(never)
func blockOnRead(_ descriptor: Int32) -> Bool {
    var byte: UInt8 = 0
    // SAFETY: `byte` has room for the one byte that the call may write.
    return unsafe read(descriptor, &byte, 1) == 1
}
