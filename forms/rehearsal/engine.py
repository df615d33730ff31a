"""JavaRosa, the engine inside ODK Collect, driven from Python: the one typed adapter to JPype.

One JVM a process, and one form with list files (JavaRosa's reference manager is static).  The engine decides what is asked,
refuses what breaks a constraint, finalises and serialises; nothing here repeats its logic.
Imports java (where the runtime lies) only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from .. import java

Outcome = Literal["ok", "required", "constraint", "unreadable"]
Kind = Literal["select_one", "select_multiple", "integer", "decimal", "text", "date", "time", "geopoint", "image", "audio"]

_END: Final = 1
_QUESTION: Final = 4
_OUTCOMES: Final[Mapping[int, Outcome]] = {0: "ok", 1: "required", 2: "constraint"}


_CAST: Final[Mapping[str, str]] = {
    "decimal": "DecimalData", "date": "DateData", "time": "TimeData", "geopoint": "GeoPointData",
}  # fmt: skip
"""Kinds whose text the engine's own classes read, and the class."""


class EngineError(RuntimeError):
    """The engine itself failed (our bug or a form it cannot run); the message is the engine's own."""


@dataclass(frozen=True)
class Stop:
    """A question on the screen. rows: 1-based number of each repeat it stands in, outermost first; () outside."""

    name: str
    rows: tuple[int, ...] = ()

    @property
    def repeat(self) -> int:
        """The number of the innermost repeat, 0 outside."""
        return self.rows[-1] if self.rows else 0


@dataclass(frozen=True)
class Screen:
    """What one language shows of the question on the screen; '' where it has nothing to show."""

    text: str
    choices: tuple[tuple[str, str], ...]
    constraint: str
    required: str


class Engine:
    """A form loaded into JavaRosa; `begin` an interview, `step` to each question, `answer` it, `finish`."""

    def __init__(self, xform: Path, media: Path) -> None:
        """Start the JVM (once a process), read the form; list files are looked up in `media`."""
        self._j = _start()
        self._media = media
        self._keep = self._prepare()
        self._form = self._read(xform)
        self._model = self._j["FormEntryModel"](self._form)
        self._controller = self._j["FormEntryController"](self._model)
        self._blank = self._form.getMainInstance()
        self._visitor = self._j["XFormSerializingVisitor"]()
        self._factory = self._j["InstanceInitializationFactory"]()
        self._begin_index = self._j["FormIndex"].createBeginningOfFormIndex()
        self._where = self._supplier()
        self._stops: dict[str, Stop] = {}
        self._given: dict[tuple[str, Kind, str], Any] = {}

    def _prepare(self) -> list[Any]:
        import jpype

        j = self._j
        storage = jpype.JProxy("org.javarosa.core.services.storage.IStorageFactory", inst=_Storage(j["Dummy"]))
        j["StorageManager"].setStorageFactory(storage, False)  # the first form of a process sets it
        j["CoreModelModule"]().registerModule()
        j["XFormsModule"]().registerModule()
        files = jpype.JProxy("org.javarosa.core.reference.ReferenceFactory", inst=_Files(self._media))
        manager = j["ReferenceManager"].instance()
        manager.addReferenceFactory(files)
        return [storage, files]

    def _read(self, xform: Path) -> Any:
        import jpype

        try:
            return self._j["XFormUtils"].getFormFromFormXml(str(xform.resolve()), None)
        except jpype.JException as error:
            raise EngineError(str(error)) from None

    def _supplier(self) -> Any:
        """model.getFormIndex().toString() in one crossing from Python into Java: it is asked at every step."""
        j = self._j
        look, kind = j["MethodHandles"].publicLookup(), j["MethodType"].methodType
        index = look.findVirtual(j["FormEntryModel"].class_, "getFormIndex", kind(j["FormIndex"].class_))
        text = look.findVirtual(j["FormIndex"].class_, "toString", kind(j["String"].class_))
        both = j["MethodHandles"].filterReturnValue(index, text).bindTo(self._model)
        return j["MethodHandleProxies"].asInterfaceInstance(j["Supplier"].class_, both).get

    def language(self, name: str) -> None:
        """Show texts and messages in this language (the name in the form, for example «Tiếng Việt (vi)»)."""
        self._form.getLocalizer().setLocale(name)

    def begin(self, preset: Mapping[str, str]) -> None:
        """Start a new interview. preset: path below the root -> text for nodes that the phone would fill at random."""
        self._form.setInstance(self._blank.clone())
        self._form.initialize(True, self._factory)
        for path, text in preset.items():
            reference = self._j["XPathReference"].getPathExpr(f"/data/{path}").getReference()
            self._form.setValue(self._j["StringData"](text), reference, True)
        self._controller.jumpToIndex(self._begin_index)

    def step(self) -> Stop | None:
        """Move to the next question that the engine wants asked; None at the end of the form."""
        while True:
            event = int(self._controller.stepToNextEvent())
            if event == _QUESTION:
                key = str(self._where())
                if key not in self._stops:
                    self._stops[key] = _stop(self._model.getFormIndex())
                return self._stops[key]
            if event == _END:
                return None

    def answer(self, name: str, kind: Kind, text: str) -> Outcome:
        """Give an answer to the question on the screen, as Collect does; '' leaves it empty.

        unreadable: the text is no value of that kind (a phone's screen would not let it be typed).
        """
        given = (name, kind, text)
        if given not in self._given:
            try:
                self._given[given] = self._data(kind, text)
            except (ValueError, OverflowError, self._j["IllegalArgument"]):
                return "unreadable"
        return _OUTCOMES[int(self._controller.answerQuestion(self._given[given], True))]

    def choices(self) -> tuple[str, ...]:
        """The codes that the engine offers for the select on the screen."""
        offered = self._model.getQuestionPrompt().getSelectChoices()
        return tuple(str(choice.getValue()) for choice in offered)

    def constraint_text(self) -> str:
        """The message the engine shows for a broken constraint, in the current language."""
        return str(self._model.getQuestionPrompt().getConstraintText() or "")

    def value(self, path: str) -> str:
        """What a node below the root holds now, in the rows of its repeats that the question on the screen is in; or ''."""
        at = self._model.getFormIndex().getReference()
        reference = self._j["XPathReference"].getPathExpr(f"/data/{path}").getReference().contextualize(at)
        node = self._form.getMainInstance().resolveReference(reference)
        held = node.getValue() if node is not None and node.isRelevant() else None
        return "" if held is None else str(held.uncast().getString())

    def languages(self) -> tuple[str, ...]:
        """The languages of the form, as they are named in it; () when it has none."""
        localizer = self._form.getLocalizer()
        return tuple(str(name) for name in localizer.getAvailableLocales()) if localizer is not None else ()

    def screen(self) -> Screen:
        """What the current language shows of the question on the screen."""
        prompt = self._model.getQuestionPrompt()
        offered = prompt.getSelectChoices()
        labels = [(str(c.getValue()), str(prompt.getSelectChoiceText(c) or "")) for c in offered] if offered is not None else []
        asked = self._bind("requiredMsg")
        text = str(prompt.getQuestionText() or "")
        return Screen(text, tuple(labels), str(prompt.getConstraintText() or ""), asked)

    def _bind(self, name: str) -> str:
        """A message that Collect reads from the bind itself: an XPath that finds the text of the current language."""
        node = self._form.getMainInstance().resolveReference(self._model.getFormIndex().getReference())
        found = node.getBindAttributeValue("http://openrosa.org/javarosa", name)
        if found is None:
            return ""
        path = self._j["XPathParseTool"].parseXPath(f"string({found})")
        return str(path.eval(self._form.getMainInstance(), self._form.getEvaluationContext()))

    def finish(self, overwrite: Mapping[str, str], *, validate: bool) -> tuple[str, str]:
        """Finalise and serialise: (the path of the first question that fails validation or '', the XML).

        overwrite: path below the root -> text written just before serialising (times that come from the seed).
        validate: answer the whole form once more, as Collect does before it finalises.
        """
        failed = self._form.validate(True) if validate else None
        self._form.postProcessInstance()
        root = self._form.getMainInstance().getRoot()
        for path, text in overwrite.items():
            node = root
            for part in path.split("/"):
                node = node.getFirstChild(part)
            node.setValue(self._j["UncastData"](text))
        xml = bytes(self._visitor.serializeInstance(self._form.getMainInstance())).decode()
        return (str(failed.failedPrompt.getReference()) if failed is not None else ""), xml

    def _data(self, kind: Kind, text: str) -> Any:
        j = self._j
        if not text:
            return None
        if kind == "select_one":
            return j["SelectOneData"](j["Selection"](text))
        if kind == "select_multiple":
            return j["MultipleItemsData"](_java_list(j, [j["Selection"](code) for code in text.split()]))
        if kind == "integer":
            return j["IntegerData"](int(text))
        if kind in _CAST:
            return j[_CAST[kind]]().cast(j["UncastData"](text))
        return j["StringData"](text)


def _stop(index: Any) -> Stop:
    rows, level = [], index
    while level is not None:
        if int(level.getInstanceIndex()) >= 0:
            rows.append(int(level.getInstanceIndex()) + 1)
        level = level.getNextLevel()
    return Stop(str(index.getReference().getNameLast()), tuple(rows))


class _Storage:
    """IStorageFactory: memory only."""

    def __init__(self, dummy: Any) -> None:
        self._dummy = dummy

    def newStorage(self, _name: Any, _kind: Any) -> Any:  # noqa: N802  the Java interface names it
        return self._dummy()


class _Files:
    """ReferenceFactory for jr://file and jr://file-csv: the list files beside the form."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def derives(self, uri: str) -> bool:
        return str(uri).startswith(("jr://file/", "jr://file-csv/"))

    def derive(self, uri: str, _context: Any = None) -> Any:
        import jpype

        path = self._folder / str(uri).rsplit("/", 1)[-1]
        return jpype.JProxy("org.javarosa.core.reference.Reference", inst=_File(path, str(uri)))


class _File:
    """Reference: one list file, read only."""

    def __init__(self, path: Path, uri: str) -> None:
        self._path, self._uri = path, uri

    def getStream(self) -> Any:  # noqa: N802
        import jpype

        return jpype.JClass("java.io.FileInputStream")(str(self._path))

    def getURI(self) -> str:  # noqa: N802
        return self._uri

    def getLocalURI(self) -> str:  # noqa: N802
        return str(self._path)

    def doesBinaryExist(self) -> bool:  # noqa: N802
        return self._path.exists()

    def isReadOnly(self) -> bool:  # noqa: N802
        return True

    def getOutputStream(self) -> None:  # noqa: N802
        return None

    def remove(self) -> None:
        return None

    def probeAlternativeReferences(self) -> Sequence[Any]:  # noqa: N802
        return []


_FLAGS: Final = (
    "--enable-native-access=ALL-UNNAMED",
    "-Duser.timezone=Asia/Ho_Chi_Minh",  # else JavaRosa rewrites times to UTC
    "-Dfile.encoding=UTF-8",
    "-Xmn256m",  # an interview is short-lived objects: a small nursery doubles the time
    "-XX:+UseSerialGC",
    "-XX:-StackTraceInThrowable",  # JavaRosa throws as a matter of course; nobody reads the traces
    "-XX:C1MaxInlineSize=60",
    "-XX:C1MaxInlineLevel=15",
    "-XX:Tier4InvocationThreshold=20000",  # a rehearsal is over in seconds: compile only what is really hot
    "-XX:Tier4MinInvocationThreshold=3000",
    "-XX:Tier4CompileThreshold=40000",
    "-XX:Tier4BackEdgeThreshold=100000",
)
_CLASSES: Final[Mapping[str, str]] = {
    "StorageManager": "org.javarosa.core.services.storage.StorageManager",
    "Dummy": "org.javarosa.core.services.storage.util.DummyIndexedStorageUtility",
    "CoreModelModule": "org.javarosa.core.model.CoreModelModule",
    "XFormsModule": "org.javarosa.model.xform.XFormsModule",
    "ReferenceManager": "org.javarosa.core.reference.ReferenceManager",
    "XFormUtils": "org.javarosa.xform.util.XFormUtils",
    "FormEntryModel": "org.javarosa.form.api.FormEntryModel",
    "FormEntryController": "org.javarosa.form.api.FormEntryController",
    "FormIndex": "org.javarosa.core.model.FormIndex",
    "XFormSerializingVisitor": "org.javarosa.model.xform.XFormSerializingVisitor",
    "InstanceInitializationFactory": "org.javarosa.core.model.instance.InstanceInitializationFactory",
    "XPathReference": "org.javarosa.model.xform.XPathReference",
    "StringData": "org.javarosa.core.model.data.StringData",
    "UncastData": "org.javarosa.core.model.data.UncastData",
    "XPathParseTool": "org.javarosa.xpath.XPathParseTool",
    "IllegalArgument": "java.lang.IllegalArgumentException",
    "DecimalData": "org.javarosa.core.model.data.DecimalData",
    "DateData": "org.javarosa.core.model.data.DateData",
    "TimeData": "org.javarosa.core.model.data.TimeData",
    "GeoPointData": "org.javarosa.core.model.data.GeoPointData",
    "IntegerData": "org.javarosa.core.model.data.IntegerData",
    "SelectOneData": "org.javarosa.core.model.data.SelectOneData",
    "MultipleItemsData": "org.javarosa.core.model.data.SelectMultiData",
    "Selection": "org.javarosa.core.model.data.helper.Selection",
    "ArrayList": "java.util.ArrayList",
    "String": "java.lang.String",
    "MethodHandles": "java.lang.invoke.MethodHandles",
    "MethodType": "java.lang.invoke.MethodType",
    "MethodHandleProxies": "java.lang.invoke.MethodHandleProxies",
    "Supplier": "java.util.function.Supplier",
}


def _java_list(j: Mapping[str, Any], items: Sequence[Any]) -> Any:
    found = j["ArrayList"]()
    for item in items:
        found.add(item)
    return found


def _start() -> dict[str, Any]:
    """Start the JVM once a process; the time zone is fixed, so that times are never rewritten."""
    import jpype

    if not jpype.isJVMStarted():
        jpype.startJVM(
            str(java.virtual_machine()), *_FLAGS, classpath=[str(java.jar())], convertStrings=False,
        )  # fmt: skip
        quiet = jpype.JClass("java.io.PrintStream")(jpype.JClass("java.io.OutputStream").nullOutputStream())
        jpype.JClass("java.lang.System").setErr(quiet)
        jpype.JClass("java.lang.System").setOut(quiet)
    return {name: jpype.JClass(path) for name, path in _CLASSES.items()}
