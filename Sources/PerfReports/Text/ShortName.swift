import PerfProfiles

/// Long names made to fit a column without losing the function's own name.
package enum ShortName {
    /// The name, shortened step by step until it fits: generic arguments first, the middle last.
    package static func of(_ name: String, width: Int) -> String {
        guard name.displayWidth > width else { return name }
        var short = name
        for step in [withoutSpecializationList, withoutGenericArguments, withoutResult, withoutParameters] {
            short = step(short)
            if short.displayWidth <= width { return short }
        }
        return withoutMiddle(short, width: width)
    }

    /// A path, cut at the front: its end says the most.
    package static func ofPath(_ path: String, width: Int) -> String {
        guard path.displayWidth > width else { return path }
        return width > 1 ? "…" + path.suffix(columns: width - 1) : "…"
    }

    /// `generic specialization <A, B> of f` becomes `specialized f`.
    private static func withoutSpecializationList(_ name: String) -> String {
        guard name.hasPrefix("generic specialization <") || name.hasPrefix("function signature specialization <"),
            let end = name.firstRange(of: "> of ")
        else { return name }
        return "specialized " + name[end.upperBound...]
    }

    private static func withoutGenericArguments(_ name: String) -> String {
        emptied(name, open: "<", close: ">")
    }

    private static func withoutParameters(_ name: String) -> String {
        emptied(name, open: "(", close: ")")
    }

    /// Drops ` -> Result` outside of brackets; ` in Outer` behind it stays.
    private static func withoutResult(_ name: String) -> String {
        var depth = 0
        var rest = name[...]
        while let character = rest.first {
            if depth == 0, rest.hasPrefix(" -> ") {
                let context = rest.firstRange(of: " in ").map { String(rest[$0.lowerBound...]) } ?? ""
                return name[..<rest.startIndex] + context
            }
            if character == "(" { depth += 1 } else if character == ")" { depth -= 1 }
            rest.removeFirst()
        }
        return name
    }

    /// What stands between outermost brackets becomes `…`.
    ///
    /// Brackets that are operators (`->`, `operator<`, `<<`) do not pair up; then the name stays as it is.
    private static func emptied(_ name: String, open: Character, close: Character) -> String {
        var result = ""
        var depth = 0
        var held = 0
        var previous: Character = " "
        for character in name {
            if character == open && !(open == "<" && result.hasSuffix("operator")) {
                if depth == 0 {
                    result.append(character)
                    held = 0
                }
                depth += 1
            } else if character == close && previous != "-" && depth > 0 {
                depth -= 1
                if depth == 0 {
                    if held > 0 { result += "…" }
                    result.append(character)
                }
            } else if depth == 0 {
                result.append(character)
            }
            if depth > 0, character != open || depth > 1 { held += 1 }
            previous = character
        }
        return depth == 0 ? result : name
    }

    /// Keeps the last component, which is the function's own name, and as much of the beginning as fits.
    private static func withoutMiddle(_ name: String, width: Int) -> String {
        guard width > 1 else { return "…" }
        let tailWidth = min(width - 1, max(ownName(name).displayWidth, (width - 1) / 2))
        let tail = name.suffix(columns: tailWidth)
        let head = name.prefix(columns: max(0, width - 1 - String(tail).displayWidth))
        return head + "…" + tail
    }

    /// From the last `.` or `::` before the parameters on.
    private static func ownName(_ name: String) -> String {
        let end = name.firstIndex(of: "(") ?? name.endIndex
        let path = name[..<end]
        guard let separator = path.lastIndex(where: { $0 == "." || $0 == ":" }) else { return name }
        return String(name[name.index(after: separator)...])
    }
}
