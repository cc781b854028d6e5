import CZlib

/// A zlib stream and its output buffer.
///
/// zlib keeps a pointer to its own stream, which therefore has an address of its own until the end.
@safe
final class ZlibStream {
    enum Direction {
        case deflate, inflate
    }

    /// Largest window, and the gzip wrapper instead of zlib's own (`inflateInit2` in zlib.h).
    private static let windowBits: Int32 = 15 + 16

    private let direction: Direction
    // SAFETY: owned by this object alone, valid from init to deinit, and never handed out.
    private let stream: UnsafeMutablePointer<z_stream>
    /// Not `Z_OK` when zlib found no memory; every step returns it then.
    private let initialStatus: Int32
    private var output = [UInt8](repeating: 0, count: 1 << 18)
    private var producedCount = 0
    /// Bytes of input that are done.
    private(set) var consumed = 0

    init(_ direction: Direction) {
        self.direction = direction
        // SAFETY: one element, initialized at once, freed in deinit only; the size is that of the same header.
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        switch direction {
        case .deflate:
            // SAFETY: the stream is zeroed; version and size are those of the header it was compiled with.
            initialStatus = unsafe deflateInit2_(
                stream, Z_BEST_SPEED, Z_DEFLATED, Self.windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size
            )
        case .inflate:
            // SAFETY: as above.
            initialStatus = unsafe inflateInit2_(stream, Self.windowBits, ZLIB_VERSION, size)
        }
    }

    deinit {
        // SAFETY: nobody else has the pointer; zlib's own end functions accept a stream that failed to start.
        switch direction {
        case .deflate: unsafe _ = deflateEnd(stream)
        case .inflate: unsafe _ = inflateEnd(stream)
        }
        unsafe stream.deallocate()
    }

    /// Works on from `consumed` until the input is used up or the output buffer is full.
    ///
    /// - Parameter input: the whole input, the same at every call.
    /// - Returns: zlib's status.
    func step(input: [UInt8]) -> Int32 {
        producedCount = 0
        guard initialStatus == Z_OK else { return initialStatus }
        // zlib counts input in 32 bits: what is larger goes in parts.
        let part = min(input.count - consumed, 1 << 30)
        let isLast = consumed + part == input.count
        // SAFETY: both buffers outlive the call, and zlib stays within the counts and does not write to the input.
        let (status, left, space) = unsafe input.withUnsafeBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer { target in
                unsafe stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: source.baseAddress?.advanced(by: consumed)
                )
                unsafe stream.pointee.avail_in = UInt32(part)
                unsafe stream.pointee.next_out = target.baseAddress
                unsafe stream.pointee.avail_out = UInt32(target.count)
                let status =
                    switch direction {
                    case .deflate: unsafe CZlib.deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                    case .inflate: unsafe CZlib.inflate(stream, Z_NO_FLUSH)
                    }
                return unsafe (status, Int(stream.pointee.avail_in), Int(stream.pointee.avail_out))
            }
        }
        consumed += part - left
        producedCount = output.count - space
        return status
    }

    /// What the last step wrote.
    var produced: ArraySlice<UInt8> { output[..<producedCount] }

    /// zlib's reason for the last failure.
    var message: String {
        // SAFETY: zlib's messages are constants.
        guard let text = unsafe stream.pointee.msg else { return "no memory, or invalid data" }
        return unsafe String(cString: text)
    }

    /// Rewinds after the end of one gzip member.
    func expectAnotherMember() {
        // SAFETY: the stream is initialized, or else no step ever reported an end.
        unsafe _ = inflateReset(stream)
    }
}
