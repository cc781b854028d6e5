// Builds a library and writes it as a Swift constant: embed-preload LIBRARY OUTPUT COMPILER ARGUMENT...
// Part of the build; not shipped.
import Glibc

func fail(_ message: String) -> Never {
    print("embed-preload: \(message)")
    exit(1)
}

func contents(of path: String) -> [UInt8] {
    // SAFETY: the path is a terminated string for the duration of the call.
    guard let file = unsafe fopen(path, "rb") else { fail("cannot read \(path)") }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        // SAFETY: the buffer has as many bytes as are asked for.
        let count = unsafe fread(&buffer, 1, buffer.count, file)
        if count == 0 { return bytes }
        bytes += buffer[..<count]
    }
}

func run(_ arguments: [String]) {
    // SAFETY: each strdup'd argument and the terminated array live until the process has been spawned.
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    var pid: pid_t = 0
    guard unsafe posix_spawn(&pid, arguments[0], nil, nil, pointers, environ) == 0 else {
        fail("cannot run \(arguments[0])")
    }
    var status: Int32 = 0
    while unsafe waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    guard status == 0 else { fail("\(arguments[0]) failed: its messages are above") }
}

guard CommandLine.arguments.count > 3 else { fail("usage: embed-preload LIBRARY OUTPUT COMPILER ARGUMENT...") }
run(Array(CommandLine.arguments[3...]))
let bytes = contents(of: CommandLine.arguments[1])
guard !bytes.isEmpty else { fail("\(CommandLine.arguments[1]) is empty") }
let digits = Array("0123456789abcdef".utf8)
var text: [UInt8] = []
text.reserveCapacity(bytes.count * 2)
for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
}
let source = """
    // Made by the build from Sources/preload.
    enum PreloadBytes {
        /// The library, two hexadecimal digits for a byte.
        static let hexadecimal: StaticString = "\(String(decoding: text, as: UTF8.self))"
    }

    """
// SAFETY: the path is a terminated string, and the bytes live through the call.
guard let output = unsafe fopen(CommandLine.arguments[2], "wb") else {
    fail("cannot write \(CommandLine.arguments[2])")
}
let written = unsafe Array(source.utf8).withUnsafeBytes { unsafe fwrite($0.baseAddress, 1, $0.count, output) }
guard unsafe fclose(output) == 0, written == source.utf8.count else { fail("cannot write \(CommandLine.arguments[2])") }
