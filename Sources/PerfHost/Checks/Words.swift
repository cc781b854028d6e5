import PerfModel

/// Numbers and names in the sentences of findings.
enum Words {
    /// `"12%"`; below 10 with a digit behind the point.
    static func percent(_ ratio: Double) -> String {
        let value = ratio * 100
        return Quantity.fixed(value, digits: value >= 9.95 || value == 0 ? 0 : 1) + "%"
    }

    /// `"1.25"`: as many digits behind the point as people read.
    static func fixed(_ value: Double) -> String {
        Quantity.fixed(value, digits: abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2)
    }

    /// `"12,345"`.
    static func grouped(_ value: Double) -> String { Quantity.grouped(whole(value)) }

    /// `"1.5 GiB"`.
    static func bytes(_ count: Double) -> String { Quantity.text(whole(count), unit: "bytes") }

    /// `"postgres (pid 812)"`.
    static func process(_ process: ProcessRates) -> String { "\(process.name.printable) (pid \(process.pid))" }

    private static func whole(_ value: Double) -> Int64 {
        Int64(max(-1e18, min(value.isNaN ? 0 : value, 1e18)).rounded())
    }
}
