/// What the programs in the kernel tell of a thread's beginning or end.
struct LifeRecord: Hashable {
    private typealias Layout = WaitProgramLayout.LifeRecord

    var pid: Int32
    var tid: Int32
    /// CLOCK_MONOTONIC, nanoseconds.
    var time: UInt64
    /// When the life began that ends, or that begins.
    var life: UInt64
    /// Of the life that ends.
    var times: WaitLedger.Times
    var kind: WaitProgramLayout.LifeKind

    init?(_ record: PerfRecordBytes) {
        guard let pid = record.int32(at: Layout.process), let tid = record.int32(at: Layout.thread),
            let time = record.uint64(at: Layout.time), let life = record.uint64(at: Layout.life),
            let onCPU = record.uint64(at: Layout.onCPU), let runnable = record.uint64(at: Layout.runnable),
            let blocked = record.uint64(at: Layout.blocked),
            let kind = record.int32(at: Layout.kind).flatMap(WaitProgramLayout.LifeKind.init(rawValue:))
        else { return nil }
        self.pid = pid
        self.tid = tid
        self.time = time
        self.life = life
        self.kind = kind
        times = WaitLedger.Times(onCPU: onCPU, runnable: runnable, blocked: blocked)
    }
}

/// A place in the kernel where a thread waited, for the first time.
struct PlaceRecord: Hashable {
    private typealias Layout = WaitProgramLayout.PlaceRecord

    var key: UInt64
    /// Nil outside of system calls.
    var systemCall: UInt64?
    /// Leaf first.
    var chain: [UInt64]

    init?(_ record: PerfRecordBytes) {
        guard let key = record.uint64(at: Layout.kernelKey), let call = record.uint64(at: Layout.systemCall),
            let length = record.uint64(at: Layout.chainByteCount), length <= UInt64(Layout.frameCount * 8)
        else { return nil }
        self.key = key
        systemCall = Int64(bitPattern: call) < 0 ? nil : call
        chain = (0..<Int(length / 8)).compactMap { record.uint64(at: Layout.chain + $0 * 8) }.filter { $0 != 0 }
    }
}

/// What waits are booked under in the kernel.
struct KernelAccount: Hashable {
    private typealias Layout = WaitProgramLayout.Account

    var life: KernelWaitTracker.Life
    var pid: Int32
    /// Of the stack.
    var key: UInt64
    /// Of the place in the kernel.
    var kernelKey: UInt64
    var arguments: (UInt64, UInt32)
    var waker: Int32

    struct Sums: Hashable {
        var count: UInt64 = 0
        /// Nanoseconds.
        var time: UInt64 = 0
        /// Nanoseconds between the waking and the CPU.
        var late: UInt64 = 0

        init(_ value: ArraySlice<UInt8>) {
            count = value.word(at: Layout.count)
            time = value.word(at: Layout.time)
            late = value.word(at: Layout.late)
        }

        init() {}

        func since(_ earlier: Sums) -> Sums {
            var result = Sums()
            result.count = count &- earlier.count
            result.time = time &- earlier.time
            result.late = late &- earlier.late
            return result
        }
    }

    init(_ key: ArraySlice<UInt8>) {
        life = KernelWaitTracker.Life(
            tid: Int32(bitPattern: key.half(at: Layout.thread)), since: key.word(at: Layout.life))
        pid = Int32(bitPattern: key.half(at: Layout.process))
        self.key = key.word(at: Layout.stackKey)
        kernelKey = key.word(at: Layout.kernelKey)
        arguments = (key.word(at: Layout.argument), key.half(at: Layout.secondArgument))
        waker = Int32(bitPattern: key.half(at: Layout.waker))
    }

    static func == (left: Self, right: Self) -> Bool {
        left.life == right.life && left.key == right.key && left.kernelKey == right.kernelKey
            && left.waker == right.waker && left.arguments == right.arguments && left.pid == right.pid
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(life)
        hasher.combine(key)
        hasher.combine(kernelKey)
        hasher.combine(arguments.0)
        hasher.combine(waker)
    }
}

/// A thread that has not ended when the recording does.
struct OpenThread: Hashable {
    private typealias Layout = WaitProgramLayout.Thread

    var life: KernelWaitTracker.Life
    var pid: Int32
    var state: WaitProgramLayout.State
    var since: UInt64
    /// Of the stack where it waits.
    var key: UInt64
    var wokenAt: UInt64
    var waker: Int32
    var times: WaitLedger.Times

    /// Nil for a program that was never executed.
    init?(_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) {
        guard let state = WaitProgramLayout.State(rawValue: Int32(bitPattern: value.half(at: Layout.state))),
            state != .pending
        else { return nil }
        self.state = state
        life = KernelWaitTracker.Life(tid: Int32(bitPattern: key.half(at: 0)), since: value.word(at: Layout.life))
        pid = Int32(bitPattern: value.half(at: Layout.process))
        since = value.word(at: Layout.since)
        self.key = value.word(at: Layout.stackKey)
        wokenAt = value.word(at: Layout.wokenAt)
        waker = Int32(bitPattern: value.half(at: Layout.waker))
        times = WaitLedger.Times(
            onCPU: value.word(at: Layout.onCPU), runnable: value.word(at: Layout.runnable),
            blocked: value.word(at: Layout.blocked))
    }
}
