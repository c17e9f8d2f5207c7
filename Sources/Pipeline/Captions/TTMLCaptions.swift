import Foundation
import SpoolFiles

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// TTML (W3C Timed Text Markup Language 2) as sites give it: paragraphs with a begin and an end or a duration. Styles and regions are
/// passed over.
enum TTMLCaptions {
    static func read(_ data: Data) -> [Caption]? {
        let parser = XMLParser(data: data)
        let reader = Reader()
        parser.delegate = reader
        guard parser.parse(), reader.isTimedText else { return nil }
        return reader.captions
    }

    private final class Reader: NSObject, XMLParserDelegate {
        var captions: [Caption] = []
        var isTimedText = false
        private var frameRate = 30.0
        private var tickRate = 1.0
        private var open: (start: Double, end: Double)?
        private var text = ""

        func parser(
            _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String] = [:]
        ) {
            switch local(element) {
            case "tt":
                isTimedText = true
                func rate(_ name: String) -> Double? { attributes[name].flatMap(Double.init).flatMap { $0 > 0 ? $0 : nil } }
                frameRate = rate("ttp:frameRate") ?? frameRate
                tickRate = rate("ttp:tickRate") ?? (rate("ttp:frameRate") == nil ? 1 : frameRate)
            case "p":
                guard let start = attributes["begin"].flatMap(seconds) else { return }
                let end = attributes["end"].flatMap(seconds) ?? attributes["dur"].flatMap(seconds).map { start + $0 }
                open = end.map { (start, $0) }
                text = ""
            case "br": text += "\n"
            default: break
            }
        }

        // Line feeds in the file are white space; those of <br/> are not.
        func parser(_ parser: XMLParser, foundCharacters string: String) {
            if open != nil { text += String(string.map { $0.isNewline ? " " : $0 }) }
        }

        func parser(_ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?) {
            guard local(element) == "p", let times = open else { return }
            let lines = text.harmless.split(separator: "\n").map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
            captions.append(Caption(start: times.start, end: times.end, lines: lines.filter { !$0.isEmpty }))
            open = nil
        }

        private func local(_ name: String) -> Substring { name.split(separator: ":").last ?? "" }

        /// `00:00:01.5`, `00:00:01:12` with frames, `1.5s`, `300ms`, `90f`, `1000t`.
        private func seconds(_ text: String) -> Double? {
            let parts = text.split(separator: ":")
            if parts.count == 4, let whole = CaptionText.seconds(parts[..<3].joined(separator: ":")), let frames = Double(parts[3]) {
                return whole + frames / frameRate
            }
            if parts.count > 1 { return CaptionText.seconds(text) }
            let units: [(String, Double)] = [("ms", 0.001), ("h", 3600), ("m", 60), ("s", 1), ("f", 1 / frameRate), ("t", 1 / tickRate)]
            guard let unit = units.first(where: { text.hasSuffix($0.0) }), let count = Double(text.dropLast(unit.0.count)), count >= 0
            else {
                return nil
            }
            return count * unit.1
        }
    }
}
