import Jobs
import SpoolFiles
import Testing

struct JobTransitionTests {
    private let now = Timestamp(milliseconds: 1_764_062_095_000)
    private let lease = Job.Lease(owner: "me", expires: Timestamp(milliseconds: 1_764_062_200_000))
    private let failure = Failure(.transient, "timeout", "it took too long")

    private func running(_ stage: JobState = .transcribing) throws -> Job {
        var job = Job.example()
        job.stage = stage
        try JobTransition.start(lease).apply(to: &job, at: now)
        return job
    }

    @Test func theStraightWayLeadsThroughEveryStage() throws {
        var job = Job.example()
        var seen: [JobState] = [job.state]
        for (index, stage) in JobState.stages.enumerated() {
            try JobTransition.start(lease).apply(to: &job, at: now)
            #expect(job.state == stage)
            #expect(job.waitingLane == nil)
            #expect(job.progress == StageProgress.range(of: stage).lowerBound)
            seen.append(job.state)
            if index + 1 < JobState.stages.count {
                try JobTransition.finishStage(next: JobState.stages[index + 1]).apply(to: &job, at: now)
                #expect(job.stageState == .waiting)
            }
        }
        try JobTransition.complete.apply(to: &job, at: now)
        seen.append(job.state)
        #expect(job.progress == 100)
        #expect(job.endedAt == now)
        #expect(seen == [.queued] + JobState.stages + [.completed])
    }

    @Test func aRetryCountsATryAndGoesOnFromItsStage() throws {
        var job = try running()
        try JobTransition.retry(failure, at: now.adding(seconds: 4)).apply(to: &job, at: now)
        #expect(job.state == .retrying)
        #expect(job.retryCount == 1)
        #expect(job.notBefore == now.adding(seconds: 4))
        try JobTransition.enqueue.apply(to: &job, at: now)
        #expect(job.state == .queued)
        #expect(job.waitingLane == .asr)
        try JobTransition.start(lease).apply(to: &job, at: now)
        #expect(job.state == .transcribing)
    }

    @Test func waitingCountsNoTry() throws {
        var job = try running(.downloading)
        try JobTransition.postpone(Failure(.blocked, "bot", "blocked"), until: now.adding(seconds: 900)).apply(to: &job, at: now)
        #expect(job.state == .pending)
        #expect(job.retryCount == 0)
        #expect(job.waitReason == "blocked")
    }

    @Test func stoppingCountsNothing() throws {
        var job = try running()
        try JobTransition.interrupt.apply(to: &job, at: now)
        #expect(job.state == .transcribing)
        #expect(job.stageState == .waiting)
        #expect(job.retryCount == 0)
        #expect(job.interruptions == 0)
    }

    @Test func threeCrashesAtOnePointFailTheJob() throws {
        var job = try running()
        for crash in 1...3 {
            try JobTransition.crash(failure).apply(to: &job, at: now)
            if crash < 3 {
                #expect(job.stageState == .waiting)
                #expect(job.retryCount == 0)
                try JobTransition.start(lease).apply(to: &job, at: now)
            }
        }
        #expect(job.state == .failed)
        #expect(job.failure?.code == "crash_loop")
        #expect(job.failure?.class == .permanent)
    }

    @Test func crashesThatGetFurtherEachTimeDoNot() throws {
        var job = try running()
        for crash in 1...10 {
            job.progress = 50 + Double(crash)
            try JobTransition.crash(failure).apply(to: &job, at: now)
            #expect(job.stageState == .waiting)
            try JobTransition.start(lease).apply(to: &job, at: now)
        }
        #expect(job.interruptions == 1)
    }

    @Test func anEndedJobMovesOnlyByHandAndTenTimes() throws {
        var job = try running()
        try JobTransition.fail(failure).apply(to: &job, at: now)
        #expect(throws: JobsError.self) { try JobTransition.enqueue.apply(to: &job, at: now) }
        #expect(throws: JobsError.self) { try JobTransition.start(lease).apply(to: &job, at: now) }
        #expect(throws: JobsError.self) { try JobTransition.cancel(by: "me", drop: "d").apply(to: &job, at: now) }
        for _ in 1...10 {
            try JobTransition.retryByHand(drop: "d").apply(to: &job, at: now)
            #expect(job.priority == 1)
            #expect(job.waitingLane == .asr)
            try JobTransition.start(lease).apply(to: &job, at: now)
            try JobTransition.fail(failure).apply(to: &job, at: now)
        }
        #expect(throws: JobsError.self) { try JobTransition.retryByHand(drop: "d").apply(to: &job, at: now) }
    }

    @Test func aCancelledJobBeginsAnew() throws {
        var job = try running(.transcribing)
        job.videoID = "web-1"
        try JobTransition.cancel(by: "me", drop: "d").apply(to: &job, at: now)
        try JobTransition.retryByHand(drop: "d").apply(to: &job, at: now)
        #expect(job.stage == .downloading)
        // Another job may have taken the video meanwhile.
        #expect(job.videoID == nil)
        #expect(job.progress == 0)
    }

    @Test func aCompletedJobCannotBeRetried() throws {
        var job = try running(.extractingComments)
        try JobTransition.complete.apply(to: &job, at: now)
        let before = job
        let error = #expect(throws: JobsError.self) { try JobTransition.retryByHand(drop: "d").apply(to: &job, at: now) }
        #expect(error?.description.contains("it is completed") == true)
        #expect(job == before)
    }
}

extension Job {
    static func example(
        _ id: String = SortableID.make(), drop: String = "drop", ordinal: Int = 0, priority: Int? = nil, at time: Int64 = 1_764_062_000_000
    ) -> Job {
        var spec = JobSpec(url: "https://example.org/a.mp4")
        spec.priority = priority
        return Job(
            id: id, dropID: drop, drop: "links.txt", ordinal: ordinal, site: "example.org", url: spec.url, recording: nil, videoID: nil,
            userID: "ann",
            spec: spec, maxRetries: 3, createdAt: Timestamp(milliseconds: time))
    }
}
