// An HTTP server as services have it: requests are parsed, answers are encoded as JSON, a cache is kept.
// server PORT; ends at SIGTERM with exit code 0.

import FoundationEssentials
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

struct Item: Codable {
    var id: Int
    var name: String
    var tags: [String]
    var prices: [String: Double]
}

final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private var path = ""
    private var cache: [String: [Item]] = [:]
    private let encoder = JSONEncoder()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): path = head.uri
        case .body: break
        case .end: answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        let items = items(of: path)
        var body = context.channel.allocator.buffer(capacity: 0)
        do { body.writeBytes(try encoder.encode(items)) } catch { return context.close(promise: nil) }
        var head = HTTPResponseHead(version: .http1_1, status: .ok)
        head.headers.add(name: "Content-Type", value: "application/json")
        head.headers.add(name: "Content-Length", value: String(body.readableBytes))
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Half of the requests find what they ask for in the cache, which forgets all at a thousand.
    private func items(of path: String) -> [Item] {
        if let known = cache[path] { return known }
        let number = Int(path.split(separator: "/").last ?? "") ?? 0
        let items = (0..<5).map { index in
            Item(
                id: number + index, name: "item \(number + index) of a catalogue", tags: ["new", "tag \(index)"],
                prices: ["EUR": Double(number) / 100, "USD": Double(number + index) / 90])
        }
        if cache.count >= 1000 { cache.removeAll() }
        cache[path] = items
        return items
    }
}

let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
let bootstrap = ServerBootstrap(group: group)
    .serverChannelOption(.backlog, value: 64)
    .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
            try channel.pipeline.syncOperations.addHandler(Handler())
        }
    }
let channel = try bootstrap.bind(host: "127.0.0.1", port: Int(CommandLine.arguments.last ?? "") ?? 0).wait()
signal(SIGTERM) { _ in exit(0) }
try channel.closeFuture.wait()
