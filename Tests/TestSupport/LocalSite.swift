import FlyingFox
import FlyingSocks
import Foundation
import Synchronization

/// A web server on the loopback address that answers well or badly, as told.
public final class LocalSite: Sendable {
    /// How one file is served.
    public struct Behaviour: Sendable {
        public var contentType = "video/mp4"
        /// Closes the connection after so many bytes, once for each number.
        public var cutAfter: [Int] = []
        /// Says that the body has so many bytes more than it has.
        public var lieAboutLength = 0
        /// Bytes a second; nil is as fast as it goes.
        public var speed: Int?
        public var knowsRanges = true
        /// Sends a part only of the version that was begun.
        public var heedsIfRange = true
        /// Sends nothing and keeps the connection.
        public var isSilent = false
        /// Answers with this status and nothing else.
        public var status: Int?
        /// With the status or the redirect: a number of seconds, or a date.
        public var retryAfter: String?
        public var redirect: String?
        public var etag = "\"one\""
        public var lastModified: String?

        public init() {}
    }

    public struct Request: Sendable, Hashable {
        public let path: String
        public let range: String?
        public let ifRange: String?
        public var event: String?
        public var signature: String?
        public var body = Data()
    }

    private struct Page: Sendable {
        var data: Data
        var behaviour: Behaviour
    }

    private let pages = Mutex<[String: Page]>([:])
    private let log = Mutex<[Request]>([])
    private let server: HTTPServer
    private let task: Task<Void, any Error>
    public let port: UInt16

    /// - Parameter port: 0 for any that is free.
    public init(address: String = "127.0.0.1", port: UInt16 = 0) async throws {
        // The server gives an answer up after its time limit, 15 s by itself, which is little on a busy machine.
        let server = HTTPServer(address: try .inet(ip4: address, port: port), timeout: 300, logger: .disabled)
        self.server = server
        task = Task { try await server.run() }
        self.port = try await eventually("the local site to listen") {
            if case .ip4(_, let port)? = await server.listeningAddress { port } else { nil }
        }
        await server.appendRoute("*") { [weak self] request in
            try await self?.answer(request) ?? HTTPResponse(statusCode: .notFound)
        }
    }

    deinit { task.cancel() }

    public func url(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }

    /// Serves a file, or serves it differently from now on.
    public func serve(_ data: Data, at path: String, _ behaviour: Behaviour = Behaviour()) {
        pages.withLock { $0["/\(path)"] = Page(data: data, behaviour: behaviour) }
    }

    public var requests: [Request] { log.withLock { $0 } }

    private func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        let range = request.headers[HTTPHeader("Range")]
        let asked = Request(
            path: request.path, range: range, ifRange: request.headers[HTTPHeader("If-Range")],
            event: request.headers[HTTPHeader("X-Spoolscribe-Event")], signature: request.headers[HTTPHeader("X-Spoolscribe-Signature")],
            body: (try? await request.bodyData) ?? Data())
        log.withLock { $0.append(asked) }
        let page = pages.withLock { pages -> Page? in
            guard var page = pages[request.path] else { return nil }
            defer { pages[request.path] = page }
            let now = page
            if !page.behaviour.cutAfter.isEmpty { page.behaviour.cutAfter.removeFirst() }
            return now
        }
        guard let page else { return HTTPResponse(statusCode: .notFound, body: Data("nothing here".utf8)) }
        let behaviour = page.behaviour
        if behaviour.status != nil || behaviour.redirect != nil {
            var headers = HTTPHeaders()
            headers[HTTPHeader("Retry-After")] = behaviour.retryAfter
            headers[HTTPHeader("Location")] = behaviour.redirect
            return HTTPResponse(statusCode: HTTPStatusCode(behaviour.status ?? 302, phrase: "As Told"), headers: headers)
        }
        var headers: HTTPHeaders = [HTTPHeader("Content-Type"): behaviour.contentType, HTTPHeader("ETag"): behaviour.etag]
        if let lastModified = behaviour.lastModified { headers[HTTPHeader("Last-Modified")] = lastModified }
        var body = page.data
        var status = HTTPStatusCode.ok
        if behaviour.knowsRanges, let start = range.flatMap(Self.start),
            !behaviour.heedsIfRange
                || [behaviour.etag, behaviour.lastModified].contains(request.headers[HTTPHeader("If-Range")] ?? behaviour.etag)
        {
            guard start < page.data.count else { return HTTPResponse(statusCode: HTTPStatusCode(416, phrase: "Range Not Satisfiable")) }
            body = page.data.dropFirst(start)
            status = .partialContent
            headers[HTTPHeader("Content-Range")] = "bytes \(start)-\(page.data.count - 1)/\(page.data.count)"
        }
        headers[HTTPHeader("Content-Length")] = String(body.count + behaviour.lieAboutLength)
        let paced = PacedBytes(
            data: Data(body), cutAfter: behaviour.cutAfter.first, speed: behaviour.speed, isSilent: behaviour.isSilent)
        return HTTPResponse(statusCode: status, headers: headers, body: HTTPBodySequence(from: paced, count: body.count))
    }

    private static func start(_ range: String) -> Int? {
        guard range.hasPrefix("bytes="), let dash = range.firstIndex(of: "-") else { return nil }
        return Int(range[range.index(range.startIndex, offsetBy: 6)..<dash])
    }
}

/// A body that comes slowly, breaks off, or never comes.
private struct PacedBytes: AsyncBufferedSequence {
    typealias Element = UInt8

    let data: Data
    let cutAfter: Int?
    let speed: Int?
    let isSilent: Bool

    struct CutOff: Error {}

    func makeAsyncIterator() -> Iterator { Iterator(bytes: self) }

    struct Iterator: AsyncBufferedIteratorProtocol {
        let bytes: PacedBytes
        var position = 0

        mutating func next() async throws -> UInt8? { try await nextBuffer(suggested: 1)?.first }

        mutating func nextBuffer(suggested count: Int) async throws -> Data? {
            if bytes.isSilent { try await Task.sleep(for: .seconds(3600)) }
            if let cut = bytes.cutAfter, position >= cut { throw CutOff() }
            guard position < bytes.data.count else { return nil }
            var end = Swift.min(position + count, bytes.data.count)
            if let cut = bytes.cutAfter { end = Swift.min(end, cut) }
            if let speed = bytes.speed { try await Task.sleep(for: .seconds(Double(end - position) / Double(speed))) }
            defer { position = end }
            return bytes.data.subdata(in: position..<end)
        }
    }
}
