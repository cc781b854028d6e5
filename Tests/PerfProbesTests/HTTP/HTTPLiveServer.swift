import FoundationEssentials
import Glibc
import PerfLinux
import PerfModel
import Testing

@testable import PerfClients

/// An nginx of a test's own, on free ports of 127.0.0.1, with certificates of its own.
final class HTTPLiveServer {
    let directory: String
    /// Of plain HTTP, of TLS with HTTP/2, of TLS without it, of an expired certificate, of another name's.
    let (plain, tls, old, expired, foreign): (UInt16, UInt16, UInt16, UInt16, UInt16)
    private let process: LaunchedProcess

    /// Whether there are nginx, openssl and libcurl; the reason is printed when not.
    static let isPossible: Bool = {
        for (path, package) in [("/usr/sbin/nginx", "nginx-light"), ("/usr/bin/openssl", "openssl")]
        where !FileManager.default.isExecutableFile(atPath: path) {
            print("HTTP, live: skipped: there is no \(path) here; run: apt-get install \(package)")
            return false
        }
        guard
            case .success = Result(catching: {
                let address = try HTTPAddress(ServerURL("http://127.0.0.1:9"), environment: { _ in nil })
                let sockets = try HTTPClient.sockets(of: address, before: .max).sockets
                return try HTTPClient(to: sockets[0], of: address)
            })
        else {
            print("HTTP, live: skipped: libcurl is not installed; run: apt-get install libcurl4")
            return false
        }
        return true
    }()

    /// The authority of all certificates but none of the host's.
    var environment: [String: String] { ["CURL_CA_BUNDLE": directory + "/ca.pem"] }

    /// - Parameter upstream: the port of a server that `/proxied` and `/buffered` lead to.
    /// - Throws: when it cannot be started.
    init(upstream: UInt16 = 9) throws {
        var template = Array("/tmp/perfdoctor-nginx-XXXXXX".utf8CString)
        // SAFETY: the template is terminated and ours.
        try #require(unsafe mkdtemp(&template) != nil)
        let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.directory = directory
        let ports = try Self.freePorts(5)
        (plain, tls, old, expired, foreign) = (ports[0], ports[1], ports[2], ports[3], ports[4])
        try Self.makeCertificates(in: directory)
        try Self.write(String(repeating: "<p>hello</p>\n", count: 200), directory + "/page.html")
        try Self.write("{\"ok\":true}", directory + "/small.json")
        try Self.write("[" + String(repeating: "12345678,\n", count: 200_000) + "1]", directory + "/big.json")
        try Self.write(String(repeating: "x", count: 17 << 20), directory + "/huge.bin")
        try Self.write(String(repeating: "var a;\n", count: 300), directory + "/app.js")
        let servers = [
            Self.server("listen 127.0.0.1:\(plain);", upstream, ""),
            Self.server("listen 127.0.0.1:\(tls) ssl http2;", upstream, Self.certificate("good", directory)),
            Self.server("listen 127.0.0.1:\(old) ssl;", upstream, Self.certificate("good", directory)),
            Self.server("listen 127.0.0.1:\(expired) ssl;", upstream, Self.certificate("expired", directory)),
            Self.server("listen 127.0.0.1:\(foreign) ssl;", upstream, Self.certificate("foreign", directory)),
        ]
        try Self.write(
            """
            daemon off; master_process off; pid \(directory)/pid; error_log \(directory)/error.log;
            events { worker_connections 256; }
            http {
              access_log off; root \(directory); default_type application/octet-stream;
              types { text/html html; application/json json; application/javascript js; }
              client_body_temp_path \(directory)/t1; proxy_temp_path \(directory)/t2; fastcgi_temp_path \(directory)/t3;
              uwsgi_temp_path \(directory)/t4; scgi_temp_path \(directory)/t5;
              \(servers.joined(separator: "\n"))
            }
            """, directory + "/nginx.conf")
        // Whatever becomes of the test, the server is gone after two minutes.
        process = try LaunchedProcess(arguments: [
            "/usr/bin/timeout", "-k", "2", "120", "/usr/sbin/nginx", "-p", directory, "-c", directory + "/nginx.conf",
            "-e",
            directory + "/error.log",
        ])
        try process.start()
        let address = try HTTPAddress(ServerURL("http://127.0.0.1:\(plain)/small.json"), environment: { _ in nil })
        let sockets = try HTTPClient.sockets(of: address, before: HTTPLook.soon(5)).sockets
        let client = try HTTPClient(to: sockets[0], of: address)
        for _ in 0..<400 {
            if case .success = Result(catching: { try client.get(before: HTTPLook.soon(1)) }) { return }
            try #require(try !process.poll(), "nginx ended: \(Self.text(directory + "/error.log"))")
            usleep(20_000)
        }
        try #require(Bool(false), "nginx does not answer")
    }

    deinit { stop() }

    /// Ends it, and waits for that.
    func stop() {
        process.send(signal: SIGTERM)
        for _ in 0..<500 {
            guard case .success(false) = Result(catching: { () throws(SystemCallError) in try process.poll() }) else {
                break
            }
            usleep(10_000)
        }
        guard case .success = Result(catching: { try FileManager.default.removeItem(atPath: directory) }) else {
            return
        }
    }

    /// All are taken at the same time, so that none is given twice, and free again once they are known.
    private static func freePorts(_ count: Int) throws -> [UInt16] {
        try (0..<count).map { _ in try HTTPFakeServer() }.map(\.port)
    }

    private static func certificate(_ name: String, _ directory: String) -> String {
        "ssl_certificate \(directory)/\(name).pem; ssl_certificate_key \(directory)/key.pem;"
    }

    private static func server(_ listen: String, _ upstream: UInt16, _ more: String) -> String {
        """
        server {
          \(listen) \(more)
          location = /packed { gzip on; default_type text/html; return 200 "\(String(repeating: "hello, ", count: 300))"; }
          location = /app.js { expires 30d; add_header Cache-Control "public, immutable"; gzip on; gzip_types *; }
          location = /h3 { add_header Alt-Svc 'h3=":443"; ma=86400'; add_header Server-Timing 'app;dur=0.01'; return 200 ok; }
          location = /500 { return 500; }
          location = /503 { return 503; }
          location = /401 { return 401; }
          location = /403 { return 403; }
          location = /429 { add_header Retry-After 7 always; return 429; }
          location = /loop { return 302 /loop/a; }
          location = /loop/a { return 302 /loop; }
          location = /moved { return 301 /small.json; }
          location = /away { return 302 https://elsewhere.invalid/?token=hunter2; }
          location = /close { keepalive_timeout 0; return 200 closing; }
          location = /proxied { proxy_pass http://127.0.0.1:\(upstream)/; proxy_buffering off; }
          location = /buffered { proxy_pass http://127.0.0.1:\(upstream)/; }
        }
        """
    }

    private static func makeCertificates(in directory: String) throws {
        func run(_ arguments: String...) throws {
            let made = try LaunchedProcess(arguments: ["/usr/bin/openssl"] + arguments)
            try made.start()
            while try !made.poll() { usleep(5_000) }
            try #require(made.ending?.isSuccess == true, "openssl \(arguments.joined(separator: " "))")
        }
        try run(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            directory + "/ca.key", "-out", directory + "/ca.pem", "-days", "60", "-subj",
            "/CN=perfdoctor test authority",
            "-batch")
        try run(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            directory + "/key.pem", "-out", directory + "/request.pem", "-subj", "/CN=localhost", "-batch")
        try write("subjectAltName=DNS:localhost,IP:127.0.0.1\n", directory + "/here")
        try write("subjectAltName=DNS:elsewhere.invalid\n", directory + "/elsewhere")
        for (name, names, days) in [("good", "here", "10"), ("expired", "here", "-1"), ("foreign", "elsewhere", "10")] {
            try run(
                "x509", "-req", "-in", directory + "/request.pem", "-CA", directory + "/ca.pem", "-CAkey",
                directory + "/ca.key", "-CAcreateserial", "-days", days, "-extfile", "\(directory)/\(names)", "-out",
                "\(directory)/\(name).pem")
        }
    }

    private static func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    private static func text(_ path: String) -> String {
        guard
            case .success(let text) = Result(catching: { try String(contentsOf: URL(filePath: path), encoding: .utf8) })
        else { return "no log" }
        return text
    }
}
