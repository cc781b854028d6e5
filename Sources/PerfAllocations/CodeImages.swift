import PerfLinux
import PerfModel
import PerfSymbols

/// The executable memory of a process over its life: which file was behind an address, before and after libraries
/// were unmapped.
package struct CodeImages {
    /// A file, or memory without one.
    package struct Image: Sendable {
        /// Path as the process saw it, or a name in brackets.
        package var path: String
        package var file: OpenFile?
        package var elf: ElfImage?
        package var root: RootDirectory?
        /// Why the file could not be opened.
        package var problem: String?
    }

    private struct Place: Hashable {
        var range: Range<UInt64>
        var image: Int
    }

    private struct Region {
        var place: Place
        /// Runtime address minus image address.
        var bias: UInt64
        /// From this epoch on.
        var epoch: UInt32
    }

    private struct Key: Hashable {
        var path: String
        var inode: UInt64
    }

    package private(set) var images: [Image] = []
    private var indices: [Key: Int] = [:]
    /// Later ones count for later epochs.
    private var regions: [Region] = []
    /// What the last look found.
    private var places: Set<Place> = []
    private let pid: Int32
    private let proc: ProcFileSystem
    private let root: RootDirectory?

    init(pid: Int32, proc: ProcFileSystem) {
        self.pid = pid
        self.proc = proc
        // Without it files are opened by their mappings only.
        root =
            if case .success(let root) = Result(catching: { () throws(SystemCallError) in
                try RootDirectory(ofProcess: pid)
            }) { root } else { nil }
    }

    /// Takes in what is mapped now; files are opened when they are new.
    ///
    /// - Parameters:
    ///   - maps: the ranges of the process's memory.
    ///   - epoch: how often libraries were unmapped so far.
    mutating func update(_ maps: [ProcessMap], epoch: UInt32) {
        let before = places
        places = []
        for map in maps where map.isExecutable {
            let index = index(of: map)
            let place = Place(range: map.start.rawValue..<map.end.rawValue, image: index)
            places.insert(place)
            // A library that comes back to where another one was meanwhile counts from now on.
            guard !before.contains(place), regions.last(where: { $0.place.range.overlaps(place.range) })?.place != place
            else { continue }
            let start = images[index].elf?.imageAddress(ofMapping: map.fileOffset, isExecutable: true).rawValue
            regions.append(
                Region(place: place, bias: start.map { map.start.rawValue &- $0 } ?? 0, epoch: epoch))
        }
    }

    /// The image of an address as a stack of that epoch saw it, and the address in it.
    package func image(at address: UInt64, epoch: UInt32) -> (index: Int, address: ImageAddress)? {
        let candidates = regions.filter { $0.place.range.contains(address) }
        // The youngest that is not younger than the stack; a library that was mapped and unmapped between two looks is
        // known from later ones at best.
        let region = candidates.last { $0.epoch <= epoch } ?? candidates.first
        return region.map { ($0.place.image, ImageAddress(rawValue: address &- $0.bias)) }
    }

    private mutating func index(of map: ProcessMap) -> Int {
        let key = Key(path: map.path, inode: map.inode)
        if let known = indices[key] { return known }
        var image = Image(path: map.path.isEmpty ? "//anon" : map.path, root: root)
        if map.path.hasPrefix("/") {
            let opened = MappedFile.open(
                map.path, mappedAt: map.start..<map.end, pid: pid, root: root, identity: .inode(map.inode), proc: proc)
            switch opened {
            case .available(let mapped): (image.file, image.elf) = (mapped.file, mapped.elf)
            case .unavailable(let reason, _): image.problem = reason
            }
        }
        images.append(image)
        indices[key] = images.count - 1
        return images.count - 1
    }
}
