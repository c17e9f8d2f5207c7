import CCurl
import FoundationEssentials
import SpoolFiles
import Synchronization

/// One POST of a sound to a server that speaks OpenAI's transcription protocol (API reference, "Create transcription").
final class TranscriptionUpload: Sendable {
    enum Ending: Sendable {
        case answered(Data)
        case failed(Failure)
        case cancelled
    }

    let url: String
    /// For `Authorization: Bearer`.
    let key: String?
    let fields: [(name: String, value: String)]
    /// A WAVE file.
    let sound: Data
    /// That the whole exchange may take.
    let seconds: Double
    private let cancelled = Atomic<Bool>(false)

    init(url: String, key: String?, fields: [(name: String, value: String)], sound: Data, seconds: Double) {
        self.url = url
        self.key = key
        self.fields = fields
        self.sound = sound
        self.seconds = seconds
    }

    /// Sends it on a thread of its own; cancelling the task ends it within about a second.
    func send() async -> Ending {
        await withTaskCancellationHandler {
            await BlockingWork.run { self.perform() }
        } onCancel: {
            cancelled.store(true, ordering: .relaxed)
        }
    }

    /// Bytes of an answer at most: words of ten minutes take a tenth of it.
    private static let answerLimit = 64 << 20

    /// What the C callbacks fill; touched by the thread of the transfer alone.
    private final class Answer {
        var body = Data()
        var retryAfter: Double?
    }

    private func perform() -> Ending {
        guard CurlTransfer.initialised, let handle = curl_easy_init(), let form = curl_mime_init(handle) else {
            return .failed(Failure(.local, "curl_missing", "libcurl could not be started", hint: "Reinstall libcurl4"))
        }
        var headers: UnsafeMutablePointer<curl_slist>?
        defer {
            curl_easy_cleanup(handle)
            curl_mime_free(form)
            curl_slist_free_all(headers)
        }
        for field in fields { add(field.name, Data(field.value.utf8), to: form) }
        add("file", sound, to: form, fileName: "speech.wav", type: "audio/wav")
        if let key { headers = curl_slist_append(headers, "Authorization: Bearer \(key)") }
        // Without it libcurl asks first whether it may send, and waits a second for the answer.
        headers = curl_slist_append(headers, "Expect:")
        let answer = Answer()
        let context = Unmanaged.passUnretained(answer).toOpaque()
        _ = curl_set_string(handle, CURLOPT_URL, url)
        _ = curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        _ = curl_set_string(handle, CURLOPT_USERAGENT, "Spoolscribe/\(Version.current)")
        _ = curl_set_pointer(handle, CURLOPT_HTTPHEADER, headers)
        _ = curl_set_pointer(handle, CURLOPT_MIMEPOST, UnsafeMutableRawPointer(form))
        _ = curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        _ = curl_set_long(handle, CURLOPT_CONNECTTIMEOUT, 30)
        _ = curl_set_long(handle, CURLOPT_TIMEOUT, max(1, Int(seconds)))
        _ = curl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        _ = curl_set_write(handle) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let answer = Unmanaged<Answer>.fromOpaque(context).takeUnretainedValue()
            guard answer.body.count + size * count <= TranscriptionUpload.answerLimit else { return 0 }
            answer.body.append(UnsafeRawPointer(bytes).assumingMemoryBound(to: UInt8.self), count: size * count)
            return size * count
        }
        _ = curl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        _ = curl_set_header(handle) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let line = String(decoding: UnsafeRawBufferPointer(start: bytes, count: size * count), as: UTF8.self).lowercased()
            if line.hasPrefix("retry-after:") {
                let value = line.dropFirst("retry-after:".count).trimmed
                Unmanaged<Answer>.fromOpaque(context).takeUnretainedValue().retryAfter = RetryAfter.seconds(value, at: .now())
            }
            return size * count
        }
        _ = curl_set_long(handle, CURLOPT_NOPROGRESS, 0)
        _ = curl_set_pointer(handle, CURLOPT_XFERINFODATA, Unmanaged.passUnretained(self).toOpaque())
        _ = curl_set_progress(handle) { context, _, _, _, _ in
            guard let context else { return 1 }
            return Unmanaged<TranscriptionUpload>.fromOpaque(context).takeUnretainedValue().cancelled.load(ordering: .relaxed) ? 1 : 0
        }
        let code = curl_easy_perform(handle)
        var status = 0
        _ = curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return withExtendedLifetime(answer) { ending(code, status, answer) }
    }

    private func add(_ name: String, _ data: Data, to form: OpaquePointer, fileName: String? = nil, type: String? = nil) {
        guard let part = curl_mime_addpart(form) else { return }
        curl_mime_name(part, name)
        _ = data.withUnsafeBytes { curl_mime_data(part, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count) }
        if let fileName { curl_mime_filename(part, fileName) }
        if let type { curl_mime_type(part, type) }
    }

    private func ending(_ code: CURLcode, _ status: Int, _ answer: Answer) -> Ending {
        if cancelled.load(ordering: .relaxed) { return .cancelled }
        switch code {
        case CURLE_OK: break
        case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST:
            return .failed(
                Failure(
                    .local, "server_away", "the transcription server \(url) does not answer: \(String(cString: curl_easy_strerror(code)))",
                    hint: "Start it, or set openai.url to one that runs"))
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT:
            return .failed(
                Failure(
                    .local, "server_address", "\(url) cannot be used: \(String(cString: curl_easy_strerror(code)))",
                    hint: "Check openai.url, and the certificates of this machine"))
        default:
            return .failed(
                Failure(
                    .transient, "server_broke_off",
                    "the transcription server \(url) broke off: \(String(cString: curl_easy_strerror(code)))",
                    hint: "It is asked again by itself; if this goes on, look at the server's log, or raise openai.timeout_seconds"))
        }
        if status == 200 { return .answered(answer.body) }
        return .failed(Self.failure(status, answer, url))
    }

    private static func failure(_ status: Int, _ answer: Answer, _ url: String) -> Failure {
        let said = message(answer.body)
        switch status {
        case 429:
            return Failure(
                .blocked, "too_many_requests", "the transcription server asks to be left alone for a while (HTTP 429\(said))",
                notBefore: Timestamp.now().adding(seconds: min(answer.retryAfter ?? 60, 3600)))
        case 401, 403:
            return Failure(
                .local, "server_refused_key", "the transcription server does not accept our key (HTTP \(status)\(said))",
                hint: "Put a valid one into the file of openai.key_file, or into OPENAI_API_KEY of the daemon's environment")
        case 300..<400, 404, 405:
            return Failure(
                .local, "server_address", "\(url) is no transcription server, or it does not have the model (HTTP \(status)\(said))",
                hint: "Check openai.url, which ends in /v1, and openai.model")
        case 408, 500...:
            return Failure(
                .transient, "server_fault", "the transcription server \(url) has a fault (HTTP \(status)\(said))",
                hint: "It is asked again by itself; if this goes on, look at the server's log")
        default:
            return Failure(
                .permanent, "server_refused", "the transcription server refused the sound (HTTP \(status)\(said))",
                hint: "Check model, language and task; a smaller openai.part_seconds makes smaller files")
        }
    }

    /// What the server says, as OpenAI's errors have it or as a text, at most a line.
    private static func message(_ body: Data) -> String {
        struct Said: Decodable {
            struct Error: Decodable { var message: String? }
            var error: Error?
            var detail: String?
        }
        let said = try? JSONDecoder().decode(Said.self, from: body)
        let text = said?.error?.message ?? said?.detail ?? String(decoding: body.prefix(200), as: UTF8.self)
        let line = text.harmless.split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(200)
        return line.isEmpty || line.hasPrefix("<") ? "" : ": \(line)"
    }
}
