import SpoolFiles

/// Times, lengths and sizes as people read them.
public enum PeopleFormat {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `2026-11-25` as "25 Nov 2026"; anything else as it is.
    static func date(_ day: some StringProtocol) -> String {
        let bytes = Array(day.utf8)
        func number(_ digits: Range<Int>) -> Int? {
            let isNumber = bytes[digits].allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            return isNumber ? Int(String(decoding: bytes[digits], as: UTF8.self)) : nil
        }
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = number(0..<4), let month = number(5..<7), let dayOfMonth = number(8..<10), months.indices.contains(month - 1)
        else { return String(day) }
        return "\(dayOfMonth) \(months[month - 1]) \(year)"
    }

    /// A title or message as lists show it: cut behind so many characters.
    static func short(_ text: String, to length: Int = 200) -> String {
        text.utf8.count > length && text.count > length ? "\(text.prefix(length))…" : text
    }

    /// What made a transcript: "faster-whisper 1.2.1, tiny.en, float32", "captions by people", "corrected by ann".
    public static func maker(_ provenance: Transcript.Provenance) -> String {
        let author = provenance.author ?? "a person"
        if provenance.isByHuman { return "corrected by \(author)" }
        // What a processor and a GPU compute in by themselves tells nothing.
        let arithmetic = provenance.computeType.map { ["int8", "float16"].contains($0) ? "" : ", \($0)" } ?? ""
        return maker(BundleManifest.Engine(provenance)) + arithmetic
    }

    /// What made transcripts, whoever corrected them.
    static func maker(_ engine: BundleManifest.Engine) -> String {
        switch engine.name {
        case Transcript.Provenance.human: "corrected by people"
        case "captions": engine.model == "automatic" ? "the site's automatic captions" : "captions by people"
        default: "\(engine.name) \(engine.version), \(engine.model)"
        }
    }

    /// "25 Nov 2026, 10:14 UTC".
    public static func moment(_ time: Timestamp) -> String {
        let text = time.rfc3339
        return "\(date(text.prefix(10))), \(text.dropFirst(11).prefix(5)) UTC"
    }

    /// Of what rests: "1 job waits".
    public static func waiting(_ jobs: Int) -> String { jobs == 1 ? "1 job waits" : "\(count(jobs)) jobs wait" }

    /// "25 Nov 2026, 10:14:55 UTC".
    static func exactMoment(_ time: Timestamp) -> String {
        let text = time.rfc3339
        return "\(date(text.prefix(10))), \(text.dropFirst(11).prefix(8)) UTC"
    }

    /// A position or length in a recording: "4:05", "1:02:03".
    public static func clock(_ seconds: Double) -> String {
        let all = Int(max(seconds, 0))
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let hours = all / 3600
        return hours > 0 ? "\(hours):\(two(all / 60 % 60)):\(two(all % 60))" : "\(all / 60):\(two(all % 60))"
    }

    /// How long something took: "3.2 s", "1 min 20 s", "2 h 5 min".
    public static func span(_ seconds: Double) -> String {
        if seconds < 10 { return "\((max(seconds, 0) * 10).rounded() / 10) s" }
        let all = Int(seconds.rounded())
        if all < 60 { return "\(all) s" }
        if all < 3600 { return "\(all / 60) min \(all % 60) s" }
        return "\(all / 3600) h \(all / 60 % 60) min"
    }

    /// "12 kB", "3.4 MB": powers of 1000.
    public static func size(_ bytes: Int64) -> String {
        var value = Double(bytes)
        for unit in ["bytes", "kB", "MB", "GB"] {
            if value < 1000 {
                return unit == "bytes" || value >= 10 ? "\(Int(value.rounded())) \(unit)" : "\((value * 10).rounded() / 10) \(unit)"
            }
            value /= 1000
        }
        return "\((value * 10).rounded() / 10) TB"
    }

    /// What a running stage has got done: "3.2 MB of 10.0 MB, 1.1 MB/s, 7 s left".
    public static func work(_ work: StatusSidecar.Work) -> String {
        func amount(_ value: Double) -> String { work.unit == "bytes" ? size(Int64(value)) : clock(value) }
        var words = amount(work.done)
        if let total = work.total { words += " of \(amount(total))" }
        if let speed = work.speed, speed > 0 {
            words += work.unit == "bytes" ? ", \(amount(speed))/s" : ", \((speed * 10).rounded() / 10) × real time"
        }
        if let eta = work.eta { words += ", \(eta < 60 ? "\(Int(eta.rounded(.up))) s" : span(eta)) left" }
        return words
    }

    public static func percent(_ fraction: Double) -> String { "\(Int((fraction * 100).rounded())) %" }

    /// A whole number with at most three decimals for a media position: "12.345".
    static func seconds(_ seconds: Double) -> String { "\((seconds * 1000).rounded() / 1000)" }

    /// "5,000".
    public static func count(_ number: Int) -> String {
        let digits = String(number.magnitude)
        let groups = stride(from: digits.count, to: 0, by: -3).reversed().map { String(digits.prefix($0).suffix(3)) }
        return (number < 0 ? "-" : "") + groups.joined(separator: ",")
    }
}
