import Foundation

/// A condition that did not come true in time.
public struct OutOfPatience: Error, CustomStringConvertible {
    public let what: String

    public init(what: String) { self.what = what }

    public var description: String { "waited in vain for: \(what)" }
}

/// Waits until a condition gives a value. The time limit is for a broken program only; a right one returns as soon as it can.
public func eventually<Value>(
    _ what: String, within seconds: Double = 600, _ condition: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
        let begin = ContinuousClock.now
        if let value = try await condition() { return value }
        let now = ContinuousClock.now
        guard now < deadline else { throw OutOfPatience(what: what) }
        // Looking takes a fifth of the time at most: the sites of all tests answer from the same few threads.
        try await Task.sleep(for: max(.milliseconds(10), min(.seconds(1), (now - begin) * 4)))
    }
}

/// Waits until a condition is true.
public func eventually(_ what: String, within seconds: Double = 600, _ condition: () async throws -> Bool) async throws {
    let _: Bool = try await eventually(what, within: seconds) { try await condition() ? true : nil }
}
