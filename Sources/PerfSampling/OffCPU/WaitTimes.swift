/// When each wait was, in some seven bytes: what it is booked under, the time since the one before, and how long it was.
///
/// Once half of the room is taken, waits of one account that are shorter than a millisecond and lie in one millisecond
/// become one: so a thread that switches all the time takes a few thousand entries a second at most. When there is no
/// room at all any more, waits are only counted.
struct WaitTimes {
    /// What waits are booked under, in the order in which they were met.
    private(set) var accounts: [WaitLedger.Account] = []
    /// Waits that found no room any more.
    private(set) var droppedCount: UInt64 = 0
    /// Entries, of which one may stand for several short waits.
    private(set) var count = 0
    private var numbers: [WaitLedger.Account: UInt32] = [:]
    private var bytes: [UInt8] = []
    private var last: Int64 = 0
    /// Short waits that are still being put together, by the number of their account.
    private var open: [UInt32: Open] = [:]
    private let byteLimit: Int

    private struct Open {
        var start: UInt64
        var duration: UInt64
        var count: UInt64
    }

    /// Nanoseconds of a unit of time.
    static let unit = SampleTimes.unit
    /// Nanoseconds in which short waits become one where room is scarce: what a sample of CPU time stands for.
    static let mergedSpan: UInt64 = 1_000_000

    init(byteLimit: Int = SampleTimes.totalByteLimit) {
        self.byteLimit = byteLimit
    }

    var byteCount: Int { bytes.count }

    /// - Parameters:
    ///   - account: what the wait is booked under.
    ///   - start: CLOCK_MONOTONIC, nanoseconds.
    ///   - duration: nanoseconds.
    mutating func add(_ account: WaitLedger.Account, from start: UInt64, for duration: UInt64) {
        let number: UInt32
        if let known = numbers[account] {
            number = known
        } else {
            number = UInt32(accounts.count)
            numbers[account] = number
            accounts.append(account)
        }
        guard bytes.count > byteLimit / 2, duration < Self.mergedSpan else {
            write(number, Open(start: start, duration: duration, count: 1))
            return
        }
        guard var waits = open[number] else {
            open[number] = Open(start: start, duration: duration, count: 1)
            return
        }
        guard start >= waits.start, start - waits.start < Self.mergedSpan else {
            write(number, waits)
            open[number] = Open(start: start, duration: duration, count: 1)
            return
        }
        waits.duration += duration
        waits.count += 1
        open[number] = waits
    }

    /// Takes in what is still being put together; call it once, before ``read(_:)``.
    mutating func finish() {
        for (number, waits) in open.sorted(by: { $0.key < $1.key }) { write(number, waits) }
        open = [:]
    }

    /// Every wait with the position of its account in `accounts`, its beginning and its length in nanoseconds.
    func read(_ body: (_ account: Int, _ start: UInt64, _ duration: UInt64) -> Void) {
        var position = 0
        var time: Int64 = 0
        while position < bytes.count {
            let account = Varint.read(bytes, at: &position)
            time &+= Varint.signed(Varint.read(bytes, at: &position))
            let duration = Varint.read(bytes, at: &position)
            body(Int(truncatingIfNeeded: account), UInt64(bitPattern: time) &* Self.unit, duration &* Self.unit)
        }
    }

    private mutating func write(_ number: UInt32, _ waits: Open) {
        // The longest entry has 5 + 10 + 10 bytes.
        guard bytes.count + 25 <= byteLimit else {
            droppedCount += waits.count
            return
        }
        let start = Int64(bitPattern: waits.start / Self.unit)
        let end = Int64(bitPattern: (waits.start &+ waits.duration) / Self.unit)
        Varint.append(UInt64(number), to: &bytes)
        Varint.append(Varint.unsigned(start &- last), to: &bytes)
        // A wait is never a moment.
        Varint.append(UInt64(max(end &- start, 1)), to: &bytes)
        last = start
        count += 1
    }
}
