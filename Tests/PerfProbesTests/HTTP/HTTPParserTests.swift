import PerfModel
import Testing

@testable import PerfClients
@testable import PerfProbes

/// What servers write into heads and bodies.
@Suite("HTTP, parsers")
struct HTTPParserTests {
    @Test("a head: folded lines, several of a name, what is no field")
    func head() {
        let text =
            "HTTP/1.1 100 Continue\r\nX: 1\r\n\r\nHTTP/1.1 404 Not Found here\r\nA: 1\r\na:  2 \r\n b\r\nnonsense\r\n: x\r\n\r\n"
        let headers = HTTPHeaders(head: Array(text.utf8))
        #expect(headers["a"] == "1, 2 b" && headers["x"] == nil && headers.reason == "Not Found here")
        #expect(headers.fields.count == 2)
    }

    @Test(
        "times of the server",
        arguments: [
            ("server-timing", "db;dur=53, app;dur=47.2;desc=\"a, b;dur=9\"", 100.2 as Double?),
            ("server-timing", "cache;desc=\"hit\";dur=2.5", 2.5), ("server-timing", "total;dur=7, db;dur=3", 7),
            ("server-timing", "a;dur=150, b;dur=120", 150), ("server-timing", "miss", nil),
            ("server-timing", "a;dur=x", nil),
            ("server-timing", "a;dur=-4", nil), ("server-timing", "a;dur=nan", nil),
            ("server-timing", "a;dur=1e99", nil),
            ("x-response-time", "12.34ms", 12.34), ("x-response-time", "0.5 s", 500), ("x-response-time", "800µs", 0.8),
            ("x-response-time", "7", 7), ("x-response-time", "fast", nil), ("x-runtime", "0.012", 12),
            ("x-envoy-upstream-service-time", "9", 9),
        ])
    func serverTimes(name: String, value: String, milliseconds: Double?) {
        let response = HTTPResponse(
            status: 200, headers: HTTPHeaders([HTTPHeaders.Field(name, value)]),
            phases: HTTPResponse.Phases(firstByte: 200_000_000, transfer: 0))
        let found = HTTPServerTime(response).map { Double($0.nanoseconds) / 1e6 }
        #expect(found.map { ($0 * 1000).rounded() } == milliseconds.map { ($0 * 1000).rounded() })
    }

    @Test("when to come again")
    func retryAfter() {
        #expect(HTTPRetryAfter.seconds("120", now: 0) == 120)
        #expect(HTTPRetryAfter.seconds("Sun, 06 Nov 1994 08:49:37 GMT", now: 784_111_770) == 7)
        #expect(HTTPRetryAfter.seconds("Sun, 06 Nov 1994 08:49:37 GMT", now: 1_000_000_000) == 0)
        for text in ["", "-1", "soon", "Sun, 06 Foo 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"] {
            #expect(HTTPRetryAfter.seconds(text, now: 0) == nil)
        }
    }

    @Test("other ways that are advertised")
    func alternatives() {
        #expect(HTTPAlternatives.protocols("h3=\":443\"; ma=86400, h3-29=\"a:443\";persist=1") == ["h3", "h3-29"])
        #expect(HTTPAlternatives.protocols("clear").isEmpty && !HTTPAlternatives.hasHTTP3("h2=\":443\""))
        #expect(HTTPAlternatives.hasHTTP3("h2=\":443\", h3=\":443\""))
    }

    @Test("how long an answer may be kept")
    func caching() {
        func caching(_ fields: (String, String)...) -> HTTPCaching {
            HTTPCaching(HTTPHeaders(fields.map { HTTPHeaders.Field($0.0, $0.1) }))
        }
        let good = caching(("cache-control", "Public, MAX-AGE=\"60\", immutable"), ("age", "5"), ("via", "1.1 x"))
        #expect(good.lifetime == 60 && good.directives == ["public", "max-age", "immutable"] && good.age == 5)
        #expect(good.isShareable && good.isHit == true && good.signs.count == 2)
        #expect(caching(("cache-control", "max-age=9, no-store")).lifetime == 0)
        #expect(caching(("expires", "0")).lifetime == 0)
        #expect(
            caching(("date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("expires", "Sun, 06 Nov 1994 08:50:37 GMT")).lifetime
                == 60)
        #expect(caching().lifetime == nil && caching().isHit == nil && !caching().isShareable)
        #expect(caching(("cf-cache-status", "MISS")).isHit == false)
        #expect(
            caching(("cache-status", "cdn; hit")).isHit == true && caching(("x-cache", "Miss from x")).isHit == false)
    }

    @Test("dates of certificates, as OpenSSL and GnuTLS have them")
    func certificates() {
        #expect(HTTPCertificate.expiry("Nov  6 08:49:37 1994 GMT") == 784_111_777)
        #expect(HTTPCertificate.expiry("1994-11-06 08:49:37 GMT") == 784_111_777)
        #expect(HTTPCertificate.expiry("Dec 31 23:59:59 9999 GMT").map { $0 > 9_000_000_000 } == true)
        for text in ["", "never", "Foo 6 08:49:37 1994 GMT", "Nov 6 1994", "Nov 99 08:49:37 1994 GMT"] {
            #expect(HTTPCertificate.expiry(text) == nil)
        }
    }

    @Test("events end with an empty line after data, whatever ends the lines")
    func events() {
        func ends(_ text: String) -> [Int] { HTTPEventStream.ends(Array(text.utf8)) }
        #expect(ends("data: 1\n\ndata: 2\n\n") == [9, 18])
        #expect(ends("data: 1\r\n\r\ndata: 2\r\n\r\n").count == 2 && ends("data\r\rdata: 2\r\r").count == 2)
        #expect(ends(": ping\n\nevent: x\n\nid: 1\ndata: a\ndata: b\n\n").count == 1)
        #expect(ends("data: 1\n").isEmpty && ends("database: 1\n\n").isEmpty && ends("\n\n\n").isEmpty)
    }

    @Test("where a redirect leads to")
    func redirects() throws {
        let address = try HTTPAddress(ServerURL("http://user:hunter2@host:8080/a/b?token=x"), environment: { _ in nil })
        func step(_ location: String) -> HTTPRedirect? {
            HTTPRedirect(
                HTTPResponse(status: 302, headers: HTTPHeaders([HTTPHeaders.Field("location", location)])), of: address,
                from: "/a/b?token=x")
        }
        #expect(step("/c?d=1")?.target == "/c?d=1" && step("c")?.target == "/a/c")
        #expect(step("http://HOST:8080/c")?.target == "/c" && step("//other/x")?.target == nil)
        #expect(step("https://host:8080/c")?.target == nil && step("ftp://host/c")?.shown.contains("no URL") == true)
        #expect(step("https://other/?token=secret&a=b")?.shown == "https://other/?token=***&a=b")
        #expect(step("https://other/hunter2")?.shown == "https://other/***")
        #expect(step("https://other/${HOME}")?.shown.contains("no URL") == true)
        #expect(step("")?.target == nil)
    }

    @Test("in HTTP the user ends with the host, and signs behind it are the path's")
    func urls() throws {
        func address(_ text: String) throws -> HTTPAddress {
            try HTTPAddress(ServerURL(text, environment: { _ in nil }), environment: { _ in nil })
        }
        #expect(try address("https://host/@user?mail=a@b").target == "/@user?mail=a@b")
        #expect(try address("https://host:444?q=a@b").target == "/?q=a@b")
        let whole = try address("metrics+http://me:p%40ss@[::1]/m\u{e4}x#frag")
        #expect(whole.url.user == "me" && whole.url.password == "p@ss" && whole.port == 80 && !whole.isTLS)
        #expect(whole.target == "/m%C3%A4x")
        #expect(throws: HTTPError.self) { _ = try address("http:///x") }
        #expect(throws: HTTPError.self) { _ = try address("http://a#b") }
    }

    @Test("nothing that a server writes ends a parser, and each reads what it should from what is cut short")
    func fuzz() throws {
        let seeds = [
            "HTTP/1.1 200 OK\r\nServer-Timing: db;dur=53, app;dur=47.2;desc=\"a, b\"\r\nAge: 5\r\n\r\n",
            "data: 1\r\n\r\n: x\n\nevent: a\ndata: b\n\n", "h3=\":443\"; ma=86400, h3-29=\":443\"",
            "Sun, 06 Nov 1994 08:49:37 GMT", "public, max-age=\"60\", immutable", "Nov  6 08:49:37 1994 GMT",
            "https://host:99/a?token=x", "12.34ms",
        ]
        let address = try HTTPAddress(ServerURL("http://host/a"), environment: { _ in nil })
        var state: UInt64 = 42
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % max(1, bound)
        }
        for round in 0..<4000 {
            var bytes = Array(seeds[round % seeds.count].utf8)
            for _ in 0...random(4) {
                switch random(4) {
                case 0: bytes = Array(bytes.prefix(random(bytes.count + 1)))
                case 1: bytes.insert(UInt8(random(256)), at: random(bytes.count + 1))
                case 2: if !bytes.isEmpty { bytes[random(bytes.count)] = UInt8(random(256)) }
                default: bytes += Array(seeds[random(seeds.count)].utf8)
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            let headers = HTTPHeaders(head: bytes)
            let fields = HTTPHeaders([
                HTTPHeaders.Field("server-timing", text), HTTPHeaders.Field("cache-control", text),
                HTTPHeaders.Field("expires", text), HTTPHeaders.Field("date", text),
                HTTPHeaders.Field("location", text),
                HTTPHeaders.Field("x-response-time", text), HTTPHeaders.Field("content-type", "text/event-stream"),
                HTTPHeaders.Field("age", text),
            ])
            let pieces = [
                HTTPResponse.Piece(end: bytes.count / 2, receivedAt: 5), HTTPResponse.Piece(end: .max, receivedAt: 9),
            ]
            let response = HTTPResponse(status: 302, headers: fields, body: bytes, pieces: pieces)
            _ = (HTTPCaching(headers), HTTPCaching(fields).isHit, HTTPServerTime(response))
            let ends = HTTPEventStream.ends(bytes)
            #expect(ends == ends.sorted() && (ends.last ?? 0) <= bytes.count)
            #expect(HTTPEventStream(response)?.events == ends.count)
            #expect(HTTPRetryAfter.seconds(text, now: 5).map { $0 >= 0 } ?? true)
            #expect(HTTPServerTime.metrics(text).allSatisfy { !$0.name.isEmpty && ($0.milliseconds ?? 0) >= 0 })
            _ = (HTTPAlternatives.protocols(text), HTTPCertificate.expiry(text), HTTPServerTime.milliseconds(text))
            _ = HTTPRedirect(response, of: address, from: "/a").map { #expect(!$0.shown.contains("\u{1B}")) }
        }
    }
}
