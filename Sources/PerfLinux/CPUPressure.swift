import PerfModel

/// How long programs on this host waited for a CPU, by the kernel's own account.
///
/// Source: Documentation/accounting/psi.rst, Linux 4.20.
package enum CPUPressure {
    /// Nanoseconds since boot in which at least one thread was ready and had no CPU; nil where the kernel does not count.
    package static func stalledNanoseconds(_ proc: ProcFileSystem = ProcFileSystem()) -> UInt64? {
        guard
            case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                try proc.contents(of: "pressure/cpu", atMost: 4096)
            })
        else { return nil }
        return stalledNanoseconds(parsing: bytes)
    }

    /// The total of the line `some avg10=0.00 avg60=0.00 avg300=0.00 total=123`, which is in microseconds.
    package static func stalledNanoseconds(parsing bytes: [UInt8]) -> UInt64? {
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix("some ") {
            guard let field = line.split(separator: " ").first(where: { $0.hasPrefix("total=") }),
                let microseconds = UInt64(field.dropFirst("total=".count))
            else { return nil }
            let result = microseconds.multipliedReportingOverflow(by: 1000)
            return result.overflow ? nil : result.partialValue
        }
        return nil
    }
}
