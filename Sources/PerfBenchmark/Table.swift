import Glibc

/// What an executable prints that nobody asked for lines: a row for each benchmark.
enum Table {
    static func add(
        name: String, parameters: [String: String], _ rows: [BenchmarkRun.Times], iterations: Int,
        _ context: BenchmarkContext
    ) {
        let count = Double(iterations)
        let cpu = rows.map { Double($0.cpu) / count }.sorted()
        let wall = rows.map { Double($0.wall) / count }.sorted()
        guard let first = cpu.first, let last = cpu.last else { return }
        let variant = parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        var line = variant.isEmpty ? name : "\(name)[\(variant)]"
        line += String(repeating: " ", count: max(1, 32 - line.count))
        line += "CPU \(text(cpu[cpu.count / 2])) (\(text(first))…\(text(last)))  wall \(text(wall[wall.count / 2]))"
        line += "  \(rows.count) × \(iterations) iterations"
        for value in context.values { line += "  \(value.metric) \(value.value) \(value.unit)" }
        Report.put(line + "\n", to: STDOUT_FILENO)
    }

    private static func text(_ nanoseconds: Double) -> String {
        let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns")]
        let (scale, unit) = units.first { nanoseconds >= $0.0 } ?? (1, "ns")
        let hundredths = Int64((nanoseconds / scale * 100).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) \(unit)"
    }
}
