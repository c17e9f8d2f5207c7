import Testing

@testable import Pipeline

struct NearestNameTests {
    private let known = ["language", "title", "tags", "max_retries", "url"]

    @Test(arguments: [
        ("langauge", "language"), ("Language", "language"), ("maxRetries", "max_retries"), ("titel", "title"), ("tag", "tags"),
    ]) func findsWhatWasMeant(wrong: String, right: String) {
        #expect(NearestName.of(wrong, among: known) == right)
    }

    @Test(arguments: ["", "speed", "u", "deadline"]) func guessesNothingFarOff(wrong: String) {
        #expect(NearestName.of(wrong, among: known) == nil)
    }
}
