import Glibc
import PerfModel

enum OutputFile {
    static func write(_ bytes: [UInt8], to path: String) throws {
        let fd = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try DescriptorSink(descriptor: fd).write(bytes)
        close(fd)
    }
}
