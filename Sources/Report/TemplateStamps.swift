import Synchronization

/// Fills templates faster than the engine does, which asks at every tag what kind of thing each value is.
///
/// What a template makes of a context depends on which values are there, and not on what they are: so it is filled once for each
/// such shape, with marks in the place of the texts, and every further time texts are put where their marks stood. Contexts with long
/// lists have too many shapes; what is listed there is filled by itself.
final class TemplateStamps: Sendable {
    /// What there is in a context, apart from its texts.
    private struct Shape {
        indirect enum Kind {
            case text
            case flag(Bool)
            case context(Shape)
            case contexts([Shape])
            case texts(Int)
        }

        private let entries: [(name: String, kind: Kind)]

        /// - Returns: `nil` if there are long lists in it.
        init?(of context: PageContext) {
            var entries: [(name: String, kind: Kind)] = []
            for (name, value) in context.entries {
                switch value {
                case .text: entries.append((name, .text))
                case .flag(let flag): entries.append((name, .flag(flag)))
                case .context(let inner):
                    guard let shape = Shape(of: inner) else { return nil }
                    entries.append((name, .context(shape)))
                case .contexts(let list):
                    let shapes = list.prefix(longest).compactMap(Shape.init)
                    guard shapes.count == list.count else { return nil }
                    entries.append((name, .contexts(shapes)))
                case .texts(let texts):
                    guard texts.count <= longest else { return nil }
                    entries.append((name, .texts(texts.count)))
                }
            }
            self.entries = entries
        }

        /// Collects the texts of a context.
        /// - Returns: `false` if it is of another shape.
        func take(_ context: PageContext, _ collected: inout [String]) -> Bool {
            guard context.entries.count == entries.count else { return false }
            for (place, (name, kind)) in entries.enumerated() {
                guard context.entries[place].name == name else { return false }
                switch (kind, context.entries[place].value) {
                case (.text, .text(let text)): collected.append(text)
                case (.flag(let flag), .flag(let other)) where flag == other: break
                case (.context(let shape), .context(let inner)):
                    guard shape.take(inner, &collected) else { return false }
                case (.contexts(let shapes), .contexts(let list)) where shapes.count == list.count:
                    for (shape, entry) in zip(shapes, list) where !shape.take(entry, &collected) { return false }
                case (.texts(let count), .texts(let texts)) where texts.count == count: collected += texts
                default: return false
                }
            }
            return true
        }

        /// A context of this shape, of texts that come in the order in which `take` collects them.
        func filled(_ next: () -> String) -> PageContext {
            PageContext(
                entries.map { name, kind in
                    switch kind {
                    case .text: (name, .text(next()))
                    case .flag(let flag): (name, .flag(flag))
                    case .context(let shape): (name, .context(shape.filled(next)))
                    case .contexts(let shapes): (name, .contexts(shapes.map { $0.filled(next) }))
                    case .texts(let count): (name, .texts((0..<count).map { _ in next() }))
                    }
                })
        }
    }

    private struct Stamp {
        enum Piece {
            case literal(String)
            case text(Int, isRaw: Bool)
        }

        let shape: Shape
        private let pieces: [Piece]
        /// Bytes, about as many as it has without its texts.
        private let length: Int

        init?(_ shape: Shape, _ fill: (PageContext) -> String?) {
            var count = 0
            let marked = shape.filled {
                defer { count += 1 }
                return "\(mark.text)\(sign)\(count)\(mark.text)"
            }
            guard let text = fill(marked) else { return nil }
            self.shape = shape
            length = text.utf8.count
            pieces = mark.pieces(of: text).enumerated().map { place, piece in
                guard place % 2 == 1, let number = Int(piece.drop { !$0.isNumber }) else { return .literal(piece) }
                return .text(number, isRaw: piece.hasPrefix("\(sign)\(number)"))
            }
        }

        func filled(_ texts: [String]) -> String {
            var filled = ""
            filled.reserveCapacity(texts.reduce(length) { $0 + $1.utf8.count })
            for piece in pieces {
                switch piece {
                case .literal(let literal): filled += literal
                case .text(let number, let isRaw): filled += isRaw ? texts[number] : PageEscaping().escapeText(texts[number])
                }
            }
            return filled
        }
    }

    /// Around the number of a text. The sign in it is not as it was once it has been escaped, so that the escaped are known.
    private static let mark = Mark()
    private static let sign = "&"
    /// Shapes of a template.
    private static let most = 50
    /// Entries of a list.
    private static let longest = 12

    /// By template.
    private let stamps = Mutex<[String: [Stamp]]>([:])

    /// - Parameter fill: what the engine makes of a context.
    /// - Returns: `nil` if there are long lists in the context, or the template has had too many shapes.
    func fill(_ template: String, _ context: PageContext, _ fill: (PageContext) -> String?) -> String? {
        let known = stamps.withLock { $0[template] ?? [] }
        var texts: [String] = []
        for stamp in known {
            if stamp.shape.take(context, &texts) { return stamp.filled(texts) }
            texts.removeAll(keepingCapacity: true)
        }
        // To make a stamp that is not kept would cost more than to fill the template.
        guard known.count < Self.most, let shape = Shape(of: context), let stamp = Stamp(shape, fill), shape.take(context, &texts) else {
            return nil
        }
        stamps.withLock { stamps in
            // Another thread may have come first.
            var (all, others) = (stamps[template] ?? [], [String]())
            if !all.dropFirst(known.count).contains(where: { $0.shape.take(context, &others) }) { all.append(stamp) }
            stamps[template] = all
        }
        return stamp.filled(texts)
    }
}
