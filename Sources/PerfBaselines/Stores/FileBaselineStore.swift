import Glibc
import PerfLinux
import PerfModel

/// Baselines as files of a folder that belongs into git: `Baselines/MACHINE-CLASS/NAME.json`.
///
/// The history of a file is git's: this store has the current state alone.
package struct FileBaselineStore: BaselineStore {
    package static let defaultFolder = "Baselines"
    /// For results that do not say on which machine they were measured.
    package static let unknownMachineClass = "unknown"
    static let limitBytes = 64 << 20
    /// Folders below the store are no deeper.
    private static let deepest = 6

    private let root: String

    package init(root: String) {
        self.root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
    }

    package func save(
        _ result: BenchmarkResult, name: String, machineClass: String
    ) throws(BaselineStoreError) -> (saved: StoredBaseline, warning: Warning?) {
        let parts = [Self.folder(machineClass)] + (try Self.parts(name))
        var result = result
        let path = Self.path(root, parts)
        if let previous = try checksum(ofExisting: path) {
            var provenance = result.provenance ?? BenchmarkResult.Provenance()
            provenance.parent = previous
            result.provenance = provenance
        }
        let encoded: (text: [UInt8], checksum: String)
        do throws(DocumentError) { encoded = try BaselineText.encoded(result) } catch { throw .document(error) }
        var provenance = result.provenance ?? BenchmarkResult.Provenance()
        provenance.sha256 = encoded.checksum
        result.provenance = provenance
        try makeFolders(parts.dropLast())
        do throws(OutputFileError) {
            let warning = try OutputFile.write(encoded.text, to: path)
            return (
                StoredBaseline(
                    name: parts.dropFirst().joined(separator: "/"), machineClass: parts[0], location: path,
                    result: result),
                warning
            )
        } catch {
            throw .cannotWrite(error)
        }
    }

    package func load(name: String, machineClass: String?) throws(BaselineStoreError) -> StoredBaseline {
        let parts = try Self.parts(name)
        let key = parts.joined(separator: "/")
        let folder = machineClass.map(Self.folder)
        let files = try files()
        var found = files.filter { $0.name == key && (folder == nil || $0.machineClass == folder) }
        // `guides/small` names the folder as well, and `small` alone does not.
        if found.isEmpty, machineClass == nil { found = files.filter { "\($0.machineClass)/\($0.name)" == key } }
        if found.isEmpty, let guide = GuideBaselines.named(key, machineClass: machineClass) { return guide }
        guard let file = found.first else {
            let known =
                files.flatMap { [$0.name, "\($0.machineClass)/\($0.name)"] }
                + GuideBaselines.all.map { "\($0.machineClass)/\($0.name)" }
            throw .notFound(name: name, machineClass: machineClass, known: Array(Set(known)).sorted())
        }
        guard found.count == 1 else { throw .ambiguous(name: name, machineClasses: found.map(\.machineClass)) }
        return StoredBaseline(
            name: file.name, machineClass: file.machineClass, location: file.path, result: try Self.read(file.path))
    }

    package func list() throws(BaselineStoreError) -> [BaselineEntry] {
        try files().map { file in
            var entry = BaselineEntry(name: file.name, machineClass: file.machineClass, location: file.path)
            do throws(BaselineStoreError) {
                entry.content = BaselineContent(try Self.read(file.path))
            } catch {
                entry.problem = error.summary
            }
            return entry
        }
    }

    package func history(
        of id: MetricSeries.ID, metric: String, machineClass: String
    ) throws(BaselineStoreError) -> [StoredBaseline] {
        var all: [StoredBaseline] = []
        for file in try files() where file.machineClass == machineClass {
            let result = try Self.read(file.path)
            guard result.series.contains(where: { $0.id == id && $0.metric == metric }) else { continue }
            all.append(
                StoredBaseline(name: file.name, machineClass: machineClass, location: file.path, result: result))
        }
        return all.sorted { ($0.result.startedAt ?? .min, $0.name) < ($1.result.startedAt ?? .min, $1.name) }
    }

    package func versions(
        of name: String, machineClass: String?, limit: Int, _ body: (BaselineVersion) -> Void
    ) throws(BaselineStoreError) {
        body(.whole(try load(name: name, machineClass: machineClass)))
    }

    package func prune(olderThan time: Int64, isDryRun: Bool) throws(BaselineStoreError) -> [BaselineEntry] {
        let old = try list().filter { entry in entry.content?.startedAt.map { $0 < time } ?? false }
        guard !isDryRun else { return old }
        for entry in old {
            // SAFETY: the path is a terminated string for the duration of the call.
            guard unsafe unlink(entry.location) == 0 || errno == ENOENT else {
                throw .cannotRead(SystemCallError(operation: "unlink", subject: entry.location, errno: errno))
            }
        }
        return old
    }

    /// The result of a file: what is not a whole baseline, as it was saved, is refused.
    ///
    /// - Parameter path: of the file.
    /// - Returns: what it holds.
    /// - Throws: why it cannot be trusted.
    package static func read(_ path: String) throws(BaselineStoreError) -> BenchmarkResult {
        let bytes: [UInt8]
        do throws(SystemCallError) { bytes = try WholeFile.contents(of: path, atMost: limitBytes + 1) } catch {
            throw .cannotRead(error)
        }
        guard bytes.count <= limitBytes else { throw .tooLarge(path: path) }
        return try BaselineText.checked(bytes, at: path)
    }

    private struct File {
        var machineClass: String
        var name: String
        var path: String
    }

    /// Every file of the store, by machine class and name.
    private func files() throws(BaselineStoreError) -> [File] {
        var found: [File] = []
        for folder in try names(in: root, mayBeMissing: true) {
            try collect("\(root)/\(folder)", machineClass: folder, prefix: "", depth: 0, into: &found)
        }
        return found.sorted { ($0.machineClass, $0.name) < ($1.machineClass, $1.name) }
    }

    private func collect(
        _ folder: String, machineClass: String, prefix: String, depth: Int, into found: inout [File]
    ) throws(BaselineStoreError) {
        guard depth < Self.deepest, isFolder(folder) else { return }
        for name in try names(in: folder, mayBeMissing: true) where !name.hasPrefix(".") {
            let path = "\(folder)/\(name)"
            if name.hasSuffix(".json") {
                found.append(
                    File(machineClass: machineClass, name: prefix + name.dropLast(".json".count), path: path))
            } else {
                try collect(
                    path, machineClass: machineClass, prefix: "\(prefix)\(name)/", depth: depth + 1, into: &found)
            }
        }
    }

    /// Links out of the store are not followed.
    private func isFolder(_ path: String) -> Bool {
        var status = stat()
        // SAFETY: path and struct are valid during the call.
        return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private func names(in folder: String, mayBeMissing: Bool) throws(BaselineStoreError) -> [String] {
        // SAFETY: the path is a terminated string for the duration of the call.
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if mayBeMissing, errno == ENOENT { return [] }
            throw .cannotRead(SystemCallError(operation: "open", subject: folder, errno: errno))
        }
        do throws(SystemCallError) {
            return try DirectoryNames.read(owning: descriptor, name: folder)
        } catch {
            throw .cannotRead(error)
        }
    }

    private func makeFolders(_ parts: ArraySlice<String>) throws(BaselineStoreError) {
        var path = root
        for part in [""] + parts {
            if !part.isEmpty { path += "/\(part)" }
            // SAFETY: the path is a terminated string for the duration of the call.
            guard unsafe mkdir(path, 0o755) == 0 || errno == EEXIST else {
                throw .cannotRead(
                    SystemCallError(
                        operation: "mkdir", subject: path, errno: errno,
                        remedy: "create the folder that the baselines shall be in, or name another: --store FOLDER"))
            }
        }
    }

    /// The checksum of the baseline that is replaced; nil for none, and for a broken one.
    private func checksum(ofExisting path: String) throws(BaselineStoreError) -> String? {
        do throws(BaselineStoreError) {
            return try Self.read(path).provenance?.sha256
        } catch {
            switch error {
            case .cannotRead(let failure) where failure.errno == ENOENT: return nil
            case .broken, .tooLarge: return nil
            default: throw error
            }
        }
    }

    private static func path(_ root: String, _ parts: [String]) -> String {
        ([root] + parts).joined(separator: "/") + ".json"
    }

    /// A machine class as a folder; whatever a document may hold is made harmless.
    static func folder(_ machineClass: String) -> String {
        machineClass.isEmpty ? unknownMachineClass : OutputFile.nameComponent(machineClass)
    }

    /// A name as folders and a file.
    static func parts(_ name: String) throws(BaselineStoreError) -> [String] {
        let parts = name.split(separator: "/").map(String.init)
        guard !parts.isEmpty, parts.count < deepest, !name.utf8.contains(0),
            parts.allSatisfy({ $0 != "." && $0 != ".." })
        else { throw .badName(name) }
        return parts.map(OutputFile.nameComponent)
    }
}
