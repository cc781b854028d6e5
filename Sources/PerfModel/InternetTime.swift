/// Time stamps as RFC 3339 has them, in UTC.
package enum InternetTime {
    /// `2026-11-22T02:46:46.123456789Z`; without a fraction when it is zero.
    package static func text(nanosecondsSince1970 time: Int64) -> String {
        let (seconds, fraction) = floorDivided(time, by: 1_000_000_000)
        let (day, second) = floorDivided(seconds, by: 86_400)
        let (year, month, dayOfMonth) = date(daysSince1970: day)
        let digits =
            "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))"
            + "T\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
        return fraction == 0 ? digits + "Z" : "\(digits).\(padded(fraction, 9))Z"
    }

    /// Reads a time stamp.
    ///
    /// - Parameter text: as RFC 3339 has it, in UTC or with an offset, with up to nine digits of a fraction.
    /// - Returns: nanoseconds since 1970-01-01 UTC; nil for anything else, and for years that 64 bits do not hold.
    package static func nanosecondsSince1970(parsing text: String) -> Int64? {
        var rest = Array(text.utf8)[...]
        func number(_ digits: Int, in range: ClosedRange<Int64>) -> Int64? {
            guard rest.count >= digits else { return nil }
            var value: Int64 = 0
            for byte in rest.prefix(digits) {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            }
            rest = rest.dropFirst(digits)
            return range.contains(value) ? value : nil
        }
        func skip(_ characters: String) -> Bool {
            guard let first = rest.first, characters.utf8.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = number(4, in: 1678...2261), skip("-"), let month = number(2, in: 1...12), skip("-"),
            let day = number(2, in: 1...31), skip("Tt "), let hour = number(2, in: 0...23), skip(":"),
            let minute = number(2, in: 0...59), skip(":"), let second = number(2, in: 0...60)
        else { return nil }
        var fraction: Int64 = 0
        if skip(".") {
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
            guard (1...9).contains(digits), let value = number(digits, in: 0...999_999_999) else { return nil }
            fraction = (digits..<9).reduce(value) { value, _ in value * 10 }
        }
        var offset: Int64 = 0
        if !skip("Zz") {
            let isBehind = rest.first == UInt8(ascii: "-")
            guard skip("+-"), let hours = number(2, in: 0...23), skip(":"), let minutes = number(2, in: 0...59) else {
                return nil
            }
            offset = (hours * 3600 + minutes * 60) * (isBehind ? -1 : 1)
        }
        let days = days(year: year, month: month, day: day)
        guard rest.isEmpty, date(daysSince1970: days) == (year, month, day) else { return nil }
        let (nanoseconds, overflow) = (days * 86_400 + hour * 3600 + minute * 60 + second - offset)
            .multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflows) = nanoseconds.addingReportingOverflow(fraction)
        return overflow || overflows ? nil : sum
    }

    /// The reverse of ``date(daysSince1970:)``.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = floorDivided(year, by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The Gregorian date, before and after 1970.
    ///
    /// Years are counted from March, so that the leap day is the last of a year; 400 years have 146,097 days, and
    /// 1970-01-01 is day 719,468 after 0000-03-01.
    private static func date(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivided(days + 719_468, by: 146_097)
        // Leap days: one in 4 years (1,461 days), but none in 100 (36,524), but one in 400.
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        // From March on, five months have 153 days, over and over.
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }

    private static func floorDivided(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
