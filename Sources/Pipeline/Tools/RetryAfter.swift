import CCurl
import SpoolFiles

/// How long a server asks to be left alone: the header `Retry-After`, RFC 9110, section 10.2.3.
enum RetryAfter {
    /// - Parameter value: of the header: a number of seconds, or a date.
    /// - Returns: seconds from `now` on, 0 of a date that is over; `nil` if the value is neither.
    static func seconds(_ value: String, at now: Timestamp) -> Double? {
        if let seconds = Double(value) { return seconds >= 0 && seconds.isFinite ? seconds : nil }
        let date = curl_getdate(value, nil)
        return date < 0 ? nil : max(0, Double(date) - Double(now.milliseconds) / 1000)
    }
}
