import Glibc
import PerfLinux
import Testing

@testable import PerfSampling

@Suite("Waits that the kernel has added up")
struct KernelWaitBooksTests {
    private typealias Layout = WaitProgramLayout

    private static let life = KernelWaitTracker.Life(tid: 7, since: 1000)

    private let sites = WaitSites(symbols: nil, proc: ProcFileSystem())

    private func books() -> KernelWaitBooks {
        var books = KernelWaitBooks(sites: sites, proc: ProcFileSystem())
        books.begin(Self.life, pid: 1, thread: 0)
        return books
    }

    private func account(_ kernelKey: UInt64, key: UInt64 = 5, waker: Int32 = -1, since: UInt64 = 1000) -> KernelAccount
    {
        let bytes = [UInt8](
            words: [since, key, kernelKey, 3], halves: [7, UInt32(bitPattern: waker), 1, 0])
        return KernelAccount(bytes[...])
    }

    private func sums(_ count: UInt64, _ time: UInt64, _ late: UInt64 = 0) -> KernelAccount.Sums {
        KernelAccount.Sums([UInt8](words: [count, time, late])[...])
    }

    private func open(
        _ state: Layout.State, since: UInt64, onCPU: UInt64 = 0, runnable: UInt64 = 0, blocked: UInt64 = 0
    )
        -> OpenThread?
    {
        let value = [UInt8](
            words: [since, 5, 1000, 0, onCPU, runnable, blocked],
            halves: [.max, UInt32(bitPattern: state.rawValue), 1, 0, 0, 0])
        return OpenThread([UInt8](words: [], halves: [7])[...], value[...])
    }

    private func booked(_ books: KernelWaitBooks) -> UInt64 {
        books.accounts.values.reduce(0) { $0 + $1.period }
    }

    @Test("sums are booked once, however often they are read")
    func differences() {
        var books = books()
        books.places[99] = KernelWaitBooks.Place(chain: [], systemCall: 0)
        for (count, time) in [(1, 100), (1, 100), (3, 450)] as [(UInt64, UInt64)] {
            books.beginReading()
            let isOver = books.take(account(99), sums(count, time, time / 10), now: 0, isLast: false)
            #expect(!isOver)
            books.endReading(isCrowded: false)
        }
        #expect(booked(books) == 450 + 45)
        #expect(books.accounts.values.reduce(0) { $0 + $1.count } == 3)
    }

    @Test("waits in a place that has not been handed over stay for the next reading, and count at the last one")
    func unknownPlace() {
        var books = books()
        books.beginReading()
        _ = books.take(account(99), sums(1, 100), now: 0, isLast: false)
        books.endReading(isCrowded: false)
        #expect(booked(books) == 0)
        books.beginReading()
        _ = books.take(account(99), sums(1, 100), now: 0, isLast: true)
        #expect(booked(books) == 100)
    }

    @Test("sums of a thread that has ended are read for the last time after its end")
    func ended() {
        var books = books()
        books.end(Self.life, times: WaitLedger.Times(onCPU: 5, blocked: 100))
        books.beginReading()
        let isOver = books.take(account(Layout.unseenKey), sums(1, 100), now: 0, isLast: false)
        #expect(isOver)
        books.endReading(isCrowded: false)
        books.beginReading()
        let isLate = books.take(account(Layout.unseenKey), sums(2, 200), now: 0, isLast: false)
        #expect(!isLate)
        #expect(booked(books) == 100)
        #expect(books.times[0]?.total == 105)
    }

    @Test("a thread that has not ended is counted to the end of the recording", arguments: 0..<4 as Range<Int32>)
    func openThreads(number: Int32) throws {
        let state = try #require(Layout.State(rawValue: number))
        var books = books()
        books.close(try #require(open(state, since: 4000, onCPU: 1000, blocked: 2000)), at: 9000, seenAt: nil)
        books.reconcile()
        #expect(books.times[0]?.total == 8000)
        #expect(booked(books) == books.times[0]?.offCPU)
    }

    @Test("a program that was never executed has no account")
    func pending() {
        #expect(open(.pending, since: 4000) == nil)
    }

    @Test("a thread that was seen to run from the beginning was on a CPU")
    func unseenRunner() throws {
        var books = books()
        books.note(nil, forUnseen: 7)
        books.close(try #require(open(.unseen, since: 1000)), at: 9000, seenAt: nil)
        #expect(books.times[0] == WaitLedger.Times(onCPU: 8000))
    }

    @Test("what had no room in the tables is booked without a place: the states add up")
    func reconciled() throws {
        var books = books()
        books.beginReading()
        _ = books.take(account(Layout.runnableKey), sums(2, 300), now: 0, isLast: true)
        books.close(
            try #require(open(.onCPU, since: 5000, onCPU: 1000, runnable: 400, blocked: 2600)), at: 9000, seenAt: nil)
        books.reconcile()
        #expect(books.times[0] == WaitLedger.Times(onCPU: 5000, runnable: 400, blocked: 2600))
        #expect(booked(books) == 3000)
    }

    #if arch(x86_64)
        @Test(
            "this kernel takes the programs", .enabled(if: geteuid() == 0, "needs root"), arguments: [false, true])
        func kernel(observesAll: Bool) throws {
            let proc = ProcFileSystem()
            guard KernelTypes.current() != nil, proc.isInFirstNamespace else { return }
            let kernel = try WaitKernelSide(observesAll: observesAll, inherits: true, proc: proc)
            try kernel.attach()
            kernel.detach()
            kernel.note(tid: 4_000_000, process: 4_000_000, state: .unseen, since: 5)
            var found: [OpenThread] = []
            try kernel.threads.visit { key, value in
                if let thread = OpenThread(key, value), thread.life.tid == 4_000_000 { found.append(thread) }
            }
            #expect(found.map(\.since) == [5])
        }
    #endif
}
