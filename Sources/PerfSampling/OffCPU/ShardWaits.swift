import PerfLinux
import PerfModel

/// What a shard collects about waits, beside its samples of CPU time.
final class ShardWaits {
    /// What an event is for; the ids of events that are not listed are samples of CPU time.
    enum Role: Hashable, Sendable {
        /// A sample at a switch from a CPU: registers, callchains and the top of the stack.
        case switches
        /// The same with a copy of the whole stack.
        case copies
        case wakings
    }

    var roles: [UInt64: Role] = [:]
    let sites: WaitSites
    /// Where the records of `sched_waking` have the thread that is woken.
    let wakeeOffset: Int
    var events: [ThreadEvent] = []
    var stacks = WaitStacks()
    /// Switches since the last reset.
    var switchCount = 0
    /// Of code, to read the number of a system call.
    let pages = PageCache()

    init(sites: WaitSites, wakeeOffset: Int) {
        self.sites = sites
        self.wakeeOffset = wakeeOffset
    }
}

extension SampleShard {
    /// Takes a record that tells of waits; false when it is later than `cutoff`, nil when it is none.
    func takeWait(_ record: PerfRecordBytes, cutoff: UInt64) -> Bool? {
        guard let waits else { return nil }
        if record.type != ProcessRecord.sampleType {
            guard let change = SwitchRecord(record) else { return nil }
            guard change.time <= cutoff else { return false }
            waits.switchCount += 1
            let kind: ThreadEvent.Kind =
                switch change.direction {
                case .onto: .onto
                case .off(let wasRunnable): .off(wasRunnable: wasRunnable)
                }
            waits.events.append(ThreadEvent(time: change.time, pid: change.pid, tid: change.tid, kind: kind))
            return true
        }
        guard let id = record.uint64(at: 8), let role = waits.roles[id] else { return nil }
        if role == .wakings {
            guard let waking = WakingRecord(record, wakeeOffset: waits.wakeeOffset) else { return true }
            guard waking.time <= cutoff else { return false }
            waits.events.append(
                ThreadEvent(time: waking.time, pid: 0, tid: waking.tid, kind: .woken(by: waking.waker)))
            return true
        }
        guard let sample = PerfSample(record, hasStack: hasStack) else {
            noteMalformed()
            return true
        }
        guard sample.time <= cutoff else { return false }
        guard lookup.isSelected(sample.tid), sample.tid > 0 else { return true }
        let place = lookup.place(of: sample)
        guard !place.isKernelThread else { return true }
        let chain = SplitCallchain(sample)
        let key = unsafe WaitStacks.key(sample, callchain: chain.user, space: place.maps.space)
        let isWhole = role == .copies || !hasStack
        if waits.stacks.wants(key, isWhole: isWhole) { learn(sample, key: key, in: place, isWhole: isWhole) }
        let registers = unsafe UserRegisters(perf: sample.registers) ?? UserRegisters()
        let site = waits.sites.index(
            chain: chain.kernel, systemCall: systemCall(before: registers.ip, in: place.maps.space, waits),
            arguments: (registers[.rdi], registers[.rsi]), pid: sample.pid, now: sample.time
        )
        let wait = WaitPlace(key: key, site: site, thread: place.thread)
        waits.events.append(ThreadEvent(time: sample.time, pid: sample.pid, tid: sample.tid, kind: .stack(wait)))
        return true
    }

    /// Unwinds the stack of a key that is new.
    func learn(_ sample: PerfSample, key: UInt64, in place: SampleLookup.Place, isWhole: Bool) {
        stack.removeAll(keepingCapacity: true)
        let end = unwind(sample, in: place, isBehind: false, hasKernel: false)
        let node = stacks.intern(stack)
        waits?.stacks.set(
            WaitStacks.Stack(node: node.index, end: node.isCut ? .truncated : end, isWhole: isWhole || end == .root),
            for: key
        )
    }

    /// The number that the instruction before a `syscall` loads, where the kernel's functions have no names.
    private func systemCall(before ip: UInt64, in space: AddressSpace, _ waits: ShardWaits) -> UInt64? {
        guard !waits.sites.hasNames, ip > 7 else { return nil }
        let code = space.code(at: ip - 7, count: 7, pages: waits.pages)
        guard code.count == 7, code[5] == 0x0F, code[6] == 0x05 else { return nil }
        if code[3] == 0x31, code[4] == 0xC0 { return 0 }  // xor %eax, %eax
        guard code[0] == 0xB8 else { return nil }  // mov $number, %eax
        return code[1..<5].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Where a thread waits that no record tells of, by what /proc has; nil when it runs.
    ///
    /// Registers but ip and sp are unknown. The frame pointer is looked for on the stack; frames behind the first are
    /// marked as guesses.
    func look(at tid: Int32, of pid: Int32, proc: ProcFileSystem, now: UInt64) -> WaitPlace?? {
        guard let waits else { return .some(nil) }
        switch BlockedThread.look(at: tid, of: pid, proc: proc) {
        case .running: return .some(nil)
        case .unknown: return .none
        case .waiting(let blocked):
            let place = lookup.place(pid: pid, tid: tid, at: now)
            let site = waits.sites.index(
                functions: blocked.functions, systemCall: blocked.systemCall, arguments: blocked.arguments, pid: pid,
                now: now
            )
            let key = (blocked.ip &* 0x9E37_79B9_7F4A_7C15 ^ blocked.sp) &+ place.maps.space.id
            learn(blocked, pid: pid, key: key, in: place, waits)
            return .some(WaitPlace(key: key, site: site, thread: place.thread))
        }
    }

    private func learn(
        _ blocked: BlockedThread, pid: Int32, key: UInt64, in place: SampleLookup.Place, _ waits: ShardWaits
    ) {
        let bytes = RemoteMemory(pid: pid).memory(
            at: CodeAddress(rawValue: blocked.sp), count: SamplingOptions.stackByteCount)
        let space = place.maps.space
        var registers = UserRegisters()
        registers.ip = blocked.ip
        registers.sp = blocked.sp
        var best: [UnwoundFrame] = []
        var end = StackEnd.unrooted
        let candidates = blocked.framePointers(in: bytes) { space.isReturnAddress($0, pages: waits.pages) }
        for candidate in candidates + [0] where end != .root {
            registers[.rbp] = candidate
            let found = unwind(bytes, registers: registers, in: space)
            if found.end == .root || found.frames.count > best.count { (best, end) = (found.frames, found.end) }
        }
        let stack = best.enumerated().map { index, frame in
            var frame = frame
            if index > 0 { frame.isGuess = true }
            return place.frame(frame)
        }
        let node = stacks.intern(stack)
        let ending: StackTable.End = end == .root ? .root : end == .truncated ? .truncated : .unrooted
        waits.stacks.set(
            WaitStacks.Stack(node: node.index, end: node.isCut ? .truncated : ending, isWhole: true), for: key)
    }
}
