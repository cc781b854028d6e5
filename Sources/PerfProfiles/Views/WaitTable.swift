/// What the threads of a view waited for.
package struct WaitTable: Sendable {
    package struct Row: Hashable, Sendable {
        /// As the samples have it: a `WaitReason`.
        package var reason: String
        package var total: Int64
        /// Number of waits.
        package var count: Int64
        /// The kernel's function with the largest share of it; empty when unknown.
        package var function: String
        /// Who ended most of it; empty when unknown.
        package var waker: String
        /// The part of the total that this waker ended.
        package var wakerTotal: Int64
    }

    /// Largest first.
    package let rows: [Row]

    package init(_ view: ProfileView) {
        var rows: [String: Row] = [:]
        var functions: [String: [String: Int64]] = [:]
        var wakers: [String: [String: Int64]] = [:]
        for weight in view.weights {
            guard let reason = view.profile.text(LabelKey.wait, in: weight.labelSet) else { continue }
            var row = rows[reason] ?? Row(reason: reason, total: 0, count: 0, function: "", waker: "", wakerTotal: 0)
            row.total = saturatingSum(row.total, weight.value)
            row.count = saturatingSum(row.count, weight.sampleCount)
            rows[reason] = row
            if let function = view.profile.text(LabelKey.waitFunction, in: weight.labelSet) {
                let sum = functions[reason]?[function] ?? 0
                functions[reason, default: [:]][function] = saturatingSum(sum, weight.value)
            }
            if let waker = view.profile.text(LabelKey.waker, in: weight.labelSet) {
                let sum = wakers[reason]?[waker] ?? 0
                wakers[reason, default: [:]][waker] = saturatingSum(sum, weight.value)
            }
        }
        func largest(_ sums: [String: Int64]?) -> (key: String, value: Int64)? {
            sums?.max { ($0.value, $1.key) < ($1.value, $0.key) }
        }
        self.rows = rows.values.map { row in
            var row = row
            row.function = largest(functions[row.reason])?.key ?? ""
            row.waker = largest(wakers[row.reason])?.key ?? ""
            row.wakerTotal = largest(wakers[row.reason])?.value ?? 0
            return row
        }.sorted { ($1.total, $0.reason) < ($0.total, $1.reason) }
    }
}
