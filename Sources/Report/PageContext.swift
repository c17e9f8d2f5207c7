/// What a template is filled with: values by their names.
///
/// A list and not a dictionary, since it is made for each line of very many pages and then only gone through once.
struct PageContext: ExpressibleByDictionaryLiteral {
    enum Content {
        case text(String)
        case flag(Bool)
        case context(PageContext)
        case contexts([PageContext])
        case texts([String])

        var value: any PageValue {
            switch self {
            case .text(let text): text
            case .flag(let flag): flag
            case .context(let context): context
            case .contexts(let contexts): contexts
            case .texts(let texts): texts
            }
        }
    }

    private(set) var entries: [(name: String, value: Content)]

    /// What is `nil` is left out: an empty text counts as present.
    init(dictionaryLiteral entries: (String, (any PageValue)?)...) {
        assert(Set(entries.map(\.0)).count == entries.count)
        self.entries = entries.compactMap { name, value in value.map { (name, $0.pageValue) } }
    }

    init(_ entries: [(name: String, value: Content)]) { self.entries = entries }

    /// `nil` takes it out.
    subscript(name: String) -> (any PageValue)? {
        get { entries.first { $0.name == name }?.value.value }
        set {
            let place = entries.firstIndex { $0.name == name }
            switch (place, newValue?.pageValue) {
            case (let place?, let value?): entries[place].value = value
            case (let place?, nil): entries.remove(at: place)
            case (nil, let value?): entries.append((name, value))
            case (nil, nil): break
            }
        }
    }
}

/// What may stand in a context.
protocol PageValue {
    var pageValue: PageContext.Content { get }
}

extension String: PageValue {
    var pageValue: PageContext.Content { .text(self) }
}

extension Bool: PageValue {
    var pageValue: PageContext.Content { .flag(self) }
}

extension PageContext: PageValue {
    var pageValue: Content { .context(self) }
}

extension Array: PageValue where Element: PageListElement {
    var pageValue: PageContext.Content { Element.pageValue(of: self) }
}

/// What may stand in a list in a context.
protocol PageListElement {
    static func pageValue(of list: [Self]) -> PageContext.Content
}

extension String: PageListElement {
    static func pageValue(of list: [String]) -> PageContext.Content { .texts(list) }
}

extension PageContext: PageListElement {
    static func pageValue(of list: [PageContext]) -> Content { .contexts(list) }
}
