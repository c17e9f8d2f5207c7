import FoundationEssentials

/// Reads the segments of a transcript without a decoder, which would take most of the time that the transcript's page costs.
///
/// It reads those that it is sure of: numbers, texts without escapes, flags, and words, which it passes over. Where anything else
/// stands, it reads nothing, and the decoder has to look at the whole.
struct PlainSegments {
    private struct Unsure: Error {}

    private var scanner: JSONScanner

    /// - Returns: the segments without their words, and the transcript's text without segments; `nil` if it is not sure of all.
    static func take(from data: Data) -> (segments: [Transcript.Segment], rest: Data)? {
        data.withUnsafeBytes { bytes in
            var reader = PlainSegments(scanner: JSONScanner(bytes: bytes))
            guard reader.findSegments() else { return nil }
            let start = reader.scanner.place
            guard let segments = try? reader.list({ reader throws(Unsure) in try reader.segment() }) else { return nil }
            let end = reader.scanner.place - 1
            return (segments, Data(bytes[..<start]) + Data(bytes[end...]))
        }
    }

    /// To behind the bracket with which they begin.
    private mutating func findSegments() -> Bool {
        var depth = 0
        while let byte = scanner.byte {
            switch byte {
            case UInt8(ascii: "\""):
                let name = scanner.string()
                if depth == 1, name.elementsEqual("segments".utf8), scanner.skip(UInt8(ascii: ":")) {
                    return scanner.skip(UInt8(ascii: "["))
                }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            scanner.place += 1
        }
        return false
    }

    private mutating func segment() throws(Unsure) -> Transcript.Segment {
        try expect("{")
        var (id, start, end, text, hasWords): (Int?, Double?, Double?, String?, Bool) = (nil, nil, nil, nil, false)
        var segment = Transcript.Segment(id: 0, start: 0, end: 0, text: "", words: [])
        repeat {
            let key = try self.text()
            try expect(":")
            switch key {
            case "id": id = try whole()
            case "start": start = try number()
            case "end": end = try number()
            case "text": text = try self.text()
            case "words":
                try passOverArray()
                hasWords = true
            case "speaker": segment.speaker = try self.text()
            case "flags": segment.flags = try flags()
            case "avg_logprob": segment.avgLogprob = try number()
            case "no_speech_prob": segment.noSpeechProb = try number()
            case "compression_ratio": segment.compressionRatio = try number()
            case "temperature": segment.temperature = try number()
            default: throw Unsure()
            }
        } while scanner.skip(UInt8(ascii: ","))
        try expect("}")
        guard let id, let start, let end, let text, hasWords else { throw Unsure() }
        (segment.id, segment.start, segment.end, segment.text) = (id, start, end, text)
        return segment
    }

    private mutating func flags() throws(Unsure) -> [Transcript.Flag] {
        try expect("[")
        return try list { reader throws(Unsure) in
            guard let flag = Transcript.Flag(rawValue: try reader.text()) else { throw Unsure() }
            return flag
        }
    }

    private mutating func passOverArray() throws(Unsure) {
        try expect("[")
        scanner.skipArray()
        try expect("]")
    }

    /// From behind an opening bracket to behind the closing one.
    private mutating func list<Element>(_ element: (inout Self) throws(Unsure) -> Element) throws(Unsure) -> [Element] {
        if scanner.skip(UInt8(ascii: "]")) { return [] }
        var list: [Element] = []
        repeat { list.append(try element(&self)) } while scanner.skip(UInt8(ascii: ","))
        try expect("]")
        return list
    }

    private mutating func expect(_ sign: Unicode.Scalar) throws(Unsure) {
        guard scanner.skip(UInt8(ascii: sign)) else { throw Unsure() }
    }

    private mutating func text() throws(Unsure) -> String {
        guard let text = scanner.plainText() else { throw Unsure() }
        return text
    }

    private mutating func whole() throws(Unsure) -> Int {
        // Greater ones need not be exact.
        guard let whole = Int(exactly: try number()), whole.magnitude < 1 << 53 else { throw Unsure() }
        return whole
    }

    private mutating func number() throws(Unsure) -> Double {
        guard let number = scanner.number() else { throw Unsure() }
        return number
    }
}
