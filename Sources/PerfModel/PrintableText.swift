extension String {
    /// This text with control characters made visible, so that a name cannot drive a terminal.
    ///
    /// C0, DEL, C1 and the Unicode bidirectional overrides become `\u{1B}`-style escapes; all else stays.
    package var printable: String {
        guard unicodeScalars.contains(where: Self.isUnprintable) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            if Self.isUnprintable(scalar) {
                result += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }
}
