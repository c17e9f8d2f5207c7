/// Stands in a text for what is put there later. Nothing else in the text is like it, since nobody can guess it.
struct Mark: Sendable {
    let text = "\u{E000}\(UInt64.random(in: .min ... .max))\u{E000}"

    /// What stands before, between and behind the marks: one piece more than there are marks.
    func pieces(of text: String) -> [String] {
        // By bytes, since it is done for very many texts.
        let mark = Array(self.text.utf8)
        var text = text
        return text.withUTF8 { bytes in
            var pieces: [String] = []
            var (start, place) = (0, 0)
            while place + mark.count <= bytes.count {
                guard bytes[place] == mark[0], bytes[place..<place + mark.count].elementsEqual(mark) else {
                    place += 1
                    continue
                }
                pieces.append(String(decoding: bytes[start..<place], as: UTF8.self))
                place += mark.count
                start = place
            }
            return pieces + [String(decoding: bytes[start...], as: UTF8.self)]
        }
    }
}
