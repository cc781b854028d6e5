import Glibc
import PerfModel
import PerfSampling
import PerfSessions

/// Records a program, then unwinds the same samples with each unwinder by turns and prints the CPU time it took.
///
/// Usage: perfdoctor-unwind-benchmark PROGRAM [ARGUMENT...]
struct Measurement {
    /// CPU time: on a busy machine others' turns do not count.
    static var now: UInt64 {
        var time = timespec()
        // SAFETY: the call writes the variable only.
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    var name: String
    var warm: [Double] = []
    var frames = 0
    var rooted = 0
    var cold = 0.0
    var peak = 0.0
}

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
}

func text(_ value: Double, width: Int, digits: Int = 2) -> String {
    let scale = [1.0, 10, 100, 1000][digits]
    let whole = (value * scale).rounded()
    let number = "\(Int(whole / scale))" + (digits == 0 ? "" : ".")
    var rest = digits == 0 ? "" : "\(Int(whole) % Int(scale))"
    while rest.count < digits { rest = "0" + rest }
    let padded = String(repeating: " ", count: max(0, width - number.count - rest.count))
    return padded + number + rest
}

func measure(_ samples: [SampleCopies.Sample]) {
    let rounds = 21
    var results = [
        Measurement(name: "row cache"), Measurement(name: "libunwind, cached"), Measurement(name: "frame pointers"),
    ]
    // One kind of unwinder is one generic instance, called directly: the loop is the unwinder's own.
    let byRows = RowCacheUnwinder()
    let libunwind = LibunwindUnwinder()
    let framePointers = FramePointerUnwinder()
    var frames: [UnwoundFrame] = []
    frames.reserveCapacity(LibunwindUnwinder.mostFrames)
    var batch = Array(samples.prefix(16))
    func run(_ unwinder: some Unwinder, _ result: inout Measurement, round: Int) {
        var (count, rooted, worst, elapsed) = (0, 0, UInt64(0), UInt64(0))
        // As in the ring, where the kernel has just put them: a few samples at a time are in the processor's caches.
        for first in stride(from: 0, to: samples.count, by: batch.count) {
            let last = min(first + batch.count, samples.count)
            for index in first..<last { batch[index - first].replace(by: samples[index]) }
            let start = Measurement.now
            for index in 0..<last - first {
                if batch[index].unwind(by: unwinder, into: &frames) == .root { rooted += 1 }
                count += frames.count
                guard round == 0 else { continue }
                worst = max(worst, Measurement.now - start)
            }
            elapsed += Measurement.now - start
        }
        (result.frames, result.rooted) = (count, rooted)
        if round == 0 {
            (result.cold, result.peak) = (Double(elapsed), Double(worst))
        } else {
            result.warm.append(Double(elapsed))
        }
    }
    for round in 0...rounds {
        run(byRows, &results[0], round: round)
        run(libunwind, &results[1], round: round)
        run(framePointers, &results[2], round: round)
    }
    print("unwinder             us/sample  ns/frame  frames/sample  rooted %  first pass, us/sample  longest 16, ms")
    for result in results {
        let warm = median(result.warm)
        let name = result.name + String(repeating: " ", count: max(0, 20 - result.name.count))
        print(
            name, text(warm / 1000 / Double(samples.count), width: 9),
            text(warm / Double(max(1, result.frames)), width: 9, digits: 1),
            text(Double(result.frames) / Double(samples.count), width: 14),
            text(100 * Double(result.rooted) / Double(samples.count), width: 9),
            text(result.cold / 1000 / Double(samples.count), width: 22), text(result.peak / 1e6, width: 12))
    }
    var other: [UnwoundFrame] = []
    var disagreements = 0
    for sample in samples {
        let ends = (sample.unwind(by: byRows, into: &frames), sample.unwind(by: libunwind, into: &other))
        guard ends.0 != ends.1 || frames != other else { continue }
        disagreements += 1
        if disagreements <= 5 {
            let names = [frames, other].map { frames in
                frames.map { String($0.address.rawValue, radix: 16) + ($0.isGuess ? "?" : "") }.joined(separator: " ")
            }
            print("row cache, \(ends.0): \(names[0])\nlibunwind, \(ends.1): \(names[1])")
        }
    }
    print("\(disagreements) of \(samples.count) samples differ between the row cache and libunwind")
    print(
        "\(samples.count) samples; \(byRows.filledCount) rows made;",
        "\(byRows.slowFrameCount) frames left by libunwind in \(rounds + 1) passes")
}

let arguments = Array(CommandLine.arguments.dropFirst())
guard !arguments.isEmpty else {
    print("usage: perfdoctor-unwind-benchmark PROGRAM [ARGUMENT...]")
    exit(64)
}
do {
    let copies = SampleCopies(limit: 4000)
    var options = SamplingOptions()
    options.frequency = 1999
    options.makeUnwinder = { CopyingUnwinder(copies) }
    let session = try RecordSession(target: .launch(arguments), duration: nil, options: options)
    _ = try session.record { _, _ in }
    _ = try session.waitForTarget()
    measure(copies.samples)
} catch {
    print("perfdoctor-unwind-benchmark: \(error)")
    exit(5)
}
