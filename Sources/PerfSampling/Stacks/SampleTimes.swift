/// When each sample was taken, in a few bytes for each: the number of its stack and the time since the one before.
///
/// Samples of several rings come in rounds, so that times step back at times: the differences have a sign. At 999 Hz
/// a sample takes four bytes, a million of them four megabytes.
struct SampleTimes {
    /// Distinct stacks with their threads, in the order in which they were met.
    private(set) var keys: [StackTable.Key] = []
    /// Samples that found no room any more.
    private(set) var droppedCount: UInt64 = 0
    private(set) var count = 0
    private var numbers: [StackTable.Key: UInt32] = [:]
    private var bytes: [UInt8] = []
    private var last: Int64 = 0
    private let byteLimit: Int

    /// Bytes of all shards together: two hours of one busy CPU at 999 Hz.
    static let totalByteLimit = 32 << 20
    /// Nanoseconds of a unit of time; nobody can tell shorter ones apart in a sampled recording.
    static let unit: UInt64 = 1000

    init(byteLimit: Int) {
        self.byteLimit = byteLimit
    }

    var byteCount: Int { bytes.count }

    /// - Parameters:
    ///   - key: as the stack table has it.
    ///   - time: CLOCK_MONOTONIC, nanoseconds.
    mutating func add(_ key: StackTable.Key, at time: UInt64) {
        // The longest entry has 5 + 10 bytes.
        guard bytes.count + 15 <= byteLimit else {
            droppedCount += 1
            return
        }
        let units = Int64(bitPattern: time / Self.unit)
        let number: UInt32
        if let known = numbers[key] {
            number = known
        } else {
            number = UInt32(keys.count)
            numbers[key] = number
            keys.append(key)
        }
        Varint.append(UInt64(number), to: &bytes)
        Varint.append(Varint.unsigned(units &- last), to: &bytes)
        last = units
        count += 1
    }

    /// Every time with the position of its stack in `keys`, in the order in which they were added.
    func read(_ body: (_ key: Int, _ time: UInt64) -> Void) {
        var position = 0
        var time: Int64 = 0
        while position < bytes.count {
            let key = Varint.read(bytes, at: &position)
            time &+= Varint.signed(Varint.read(bytes, at: &position))
            body(Int(truncatingIfNeeded: key), UInt64(bitPattern: time) &* Self.unit)
        }
    }

    /// Gives the stacks the keys that they have in another table.
    mutating func replaceKeys(_ replacement: (StackTable.Key) -> StackTable.Key) {
        keys = keys.map(replacement)
        numbers = [:]
    }
}
