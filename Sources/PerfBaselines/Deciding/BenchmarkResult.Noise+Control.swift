import Glibc

extension BenchmarkResult.Noise {
    /// What pairs of two copies of one program differed by; without a deviation where there is no ratio.
    ///
    /// - Parameter control: of one metric, CPU time where there is one.
    package init(control: [MeasuredPair]) {
        let logarithms = control.map { log($0.head) - log($0.base) }
        let mean = logarithms.reduce(0, +) / Double(logarithms.count)
        let squares = logarithms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let deviation = (squares / Double(logarithms.count - 1)).squareRoot()
        self.init(deviation: control.count > 1 && deviation.isFinite ? deviation : nil, runs: control.count)
    }
}
