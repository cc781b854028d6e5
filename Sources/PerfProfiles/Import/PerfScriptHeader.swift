/// The first line of a sample in the text of `perf script`.
///
/// `comm [pid/]tid [cpu] seconds.fraction: [period] event: …`; a comm may have blanks in it.
struct PerfScriptHeader {
    var comm: ArraySlice<UInt8>
    var processID: Int64?
    var threadID: Int64
    /// Nanoseconds of the recorder's clock.
    var time: Int64
    /// Nil where perf did not print it.
    var period: Int64?
    var event: ArraySlice<UInt8>
    /// What follows the event: a tracepoint's fields, or the only frame.
    var rest: ArraySlice<UInt8>

    init?(_ line: ArraySlice<UInt8>) {
        // Kernel names of threads have 15 bytes, but script files are merged and edited; no header is this long.
        let head = line.prefix(1024)
        var words = head.split(whereSeparator: Self.isBlank)[...]
        guard let first = words.first, words.count >= 3 else { return nil }
        // The first word that is a time, with a thread before it.
        guard
            let place = words.indices.first(where: { index in
                index >= 2 && Self.time(words[index]) != nil && Self.threadIndex(before: index, in: words) != nil
            }), let time = Self.time(words[place]), let threadIndex = Self.threadIndex(before: place, in: words),
            let thread = Self.thread(words[threadIndex])
        else { return nil }
        self.time = time
        (processID, threadID) = thread
        comm = line[first.startIndex..<words[threadIndex - 1].endIndex]
        words = words[(place + 1)...]
        if let word = words.first, words.count > 1, let number = Self.number(word) {
            period = number
            words = words.dropFirst()
        }
        guard var event = words.first, event.last == UInt8(ascii: ":") else { return nil }
        let end = event.endIndex
        while event.last == UInt8(ascii: ":") { event.removeLast() }
        guard !event.isEmpty else { return nil }
        self.event = event
        rest = line[end...]
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func number(_ word: ArraySlice<UInt8>) -> Int64? {
        guard !word.isEmpty, word.count <= 18, word.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return word.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    /// `123.456789:` in nanoseconds.
    private static func time(_ word: ArraySlice<UInt8>) -> Int64? {
        guard word.last == UInt8(ascii: ":") else { return nil }
        let parts = word.dropLast().split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count <= 9, (1...9).contains(parts[1].count),
            let seconds = number(parts[0]), var fraction = number(parts[1])
        else { return nil }
        for _ in parts[1].count..<9 { fraction *= 10 }
        return seconds * 1_000_000_000 + fraction
    }

    /// The word with the thread: right before the time, or before the CPU.
    private static func threadIndex(before time: Int, in words: ArraySlice<ArraySlice<UInt8>>) -> Int? {
        var index = time - 1
        if index > words.startIndex, words[index].first == UInt8(ascii: "["), words[index].last == UInt8(ascii: "]"),
            number(words[index].dropFirst().dropLast()) != nil
        {
            index -= 1
        }
        return index > words.startIndex && thread(words[index]) != nil ? index : nil
    }

    /// `tid` or `pid/tid`; the idle task has -1 in some versions.
    private static func thread(_ word: ArraySlice<UInt8>) -> (Int64?, Int64)? {
        let parts = word.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        func id(_ text: ArraySlice<UInt8>) -> Int64? { text.elementsEqual("-1".utf8) ? -1 : number(text) }
        switch parts.count {
        case 1: return id(parts[0]).map { (nil, $0) }
        case 2:
            guard let process = id(parts[0]), let thread = id(parts[1]) else { return nil }
            return (process, thread)
        default: return nil
        }
    }
}
