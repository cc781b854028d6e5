extension String {
    /// Columns that this text takes on a terminal: East Asian wide characters and emoji take two.
    ///
    /// Source: Unicode TR11 (East Asian Width), the ranges that terminals agree upon.
    package var displayWidth: Int {
        if utf8.allSatisfy({ $0 < 0x80 }) { return utf8.count }
        return reduce(0) { $0 + $1.displayWidth }
    }

    /// The longest prefix that fits in `width` columns.
    package func prefix(columns width: Int) -> Substring {
        var used = 0
        var end = startIndex
        while end < endIndex {
            used += self[end].displayWidth
            guard used <= width else { break }
            end = index(after: end)
        }
        return self[..<end]
    }

    /// The longest suffix that fits in `width` columns.
    package func suffix(columns width: Int) -> Substring {
        var used = 0
        var start = endIndex
        while start > startIndex {
            let before = index(before: start)
            used += self[before].displayWidth
            guard used <= width else { break }
            start = before
        }
        return self[start...]
    }
}

extension Character {
    /// Columns that this character takes on a terminal: 0, 1 or 2.
    package var displayWidth: Int {
        var width = 0
        for scalar in unicodeScalars {
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format: continue
            default: width = max(width, scalar.isWide ? 2 : 1)
            }
            // An emoji presentation selector or a joiner makes the whole cluster wide.
            if scalar.properties.isEmojiPresentation { width = 2 }
        }
        return unicodeScalars.contains("\u{FE0F}") ? 2 : width
    }
}

extension Unicode.Scalar {
    fileprivate var isWide: Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
            0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1_F300...0x1_F64F, 0x1_F900...0x1_F9FF, 0x2_0000...0x3_FFFD:
            true
        default: false
        }
    }
}
