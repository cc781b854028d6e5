import PerfModel
import Testing

@testable import PerfClients

@Suite("PostgreSQL address")
struct PostgreSQLAddressTests {
    private func address(_ text: String, _ variables: [String: String] = [:]) throws(PostgreSQLError)
        -> PostgreSQLAddress
    {
        try PostgreSQLAddress(text) { variables[$0] }
    }

    @Test(
        "shows no password, wherever it stands and however it was escaped",
        arguments: [
            ("postgres://ci:hunter2@db.example:5432/perf", "postgres://ci:***@db.example:5432/perf"),
            ("postgresql://ci@db/perf", "postgresql://ci@db/perf"),
            ("postgresql:///perf?host=/run/postgresql", "postgresql:///perf?host=/run/postgresql"),
            ("postgresql://db/perf?user=ci&password=hunter2", "postgresql://db/perf?user=ci&password=***"),
            ("postgresql://db/perf?p%61ssword=hunter2", "postgresql://db/perf?p%61ssword=***"),
            (
                "postgresql://db/perf?sslpassword=hunter2&sslmode=require",
                "postgresql://db/perf?sslpassword=***&sslmode=require"
            ),
            ("postgresql://ci:hunter2@db/perf?hunter2", "postgresql://ci:***@db/perf?hunter2=***"),
            ("postgresql://:hunter2@/", "postgresql://:***@/"),
        ])
    func redacts(text: String, shown: String) throws {
        let address = try address(text)
        #expect(address.description == shown)
        #expect(address.uri == text)
        guard text.contains("hunter2"), !shown.contains("hunter2") else { return }
        #expect(address.redacted("invalid port: \"hunter2\" of \(text)") == "invalid port: \"***\" of \(shown)")
    }

    @Test("hides a password in messages as it was written and as libpq reads it")
    func hidesBothForms() throws {
        let address = try address("postgresql://ci:a%40b%2Fc@db/perf")
        #expect(address.redacted("for a%40b%2Fc and a@b/c") == "for *** and ***")
    }

    @Test("puts variables in, and does not show what they hold")
    func variables() throws {
        let address = try address("postgres://ci:${SECRET}@${HOST}/perf", ["SECRET": "hunter2", "HOST": "db"])
        #expect(address.uri == "postgres://ci:hunter2@db/perf")
        #expect(address.description == "postgres://ci:***@db/perf")
        let whole = try self.address("${URL}", ["URL": "postgresql://ci:hunter2@db/perf"])
        #expect(whole.description == "postgresql://ci:***@db/perf")
        #expect(throws: PostgreSQLError.noVariable("SECRET")) { try self.address("postgres://ci:${SECRET}@db/perf") }
        // What a variable holds is not searched for variables again.
        #expect(try self.address("postgres://${A}@db", ["A": "${B}"]).uri == "postgres://${B}@db")
    }

    @Test(
        "refuses what names no server, without showing it",
        arguments: ["", "mysql://ci:hunter2@db", "postgres://ci:${hunter2", "${X}", "postgres://a\u{0}hunter2"])
    func refuses(text: String) {
        let error = #expect(throws: PostgreSQLError.self) { try address(text, ["X": "hunter2"]) }
        #expect(error == .badAddress)
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test(
        "a password that would be taken for something else is refused, without showing a part of it",
        arguments: ["hunter2/x", "x@hunter2", "?hunter2", "#hunter2", "[hunter2"])
    func unescaped(password: String) {
        let error = #expect(throws: PostgreSQLError.self) { try address("postgresql://ci:\(password)@db/perf") }
        #expect(error == .unescapedPassword(address: "postgresql://ci:***@db/perf"))
        #expect(error?.remedy?.contains("%2F") == true && error?.exitCode == .usage)
    }

    @Test("every error says what happened and what to do, on one line and without escapes")
    func errors() {
        let cases: [(PostgreSQLError, String, String?)] = [
            (.noVariable("PW"), "the variable 'PW' of the database's address is not set", "export PW"),
            (.noLibrary, "libpq is not installed", "apt-get install libpq5"),
            (
                .cannotConnect(address: "postgres://db", reason: "FATAL:  password\n\tfailed \u{1B}[2J"),
                "cannot connect to postgres://db: FATAL:  password; failed", "set PGPASSWORD"
            ),
            (
                .noAnswer(address: "postgres://db", seconds: 1), "postgres://db did not answer within 1 second",
                "connect_timeout"
            ),
            (.lost(address: "postgres://db", reason: "\n"), "the connection to postgres://db was lost", "run it again"),
            (
                .refused(address: "postgres://db", code: "42501", reason: "permission denied"),
                "postgres://db refused: permission denied (42501)", "owner of the database"
            ),
            (.badText("a\u{0}b"), "zero byte", "take the zero byte out of it"),
        ]
        for (error, summary, remedy) in cases {
            #expect(error.summary.contains(summary), "\(error.summary)")
            #expect(remedy.map { error.remedy?.contains($0) == true } ?? (error.remedy == nil), "\(error.remedy ?? "")")
            #expect(!error.description.utf8.contains(0x1B) && !error.summary.contains("\n"))
        }
        #expect(PostgreSQLError.badAddress.exitCode == .usage && PostgreSQLError.noLibrary.exitCode == .failure)
    }
}
