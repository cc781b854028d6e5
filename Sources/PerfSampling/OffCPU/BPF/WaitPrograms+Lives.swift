/// Threads that begin, execute another program, or end; and what all programs have in common.
extension WaitPrograms {
    /// `sched_process_fork(parent, child)`.
    func onFork() -> [UInt64]? {
        var code = BPFAssembler()
        let done = code.makeLabel()
        let isNotPending = code.makeLabel()
        code.load(.r6, from: .r1, 0)
        code.load(.r7, from: .r1, 8)
        code.load(.r1, from: .r6, kernel.thread, .word)
        code.store(.r1, to: .frame, Self.threadKey, .word)
        lookUp(&code, maps.threads, Self.threadKey)
        if observesAll {
            code.jump(if: .r0, .equal, 0, to: isNotPending)
        } else {
            code.jump(if: .r0, .equal, 0, to: done)
        }
        code.load(.r1, from: .r0, Layout.Thread.state, .word)
        code.jump(if: .r1, .equal, Layout.State.pending.rawValue, to: done)
        code.place(isNotPending)
        code.load(.r1, from: .r7, kernel.flags, .word)
        code.operate(.and, .r1, Self.kernelThreadFlag)
        code.jump(if: .r1, .notEqual, 0, to: done)
        code.call(.nanoseconds)
        code.store(.r0, to: .frame, Self.now)
        code.load(.r1, from: .r7, kernel.thread, .word)
        code.store(.r1, to: .frame, Self.threadKey, .word)
        code.load(.r9, from: .r7, kernel.process, .word)
        beginThread(&code, state: .runnable)
        // A new process has its parent's code where that has it.
        let told = code.makeLabel()
        code.load(.r1, from: .r6, kernel.process, .word)
        code.jump(if: .r1, .equal, .r9, to: told)
        code.store(.r1, to: .frame, Self.processKey, .word)
        lookUp(&code, maps.spaces, Self.processKey)
        code.jump(if: .r0, .equal, 0, to: told)
        code.store(.r9, to: .frame, Self.processKey, .word)
        code.move(.r3, .r0)
        code.load(.r1, map: maps.spaces)
        code.move(.r2, .frame)
        code.operate(.add, .r2, Int32(Self.processKey))
        code.move(.r4, 0)
        code.call(.mapUpdate)
        code.place(told)
        tellLife(&code, .began, hasTimes: false)
        code.place(done)
        code.move(.r0, 0)
        code.exit()
        return code.assembled()
    }

    /// `sched_process_exit(task)`.
    func onExit() -> [UInt64]? {
        var code = BPFAssembler()
        let done = code.makeLabel()
        code.load(.r7, from: .r1, 0)
        code.load(.r1, from: .r7, kernel.thread, .word)
        code.store(.r1, to: .frame, Self.threadKey, .word)
        endThread(&code, orElse: done, kind: .ended)
        code.load(.r1, map: maps.threads)
        code.move(.r2, .frame)
        code.operate(.add, .r2, Int32(Self.threadKey))
        code.call(.mapDelete)
        code.place(done)
        code.move(.r0, 0)
        code.exit()
        return code.assembled()
    }

    /// `sched_process_exec(task, oldThreadID)`.
    func onExec() -> [UInt64]? {
        var code = BPFAssembler()
        let done = code.makeLabel()
        let begins = code.makeLabel()
        let isLeader = code.makeLabel()
        code.load(.r7, from: .r1, 0)
        code.load(.r6, from: .r1, 8)
        code.operate(.shiftLeft, .r6, 32)
        code.operate(.shiftRight, .r6, 32)
        // Where its code lies is to be found out anew.
        code.load(.r1, from: .r7, kernel.process, .word)
        code.store(.r1, to: .frame, Self.processKey, .word)
        code.load(.r1, map: maps.spaces)
        code.move(.r2, .frame)
        code.operate(.add, .r2, Int32(Self.processKey))
        code.call(.mapDelete)
        code.load(.r1, from: .r7, kernel.thread, .word)
        code.jump(if: .r1, .equal, .r6, to: isLeader)
        // Another thread than the first executed the program: it has the first one's id now.
        code.store(.r6, to: .frame, Self.threadKey, .word)
        endThread(&code, orElse: done, kind: .ended)
        code.load(.r1, map: maps.threads)
        code.move(.r2, .frame)
        code.operate(.add, .r2, Int32(Self.threadKey))
        code.call(.mapDelete)
        code.load(.r1, from: .r7, kernel.thread, .word)
        code.store(.r1, to: .frame, Self.threadKey, .word)
        code.load(.r9, from: .r7, kernel.process, .word)
        beginThread(&code, state: .onCPU)
        tellLife(&code, .began, hasTimes: false)
        code.jump(to: done)

        code.place(isLeader)
        code.store(.r1, to: .frame, Self.threadKey, .word)
        lookUp(&code, maps.threads, Self.threadKey)
        code.jump(if: .r0, .equal, 0, to: done)
        code.load(.r1, from: .r0, Layout.Thread.state, .word)
        code.jump(if: .r1, .equal, Layout.State.pending.rawValue, to: begins)
        endThread(&code, orElse: done, kind: .executed)
        code.load(.r9, from: .r7, kernel.process, .word)
        beginThread(&code, state: .onCPU, atNow: true)
        code.jump(to: done)
        code.place(begins)
        code.call(.nanoseconds)
        code.store(.r0, to: .frame, Self.now)
        code.load(.r9, from: .r7, kernel.process, .word)
        beginThread(&code, state: .onCPU)
        tellLife(&code, .began, hasTimes: false)
        code.place(done)
        code.move(.r0, 0)
        code.exit()
        return code.assembled()
    }

    /// Tells of the end of the life of the thread in `threadKey`; `now` is the time then.
    private func endThread(_ code: inout BPFAssembler, orElse label: BPFAssembler.Label, kind: Layout.LifeKind) {
        lookUp(&code, maps.threads, Self.threadKey)
        code.jump(if: .r0, .equal, 0, to: label)
        code.move(.r8, .r0)
        code.load(.r1, from: .r8, Layout.Thread.state, .word)
        code.jump(if: .r1, .greater, Layout.State.onCPU.rawValue, to: label)
        code.call(.nanoseconds)
        code.store(.r0, to: .frame, Self.now)
        addElapsed(&code, to: Layout.Thread.onCPU)
        code.store(.r0, to: .r8, Layout.Thread.since)
        code.load(.r9, from: .r8, Layout.Thread.process, .word)
        tellLife(&code, kind, hasTimes: true)
    }

    /// Sets the entry of `threadKey` anew, at the time in `now`; r9: its process.
    func beginThread(_ code: inout BPFAssembler, state: Layout.State, atNow: Bool = false) {
        for offset in stride(from: 0, to: Layout.Thread.byteCount, by: 8) {
            code.store(immediate: 0, to: .frame, Self.newThread + offset)
        }
        code.load(.r1, from: .frame, Self.now)
        code.store(.r1, to: .frame, Self.newThread + Layout.Thread.since)
        code.store(.r1, to: .frame, Self.newThread + Layout.Thread.life)
        code.store(immediate: -1, to: .frame, Self.newThread + Layout.Thread.waker, .word)
        code.store(immediate: state.rawValue, to: .frame, Self.newThread + Layout.Thread.state, .word)
        code.store(.r9, to: .frame, Self.newThread + Layout.Thread.process, .word)
        let isSet = code.makeLabel()
        code.load(.r1, map: maps.threads)
        code.move(.r2, .frame)
        code.operate(.add, .r2, Int32(Self.threadKey))
        code.move(.r3, .frame)
        code.operate(.add, .r3, Int32(Self.newThread))
        code.move(.r4, 0)
        code.call(.mapUpdate)
        code.jump(if: .r0, .equal, 0, to: isSet)
        count(&code, .threads)
        code.place(isSet)
    }

    /// Leaves a record of the life of `threadKey`; r9: its process, r8: its entry where `hasTimes`.
    func tellLife(_ code: inout BPFAssembler, _ kind: Layout.LifeKind, hasTimes: Bool) {
        typealias Record = Layout.LifeRecord
        let done = code.makeLabel()
        code.store(.r9, to: .frame, Self.word)
        reserve(&code, Record.byteCount, orElse: done)
        header(&code, type: Record.type, byteCount: Record.byteCount)
        code.load(.r1, from: .frame, Self.word)
        code.store(.r1, to: .r9, Record.process, .word)
        code.load(.r1, from: .frame, Self.threadKey, .word)
        code.store(.r1, to: .r9, Record.thread, .word)
        code.load(.r1, from: .frame, Self.now)
        code.store(.r1, to: .r9, Record.time)
        code.store(.r1, to: .r9, Record.life)
        let times = [
            (Layout.Thread.life, Record.life), (Layout.Thread.onCPU, Record.onCPU),
            (Layout.Thread.runnable, Record.runnable), (Layout.Thread.blocked, Record.blocked),
        ]
        for (from, to) in times {
            if hasTimes {
                code.load(.r1, from: .r8, from)
                code.store(.r1, to: .r9, to)
            } else if to != Record.life {
                code.store(immediate: 0, to: .r9, to)
            }
        }
        code.store(immediate: kind.rawValue, to: .r9, Record.kind)
        submit(&code)
        code.place(done)
    }

    // MARK: What all have in common

    /// The entry of the key at `place` in the stack, into r0; 0 for none.
    func lookUp(_ code: inout BPFAssembler, _ map: Int32, _ place: Int) {
        code.move(.r2, .frame)
        code.operate(.add, .r2, Int32(place))
        code.load(.r1, map: map)
        code.call(.mapLookup)
    }

    /// Adds the time since the last change of the thread in r8, up to r0, to one of its sums.
    func addElapsed(_ code: inout BPFAssembler, to sum: Int) {
        code.load(.r1, from: .r8, Layout.Thread.since)
        code.move(.r2, .r0)
        code.operate(.subtract, .r2, .r1)
        code.load(.r1, from: .r8, sum)
        code.operate(.add, .r1, .r2)
        code.store(.r1, to: .r8, sum)
    }

    /// Makes a number of an address, which the verifier lets nobody calculate with; through the entry of a thread.
    func asNumber(
        _ code: inout BPFAssembler, _ register: BPFAssembler.Register, through thread: BPFAssembler.Register
    ) {
        code.store(register, to: thread, Layout.Thread.scratch)
        code.load(register, from: thread, Layout.Thread.scratch)
    }

    /// Mixes a register into r7.
    func mix(_ code: inout BPFAssembler, _ register: BPFAssembler.Register) {
        code.operate(.exclusiveOr, .r7, register)
        code.operate(.multiply, .r7, Self.multiplier)
        code.move(.r0, .r7)
        code.operate(.shiftRight, .r0, 32)
        code.operate(.exclusiveOr, .r7, .r0)
    }

    /// Makes room for a record, its place in r9.
    func reserve(_ code: inout BPFAssembler, _ byteCount: Int, orElse label: BPFAssembler.Label) {
        let hasRoom = code.makeLabel()
        code.load(.r1, map: maps.ring)
        code.move(.r2, Int32(byteCount))
        code.move(.r3, 0)
        code.call(.ringReserve)
        code.jump(if: .r0, .notEqual, 0, to: hasRoom)
        count(&code, .records)
        code.jump(to: label)
        code.place(hasRoom)
        code.move(.r9, .r0)
    }

    /// The first eight bytes, as records of perf events have them.
    func header(_ code: inout BPFAssembler, type: UInt32, byteCount: Int) {
        code.store(immediate: Int32(type), to: .r9, 0, .word)
        code.store(immediate: Int32(byteCount << 16), to: .r9, 4, .word)
    }

    /// Hands the record in r9 over; wakes the reader only when the ring is a quarter full.
    func submit(_ code: inout BPFAssembler) {
        let isFull = code.makeLabel()
        let hasFlags = code.makeLabel()
        code.load(.r1, map: maps.ring)
        code.move(.r2, 0)
        code.call(.ringQuery)
        code.jump(if: .r0, .greater, Int32(ringByteCount / 4), to: isFull)
        code.move(.r2, 1)
        code.jump(to: hasFlags)
        code.place(isFull)
        code.move(.r2, 2)
        code.place(hasFlags)
        code.move(.r1, .r9)
        code.call(.ringSubmit)
    }

    func count(_ code: inout BPFAssembler, _ counter: Layout.Counter) {
        let done = code.makeLabel()
        code.store(immediate: counter.rawValue, to: .frame, Self.zero, .word)
        lookUp(&code, maps.counters, Self.zero)
        code.jump(if: .r0, .equal, 0, to: done)
        code.move(.r1, 1)
        code.addAtomically(.r1, to: .r0, 0)
        code.place(done)
    }
}
