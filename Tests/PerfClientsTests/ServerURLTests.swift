import PerfClients
import Testing

@Suite struct ServerURLTests {
    private func url(_ text: String) throws -> ServerURL {
        try ServerURL(text) { ["PASS": "s3:cr/et@x", "HOST": "db"][$0] }
    }

    @Test func takesApart() throws {
        let url = try url("Redis://app:p%40ss@[::1]:6380/3?timeout=5")
        #expect(url.scheme == "redis")
        #expect(url.user == "app")
        #expect(url.password == "p@ss")
        #expect(url.host == "::1")
        #expect(url.port == 6380)
        #expect(url.path == "/3")
        #expect(url.parameter("timeout") == "5")
        #expect(url.description == "redis://app:***@[::1]:6380/3?timeout=5")
    }

    @Test(arguments: [
        "redis://:hunter2@host", "redis://u:hunter2@host/0?x=1", "https://host/?access_token=hunter2",
        "https://host/?Api%4Bey=hunter2&b=2", "redis://u:a?hunter2@host", "postgres://u:a/hunter2@host/db",
    ])
    func hidesSecrets(_ text: String) throws {
        let url = try url(text)
        #expect(!url.description.contains("hunter2"))
        #expect(!url.redacted("no: hunter2").contains("hunter2") || url.password?.contains("a") == true)
    }

    @Test func putsInVariables() throws {
        let url = try url("postgres://app:${PASS}@${HOST}/x")
        #expect(url.host == "db")
        #expect(url.password == "s3:cr/et@x")
        #expect(url.description == "postgres://app:***@db/x")
        #expect(throws: ServerURLError.noVariable("NONE")) { try self.url("redis://${NONE}") }
    }

    @Test(arguments: ["host:80", "://x", "redis://a b", "redis://::1:80", "tcp://h:0", "tcp://h:70000", "tcp://[::1]x"])
    func refuses(_ text: String) {
        #expect(throws: ServerURLError.self) { try self.url(text) }
    }

    @Test func errorsShowNoSecret() {
        for text in ["u:hunter2@host", "redis://u:hunter2@host name", "redis://u:hunter2@h:99999"] {
            #expect { try self.url(text) } throws: { !"\($0)".contains("hunter2") }
        }
    }
}
