import CPerfLinux
import PerfModel

/// A system call that failed.
package struct SystemCallError: UserFacingError, Hashable {
    /// What was attempted: `"open"`, `"perf_event_open"`.
    package var operation: String
    /// What it was attempted on: a path, a process, an address.
    package var subject: String
    /// The value of errno; positive.
    package var errno: Int32
    package var remedy: String?

    package init(operation: String, subject: String, errno: Int32, remedy: String? = nil) {
        self.operation = operation
        self.subject = subject
        self.errno = errno
        self.remedy = remedy
    }

    package var summary: String {
        "\(operation) \(subject.printable): \(Self.text(of: errno))"
    }

    /// The C library's text for an errno value: `"No such file or directory"`.
    package static func text(of errno: Int32) -> String {
        // SAFETY: the shim returns a constant of the C library, or null for an unknown value.
        guard let text = unsafe pd_error_text(errno) else { return "error \(errno)" }
        return unsafe String(cString: text)
    }
}
