import Jobs
import SpoolFiles
import TestSupport
import Testing

struct RetryPolicyTests {
    private let now = Timestamp(milliseconds: 1_764_062_000_000)
    private let policy = RetryPolicy()

    private func decide(_ failure: Failure, retries: Int = 0, at time: Timestamp? = nil, opens: Timestamp? = nil) -> JobTransition {
        var job = Job.example()
        job.retryCount = retries
        return policy.transition(after: failure, of: job, at: time ?? now, siteOpens: opens, random: 0.5)
    }

    @Test(arguments: [(0, 4.0), (1, 16.0), (2, 64.0)])
    func transientFailuresWaitLongerEachTime(retries: Int, seconds: Double) {
        let failure = Failure(.transient, "reset", "the connection was reset")
        #expect(decide(failure, retries: retries) == .retry(failure, at: now.adding(seconds: seconds)))
    }

    @Test func jitterIsAFifthEitherWay() {
        #expect(policy.delay(beforeTry: 0, random: 0) == 3.2)
        #expect(policy.delay(beforeTry: 0, random: 1) == 4.8)
    }

    @Test func theLastTryFails() {
        let failure = Failure(.transient, "reset", "the connection was reset")
        #expect(decide(failure, retries: 3) == .fail(failure))
    }

    @Test func permanentFailsAtOnce() {
        let failure = Failure(.permanent, "private", "it is private")
        #expect(decide(failure) == .fail(failure))
    }

    @Test func blockedWaitsForItsSite() {
        let failure = Failure(.blocked, "bot", "robot")
        let opens = now.adding(seconds: 1800)
        #expect(decide(failure, opens: opens) == .postpone(failure, until: opens))
    }

    @Test func notYetWaitsForItsTimeButNotForEver() throws {
        let soon = Failure(.notYet, "premiere", "not yet", notBefore: now.adding(seconds: 3600))
        func until(_ seconds: Double, _ failure: Failure) -> JobTransition {
            var failure = failure
            failure.hint = "It is waited for until \(now.adding(seconds: 7 * 86_400).day) at the latest"
            return .postpone(failure, until: now.adding(seconds: seconds))
        }
        #expect(decide(soon) == until(3600, soon))
        let late = Failure(.notYet, "premiere", "not yet", notBefore: now.adding(seconds: 30 * 86_400))
        #expect(decide(late) == until(7 * 86_400, late))
        guard case .fail(let failure) = decide(late, at: now.adding(seconds: 7 * 86_400)) else { throw OutOfPatience(what: "a failure") }
        #expect(failure.message.contains("waited for since"))
    }

    @Test func localRests() {
        let failure = Failure(.local, "disk", "the disk is full")
        #expect(decide(failure) == .postpone(failure, until: now.adding(seconds: 60)))
    }
}

struct SiteBreakerTests {
    private let now = Timestamp(milliseconds: 1_764_062_000_000)

    @Test func thePauseDoublesUpToAnHour() {
        var breaker = SiteBreaker(site: "youtube")
        var time = now
        for minutes in [15.0, 30, 60, 60] {
            #expect(breaker.admit(at: time) == nil)
            let until = breaker.blocked(at: time, reason: "robot")
            #expect(until == time.adding(seconds: minutes * 60))
            #expect(breaker.admit(at: time.adding(seconds: 1)) == until)
            time = until
        }
    }

    @Test func jobsThatWereUnderWayCountOnce() {
        var breaker = SiteBreaker(site: "youtube")
        let until = breaker.blocked(at: now, reason: "robot")
        #expect(breaker.blocked(at: now.adding(seconds: 5), reason: "robot") == until)
        #expect(breaker.strikes == 1)
    }

    @Test(arguments: [(-60.0, 900.0), (60, 900), (7200, 7200), (1e12, 86_400)])
    func aSitesWishIsHeededForADay(wish: Double, rest: Double) {
        var breaker = SiteBreaker(site: "youtube")
        #expect(breaker.blocked(at: now, reason: "robot", wish: now.adding(seconds: wish)) == now.adding(seconds: rest))
        #expect(breaker.admit(at: now.adding(seconds: rest - 1)) == now.adding(seconds: rest))
        #expect(breaker.admit(at: now.adding(seconds: rest)) == nil)
    }

    @Test func whoWasUnderWayMayBringALongerWish() {
        var breaker = SiteBreaker(site: "youtube")
        let until = breaker.blocked(at: now, reason: "robot")
        #expect(breaker.blocked(at: now, reason: "robot", wish: now.adding(seconds: 60)) == until)
        #expect(breaker.blocked(at: now, reason: "robot", wish: now.adding(seconds: 5000)) == now.adding(seconds: 5000))
        #expect(breaker.admit(at: until) == now.adding(seconds: 5000))
        #expect(breaker.strikes == 1)
    }

    @Test func oneJobTriesAndItsSuccessOpensTheWay() {
        var breaker = SiteBreaker(site: "youtube")
        let until = breaker.blocked(at: now, reason: "robot")
        #expect(breaker.admit(at: until) == nil)
        #expect(breaker.admit(at: until) != nil)
        breaker.succeeded(at: until)
        #expect(breaker.admit(at: until) == nil)
        #expect(breaker.admit(at: until) == nil)
        #expect(breaker.strikes == 0)
    }

    @Test func whoWasUnderWayDoesNotCloseIt() {
        var breaker = SiteBreaker(site: "youtube")
        let until = breaker.blocked(at: now, reason: "robot")
        breaker.succeeded(at: now.adding(seconds: 60))
        #expect(breaker.admit(at: now.adding(seconds: 61)) == until)
        #expect(breaker.strikes == 1)
    }
}
