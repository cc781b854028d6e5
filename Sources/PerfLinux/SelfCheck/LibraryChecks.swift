import PerfModel

/// Debug info of the C library, and the libraries that are opened on first use.
enum LibraryChecks {
    static func items(_ scene: SelfCheck.Scene) -> [SelfCheckItem] {
        [debugInfo(scene)] + ClientLibrary.all.map { client($0, scene) }
    }

    private static func debugInfo(_ scene: SelfCheck.Scene) -> SelfCheckItem {
        let (id, title) = ("debug.libc", "debug info of libc")
        guard let libc = scene.probes.libc, libc.buildID.count > 4 else {
            return .trouble(
                .limited, id, title, "the C library has no build ID", so: "its debug info cannot be found",
                mend: "apt-get install libc6-dbg, if this is Debian's C library"
            )
        }
        let file = "/usr/lib/debug/.build-id/\(libc.buildID.prefix(2))/\(libc.buildID.dropFirst(2)).debug"
        if scene.files.exists(file) { return .ok(id, title, file) }
        if libc.hasDebugData { return .ok(id, title, "\(libc.path.printable) has .gnu_debugdata") }
        return .trouble(
            .limited, id, title, "no file for build ID \(libc.buildID.prefix(12))…",
            so: "inner functions of the C library appear under the name of a neighbour, or none",
            mend: "apt-get install libc6-dbg"
        )
    }

    private static func client(_ library: ClientLibrary, _ scene: SelfCheck.Scene) -> SelfCheckItem {
        let id = "library.\(library.package)"
        if let file = ([library.file] + library.newerFiles).first(where: scene.probes.libraries.contains) {
            return .ok(id, library.package, file)
        }
        return .trouble(
            library.servesRecording ? .missing : .limited, id, library.package, "\(library.file) is not installed",
            so: library.consequence, mend: "apt-get install \(library.package)"
        )
    }
}
