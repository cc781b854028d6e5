import Glibc

/// The environment of this process.
package enum ProcessEnvironment {
    /// All variables; of one that stands there twice, the first as getenv has it.
    package static func variables() -> [String: String] {
        var result: [String: String] = [:]
        // SAFETY: environ is a null-terminated array of terminated strings; nothing here or in the libraries that
        // are loaded changes it while the program starts.
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let line = unsafe String(cString: text)
            if let separator = line.firstIndex(of: "=") {
                let key = String(line[..<separator])
                if result[key] == nil { result[key] = String(line[line.index(after: separator)...]) }
            }
            unsafe entry += 1
        }
        return result
    }
}
