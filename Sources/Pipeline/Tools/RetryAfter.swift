import CCurl

/// How long a server asks to be left alone (`Retry-After`: a number of seconds, or a date; RFC 9110, section 10.2.3).
enum RetryAfter {
    /// - Parameter handle: a transfer that has ended.
    /// - Returns: `nil` if the last answer did not say, or named a time that is over.
    static func seconds(_ handle: UnsafeMutableRawPointer) -> Double? {
        var seconds: curl_off_t = 0
        _ = curl_get_offset(handle, CURLINFO_RETRY_AFTER, &seconds)
        return seconds > 0 ? Double(seconds) : nil
    }
}
