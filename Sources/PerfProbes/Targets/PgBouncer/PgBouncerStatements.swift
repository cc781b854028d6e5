/// All that is ever said to the console of a PgBouncer: what its stats_users may ask.
package enum PgBouncerStatements {
    static let version: StaticString = "SHOW VERSION"
    static let pools: StaticString = "SHOW POOLS"
    static let configuration: StaticString = "SHOW CONFIG"

    package static var all: [String] { [version, pools, configuration].map { $0.description } }
}
