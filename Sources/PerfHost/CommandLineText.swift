/// Arguments of a process without what looks like a secret.
///
/// What is recorded and shown goes to other people. Better one word too many is hidden than one too few.
package enum CommandLineText {
    private static let hidden = "***"

    /// Bytes of a command line that are read, and bytes of it that are kept: what is kept is never cut off again.
    static let readLimit = 8192
    private static let keptLimit = 4096

    /// The contents of `/proc/PID/cmdline`, arguments ended by zeros; the result may be given in again.
    ///
    /// Long ones lose the arguments at their end, as a whole: half a secret might not be recognized.
    package static func redacted(_ bytes: [UInt8]) -> [UInt8] {
        var arguments = bytes.split(separator: 0, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        if bytes.count >= readLimit { arguments[arguments.count - 1] = "" }
        var result: [UInt8] = []
        for (index, argument) in redacted(arguments: arguments).enumerated() {
            guard result.count + argument.utf8.count + 1 <= keptLimit else { break }
            if index > 0 { result.append(0) }
            result += argument.utf8
        }
        return result
    }

    package static func redacted(arguments: [String]) -> [String] {
        var result: [String] = []
        var hidesNext = false
        let program = arguments.first?.split(separator: "/").last.map(String.init) ?? ""
        for (index, argument) in arguments.enumerated() {
            if hidesNext, !argument.isEmpty {
                result.append(hidden)
                hidesNext = false
                continue
            }
            guard index == 0 || needsLook(argument.utf8) else {
                result.append(argument)
                continue
            }
            var state = State(program: program, isFirst: index == 0)
            result.append(state.redacted(argument))
            hidesNext = state.hidesNext
        }
        return result
    }

    /// Whether an argument may hold or announce a secret: most are plain words, and there may be thousands.
    private static func needsLook(_ argument: String.UTF8View) -> Bool {
        if argument.first == UInt8(ascii: "-") || argument.count >= 16 && argument.first != UInt8(ascii: "/") {
            return true
        }
        return argument.contains { byte in
            byte == UInt8(ascii: "=") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "@")
                || byte <= UInt8(ascii: " ") || byte >= 0x80
        }
    }

    /// A text of words whose URLs may have passwords, as the devices of mounts.
    package static func withoutCredentials(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(UInt8(ascii: "@")) else { return bytes }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            String(decoding: line, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
                .map { State(program: "", isFirst: false).credentials(in: String($0)) }.joined(separator: " ")
        }
        return Array(lines.joined(separator: "\n").utf8)
    }

    /// One argument; it may itself be a command line (`sh -c`), or a title that the program gave itself.
    private struct State {
        var program: String
        var isFirst: Bool
        /// The next word, or the next argument at the end of this one.
        var hidesNext = false
        /// Ends a quoted secret that goes over several words.
        var quote: Character?

        mutating func redacted(_ argument: String) -> String {
            var result = ""
            var word = ""
            for character in argument {
                guard character.isWhitespace else {
                    word.append(character)
                    continue
                }
                result += self.word(word)
                result.append(character)
                word = ""
            }
            return result + self.word(word)
        }

        private mutating func word(_ word: String) -> String {
            guard !word.isEmpty else { return "" }
            if let end = quote {
                if word.last == end { quote = nil }
                return hidden
            }
            if hidesNext {
                // Authorization: Bearer …
                let isScheme = ["bearer", "basic", "token", "digest"].contains(word.lowercased())
                hidesNext = isScheme
                openQuote(in: word[...])
                return isScheme ? word : hidden
            }
            if isFirst || program.isEmpty || ["sh", "bash", "dash", "env", "sudo"].contains(program) {
                // A command inside of a command, or a title: its program decides about short options.
                if !word.hasPrefix("-"), !word.contains("=") {
                    program = word.split(separator: "/").last.map(String.init) ?? program
                }
            }
            if let short = shortOption(word) { return short }
            if isToken(word) { return hidden }
            return assignments(in: credentials(in: word))
        }

        /// Options of well-known programs that hold a password.
        private mutating func shortOption(_ word: String) -> String? {
            let takesNext: Bool
            switch program {
            case _ where program.hasPrefix("mysql") || program.hasPrefix("mariadb"):
                return word.hasPrefix("-p") && word.count > 2 ? "-p" + hidden : nil
            case "redis-cli", "valkey-cli", "keydb-cli": takesNext = word == "-a"
            case "sshpass":
                if word.hasPrefix("-p") && word.count > 2 { return "-p" + hidden }
                takesNext = word == "-p"
            case "curl", "wget":
                if word.hasPrefix("-u") && word.count > 2 { return "-u" + hidden }
                takesNext = word == "-u" || word == "--user" || word == "-U" || word == "--proxy-user"
            case "smbclient": takesNext = word == "-U"
            case "ldapsearch", "ldapmodify", "ldapadd": takesNext = word == "-w"
            case "docker", "podman", "htpasswd", "mongosh", "mongo", "mongodump", "sqlcmd":
                takesNext = word == "-p" || word == "-P"
            default: return nil
            }
            hidesNext = takesNext
            return takesNext ? word : nil
        }

        /// `scheme://user:password@host`; all between the first colon and the last @.
        func credentials(in word: String) -> String {
            guard word.utf8.contains(UInt8(ascii: "@")), let scheme = word.range(of: "://"),
                let at = word.lastIndex(of: "@"), scheme.upperBound <= at,
                let colon = word[scheme.upperBound..<at].firstIndex(of: ":")
            else { return word }
            return word[...colon] + hidden + word[at...]
        }

        /// `key=value`, `--key=value`, `?a=b&key=value`, `Key: value`, `--key value`.
        private mutating func assignments(in word: String) -> String {
            guard word.utf8.contains(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }) else {
                // `--password secret`
                if word.hasPrefix("-"), Self.isSecret(word) { hidesNext = true }
                return word
            }
            var result = ""
            var rest = word[...]
            while let sign = rest.firstIndex(where: { $0 == "=" || $0 == ":" }) {
                let key = rest[..<sign].reversed().prefix { $0.isLetter || $0.isNumber || "_-.".contains($0) }
                let after = rest.index(after: sign)
                guard Self.isSecret(String(key.reversed())) else {
                    result += rest[..<after]
                    rest = rest[after...]
                    continue
                }
                result += rest[..<after]
                let value = rest[after...]
                if value.isEmpty || value == "\"" || value == "'" {
                    // `Authorization: Bearer x`, `password= x`
                    hidesNext = true
                    return result + value
                }
                openQuote(in: value)
                guard word.contains("?") || word.contains(";"),
                    let end = value.firstIndex(where: { $0 == "&" || $0 == ";" })
                else { return result + hidden }
                result += hidden
                rest = value[end...]
            }
            // `--password secret`
            if rest.startIndex == word.startIndex, word.hasPrefix("-"), Self.isSecret(word) { hidesNext = true }
            return result + rest
        }

        private mutating func openQuote(in value: Substring) {
            guard let first = value.first, first == "'" || first == "\"" else { return }
            if value.count == 1 || value.last != first { quote = first }
        }

        /// Tokens whose beginning says what they are.
        private func isToken(_ word: String) -> Bool {
            let starts = [
                "ghp_", "gho_", "ghs_", "ghr_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "AKIA", "sk-", "eyJ",
            ]
            return word.count >= 16 && starts.contains { word.hasPrefix($0) }
        }

        /// Whether a key is that of a secret.
        private static func isSecret(_ key: String) -> Bool {
            var plain: [UInt8] = []
            plain.reserveCapacity(key.utf8.count)
            for byte in key.utf8
            where byte != UInt8(ascii: "-") && byte != UInt8(ascii: "_") && byte != UInt8(ascii: ".") {
                plain.append(byte >= 65 && byte <= 90 ? byte + 32 : byte)
            }
            for start in plain.indices {
                for part in parts where part[0] == plain[start] && plain[start...].starts(with: part) { return true }
            }
            return ends.contains { plain.reversed().starts(with: $0.reversed()) } || plain == Array("pw".utf8)
        }

        /// Parts of the names of secrets.
        private static let parts = [
            "password", "passwd", "passphrase", "passcode", "secret", "token", "credential", "apikey", "accesskey",
            "privatekey", "authorization", "cookie", "signature", "connectionstring",
        ].map { Array($0.utf8) }
        private static let ends = ["pass", "pwd", "auth", "dsn"].map { Array($0.utf8) }
    }
}

extension String {
    /// Where `text` begins first, and ends.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
