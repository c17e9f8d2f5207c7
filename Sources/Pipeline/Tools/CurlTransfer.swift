import CCurl
import Dispatch
import SpoolFiles
import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// One download through libcurl into a file, from the byte where the file ends.
///
/// Only `http` and `https`, also behind redirects; only addresses that are global or listed, asked for when the
/// connection is opened, so that neither redirects nor names that change get around it.
struct CurlTransfer: Sendable {
    /// What the server said about the file.
    struct Remote: Sendable, Hashable, Codable {
        var contentType: String?
        /// The validator for resuming: a strong ETag, else the time of the last change.
        var validator: String?
        var lastModified: String?
        /// Bytes of the whole file, if the server told.
        var total: Int64?
        var finalURL: String?
    }

    struct Progress: Sendable {
        var bytes: Int64
        var total: Int64?
        /// Bytes a second, over the last seconds.
        var speed: Double
    }

    enum Ending: Sendable {
        case complete(Remote, bytes: Int64)
        /// The body is not media but a page: somebody else must find the media in it.
        case webPage
        case failed(Failure, Remote?)
        case cancelled
    }

    let url: String
    let target: FilePath
    /// From an earlier, broken transfer of the same file; without a validator it begins again.
    let resume: Remote?
    let settings: PipelineSettings.Network

    /// Runs the transfer on a thread of its own; cancelling the task ends it.
    /// - Parameter headers: called once the server has told what it sends, before the first byte is kept.
    func run(
        progress: @escaping @Sendable (Progress) -> Void, headers: @escaping @Sendable (Remote) -> Void
    ) async -> Ending {
        let state = TransferState(transfer: self, progress: progress, announce: headers)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                Self.threads.async { continuation.resume(returning: state.perform()) }
            }
        } onCancel: {
            state.cancel()
        }
    }

    /// libcurl's simple interface blocks; these threads may.
    private static let threads = DispatchQueue(label: "downloads", attributes: .concurrent)

    static let initialised: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}

/// What the C callbacks see. Lives on the transfer's own thread, apart from the flag that cancels it.
private final class TransferState: @unchecked Sendable {
    // Safe: everything but `cancelled` is touched only by the thread inside `perform`.
    private let transfer: CurlTransfer
    private let progress: @Sendable (CurlTransfer.Progress) -> Void
    private let announce: @Sendable (CurlTransfer.Remote) -> Void
    private let cancelled = Atomic<Bool>(false)
    private var file: FileDescriptor?
    private var offset: Int64 = 0
    private var remote = CurlTransfer.Remote()
    private var requestHeaders: UnsafeMutablePointer<curl_slist>?
    private var headers: [String: String] = [:]
    private var status = 0
    private var bodyDecision: BodyDecision?
    private var refusedAddress: InternetAddress?
    private var writeError: Errno?

    private enum BodyDecision { case write, webPage, refuse(Failure) }

    init(
        transfer: CurlTransfer, progress: @escaping @Sendable (CurlTransfer.Progress) -> Void,
        announce: @escaping @Sendable (CurlTransfer.Remote) -> Void
    ) {
        self.transfer = transfer
        self.progress = progress
        self.announce = announce
    }

    func cancel() { cancelled.store(true, ordering: .relaxed) }

    func perform() -> CurlTransfer.Ending {
        guard CurlTransfer.initialised, let handle = curl_easy_init() else {
            return .failed(Failure(.local, "curl_missing", "libcurl could not be started", hint: "Reinstall libcurl4"), nil)
        }
        defer {
            curl_easy_cleanup(handle)
            curl_slist_free_all(requestHeaders)
        }
        do {
            file = try FileDescriptor.open(
                transfer.target, .readWrite, options: [.create, .closeOnExec, .noFollow], permissions: FolderModes.newFile)
            defer { try? file?.close() }
            offset = try file!.seek(offset: 0, from: .end)
            if transfer.resume?.validator == nil { offset = 0 }
            configure(handle)
            var errorText = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
            return errorText.withUnsafeMutableBufferPointer { buffer in
                _ = curl_set_pointer(handle, CURLOPT_ERRORBUFFER, buffer.baseAddress)
                let code = curl_easy_perform(handle)
                let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                return ending(code, text, handle)
            }
        } catch {
            return .failed(Failure.local(writing: transfer.target, error as? Errno), nil)
        }
    }

    private func configure(_ handle: UnsafeMutableRawPointer) {
        let settings = transfer.settings
        let me = Unmanaged.passUnretained(self).toOpaque()
        _ = curl_set_string(handle, CURLOPT_URL, transfer.url)
        _ = curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        _ = curl_set_string(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        _ = curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 1)
        _ = curl_set_long(handle, CURLOPT_MAXREDIRS, 10)
        _ = curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        _ = curl_set_long(handle, CURLOPT_CONNECTTIMEOUT, 30)
        _ = curl_set_long(handle, CURLOPT_LOW_SPEED_LIMIT, 1)
        _ = curl_set_long(handle, CURLOPT_LOW_SPEED_TIME, Int(settings.stall.rounded(.up)))
        _ = curl_set_string(handle, CURLOPT_USERAGENT, settings.userAgent)
        // An empty name switches off the proxy of the environment, which would hide the addresses from the filter.
        _ = curl_set_string(handle, CURLOPT_PROXY, settings.proxy ?? "")
        if let address = settings.sourceAddress { _ = curl_set_string(handle, CURLOPT_INTERFACE, "host!\(address)") }
        if let cookies = settings.cookies { _ = curl_set_string(handle, CURLOPT_COOKIEFILE, cookies.string) }
        if offset > 0, let validator = transfer.resume?.validator {
            _ = curl_set_string(handle, CURLOPT_RANGE, "\(offset)-")
            requestHeaders = curl_slist_append(nil, "If-Range: \(validator)")
            _ = curl_set_pointer(handle, CURLOPT_HTTPHEADER, requestHeaders)
        }
        _ = curl_set_pointer(handle, CURLOPT_OPENSOCKETDATA, me)
        _ = curl_set_open_socket(handle) { context, _, address in
            guard let context, let address else { return curl_bad_socket }
            return Unmanaged<TransferState>.fromOpaque(context).takeUnretainedValue().openSocket(address)
        }
        _ = curl_set_pointer(handle, CURLOPT_HEADERDATA, me)
        _ = curl_set_header(handle) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let line = String(decoding: UnsafeRawBufferPointer(start: bytes, count: size * count), as: UTF8.self)
            Unmanaged<TransferState>.fromOpaque(context).takeUnretainedValue().header(line)
            return size * count
        }
        _ = curl_set_pointer(handle, CURLOPT_WRITEDATA, me)
        _ = curl_set_write(handle) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let body = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return Unmanaged<TransferState>.fromOpaque(context).takeUnretainedValue().write(body) ? size * count : 0
        }
        _ = curl_set_long(handle, CURLOPT_NOPROGRESS, 0)
        _ = curl_set_pointer(handle, CURLOPT_XFERINFODATA, me)
        _ = curl_set_progress(handle) { context, _, _, _, _ in
            guard let context else { return 1 }
            return Unmanaged<TransferState>.fromOpaque(context).takeUnretainedValue().tick()
        }
    }

    private func openSocket(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        let target = withUnsafePointer(to: &address.pointee.addr) { InternetAddress($0) }
        guard let target, target.isGlobal || transfer.settings.allowAddresses.contains(where: { $0.contains(target) }) else {
            refusedAddress = target ?? InternetAddress(bytes: [0, 0, 0, 0])
            return curl_bad_socket
        }
        return socket(address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
    }

    private func header(_ line: String) {
        if line.hasPrefix("HTTP/") {
            // A new answer, perhaps after a redirect: what the earlier one said no longer counts.
            headers = [:]
            bodyDecision = nil
            status = Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0
        } else if let colon = line.firstIndex(of: ":") {
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmed
        }
    }

    private func write(_ body: UnsafeRawBufferPointer) -> Bool {
        if bodyDecision == nil { bodyDecision = decide() }
        guard case .write = bodyDecision, let file else { return false }
        do {
            guard offset + Int64(body.count) <= transfer.settings.maxBytes else {
                bodyDecision = .refuse(tooLarge(offset + Int64(body.count)))
                return false
            }
            try file.writeAll(toAbsoluteOffset: offset, body)
            offset += Int64(body.count)
            return true
        } catch {
            writeError = error as? Errno ?? .ioError
            return false
        }
    }

    /// Looks at the headers of the final answer before the first byte of its body is kept.
    private func decide() -> BodyDecision {
        let type = headers["content-type"]?.split(separator: ";").first.map { $0.trimmed.lowercased() }
        guard status == 200 || status == 206 else { return .refuse(Failure(.transient, "http_\(status)", "HTTP \(status)")) }
        if let type, type == "text/html" || type == "application/xhtml+xml" { return .webPage }
        if let type, !Self.isMedia(type) {
            return .refuse(
                Failure(
                    .permanent, "not_media", "the server sent \(type), not a recording, for \(transfer.url)",
                    hint: "Check the link in a browser: it should play or download a video or sound file"))
        }
        if status == 206, let mismatch = rangeMismatch() { return .refuse(mismatch) }
        if status == 200 {
            // From the beginning: the server knows no ranges, or the file has changed since.
            offset = 0
            do { try file?.resize(to: 0) } catch { return .refuse(.local(writing: transfer.target, error as? Errno)) }
        }
        remote.contentType = type
        remote.lastModified = headers["last-modified"]
        remote.validator = validator
        if status == 206, let range = headers["content-range"], let slash = range.lastIndex(of: "/") {
            remote.total = Int64(range[range.index(after: slash)...])
        } else if let length = headers["content-length"], let bytes = Int64(length) {
            remote.total = offset + bytes
        }
        if let total = remote.total, total > transfer.settings.maxBytes { return .refuse(tooLarge(total)) }
        announce(remote)
        return .write
    }

    /// What tells this version of the file from others: a strong ETag, else the time of the last change.
    private var validator: String? {
        if let tag = headers["etag"], !tag.hasPrefix("W/") { return tag }
        return headers["last-modified"]
    }

    /// Why a part that the server sent does not continue the part that is here.
    private func rangeMismatch() -> Failure? {
        let range = headers["content-range"] ?? ""
        let start = range.split(separator: " ").last?.split(separator: "-").first.flatMap { Int64($0) }
        if start == offset, validator == nil || validator == transfer.resume?.validator { return nil }
        return Failure(.transient, "range_refused", "the server of \(transfer.url) does not continue the transfer where it broke")
    }

    private static func isMedia(_ type: String) -> Bool {
        type.hasPrefix("video/") || type.hasPrefix("audio/")
            || ["application/octet-stream", "binary/octet-stream", "application/ogg", "application/mp4", "application/x-matroska"]
                .contains(type)
    }

    private func tooLarge(_ bytes: Int64) -> Failure {
        Failure(
            .permanent, "too_large", "\(transfer.url) has \(bytes) bytes, more than the \(transfer.settings.maxBytes) allowed",
            hint: "Raise network.max_bytes if this is wanted")
    }

    private var meter = SpeedMeter()

    /// - Returns: not 0 to end the transfer.
    private func tick() -> Int32 {
        if cancelled.load(ordering: .relaxed) { return 1 }
        if case .write = bodyDecision {
            let speed = meter.speed(bytes: offset)
            progress(CurlTransfer.Progress(bytes: offset, total: remote.total, speed: speed))
        }
        return 0
    }

    private func ending(_ code: CURLcode, _ text: String, _ handle: UnsafeMutableRawPointer) -> CurlTransfer.Ending {
        if cancelled.load(ordering: .relaxed) { return .cancelled }
        var finalURL: UnsafePointer<CChar>?
        _ = curl_get_string(handle, CURLINFO_EFFECTIVE_URL, &finalURL)
        remote.finalURL = finalURL.map { String(cString: $0) }
        if let refusedAddress, code == CURLE_COULDNT_CONNECT {
            return .failed(
                Failure(
                    .permanent, "address_refused", "\(transfer.url) leads to \(refusedAddress), which is not a public address",
                    hint: "List it under network.allow_addresses if it is yours"), nil)
        }
        if let writeError { return .failed(.local(writing: transfer.target, writeError), remote) }
        if status >= 400 { return .failed(httpFailure(), nil) }
        switch bodyDecision {
        case .webPage: return .webPage
        case .refuse(let failure): return .failed(failure, nil)
        case .write, nil: break
        }
        switch code {
        case CURLE_OK:
            if bodyDecision == nil { bodyDecision = decide() }
            if case .refuse(let failure) = bodyDecision { return .failed(failure, nil) }
            if case .webPage = bodyDecision { return .webPage }
            if let total = remote.total, offset < total {
                return .failed(Failure(.transient, "transfer_broken", "the transfer of \(transfer.url) ended early"), remote)
            }
            return .complete(remote, bytes: offset)
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT:
            return .failed(
                Failure(.permanent, "bad_url", "\(transfer.url) is not an http or https address that can be fetched: \(text)"), nil)
        case CURLE_TOO_MANY_REDIRECTS:
            return .failed(Failure(.permanent, "too_many_redirects", "\(transfer.url) leads from one address to the next without end"), nil)
        case CURLE_COULDNT_RESOLVE_HOST:
            return .failed(
                Failure(
                    .transient, "unknown_host", "the name of the server in \(transfer.url) is not known: \(text)",
                    hint: "Check the spelling of the link and the network of this machine"), nil)
        case CURLE_COULDNT_CONNECT:
            return .failed(Failure(.transient, "no_connection", "the server of \(transfer.url) does not answer: \(text)"), nil)
        case CURLE_OPERATION_TIMEDOUT:
            return .failed(Failure(.transient, "stalled", "nothing came from \(transfer.url) for a while: \(text)"), remote)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE:
            return .failed(
                Failure(
                    .permanent, "certificate", "the certificate of \(transfer.url) is not trusted: \(text)",
                    hint: "Check the clock of this machine and the package ca-certificates"), nil)
        default:
            return .failed(
                Failure(
                    .transient, "transfer_broken",
                    "the transfer of \(transfer.url) broke: \(text.isEmpty ? String(cString: curl_easy_strerror(code)) : text)"), remote)
        }
    }

    private func httpFailure() -> Failure {
        let address = transfer.url
        let now = Timestamp.now()
        let asked = headers["retry-after"].flatMap { RetryAfter.seconds($0, at: now) }
        switch status {
        case 404, 410:
            return Failure(
                .permanent, "not_found", "there is nothing at \(address) (HTTP \(status))",
                hint: "Check the link; it may have been removed")
        case 401, 403, 407, 451:
            return Failure(
                .permanent, "forbidden", "the server does not give out \(address) (HTTP \(status))",
                hint: "It may need a login: see network.cookies")
        case let code where code == 429 || code == 503 && asked != nil:
            return Failure(
                .blocked, "too_many_requests", "the server asks to be left alone for a while (HTTP \(status))",
                notBefore: asked.map(now.adding(seconds:)))
        case 416:
            return Failure(.transient, "range_refused", "the server does not continue the transfer of \(address) (HTTP 416)")
        case 408, 500...: return Failure(.transient, "http_\(status)", "the server of \(address) has a fault (HTTP \(status))")
        default:
            return Failure(.permanent, "http_\(status)", "the server refused \(address) (HTTP \(status))")
        }
    }
}

/// Bytes a second over the last three seconds or so.
private struct SpeedMeter {
    private var start: (time: ContinuousClock.Instant, bytes: Int64)?
    private var current = 0.0

    mutating func speed(bytes: Int64) -> Double {
        let now = ContinuousClock.now
        guard let start else {
            start = (now, bytes)
            return 0
        }
        let seconds = (now - start.time) / .seconds(1)
        if seconds > 0.2 { current = Double(bytes - start.bytes) / seconds }
        if seconds > 3 { self.start = (now, bytes) }
        return current
    }
}
