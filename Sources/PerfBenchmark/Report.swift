import Glibc

/// Lines of the benchmark protocol, to whom asked for them: docs/benchmark-protocol.md.
enum Report {
    /// Where lines go: an inherited descriptor, or a file; nil when nobody asked.
    private static let descriptor: Int32? = {
        if let number = environment("PERFDOCTOR_METRICS_FD").flatMap({ Int32($0) }), fcntl(number, F_GETFD) >= 0 {
            return number
        }
        guard let path = environment("PERFDOCTOR_METRICS") else { return nil }
        // SAFETY: the path is a terminated string for the duration of the call.
        let opened = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        return opened < 0 ? nil : opened
    }()

    static var isWanted: Bool { descriptor != nil }

    /// What all lines of a benchmark have.
    struct Line {
        var benchmark: String
        var parameters: [String: String]
        var iterations: Int

        private var head: String {
            var text = "\"benchmark\":\(quoted(benchmark)),\"inner_iters\":\(iterations)"
            if !parameters.isEmpty {
                let pairs = parameters.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
                text += ",\"params\":{\(pairs.joined(separator: ","))}"
            }
            return text
        }

        func write(_ metric: String, _ value: Double, unit: String, more: String) {
            Report.write("{\"metric\":\(quoted(metric)),\"value\":\(value),\"unit\":\(quoted(unit)),\(head)\(more)}")
        }

        func write(_ metric: String, histogram: LatencyCounts) {
            let pairs = histogram.counts.sorted { $0.key < $1.key }.map { "[\($0.key),\($0.value)]" }
            Report.write(
                "{\"metric\":\(quoted(metric)),\"unit\":\"ns\",\(head),"
                    + "\"hdr\":{\"sig_digits\":3,\"counts\":[\(pairs.joined(separator: ","))]}}")
        }
    }

    /// Tells that a benchmark failed, and ends the program.
    static func fail(name: String, reason: String) {
        if isWanted { write("{\"benchmark\":\(quoted(name)),\"error\":\(quoted(reason))}") }
        put("\(name): \(reason)\n", to: STDERR_FILENO)
        exit(1)
    }

    /// One line, to whom asked for it; to standard output when nobody did.
    static func write(_ line: String) { put(line + "\n", to: descriptor ?? STDOUT_FILENO) }

    static func put(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            // SAFETY: the kernel reads from `done` to the end of the array's own storage.
            let put = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if put < 0 && errno == EINTR { continue }
            // Whoever should read it is gone; a benchmark has nobody else to tell.
            guard put > 0 else { return }
            done += put
        }
    }

    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
