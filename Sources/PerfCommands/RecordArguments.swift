import ArgumentParser
import PerfLinux
import PerfModel
import PerfSampling

/// Process or thread ids: `4711`, or `4711,4712`.
struct NumberList: ExpressibleByArgument {
    var numbers: [Int32]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int32($0) }
        let numbers = parts.compactMap { $0 }.filter { $0 > 0 }
        guard numbers.count == parts.count, !numbers.isEmpty else { return nil }
        self.numbers = numbers
    }
}

/// A length of time: seconds without a unit, or `500ms`, `10s`, `5m`, `1h`.
struct TimeSpan: ExpressibleByArgument {
    var value: Duration

    init?(argument: String) {
        let units: [(suffix: String, seconds: Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)]
        let unit = units.first { argument.hasSuffix($0.suffix) }
        let number = argument.dropLast(unit?.suffix.count ?? 0)
        // Double takes more than people write: "inf", "0x1p3".
        guard number.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let amount = Double(number),
            amount * (unit?.seconds ?? 1) < 1e9
        else { return nil }
        value = .seconds(amount * (unit?.seconds ?? 1))
    }
}

/// The process that a thread belongs to.
enum ThreadOwner {
    /// Its id.
    ///
    /// - Throws: when there is no such thread.
    static func pid(ofThread tid: Int32) throws(SamplerError) -> Int32 {
        guard
            case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                try ProcFileSystem().contents(of: "\(tid)/status")
            }),
            let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first(where: {
                $0.hasPrefix("Tgid:")
            }),
            let pid = line.split(whereSeparator: { $0 == "\t" || $0 == " " }).last.flatMap({ Int32($0) })
        else { throw .noSuchThread(tid: tid) }
        return pid
    }
}
