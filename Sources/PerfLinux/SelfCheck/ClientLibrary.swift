/// A library that is opened on first use, so that a host without it loses one ability and no more.
package struct ClientLibrary: Sendable {
    /// What dlopen is asked for.
    package var file: String
    /// Names that newer systems have for it.
    package var newerFiles: [String] = []
    /// The Debian package that holds it.
    package var package: String
    /// What does not work without it, as a sentence without a full stop.
    package var consequence: String
    /// Whether recording suffers; the others serve databases and web servers.
    package var servesRecording: Bool

    package static let all: [ClientLibrary] = [
        ClientLibrary(
            file: "libunwind-\(architecture).so.8", package: "libunwind8",
            consequence: "stacks of code without frame pointers cannot be unwound", servesRecording: true
        ),
        ClientLibrary(
            file: "libdw.so.1", package: "libdw1",
            consequence: "functions have no source lines and no inlined frames", servesRecording: true
        ),
        ClientLibrary(
            file: "liblzma.so.5", package: "liblzma5",
            consequence: "the small symbol tables of stripped libraries (.gnu_debugdata) cannot be read",
            servesRecording: true
        ),
        ClientLibrary(
            file: "libpq.so.5", package: "libpq5", consequence: "PostgreSQL and PgBouncer cannot be asked",
            servesRecording: false
        ),
        ClientLibrary(
            file: "libhiredis.so.0.14",
            newerFiles: ["libhiredis.so.1.0.0", "libhiredis.so.1.1.0", "libhiredis.so.1.3.0", "libhiredis.so.1.4.0"],
            package: "libhiredis0.14", consequence: "Redis cannot be asked",
            servesRecording: false
        ),
        ClientLibrary(
            file: "libcurl.so.4", package: "libcurl4", consequence: "HTTP servers and TLS cannot be probed",
            servesRecording: false
        ),
    ]

    private static var architecture: String {
        #if arch(arm64)
            "aarch64"
        #else
            "x86_64"
        #endif
    }
}
