import Testing

@testable import PerfHost

@Suite("Secrets of command lines")
struct CommandLineTextTests {
    @Test(
        "what looks like a secret is hidden, and all else stays",
        arguments: [
            (["psql", "postgres://app:s3cret@db:5432/x"], ["psql", "postgres://app:***@db:5432/x"]),
            (["x", "redis://:p@ss/w:rd@host/0"], ["x", "redis://:***@host/0"]),
            (["x", "http://host:8080/path"], ["x", "http://host:8080/path"]),
            (["x", "--password=abc", "--host=db"], ["x", "--password=***", "--host=db"]),
            (["x", "--password", "abc", "y"], ["x", "--password", "***", "y"]),
            (["x", "--db-password", "-abc"], ["x", "--db-password", "***"]),
            (["redis-server", "--requirepass", "abc"], ["redis-server", "--requirepass", "***"]),
            (["redis-cli", "-h", "db", "-a", "abc"], ["redis-cli", "-h", "db", "-a", "***"]),
            (["/usr/bin/mysql", "-uroot", "-pabc"], ["/usr/bin/mysql", "-uroot", "-p***"]),
            (["curl", "-u", "me:abc", "http://h"], ["curl", "-u", "***", "http://h"]),
            (
                ["curl", "-H", "Authorization: Bearer abc.def", "http://h"],
                ["curl", "-H", "Authorization: Bearer ***", "http://h"]
            ),
            (["curl", "http://h/?api_key=abc&page=2"], ["curl", "http://h/?api_key=***&page=2"]),
            (["env", "PGPASSWORD=abc", "psql"], ["env", "PGPASSWORD=***", "psql"]),
            (["sh", "-c", "mysql -pabc --host=db"], ["sh", "-c", "mysql -p*** --host=db"]),
            (["sh", "-c", "redis-cli -a abc ping"], ["sh", "-c", "redis-cli -a *** ping"]),
            (["x", "host=db password='a b' user=me"], ["x", "host=db password=*** *** user=me"]),
            (["x", "ghp_0123456789abcdefghij"], ["x", "***"]),
            (["x", "eyJhbGciOiJIUzI1NiJ9.e30.x"], ["x", "***"]),
            (["postgres: app shop [local] idle"], ["postgres: app shop [local] idle"]),
            (["nginx: worker process"], ["nginx: worker process"]),
            (["java", "-Xmx4g", "-p", "8080"], ["java", "-Xmx4g", "-p", "8080"]),
            (["x", "--token"], ["x", "--token"]),
            ([], []), ([""], [""]),
        ])
    func redaction(arguments: [String], expected: [String]) {
        #expect(CommandLineText.redacted(arguments: arguments) == expected)
        // A recording is redacted once more when it is replayed.
        #expect(CommandLineText.redacted(arguments: expected) == expected)
    }

    @Test("bytes stay bytes: zeros at the end, and arguments that are empty")
    func bytes() {
        let line = Array("a\0\0--token\0x\0".utf8)
        #expect(CommandLineText.redacted(line) == Array("a\0\0--token\0***\0".utf8))
        #expect(CommandLineText.redacted([]) == [])
    }

    @Test("passwords in the devices of mounts are hidden, line ends stay")
    func mounts() {
        let text = Array("https://me:abc@host/dav /mnt davfs rw 0 0\n/dev/vda / ext4 rw 0 0\n".utf8)
        let expected = Array("https://me:***@host/dav /mnt davfs rw 0 0\n/dev/vda / ext4 rw 0 0\n".utf8)
        #expect(CommandLineText.withoutCredentials(text) == expected)
    }
}
