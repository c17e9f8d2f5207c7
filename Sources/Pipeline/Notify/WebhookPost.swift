import CCurl
import Crypto
import FoundationEssentials
import SpoolFiles
import Synchronization

/// One POST of a JSON body to an address from the settings.
///
/// With a secret it carries `X-Spoolscribe-Signature: sha256=<hex>`, the HMAC-SHA-256 of the body, as web hooks of code hosts do.
final class WebhookPost: Sendable {
    let url: String
    let body: String
    let secret: String?
    let event: String
    /// That the whole exchange may take.
    let seconds: Double
    private let cancelled = Atomic<Bool>(false)

    init(url: String, body: String, secret: String?, event: String, seconds: Double) {
        self.url = url
        self.body = body
        self.secret = secret
        self.event = event
        self.seconds = seconds
    }

    /// Ends `send` within about a second.
    func cancel() { cancelled.store(true, ordering: .relaxed) }

    static func signature(of body: String, secret: String) -> String {
        "sha256=" + HMAC<SHA256>.authenticationCode(for: Data(body.utf8), using: SymmetricKey(data: Data(secret.utf8))).hex
    }

    /// Sends it; blocks. Returns why it was not delivered, or `nil`.
    func send() -> String? {
        guard CurlTransfer.initialised, let handle = curl_easy_init() else { return "libcurl could not be started" }
        var headers: UnsafeMutablePointer<curl_slist>?
        defer {
            curl_easy_cleanup(handle)
            curl_slist_free_all(headers)
        }
        headers = curl_slist_append(headers, "Content-Type: application/json")
        headers = curl_slist_append(headers, "X-Spoolscribe-Event: \(event)")
        // Without it libcurl asks first whether it may send, and waits a second for the answer.
        headers = curl_slist_append(headers, "Expect:")
        if let secret { headers = curl_slist_append(headers, "X-Spoolscribe-Signature: \(Self.signature(of: body, secret: secret))") }
        _ = curl_set_pointer(handle, CURLOPT_HTTPHEADER, headers)
        _ = curl_set_string(handle, CURLOPT_URL, url)
        _ = curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        _ = curl_set_string(handle, CURLOPT_USERAGENT, "Spoolscribe/\(Version.current)")
        _ = curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        _ = curl_set_long(handle, CURLOPT_TIMEOUT, max(1, Int(seconds)))
        _ = curl_set_long(handle, CURLOPT_POSTFIELDSIZE, body.utf8.count)
        // Redirects are not followed: what is posted is meant for this address.
        _ = curl_set_string(handle, CURLOPT_COPYPOSTFIELDS, body)
        _ = curl_set_write(handle) { _, size, count, _ in size * count }
        // Asked about once a second, also while nothing is sent or answered.
        _ = curl_set_long(handle, CURLOPT_NOPROGRESS, 0)
        _ = curl_set_pointer(handle, CURLOPT_XFERINFODATA, Unmanaged.passUnretained(self).toOpaque())
        _ = curl_set_progress(handle) { context, _, _, _, _ in
            guard let context else { return 1 }
            return Unmanaged<WebhookPost>.fromOpaque(context).takeUnretainedValue().cancelled.load(ordering: .relaxed) ? 1 : 0
        }
        let code = curl_easy_perform(handle)
        guard code == CURLE_OK else { return "\(url): \(String(cString: curl_easy_strerror(code)))" }
        var status = 0
        _ = curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return (200..<300).contains(status) ? nil : "\(url) answered HTTP \(status)"
    }
}
