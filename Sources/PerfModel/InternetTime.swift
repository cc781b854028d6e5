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
