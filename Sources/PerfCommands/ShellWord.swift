import PerfModel

extension String {
    /// As a shell takes it for one word: quoted unless it is plain.
    var shellWord: String {
        let isPlain = !isEmpty && allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-+/=:,@%".contains($0)) }
        return isPlain
            ? self
            : "'" + printable.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
