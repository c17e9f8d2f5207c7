/// Finds what somebody meant who wrote a name almost right.
enum NearestName {
    /// The known name that differs least: by at most two letters, and by less than half of them. `nil` if none is near.
    static func of(_ name: String, among known: some Sequence<String>) -> String? {
        let name = canonical(name)
        let near = known.map { (name: $0, distance: distance(name, canonical($0))) }
            .filter { $0.distance <= 2 && 2 * $0.distance < $0.name.count }
        return near.min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
    }

    /// Upper case and the several ways to join words are no difference.
    private static func canonical(_ name: String) -> [Character] {
        name.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }.map { $0 }
    }

    /// Letters to put in, take out or replace, to make one from the other (Levenshtein).
    private static func distance(_ one: [Character], _ other: [Character]) -> Int {
        var row = Array(0...other.count)
        for (index, letter) in one.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, character) in other.enumerated() {
                let cost = min(row[column + 1] + 1, row[column] + 1, diagonal + (letter == character ? 0 : 1))
                diagonal = row[column + 1]
                row[column + 1] = cost
            }
        }
        return row[other.count]
    }
}
