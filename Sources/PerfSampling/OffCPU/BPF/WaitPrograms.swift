/// The programs that keep account of waits in the kernel.
///
/// At a switch from a CPU they compute the key of the thread's stack, at a switch onto one they book the wait under
/// it. Only stacks and places that are new are handed over.
struct WaitPrograms {
    typealias Layout = WaitProgramLayout

    /// Descriptors of the maps.
    struct Maps {
        var threads: Int32
        var accounts: Int32
        var stacks: Int32
        var places: Int32
        var spaces: Int32
        var granules: Int32
        var budget: Int32
        var counters: Int32
        var ring: Int32
    }

    let kernel: KernelLayout
    let maps: Maps
    /// Whether threads that nobody announced are observed from their first switch on.
    var observesAll = false
    let ringByteCount: Int

    // Places in a program's stack.
    static let threadKey = -4
    static let processKey = -8
    static let granuleKey = -16
    static let wordKey = -24
    static let context = -32
    static let now = -40
    static let threadPlace = -48
    static let word = -56
    static let zero = -60
    static let pointer = -72
    static let blocked = -80
    static let late = -88
    static let account = -136
    static let accountValue = -160
    /// Words of a stack; where no words are kept, the value of a new thread.
    static let words = -416
    static let newThread = words

    /// Words of a thread's stack that the key covers.
    static let wordCount = WaitStacks.stackWords
    /// Words of the kernel's stack that tell places apart.
    static let kernelWordCount = 16
    /// What `__switch_to_asm` has pushed lies below the frames.
    static let switchFrameByteCount: Int32 = 56
    /// Odd, as a multiplier has to be.
    static let multiplier = Int32(bitPattern: 0x9E37_79B1)

    /// Stacks that a CPU copies in one span at most.
    static let copiesInSpan: Int32 = 40
    /// Nanoseconds.
    static let copySpan: Int32 = 10_000_000
    /// Code of the libraries is looked for so far below the area of mappings, until the exact places are known.
    static let libraryByteCount: Int32 = 128 << 20

    static let kernelThreadFlag: Int32 = 0x20_0000
    static let exitingFlag: Int32 = 0x4
    static let kernelStackByteCount: Int32 = 16 << 10
    /// Serving an interrupt, hard or soft, in the preemption count.
    static let interruptMask: Int32 = 0xFF_0100

    /// `sched_switch(preempt, prev, next)`.
    func onSwitch() -> [UInt64]? {
        var code = BPFAssembler()
        let onto = code.makeLabel()
        let done = code.makeLabel()
        code.store(.r1, to: .frame, Self.context)
        code.store(immediate: 0, to: .frame, Self.now)
        leave(&code, onto: onto)
        code.place(onto)
        come(&code, done: done)
        code.place(done)
        code.move(.r0, 0)
        code.exit()
        return code.assembled()
    }

    /// `sched_waking(task)`.
    ///
    /// - Parameter preemption: where the preemption count is, which tells whether an interrupt wakes. Without it, what
    ///   runs on another stack than the current thread's is taken for one, and what comes upon it in user code.
    /// - Returns: the program; nil when it cannot be assembled.
    func onWaking(preemption: KernelLayout.Preemption?) -> [UInt64]? {
        var code = BPFAssembler()
        let done = code.makeLabel()
        let store = code.makeLabel()
        let isInterrupt = code.makeLabel()
        code.load(.r7, from: .r1, 0)
        code.load(.r1, from: .r7, kernel.thread, .word)
        code.store(.r1, to: .frame, Self.threadKey, .word)
        lookUp(&code, maps.threads, Self.threadKey)
        code.jump(if: .r0, .equal, 0, to: done)
        code.move(.r8, .r0)
        code.load(.r1, from: .r8, Layout.Thread.state, .word)
        code.jump(if: .r1, .notEqual, Layout.State.blocked.rawValue, to: done)
        code.load(.r1, from: .r8, Layout.Thread.wokenAt)
        code.jump(if: .r1, .notEqual, 0, to: done)
        code.call(.nanoseconds)
        code.move(.r9, .r0)
        if let preemption {
            code.load(.r1, variable: preemption.type)
            code.call(.thisCPU)
            code.load(.r1, from: .r0, preemption.offset, .word)
            code.operate(.and, .r1, Self.interruptMask)
            code.jump(if: .r1, .notEqual, 0, to: isInterrupt)
        } else {
            code.call(.currentTask)
            code.load(.r1, from: .r0, kernel.stack)
            asNumber(&code, .r1, through: .r8)
            code.move(.r2, .frame)
            asNumber(&code, .r2, through: .r8)
            code.operate(.subtract, .r2, .r1)
            code.jump(if: .r2, .greaterOrEqual, Self.kernelStackByteCount, to: isInterrupt)
            code.move(.r1, .r0)
            code.call(.taskRegisters)
            code.load(.r1, from: .r0, Layout.Registers.systemCall)
            code.operate(.shiftRight, .r1, 63)
            code.jump(if: .r1, .notEqual, 0, to: isInterrupt)
        }
        code.call(.currentThread)
        code.jump(to: store)
        code.place(isInterrupt)
        code.move(.r0, 0)
        code.place(store)
        code.store(.r0, to: .r8, Layout.Thread.waker, .word)
        code.store(.r9, to: .r8, Layout.Thread.wokenAt)
        code.place(done)
        code.move(.r0, 0)
        code.exit()
        return code.assembled()
    }

    // MARK: Leaving a CPU

    private func leave(_ code: inout BPFAssembler, onto: BPFAssembler.Label) {
        let found = code.makeLabel()
        let isRunnable = code.makeLabel()
        let hasState = code.makeLabel()
        code.load(.r7, from: .r1, 8)
        code.load(.r1, from: .r7, kernel.thread, .word)
        code.jump(if: .r1, .equal, 0, to: onto)
        code.store(.r1, to: .frame, Self.threadKey, .word)
        lookUp(&code, maps.threads, Self.threadKey)
        code.jump(if: .r0, .notEqual, 0, to: found)
        if observesAll {
            adopt(&code, orElse: onto)
        } else {
            code.jump(to: onto)
        }
        code.place(found)
        code.move(.r8, .r0)
        code.load(.r1, from: .r8, Layout.Thread.state, .word)
        code.jump(if: .r1, .greater, Layout.State.onCPU.rawValue, to: onto)
        code.call(.nanoseconds)
        code.store(.r0, to: .frame, Self.now)
        addElapsed(&code, to: Layout.Thread.onCPU)
        code.store(.r0, to: .r8, Layout.Thread.since)
        code.store(immediate: 0, to: .r8, Layout.Thread.wokenAt)
        code.store(immediate: -1, to: .r8, Layout.Thread.waker, .word)
        code.store(immediate: 0, to: .r8, Layout.Thread.stackKey)
        // Preempted, or never set to wait: it wants a CPU.
        code.load(.r2, from: .frame, Self.context)
        code.load(.r1, from: .r2, 0)
        code.operate(.and, .r1, 0xFF)
        code.jump(if: .r1, .notEqual, 0, to: isRunnable)
        code.load(.r1, from: .r7, kernel.state, .word)
        code.jump(if: .r1, .equal, 0, to: isRunnable)
        code.store(immediate: Layout.State.blocked.rawValue, to: .r8, Layout.Thread.state, .word)
        code.jump(to: hasState)
        code.place(isRunnable)
        code.store(immediate: Layout.State.runnable.rawValue, to: .r8, Layout.Thread.state, .word)
        code.place(hasState)
        code.store(.r8, to: .frame, Self.threadPlace)
        computeKey(&code)
        code.load(.r8, from: .frame, Self.threadPlace)
        code.store(.r7, to: .r8, Layout.Thread.stackKey)
        code.store(.r7, to: .frame, Self.wordKey)
        lookUp(&code, maps.stacks, Self.wordKey)
        code.jump(if: .r0, .notEqual, 0, to: onto)
        handOverStack(&code, orElse: onto)
    }

    /// Begins the account of the thread in r7; r0 is its place then.
    ///
    /// Goes to `label` when it is not to be observed.
    private func adopt(_ code: inout BPFAssembler, orElse label: BPFAssembler.Label) {
        code.load(.r1, from: .r7, kernel.flags, .word)
        code.operate(.and, .r1, Self.kernelThreadFlag | Self.exitingFlag)
        code.jump(if: .r1, .notEqual, 0, to: label)
        code.call(.nanoseconds)
        code.store(.r0, to: .frame, Self.now)
        code.load(.r9, from: .r7, kernel.process, .word)
        beginThread(&code, state: .onCPU)
        tellLife(&code, .began, hasTimes: false)
        lookUp(&code, maps.threads, Self.threadKey)
        code.jump(if: .r0, .equal, 0, to: label)
    }

    /// The key of the stack of the thread in r7, into r7.
    private func computeKey(_ code: inout BPFAssembler) {
        let hasSpace = code.makeLabel()
        let hasKey = code.makeLabel()
        let isNotZero = code.makeLabel()
        code.load(.r1, from: .r7, kernel.process, .word)
        code.store(.r1, to: .frame, Self.processKey, .word)
        code.move(.r1, .r7)
        code.call(.taskRegisters)
        code.move(.r9, .r0)
        code.load(.r3, from: .r9, Layout.Registers.sp)
        code.move(.r1, .frame)
        code.operate(.add, .r1, Int32(Self.words))
        code.move(.r2, Int32(Self.wordCount * 8))
        code.call(.readUser)
        lookUp(&code, maps.spaces, Self.processKey)
        code.move(.r8, .r0)
        code.load(.r1, from: .r9, Layout.Registers.ip)
        code.load(.r2, from: .r9, Layout.Registers.sp)
        code.jump(if: .r8, .notEqual, 0, to: hasSpace)

        // Where its code lies is not known yet: the program's own code and the area below the first mapping.
        code.load(.r3, from: .frame, Self.processKey, .word)
        code.load(.r4, from: .r7, kernel.memory)
        code.load(.r8, from: .r4, kernel.codeStart)
        code.load(.r9, from: .r4, kernel.codeEnd)
        code.load(.r5, from: .r4, kernel.mapBase)
        code.move(.r7, .r3)
        mix(&code, .r5)
        mix(&code, .r8)
        mix(&code, .r1)
        mix(&code, .r2)
        code.move(.r4, .r5)
        code.operate(.subtract, .r4, Self.libraryByteCount)
        for index in 0..<Self.wordCount {
            let isCode = code.makeLabel()
            let next = code.makeLabel()
            code.load(.r1, from: .frame, Self.words + index * 8)
            code.jump(if: .r1, .less, .r8, to: next)
            code.jump(if: .r1, .less, .r9, to: isCode)
            code.jump(if: .r1, .less, .r4, to: next)
            code.jump(if: .r1, .greaterOrEqual, .r5, to: next)
            code.place(isCode)
            code.operate(.add, .r7, Int32(index))
            mix(&code, .r1)
            code.place(next)
        }
        code.jump(to: hasKey)

        code.place(hasSpace)
        code.load(.r9, from: .r8, Layout.Space.number)
        code.move(.r7, .r9)
        mix(&code, .r1)
        mix(&code, .r2)
        code.operate(.shiftLeft, .r9, 32)
        for index in 0..<Self.wordCount {
            let isNear = code.makeLabel()
            let next = code.makeLabel()
            code.load(.r1, from: .frame, Self.words + index * 8)
            code.load(.r2, from: .r8, Layout.Space.firstStart)
            code.jump(if: .r1, .less, .r2, to: next)
            code.load(.r2, from: .r8, Layout.Space.firstEnd)
            code.jump(if: .r1, .less, .r2, to: isNear)
            code.load(.r2, from: .r8, Layout.Space.secondStart)
            code.jump(if: .r1, .less, .r2, to: next)
            code.load(.r2, from: .r8, Layout.Space.secondEnd)
            code.jump(if: .r1, .greaterOrEqual, .r2, to: next)
            code.place(isNear)
            code.store(.r1, to: .frame, Self.word)
            code.operate(.shiftRight, .r1, Int32(Layout.granuleShift))
            code.operate(.or, .r1, .r9)
            code.store(.r1, to: .frame, Self.granuleKey)
            lookUp(&code, maps.granules, Self.granuleKey)
            code.jump(if: .r0, .equal, 0, to: next)
            code.load(.r1, from: .frame, Self.word)
            code.operate(.add, .r7, Int32(index))
            mix(&code, .r1)
            code.place(next)
        }
        code.place(hasKey)
        code.jump(if: .r7, .notEqual, 0, to: isNotZero)
        code.move(.r7, 1)
        code.place(isNotZero)
    }

    /// Leaves a record with registers and stack, unless too many were left of late.
    private func handOverStack(_ code: inout BPFAssembler, orElse label: BPFAssembler.Label) {
        let isInSpan = code.makeLabel()
        let has64Bits = code.makeLabel()
        let isCopied = code.makeLabel()
        let ends = code.makeLabel()
        code.store(immediate: 0, to: .frame, Self.zero, .word)
        lookUp(&code, maps.budget, Self.zero)
        code.jump(if: .r0, .equal, 0, to: label)
        code.load(.r1, from: .frame, Self.now)
        code.load(.r2, from: .r0, 0)
        code.move(.r3, .r1)
        code.operate(.subtract, .r3, .r2)
        code.jump(if: .r3, .less, Self.copySpan, to: isInSpan)
        code.store(.r1, to: .r0, 0)
        code.store(immediate: 0, to: .r0, 8)
        code.place(isInSpan)
        code.load(.r1, from: .r0, 8)
        code.jump(if: .r1, .greaterOrEqual, Self.copiesInSpan, to: label)
        code.operate(.add, .r1, 1)
        code.store(.r1, to: .r0, 8)

        typealias Record = Layout.StackRecord
        reserve(&code, Record.byteCount, orElse: label)
        header(&code, type: ProcessRecord.sampleType, byteCount: Record.byteCount)
        code.store(immediate: 0, to: .r9, 8)
        code.load(.r2, from: .frame, Self.context)
        code.load(.r7, from: .r2, 8)
        code.load(.r1, from: .frame, Self.processKey, .word)
        code.store(.r1, to: .r9, Record.process, .word)
        code.load(.r1, from: .frame, Self.threadKey, .word)
        code.store(.r1, to: .r9, Record.thread, .word)
        code.load(.r1, from: .frame, Self.now)
        code.store(.r1, to: .r9, Record.time)
        code.store(immediate: 0, to: .r9, Record.time + 8)
        code.load(.r1, from: .frame, Self.wordKey)
        code.store(.r1, to: .r9, Record.key)
        code.store(immediate: 0, to: .r9, Record.chainLength)
        code.move(.r1, .r7)
        code.call(.taskRegisters)
        code.move(.r8, .r0)
        code.store(immediate: 2, to: .r9, Record.abi)
        code.load(.r1, from: .r8, Layout.Registers.cs)
        code.jump(if: .r1, .notEqual, Layout.Registers.code32, to: has64Bits)
        code.store(immediate: 1, to: .r9, Record.abi)
        code.place(has64Bits)
        for (index, offset) in Layout.Registers.inOrder.enumerated() {
            code.load(.r1, from: .r8, offset)
            code.store(.r1, to: .r9, Record.registers + index * 8)
        }
        code.load(.r1, from: .r8, Layout.Registers.ip)
        code.store(.r1, to: .r9, Record.address)
        code.load(.r3, from: .r8, Layout.Registers.sp)
        code.store(.r3, to: .frame, Self.pointer)
        // To the end of the page first, then page by page until one is missing; r8: how much there is.
        code.move(.r2, .r3)
        code.operate(.and, .r2, Int32(Record.pageByteCount - 8))
        code.move(.r8, Int32(Record.pageByteCount))
        code.operate(.subtract, .r8, .r2)
        code.move(.r1, .r9)
        code.operate(.add, .r1, Int32(Record.stack))
        code.move(.r2, .r8)
        code.call(.readUser)
        let isFirstMissing = code.makeLabel()
        code.jump(if: .r0, .notEqual, 0, to: isFirstMissing)
        for _ in 0..<Record.pages {
            code.move(.r1, .r9)
            code.operate(.add, .r1, Int32(Record.stack))
            code.operate(.add, .r1, .r8)
            code.move(.r2, Int32(Record.pageByteCount))
            code.load(.r3, from: .frame, Self.pointer)
            code.operate(.add, .r3, .r8)
            code.call(.readUser)
            code.jump(if: .r0, .notEqual, 0, to: ends)
            code.operate(.add, .r8, Int32(Record.pageByteCount))
        }
        // Cut: as long as was asked for.
        code.move(.r2, .r8)
        code.jump(to: isCopied)
        code.place(isFirstMissing)
        code.move(.r8, 0)
        code.place(ends)
        code.move(.r2, .r8)
        code.operate(.add, .r2, 8)
        code.place(isCopied)
        code.store(.r2, to: .r9, Record.stackByteCount)
        code.move(.r1, .r9)
        code.operate(.add, .r1, .r2)
        code.store(.r8, to: .r1, Record.stack)
        submit(&code)
        remember(&code, in: maps.stacks)
    }

    /// Adds the key in `wordKey` to a map, with the value 0.
    private func remember(_ code: inout BPFAssembler, in map: Int32) {
        code.store(immediate: 0, to: .frame, Self.zero, .word)
        code.load(.r1, map: map)
        code.move(.r2, .frame)
        code.operate(.add, .r2, Int32(Self.wordKey))
        code.move(.r3, .frame)
        code.operate(.add, .r3, Int32(Self.zero))
        code.move(.r4, 0)
        code.call(.mapUpdate)
    }

    // MARK: Coming onto a CPU

    private func come(_ code: inout BPFAssembler, done: BPFAssembler.Label) {
        let found = code.makeLabel()
        let isWaiting = code.makeLabel()
        let hasTime = code.makeLabel()
        let wasBlocked = code.makeLabel()
        let wasUnseen = code.makeLabel()
        let isWoken = code.makeLabel()
        let book = code.makeLabel()
        code.load(.r2, from: .frame, Self.context)
        code.load(.r7, from: .r2, 16)
        code.load(.r1, from: .r7, kernel.thread, .word)
        code.jump(if: .r1, .equal, 0, to: done)
        code.store(.r1, to: .frame, Self.threadKey, .word)
        lookUp(&code, maps.threads, Self.threadKey)
        code.jump(if: .r0, .notEqual, 0, to: found)
        if observesAll {
            adopt(&code, orElse: done)
        }
        code.jump(to: done)
        code.place(found)
        code.move(.r8, .r0)
        code.load(.r1, from: .r8, Layout.Thread.state, .word)
        code.jump(if: .r1, .equal, Layout.State.onCPU.rawValue, to: done)
        code.jump(if: .r1, .lessOrEqual, Layout.State.runnable.rawValue, to: isWaiting)
        code.jump(to: done)
        code.place(isWaiting)

        // What was done for the thread that leaves is not this one's wait.
        code.load(.r0, from: .frame, Self.now)
        code.jump(if: .r0, .notEqual, 0, to: hasTime)
        code.call(.nanoseconds)
        code.store(.r0, to: .frame, Self.now)
        code.place(hasTime)
        code.load(.r2, from: .r8, Layout.Thread.since)
        code.move(.r3, .r0)
        code.operate(.subtract, .r3, .r2)
        code.store(.r3, to: .frame, Self.blocked)
        code.store(immediate: 0, to: .frame, Self.late)
        // The account, but for the place in the kernel.
        code.load(.r1, from: .r8, Layout.Thread.life)
        code.store(.r1, to: .frame, Self.account + Layout.Account.life)
        code.load(.r1, from: .r8, Layout.Thread.stackKey)
        code.store(.r1, to: .frame, Self.account + Layout.Account.stackKey)
        code.store(immediate: 0, to: .frame, Self.account + Layout.Account.argument)
        code.load(.r1, from: .frame, Self.threadKey, .word)
        code.store(.r1, to: .frame, Self.account + Layout.Account.thread, .word)
        code.store(immediate: -1, to: .frame, Self.account + Layout.Account.waker, .word)
        code.load(.r1, from: .r8, Layout.Thread.process, .word)
        code.store(.r1, to: .frame, Self.account + Layout.Account.process, .word)
        code.store(immediate: 0, to: .frame, Self.account + Layout.Account.secondArgument, .word)

        code.load(.r1, from: .r8, Layout.Thread.state, .word)
        code.jump(if: .r1, .equal, Layout.State.blocked.rawValue, to: wasBlocked)
        code.jump(if: .r1, .equal, Layout.State.unseen.rawValue, to: wasUnseen)
        code.load(.r1, from: .r8, Layout.Thread.runnable)
        code.operate(.add, .r1, .r3)
        code.store(.r1, to: .r8, Layout.Thread.runnable)
        code.store(immediate: Int32(Layout.runnableKey), to: .frame, Self.account + Layout.Account.kernelKey)
        code.jump(to: book)

        code.place(wasUnseen)
        code.load(.r1, from: .r8, Layout.Thread.blocked)
        code.operate(.add, .r1, .r3)
        code.store(.r1, to: .r8, Layout.Thread.blocked)
        code.store(immediate: Int32(Layout.unseenKey), to: .frame, Self.account + Layout.Account.kernelKey)
        code.jump(to: book)

        code.place(wasBlocked)
        code.load(.r1, from: .r8, Layout.Thread.wokenAt)
        // A waking that another CPU notes late cannot lie before the wait or behind its end.
        code.jump(if: .r1, .less, .r2, to: isWoken)
        code.jump(if: .r1, .greater, .r0, to: isWoken)
        code.operate(.subtract, .r0, .r1)
        code.store(.r0, to: .frame, Self.late)
        code.operate(.subtract, .r1, .r2)
        code.store(.r1, to: .frame, Self.blocked)
        code.load(.r1, from: .r8, Layout.Thread.waker, .word)
        code.store(.r1, to: .frame, Self.account + Layout.Account.waker, .word)
        code.place(isWoken)
        code.load(.r1, from: .r8, Layout.Thread.blocked)
        code.load(.r2, from: .frame, Self.blocked)
        code.operate(.add, .r1, .r2)
        code.store(.r1, to: .r8, Layout.Thread.blocked)
        code.load(.r1, from: .r8, Layout.Thread.runnable)
        code.load(.r2, from: .frame, Self.late)
        code.operate(.add, .r1, .r2)
        code.store(.r1, to: .r8, Layout.Thread.runnable)
        code.store(.r8, to: .frame, Self.threadPlace)
        findPlace(&code)
        code.load(.r8, from: .frame, Self.threadPlace)

        code.place(book)
        code.load(.r1, from: .frame, Self.now)
        code.store(.r1, to: .r8, Layout.Thread.since)
        code.store(immediate: Layout.State.onCPU.rawValue, to: .r8, Layout.Thread.state, .word)
        bookWait(&code, done: done)
    }

    /// Notes where in the kernel the thread in r7 waited, and what else its meaning depends on.
    private func findPlace(_ code: inout BPFAssembler) {
        let isKnown = code.makeLabel()
        let isPlain = code.makeLabel()
        let isDescriptor = code.makeLabel()
        let done = code.makeLabel()
        code.move(.r1, .r7)
        code.call(.taskRegisters)
        code.move(.r9, .r0)
        // The depth of the kernel's stack is the sum of its frames; code addresses near its top tell the rest.
        code.load(.r3, from: .r7, kernel.stackPointer)
        code.load(.r8, from: .r7, kernel.stack)
        code.load(.r1, from: .frame, Self.threadPlace)
        asNumber(&code, .r8, through: .r1)
        code.operate(.subtract, .r8, .r3)
        code.operate(.add, .r3, Self.switchFrameByteCount)
        code.move(.r1, .frame)
        code.operate(.add, .r1, Int32(Self.words))
        code.move(.r2, Int32(Self.kernelWordCount * 8))
        code.call(.readKernel)
        // r7: the key; r2, r3: where the kernel's code lies.
        code.load(.r1, from: .r9, Layout.Registers.systemCall)
        code.move(.r7, .r8)
        mix(&code, .r1)
        code.load(.r2, constant: 0xFFFF_FFFF_8000_0000)
        code.load(.r3, constant: 0xFFFF_FFFF_C000_0000)
        for index in 0..<Self.kernelWordCount {
            let next = code.makeLabel()
            code.load(.r1, from: .frame, Self.words + index * 8)
            code.jump(if: .r1, .less, .r2, to: next)
            code.jump(if: .r1, .greaterOrEqual, .r3, to: next)
            mix(&code, .r1)
            code.place(next)
        }
        code.move(.r1, 1)
        code.operate(.shiftLeft, .r1, 63)
        code.operate(.or, .r7, .r1)
        code.store(.r7, to: .frame, Self.account + Layout.Account.kernelKey)
        code.store(.r7, to: .frame, Self.wordKey)
        lookUp(&code, maps.places, Self.wordKey)
        code.load(.r1, from: .r9, Layout.Registers.rdi)
        code.load(.r2, from: .r9, Layout.Registers.rsi)
        code.jump(if: .r0, .notEqual, 0, to: isKnown)
        code.store(.r1, to: .frame, Self.account + Layout.Account.argument)
        code.store(.r2, to: .frame, Self.account + Layout.Account.secondArgument, .word)
        handOverPlace(&code, orElse: done)
        code.jump(to: done)
        code.place(isKnown)
        code.load(.r3, from: .r0, 0, .word)
        code.jump(if: .r3, .equal, Int32(Layout.Dependence.nothing.rawValue), to: isPlain)
        code.jump(if: .r3, .equal, Int32(Layout.Dependence.descriptor.rawValue), to: isDescriptor)
        code.store(.r1, to: .frame, Self.account + Layout.Account.argument)
        code.store(.r2, to: .frame, Self.account + Layout.Account.secondArgument, .word)
        code.jump(to: done)
        code.place(isDescriptor)
        code.operate(.shiftLeft, .r1, 32)
        code.operate(.shiftRight, .r1, 32)
        code.store(.r1, to: .frame, Self.account + Layout.Account.argument)
        code.place(isPlain)
        code.place(done)
    }

    /// Leaves a record with the kernel's stack; r9: the registers.
    private func handOverPlace(_ code: inout BPFAssembler, orElse label: BPFAssembler.Label) {
        typealias Record = Layout.PlaceRecord
        let hasChain = code.makeLabel()
        code.load(.r8, from: .r9, Layout.Registers.systemCall)
        code.load(.r2, from: .frame, Self.context)
        code.load(.r7, from: .r2, 16)
        reserve(&code, Record.byteCount, orElse: label)
        header(&code, type: Record.type, byteCount: Record.byteCount)
        code.store(.r8, to: .r9, Record.systemCall)
        code.load(.r1, from: .frame, Self.account + Layout.Account.process, .word)
        code.store(.r1, to: .r9, Record.process, .word)
        code.load(.r1, from: .frame, Self.threadKey, .word)
        code.store(.r1, to: .r9, Record.thread, .word)
        code.load(.r1, from: .frame, Self.now)
        code.store(.r1, to: .r9, Record.time)
        code.load(.r1, from: .frame, Self.wordKey)
        code.store(.r1, to: .r9, Record.kernelKey)
        code.move(.r1, .r7)
        code.move(.r2, .r9)
        code.operate(.add, .r2, Int32(Record.chain))
        code.move(.r3, Int32(Record.frameCount * 8))
        code.move(.r4, 0)
        code.call(.taskStack)
        code.jump(if: .r0, .lessOrEqual, Int32(Record.frameCount * 8), to: hasChain)
        code.move(.r0, 0)
        code.place(hasChain)
        code.store(.r0, to: .r9, Record.chainByteCount)
        submit(&code)
        remember(&code, in: maps.places)
    }

    /// Adds `blocked` and `late` to the account.
    private func bookWait(_ code: inout BPFAssembler, done: BPFAssembler.Label) {
        let exists = code.makeLabel()
        lookUp(&code, maps.accounts, Self.account)
        code.jump(if: .r0, .notEqual, 0, to: exists)
        for offset in stride(from: 0, to: Layout.Account.valueByteCount, by: 8) {
            code.store(immediate: 0, to: .frame, Self.accountValue + offset)
        }
        code.load(.r1, map: maps.accounts)
        code.move(.r2, .frame)
        code.operate(.add, .r2, Int32(Self.account))
        code.move(.r3, .frame)
        code.operate(.add, .r3, Int32(Self.accountValue))
        code.move(.r4, 1)
        code.call(.mapUpdate)
        lookUp(&code, maps.accounts, Self.account)
        code.jump(if: .r0, .notEqual, 0, to: exists)
        count(&code, .accounts)
        code.jump(to: done)
        code.place(exists)
        code.load(.r1, from: .r0, Layout.Account.count)
        code.operate(.add, .r1, 1)
        code.store(.r1, to: .r0, Layout.Account.count)
        for (slot, offset) in [(Self.blocked, Layout.Account.time), (Self.late, Layout.Account.late)] {
            code.load(.r1, from: .r0, offset)
            code.load(.r2, from: .frame, slot)
            code.operate(.add, .r1, .r2)
            code.store(.r1, to: .r0, offset)
        }
    }
}
