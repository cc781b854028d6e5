/// How large a profile may become in memory, so that a small hostile file cannot take all of it.
package struct PprofLimits: Hashable, Sendable {
    /// Most bytes after decompression.
    package var decompressedBytes = 1 << 30
    /// Most bytes of the decoded profile, estimated from the sizes of its parts.
    ///
    /// A file of 1 GiB can describe half a billion samples without anything in them.
    package var decodedBytes = 2 << 30

    package init() {}
}
