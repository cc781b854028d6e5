import Glibc
import PerfClients

/// Passwords of URLs on the command line, which every user of the machine can read (`ps`).
enum ArgumentSecrets {
    /// Overwrites them where the kernel shows the command line from; what has been parsed keeps them.
    ///
    /// They were readable until then, which the caller says.
    ///
    /// - Returns: the URLs that had one, as they are shown now.
    static func scrub() -> [String] {
        var shown: [String] = []
        // SAFETY: main's arguments are writable, terminated texts that live as long as the process; each is written
        // within its length, before any other thread reads them.
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let start = unsafe CommandLine.unsafeArgv[index] else { continue }
            let text = unsafe String(cString: start)
            guard text.contains("://"), let replacement = replacement(of: text) else { continue }
            shown.append(replacement)
            let bytes = Array(replacement.utf8)
            for offset in 0..<text.utf8.count {
                unsafe start[offset] = CChar(bitPattern: offset < bytes.count ? bytes[offset] : UInt8(ascii: "*"))
            }
        }
        return shown
    }

    /// The text without its secrets; nil where it has none.
    static func replacement(of text: String) -> String? {
        // `--store=postgres://…` as well. Variables are not put in: their names are no secrets.
        let start = text.firstRange(of: "://").map { scheme in
            text[..<scheme.lowerBound].lastIndex(of: "=").map { text.index(after: $0) } ?? text.startIndex
        }
        guard let start else { return nil }
        let parsed = Result { () throws(ServerURLError) in
            try ServerURL(String(text[start...])) { "${\($0)}" }
        }
        guard case .success(let url) = parsed else { return nil }
        let shown = text[..<start] + url.description
        // A password that is but a variable of the environment is none.
        let isHidden =
            url.password.map { !($0.hasPrefix("${") && $0.hasSuffix("}")) } ?? (url.description != text[start...])
        return isHidden && shown != text ? String(shown) : nil
    }
}
