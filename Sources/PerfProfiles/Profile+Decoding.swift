import PerfModel

extension Profile {
    /// Reads a pprof file, of this or any other tool; gzip or not.
    ///
    /// Everything in it is checked: what this returns has no index out of range.
    ///
    /// - Parameters:
    ///   - bytes: the contents of the file.
    ///   - file: its path, for the text of errors.
    ///   - limits: what a file may take in memory.
    /// - Throws: when the bytes are no profile, or a damaged one; the error names what is wrong.
    package init(
        decoding bytes: [UInt8], file: String? = nil, limits: PprofLimits = PprofLimits()
    ) throws(PprofError) {
        do throws(PprofError) {
            guard !bytes.isEmpty else { throw PprofError(.empty) }
            let message =
                Gzip.isGzip(bytes) ? try Gzip.decompress(bytes, limit: limits.decompressedBytes) : bytes
            guard !message.isEmpty else { throw PprofError(.empty) }
            guard message.count <= limits.decompressedBytes else {
                throw PprofError(.tooLarge(what: "its data", limitBytes: limits.decompressedBytes))
            }
            do throws(PprofError) {
                var decoder = ProfileDecoder(message, limits: limits)
                self = try decoder.decode()
            } catch {
                throw Self.explained(error, of: message)
            }
        } catch {
            var named = error
            named.file = file
            throw named
        }
    }

    /// Many files that are no profile fail as if they were a damaged one; their first bytes tell.
    private static func explained(_ error: PprofError, of message: [UInt8]) -> PprofError {
        if case .tooLarge = error.reason { return error }
        let kind = FileKind(of: message)
        return kind == .unknown ? error : PprofError(.notAProfile(kind))
    }
}
