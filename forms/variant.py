"""How one questionnaire is put out: for which server, with the sample as which kind of list, in which further languages.

Imports the records of this room only.  Nothing here changes what is asked: every variant has the questionnaire's own digest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from .question import Questionnaire

Target = Literal["central", "kobo"]
Listing = Literal["attachment", "entities"]
VI, EN = "Tiếng Việt (vi)", "English (en)"
"""The two languages of every form, as XLSForm names them."""
SILENCE = "no_sound.wav"
"""What stands for a text that is spoken in another language only.

Collect's engine stops with an error on changing to a language that has a sound where the default language has none (JavaRosa:
NoLocalizedTextException); ODK Validate does not see it."""


@dataclass(frozen=True)
class Translated:
    """One further language of a form. column: as XLSForm names it («Hrê (hre)»); texts: key -> translation that still holds.

    audio: key -> file name.  digest: of all of it; '' while nothing is translated.  missing: keys that fall back to Vietnamese.
    """

    code: str
    column: str
    texts: Mapping[str, str]
    audio: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""
    missing: tuple[str, ...] = ()

    def sound(self, key: str) -> str:
        """The file of a text; '' without one."""
        return self.audio.get(key, "")

    def of(self, keys: Sequence[str]) -> str | None:
        """A cell's texts in this language; None when one of them is not translated."""
        found = [self.texts.get(key) for key in keys]
        return " ".join(text for text in found if text) if found and all(found) else None


@dataclass(frozen=True)
class Variant:
    """target: central or kobo.  listing: the sample as a file attached to the form, or as an ODK Entity list.

    languages: built in, Vietnamese where a text is missing.  prepared: columns of further languages, all empty.
    """

    target: Target = "central"
    listing: Listing = "attachment"
    languages: tuple[Translated, ...] = ()
    prepared: tuple[str, ...] = ()

    def spoken(self, key: str) -> bool:
        """Whether one of the languages has a sound for this text."""
        return any(t.sound(key) for t in self.languages)

    def version(self, form: Questionnaire) -> str:
        """The form's version with all that this variant makes different: 2026112301-central+entities+gps+hre.1a2b3c4d.

        Servers refuse a changed form under an old version; analysis goes by the questionnaire's digest, never by this.
        """
        parts = ["entities"] if self.listing == "entities" else []
        parts += sorted(name for name, on in form.options.items() if on)
        parts += [f"{t.code}.{t.digest[:8]}" if t.digest else t.code for t in self.languages]
        return "+".join([f"{form.version}-{self.target}", *parts])
