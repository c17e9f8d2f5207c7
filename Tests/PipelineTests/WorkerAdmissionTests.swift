import SpoolFiles
import Testing

@testable import Pipeline

struct WorkerAdmissionTests {
    private var admission = WorkerAdmission()

    private mutating func enter(_ id: String, model: String = "tiny", type: JobSpec.ComputeType = .auto, isSuspect: Bool = false) {
        admission.enter(.init(id: id, model: LoadedModel(name: model, computeType: type), isSuspect: isSuspect))
    }

    @Test mutating func requestsForOneModelRunSideBySide() {
        enter("a")
        enter("b")
        #expect(admission.admit().map(\.id) == ["a", "b"])
    }

    @Test mutating func anotherModelWaitsForItsTurnAndIsNotOvertaken() {
        enter("a")
        enter("b", model: "base")
        enter("c")
        #expect(admission.admit().map(\.id) == ["a"])
        admission.leave("a")
        #expect(admission.admit().map(\.id) == ["b"])
        admission.leave("b")
        #expect(admission.admit().map(\.id) == ["c"])
    }

    @Test mutating func theSameModelInAnotherArithmeticIsAnotherModel() {
        enter("a")
        enter("b", type: .float32)
        #expect(admission.admit().map(\.id) == ["a"])
        admission.leave("a")
        #expect(admission.admit().map(\.id) == ["b"])
    }

    @Test mutating func aSuspectRunsAlone() {
        enter("a")
        enter("suspect", isSuspect: true)
        enter("b")
        #expect(admission.admit().map(\.id) == ["a"])
        admission.leave("a")
        #expect(admission.admit().map(\.id) == ["suspect"])
        #expect(admission.admit().isEmpty)
        admission.leave("suspect")
        #expect(admission.admit().map(\.id) == ["b"])
        admission.leave("b")
        #expect(admission.active.isEmpty)
    }

    @Test mutating func whoLeavesTheLineIsNotAdmitted() {
        enter("a")
        enter("b", model: "base")
        _ = admission.admit()
        admission.leave("b")
        admission.leave("a")
        #expect(admission.admit().isEmpty)
    }
}
