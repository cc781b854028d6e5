extension OutputFile {
    /// Longest part of a file name that comes from a target, in bytes.
    private static let longestComponent = 64

    /// The name of a recording when the user names none: `perfdoctor-<name>-<pid>.pb.gz`.
    package static func defaultName(process: String, pid: Int32) -> String {
        "perfdoctor-\(nameComponent(process))-\(pid).pb.gz"
    }

    /// A target's name as a part of a file name.
    ///
    /// Letters and digits of any script, `.`, `_`, `+` and `-` stay; all else becomes `_`, so that neither a path nor a
    /// shell nor a terminal finds anything in it. It starts with neither a dot nor a dash and is never empty.
    package static func nameComponent(_ name: String) -> String {
        var result = ""
        for scalar in name.unicodeScalars.drop(while: { $0 == "." || $0 == "-" }) {
            let properties = scalar.properties
            let isKept =
                "._+-".unicodeScalars.contains(scalar) || properties.numericType == .decimal
                || (properties.isAlphabetic && !properties.isDefaultIgnorableCodePoint)
            let kept = isKept ? scalar : "_"
            guard result.utf8.count + String(kept).utf8.count <= longestComponent else { break }
            result.unicodeScalars.append(kept)
        }
        return result.isEmpty ? "process" : result
    }
}

extension String {
    /// The longest beginning of at most so many bytes that ends between two characters.
    func prefix(utf8Count limit: Int) -> String {
        var result = ""
        var count = 0
        for scalar in unicodeScalars {
            count += UTF8.width(scalar)
            if count > limit { break }
            result.unicodeScalars.append(scalar)
        }
        return result
    }
}
