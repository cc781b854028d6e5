import PerfClients
import PerfModel

/// One address of a PostgreSQL server or a PgBouncer, and who asks.
package struct PostgreSQLServer: Hashable, Sendable {
    let location: PostgreSQLAddress
    /// An IP address; nil where libpq finds the way itself: a socket, a service file, PGHOST.
    let numeric: String?
    /// Instead of the one of the URL.
    let database: String?
    /// What is asked, for people: `"10.0.0.5:5432"`, `"/run/postgresql"`, `"libpq's default"`.
    let address: String

    /// Whether there is no network between.
    var isSocket: Bool { address.hasPrefix("/") || address.hasPrefix("@") }

    /// All addresses of the URL's host.
    static func all(
        of url: ServerURL, port: UInt16, database: String?, before deadline: UInt64
    ) throws(ProbeFailure) -> [PostgreSQLServer] {
        let location: PostgreSQLAddress
        do throws(PostgreSQLError) { location = try PostgreSQLAddress(url) } catch { throw ProbeFailure(error) }
        // What is written after the question mark wins in libpq.
        let host = ServerURL.decoded(url.parameter("host") ?? url.host)
        let shown: String? =
            if let fixed = url.parameter("hostaddr") {
                ServerURL.decoded(fixed)
            } else if host.isEmpty {
                url.parameter("service").map { "service \(ServerURL.decoded($0))" } ?? "libpq's default"
            } else if host.hasPrefix("/") || host.hasPrefix("@") || host.contains(",") {
                // A socket, or several hosts of which libpq takes one.
                host
            } else {
                nil
            }
        if let shown {
            return [PostgreSQLServer(location: location, numeric: nil, database: database, address: shown.printable)]
        }
        let number = url.parameter("port").flatMap { UInt16($0) } ?? url.port ?? port
        return try HostAddress.all(of: host, port: number, before: deadline).map {
            PostgreSQLServer(location: location, numeric: $0.host, database: database, address: $0.description)
        }
    }

    func connect(before deadline: UInt64) throws(ProbeFailure) -> PostgreSQLConnection {
        do throws(PostgreSQLError) {
            return try PostgreSQLConnection(to: location, at: numeric, database: database, before: deadline)
        } catch { throw ProbeFailure(error) }
    }
}
