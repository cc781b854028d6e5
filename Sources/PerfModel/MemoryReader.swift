/// Read access to the memory of a process, live or recorded.
package protocol MemoryReader: Sendable {
    /// At most `count` bytes from `address`; fewer, or none, where the memory is not readable.
    func memory(at address: CodeAddress, count: Int) -> [UInt8]
}
